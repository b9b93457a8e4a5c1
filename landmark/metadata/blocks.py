"""The two kinds of metadata inside a photo, EXIF and XMP, as blocks of bytes: what a file of any format carries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetadataBlocks:
    """A block of EXIF (a TIFF structure) and one of XMP; None where a photo has none.

    `odd` says, where it is the case, why nothing should be added to this file.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    odd: str | None = None


class NotWritableError(ValueError):
    """Nothing can be added to this photo without touching something else of it; a sidecar is the way then."""


def without_signature(exif: bytes) -> bytes:
    """Return EXIF as a TIFF structure: some writers put JPEG's signature in front of it in every format.

    >>> without_signature(b"Exif\\0\\0II*\\0")
    b'II*\\x00'
    """
    return exif[6:] if exif.startswith(b"Exif\0\0") else exif
