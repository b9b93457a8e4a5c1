"""A place put into a photo, as exact changes of its bytes: the picture and all other metadata stay as they are.

Before anything is handed on, the result is read back, and led back to the original bytes.
"""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from landmark.geo.coordinates import distance_km
from landmark.metadata.blocks import CREDENTIAL, NO_BLOCKS, MetadataBlocks, NotWritableError, describe_error
from landmark.metadata.containers import identify_format, read_blocks
from landmark.metadata.edits import Edit, apply_edits, reverse_edits
from landmark.metadata.exif import read_exif
from landmark.metadata.exif_writing import add_to_exif, edit_tiff
from landmark.metadata.formats.boxes import file_size
from landmark.metadata.formats.heif_writing import edit_heif
from landmark.metadata.formats.jpeg import edit_jpeg, needed_in_exif
from landmark.metadata.formats.png import edit_png
from landmark.metadata.formats.signatures import RAW_SUFFIXES
from landmark.metadata.formats.webp import edit_webp
from landmark.metadata.keywords import NO_KEYWORDS, Keywords, read_keywords
from landmark.metadata.merging import read_embedded
from landmark.metadata.people_wrote import people_wrote
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.xmp_tree import XmpError, XmpTree, parse_xmp
from landmark.metadata.xmp_writing import edit_xmp, new_packet, simple_properties

_EDITORS: dict[str, Callable[[bytes, bytes | None, bytes | None], list[Edit]]] = {
    "JPEG": edit_jpeg,
    "PNG": edit_png,
    "WebP": edit_webp,
    "HEIC": edit_heif,
    "AVIF": edit_heif,
}
_EXACT_KM = 0.0001
MAX_BYTES = 256_000_000  # of a photo, which is in memory twice while it is written


@dataclass(frozen=True)
class SidecarStart:
    """The packet with which a new sidecar begins, and the keywords of the photo in whatever list."""

    packet: bytes
    keywords: Keywords


def edit_photo(data: bytes, tag: PlaceTag) -> list[Edit]:
    """Return the edits that put a place into a photo. Raises `NotWritableError`, which says why a sidecar is the way.

    EXIF gets the position, its error and how it was found; XMP the names, the keywords and how surely.
    """
    try:
        format_name, blocks = read_blocks(io.BytesIO(data))
    except ValueError as error:
        raise NotWritableError(f"its metadata is {describe_error(error)}") from error
    if blocks.odd:
        raise NotWritableError(blocks.odd)
    if blocks.xmp and has_credential_elsewhere(blocks.xmp):
        raise NotWritableError(f"{CREDENTIAL}, though not inside it")
    if tag.coordinates and any(reading.coordinates for reading in read_embedded(data)):
        raise NotWritableError("it has a GPS position")
    if format_name == "TIFF":
        edits = edit_tiff(data, tag, _new_xmp(blocks, tag))
    elif format_name in _EDITORS:
        needed = needed_in_exif(data) if format_name == "JPEG" else None
        exif = add_to_exif(blocks.exif, tag, needed) if tag.coordinates else None
        edits = _EDITORS[format_name](data, exif, _new_xmp(blocks, tag))
    else:
        raise NotWritableError(f"nothing is written into {format_name or 'such'} files")
    _check(data, edits, tag)
    return edits


def has_credential_elsewhere(xmp: bytes) -> bool:
    """Return whether XMP names a content credential (C2PA) that is kept elsewhere, and is of these bytes of a photo."""
    try:
        return "dcterms:provenance" in parse_xmp(xmp).values
    except XmpError:
        return False


def is_written_into(format_name: str | None) -> bool:
    """Return whether places are written into files of a format.

    >>> is_written_into("JPEG"), is_written_into("GIF"), is_written_into(None)
    (True, False, False)
    """
    return format_name == "TIFF" or format_name in _EDITORS


def check_kind(file: BinaryIO, name: str) -> None:
    """Raise `NotWritableError` for a file that nothing is written into, such as a film, before all of it is read.

    A TIFF that is named like a RAW file may be one, of a camera that is not known here.
    """
    format_name = identify_format(file)
    if format_name == "TIFF" and os.path.splitext(name)[1].lower() in RAW_SUFFIXES:
        format_name = "RAW"
    if not is_written_into(format_name):
        raise NotWritableError(f"nothing is written into {format_name or 'such'} files")
    if file_size(file) > MAX_BYTES:
        raise NotWritableError(f"it has more than {MAX_BYTES / 1e6:.0f} MB")


def edit_sidecar(packet: bytes | None, tag: PlaceTag, start: SidecarStart | None = None) -> list[Edit]:
    """Return the edits that put a place into a sidecar; None: one is made. Raises `NotWritableError`.

    A new one begins with what people wrote in the photo, a new list of keywords with those of the photo.
    """
    start = start or start_sidecar(NO_BLOCKS, None, tag)
    if packet is not None:
        return edit_xmp(packet, tag, with_position=True, beside=start.keywords)
    edits = edit_xmp(start.packet, tag, with_position=True, beside=start.keywords)
    return [Edit(0, b"", apply_edits(start.packet, edits))]


def start_sidecar(photo: MetadataBlocks, beside: bytes | None, tag: PlaceTag | None = None) -> SidecarStart:
    """Return that with which a new sidecar of a photo begins: what people wrote in it.

    Many programs do not read that any more when there is a sidecar, nor another sidecar `beside` it. A position of XMP
    is part of it where the tag has none.
    """
    keywords = read_keywords(photo) + (read_keywords(MetadataBlocks(xmp=beside)) if beside else NO_KEYWORDS)
    position = not (tag and tag.coordinates)
    return SidecarStart(new_packet(people_wrote(photo, beside, keywords, position=position)), keywords)


def read_photo_blocks(photo: str | os.PathLike[str] | bytes) -> MetadataBlocks:
    """Return the metadata inside a photo; none where they are broken. Raises `OSError`."""
    with io.BytesIO(photo) if isinstance(photo, bytes) else open(photo, "rb") as file:
        try:
            return read_blocks(file)[1]
        except ValueError:
            return NO_BLOCKS


def _new_xmp(blocks: MetadataBlocks, tag: PlaceTag) -> bytes | None:
    """Return the XMP with the tag's names, or that a person gave the place; None for a tag that has neither."""
    if not (tag.landmark or tag.names or simple_properties(tag)):
        return None
    packet = new_packet() if blocks.xmp is None else blocks.xmp
    return apply_edits(packet, edit_xmp(packet, tag, with_position=False, beside=read_keywords(blocks)))


def _check(data: bytes, edits: list[Edit], tag: PlaceTag) -> None:
    """Read back what would be written, and go back to what was there. A failure is a fault of ours, and stops here."""
    written = apply_edits(data, edits)
    if apply_edits(written, reverse_edits(edits)) != data:
        raise NotWritableError("the way back does not lead to the original")
    _, blocks = read_blocks(io.BytesIO(written))
    found = read_exif(blocks.exif).coordinates if blocks.exif else None
    if tag.coordinates and (found is None or distance_km(found, tag.coordinates) > _EXACT_KM):
        raise NotWritableError("the position does not read back as it was written")
    tree = parse_xmp(blocks.xmp) if blocks.xmp else XmpTree()
    keywords_are_there = {*tag.keywords} <= {*tree.items.get("dc:subject", ())}
    if not keywords_are_there or not simple_properties(tag).keys() <= tree.values.keys():
        raise NotWritableError("the names do not read back as they were written")
