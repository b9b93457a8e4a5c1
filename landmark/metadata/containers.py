"""What a file is, and the blocks of metadata in it: reads the few bytes that hold them, decodes no picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from landmark.metadata.blocks import CREDENTIAL, MetadataBlocks
from landmark.metadata.formats.boxes import file_size
from landmark.metadata.formats.heif import read_heif
from landmark.metadata.formats.jpeg import read_jpeg
from landmark.metadata.formats.jxl import read_jxl
from landmark.metadata.formats.photoshop import find_iptc
from landmark.metadata.formats.png import read_png
from landmark.metadata.formats.quicktime import read_movie
from landmark.metadata.formats.raw import RAW_FORMATS, read_raw, tiff_format
from landmark.metadata.formats.signatures import HEAD_BYTES, MOVIE_FORMATS, sniff_format, sniff_movie
from landmark.metadata.formats.tiff import XMP_TAG, Tiff
from landmark.metadata.formats.webp import read_webp

_MAX_TIFF_BYTES = 64_000_000  # a TIFF is EXIF as a whole; of larger ones what is small is read
_IPTC_TAG, _PHOTOSHOP_TAG, _CREDENTIAL_TAG = 33723, 34377, 0xCD41


def identify_format(file: BinaryIO) -> str | None:
    """Return the format of a photo, a RAW file or a film by its content, or None for what is none of these.

    >>> import io
    >>> identify_format(io.BytesIO(b"Dear diary,")) is None
    True
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    format_name = sniff_format(head)
    return tiff_format(file) if format_name == "TIFF" else format_name or sniff_movie(head)


def read_blocks(file: BinaryIO) -> tuple[str | None, MetadataBlocks]:
    """Return the format of a file (None: not known) and its metadata. Raises `ValueError` where these are broken.

    >>> import io
    >>> read_blocks(io.BytesIO(b"Dear diary,"))
    (None, MetadataBlocks(exif=None, xmp=None, odd=None, iptc=None, movie=None))
    """
    format_name = identify_format(file)
    if format_name in RAW_FORMATS:
        return format_name, read_raw(file, format_name)
    reader = _READERS.get(format_name or "")
    return format_name, reader(file) if reader else MetadataBlocks()


def _read_tiff(file: BinaryIO) -> MetadataBlocks:
    if file_size(file) > _MAX_TIFF_BYTES:
        return replace(read_raw(file, "TIFF"), odd=f"it has more than {_MAX_TIFF_BYTES / 1e6:.0f} MB")
    file.seek(0)
    data = file.read()
    tiff = Tiff(data)
    xmp, iptc, resources = (
        tiff.bytes(entry) if (entry := tiff.first.find(tag)) else None for tag in (XMP_TAG, _IPTC_TAG, _PHOTOSHOP_TAG)
    )
    odd = CREDENTIAL if tiff.first.find(_CREDENTIAL_TAG) else None
    return MetadataBlocks(data, xmp, odd, iptc or find_iptc(resources or b""))


_READERS: dict[str, Callable[[BinaryIO], MetadataBlocks]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "WebP": read_webp,
    "TIFF": _read_tiff,
    "HEIC": read_heif,
    "AVIF": read_heif,
    "JPEG XL": read_jxl,
    **dict.fromkeys(MOVIE_FORMATS, read_movie),
}
