"""The kinds of metadata inside a photo, EXIF, XMP and IPTC, as blocks of bytes: what a file of any format carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MovieTags:
    """What a film says: `texts` by keys such as com.apple.quicktime.creationdate, or the names of boxes such as ©xyz.

    `created_s` counts from 1904. `loci` is (latitude, longitude, name of the body) of 3GPP's box. `has_pictures` is
    None where no track is described.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    created_s: int | None = None
    loci: tuple[float, float, str] | None = None
    has_pictures: bool | None = None


CREDENTIAL = "it has a content credential (C2PA), which any change of the photo would make invalid"
TIFF_HEADS = (b"II*\0", b"MM\0*")
_MAX_HEAD_BYTES = 64  # in which a TIFF structure begins, whatever stands in front


@dataclass(frozen=True)
class MetadataBlocks:
    """A block of EXIF (a TIFF structure), of XMP and of IPTC-IIM; None where a photo has none.

    `odd` says, where it is the case, why nothing should be added to this file. `movie` is what a film says.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    odd: str | None = None
    iptc: bytes | None = None
    movie: MovieTags | None = None


NO_BLOCKS = MetadataBlocks()


class NotWritableError(ValueError):
    """Nothing can be added to this photo without touching something else of it; a sidecar is the way then."""


class UnsupportedError(ValueError):
    """Metadata of a kind that is whole and not read here."""


def describe_error(error: ValueError) -> str:
    """Return what is wrong with metadata that cannot be read.

    >>> describe_error(ValueError("cut short")), describe_error(UnsupportedError("BigTIFF"))
    ('broken (cut short)', 'not supported (BigTIFF)')
    """
    return f"{'not supported' if isinstance(error, UnsupportedError) else 'broken'} ({error})"


def without_signature(exif: bytes) -> bytes:
    """Return EXIF as a TIFF structure: some writers put JPEG's signature in front of it in every format.

    >>> without_signature(b"Exif\\0\\0II*\\0")
    b'II*\\x00'
    """
    return exif[6:] if exif.startswith(b"Exif\0\0") else exif


def find_exif(content: bytes) -> bytes | None:
    """Return EXIF from an item or box of a container: without what stands before the TIFF structure; None without one.

    That is the length of it and mostly a signature (ISO/IEC 23008-12, A.2.1). Some phones leave the length out, or put
    a JPEG's segment there with its marker.

    >>> find_exif(b"\\0\\0\\0\\6Exif\\0\\0II*\\0\\x08\\0\\0\\0") == find_exif(b"Exif\\0\\0II*\\0\\x08\\0\\0\\0")
    True
    """
    if len(content) < 12:
        return None
    stated = 4 + int.from_bytes(content[:4], "big")
    for start in (stated, stated + 6):  # some count the signature, others do not
        if content[start : start + 4] in TIFF_HEADS:
            return content[start:]
    found = [at for head in TIFF_HEADS if (at := content.find(head, 0, _MAX_HEAD_BYTES)) >= 0]
    return content[min(found) :] if found else without_signature(content[stated:] or content[4:])
