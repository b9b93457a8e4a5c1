"""Open a photo with the Pillow reader of its format. Only headers are read; pixels belong to `decoding`."""

import importlib
import io
import re
import struct
from typing import cast

from PIL import ExifTags, Image, ImageFile

# Readers are made directly and not through `Image.open`: that would import every plugin, try other formats on a broken
# file, and warn or raise on large photos by a limit of its own, which is global where ours is an argument.
_READERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),  # of a phone's MPO (several JPEGs in one file) it reads the first
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WebP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIC": ("pi_heif", "HeifImageFile"),  # 0.1 s to import, so only once a HEIC file is met
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
}

# The entry of EXIF among an AVIF's items: version 2 or 3, number, protection, type. Where EXIF has an unusual head, its
# reader refuses the file; the picture needs none of it, and is turned by the container.
_AVIF_EXIF = re.compile(rb"(infe(?:\x02.{3}.{2}|\x03.{3}.{4}).{2})Exif", re.DOTALL)
_HEIC_ITEM_BYTES = 4_000_000  # of all its items' descriptions, which are a few dozen each


def open_reader(data: bytes, format_name: str) -> ImageFile.ImageFile:
    """Open an image with Pillow: size, mode and metadata, nothing decoded. Raises whatever its reader raises."""
    if format_name == "HEIC":
        _check_heic_items(data)
    module, name = _READERS[format_name]
    reader = getattr(importlib.import_module(module), name)
    try:
        image = cast(ImageFile.ImageFile, reader(io.BytesIO(data)))
    except Exception:
        without_exif = _AVIF_EXIF.sub(rb"\1skip", data) if format_name == "AVIF" else data
        if without_exif == data:
            raise
        image = cast(ImageFile.ImageFile, reader(io.BytesIO(without_exif)))
    if format_name == "TIFF":
        image.info.pop("xmp", None)  # by which Pillow would turn it
    return image


def _check_heic_items(data: bytes) -> None:
    """Raise `OSError` for items whose type or name is not text: on these pi_heif 1.4 takes the whole process down."""
    at, n_left = 0, _HEIC_ITEM_BYTES
    while at + 16 <= len(data):
        size, kind, large_size = struct.unpack_from(">I4sQ", data, at)
        size = {0: len(data) - at, 1: large_size}.get(size, size)
        meta = data[at : at + size] if kind == b"meta" else b""
        for item in re.finditer(b"infe", meta):
            body = meta[item.end() : item.start() - 4 + int.from_bytes(meta[item.start() - 4 : item.start()], "big")]
            n_left -= len(body)
            if n_left < 0:
                raise OSError("items in one another")
            try:
                body[10 if body[:1] == b"\3" else 8 :].decode()  # after version, flags, number and protection
            except UnicodeDecodeError as error:
                raise OSError("an item of unknown type") from error
        at += max(size, 8)


def load(image: ImageFile.ImageFile) -> None:
    """Decode the pixels of an opened image. Raises whatever its decoder raises."""
    tags = getattr(image, "tag_v2", {})
    if tags and image.width * image.height > (Image.MAX_IMAGE_PIXELS or image.width * image.height):
        # with its memory set aside already, Pillow's TIFF reader does not warn of its own limit on pixels
        image.im = Image.new(image.mode, (tags[ExifTags.Base.ImageWidth], tags[ExifTags.Base.ImageLength])).im
    image.load()


def tile_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """Return the size in px of a TIFF's tiles, which may be larger than the picture; (0, 0) where there are none."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(ExifTags.Base.TileWidth, 0), tags.get(ExifTags.Base.TileLength, 0)
