"""A place put into a photo, as exact changes of its bytes: the picture and all other metadata stay as they are.

Before anything is handed on, the result is read back, and led back to the original bytes.
"""

import io
from collections.abc import Callable

from landmark.geo.coordinates import distance_km
from landmark.metadata.blocks import CannotEmbedError, Packets
from landmark.metadata.containers import read_packets
from landmark.metadata.edits import Splice, apply_splices, reversed_splices
from landmark.metadata.exif import read_exif
from landmark.metadata.exif_writing import add_to_exif, add_to_tiff
from landmark.metadata.formats.heif_writing import embed_heif
from landmark.metadata.formats.jpeg import embed_jpeg
from landmark.metadata.formats.png import embed_png
from landmark.metadata.formats.webp import embed_webp
from landmark.metadata.merging import read_inside
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.xmp import parse_xmp
from landmark.metadata.xmp_writing import add_to_xmp, new_xmp

_EMBED: dict[str, Callable[[bytes, bytes | None, bytes | None], list[Splice]]] = {
    "JPEG": embed_jpeg,
    "PNG": embed_png,
    "WebP": embed_webp,
    "HEIC": embed_heif,
    "AVIF": embed_heif,
}
_EXACT_KM = 0.0001


def embed(data: bytes, tag: PlaceTag) -> list[Splice]:
    """The changes that put a place into a photo. Raises `CannotEmbedError`, which says why a sidecar is the way.

    EXIF gets the position, its error and how it was found; XMP the names, the keywords and how surely.
    """
    try:
        format_name, packets = read_packets(io.BytesIO(data))
    except ValueError as error:
        raise CannotEmbedError(f"its metadata is broken ({error})") from error
    if packets.odd:
        raise CannotEmbedError(packets.odd)
    if any(reading.coordinates for reading in read_inside(data)):
        raise CannotEmbedError("it has a GPS position")
    if format_name == "TIFF":
        splices = add_to_tiff(data, tag, _new_xmp(packets, tag))
    elif format_name in _EMBED:
        exif = add_to_exif(packets.exif, tag) if tag.coordinates else None
        splices = _EMBED[format_name](data, exif, _new_xmp(packets, tag))
    else:
        raise CannotEmbedError(f"into a {format_name or 'file of this kind'} nothing is written")
    _check(data, splices, tag)
    return splices


def add_to_sidecar(packet: bytes | None, tag: PlaceTag) -> list[Splice]:
    """The changes that put a place into a sidecar; None: one is made. Raises `CannotEmbedError`."""
    if packet is None:
        return [Splice(0, b"", new_xmp(tag, with_position=True))]
    return add_to_xmp(packet, tag, with_position=True)


def _new_xmp(packets: Packets, tag: PlaceTag) -> bytes:
    if packets.xmp is None:
        return new_xmp(tag, with_position=False)
    return apply_splices(packets.xmp, add_to_xmp(packets.xmp, tag, with_position=False))


def _check(data: bytes, splices: list[Splice], tag: PlaceTag) -> None:
    """Read back what would be written, and go back to what was there. A failure is a fault of ours, and stops here."""
    written = apply_splices(data, splices)
    if apply_splices(written, reversed_splices(splices)) != data:
        raise CannotEmbedError("the way back does not lead to the original")
    _, packets = read_packets(io.BytesIO(written))
    found = read_exif(packets.exif).coordinates if packets.exif else None
    if tag.coordinates and (found is None or distance_km(found, tag.coordinates) > _EXACT_KM):
        raise CannotEmbedError("the position does not read back as it was written")
    if packets.xmp is None or tag.landmark not in parse_xmp(packets.xmp).items.get("dc:subject", []):
        raise CannotEmbedError("the names do not read back as they were written")
