"""EXIF and XMP of a photo of any format: reads the few bytes that hold them, decodes no picture."""

from collections.abc import Callable
from typing import BinaryIO

from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.formats.heif import read_heif
from landmark.metadata.formats.jpeg import read_jpeg
from landmark.metadata.formats.png import read_png
from landmark.metadata.formats.signatures import HEAD_BYTES, sniff_format
from landmark.metadata.formats.tiff import XMP_TAG, Tiff, TiffError
from landmark.metadata.formats.webp import read_webp

_MAX_TIFF_BYTES = 64_000_000  # a TIFF is EXIF as a whole; larger ones are refused as photos


def read_blocks(file: BinaryIO) -> tuple[str | None, MetadataBlocks]:
    """Return the format of a photo (None: it is none) and its EXIF and XMP. Raises `ValueError` where these are broken.

    >>> import io
    >>> read_blocks(io.BytesIO(b"Dear diary,"))
    (None, MetadataBlocks(exif=None, xmp=None, odd=None))
    """
    file.seek(0)
    format_name = sniff_format(file.read(HEAD_BYTES))
    reader = _READERS.get(format_name or "")
    return format_name, reader(file) if reader else MetadataBlocks()


def _read_tiff(file: BinaryIO) -> MetadataBlocks:
    file.seek(0)
    data = file.read(_MAX_TIFF_BYTES + 1)
    if len(data) > _MAX_TIFF_BYTES:
        raise TiffError(f"of more than {_MAX_TIFF_BYTES / 1e6:.0f} MB")
    tiff = Tiff(data)
    entry = tiff.first.find(XMP_TAG)
    return MetadataBlocks(data, tiff.bytes(entry) if entry else None)


_READERS: dict[str, Callable[[BinaryIO], MetadataBlocks]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "WebP": read_webp,
    "TIFF": _read_tiff,
    "HEIC": read_heif,
    "AVIF": read_heif,
}
