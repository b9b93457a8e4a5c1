"""What is ours, taken out of a photo or a sidecar as exact changes of bytes; the result is read back first."""

import io
import struct
from collections.abc import Iterable, Sequence

from landmark.metadata.blocks import MetadataBlocks, NotWritableError, describe_error
from landmark.metadata.containers import read_blocks
from landmark.metadata.edits import Edit, apply_edits
from landmark.metadata.formats.heif import Item, find_metadata
from landmark.metadata.formats.jpeg import edit_jpeg, needed_in_exif
from landmark.metadata.formats.png import edit_png
from landmark.metadata.formats.tiff import XMP_TAG, Tiff
from landmark.metadata.formats.webp import edit_webp
from landmark.metadata.merging import read_embedded
from landmark.metadata.own_mark import OwnMark, own_method
from landmark.metadata.reading import Reading
from landmark.metadata.removing.exif import edit_removing_entry, edit_removing_position, remaining_tags
from landmark.metadata.removing.xmp import edit_removing, is_empty
from landmark.metadata.written_fields import WrittenFields
from landmark.metadata.xmp import read_xmp

_EDITORS = {"JPEG": edit_jpeg, "PNG": edit_png, "WebP": edit_webp}
_IN_PLACE = ("TIFF", "HEIC", "AVIF")  # whose metadata is overwritten where it stands
_END_OF_PACKET = b"<?xpacket end"


def remove_from_sidecar(packet: bytes, fields: WrittenFields, marks: Iterable[OwnMark]) -> list[Edit]:
    """Return the edits that take what is ours out of a sidecar, none where nothing is. Raises `NotWritableError`."""
    marks = list(marks)
    edits = edit_removing(packet, fields, marks)
    if edits:
        _check([read_xmp(apply_edits(packet, edits))], marks)
    return edits


def remove_from_photo(data: bytes, fields: WrittenFields, marks: Iterable[OwnMark]) -> list[Edit]:
    """Return the edits that take what is ours out of a photo, none where nothing is. Raises `NotWritableError`."""
    marks = list(marks)
    try:
        format_name, blocks = read_blocks(io.BytesIO(data))
    except ValueError as error:
        raise NotWritableError(f"its metadata is {describe_error(error)}") from error
    is_known = format_name in _EDITORS or format_name in _IN_PLACE
    exif, xmp = blocks.exif if is_known else None, blocks.xmp if is_known else None
    keeps = format_name in ("HEIC", "AVIF")
    of_exif = edit_removing_position(exif, marks, keeps_directory=keeps) if exif else []
    of_xmp = edit_removing(xmp, fields, marks) if xmp else []
    if not (of_exif or of_xmp):
        return []
    if blocks.odd:
        raise NotWritableError(blocks.odd)
    if format_name in _EDITORS:
        edits = _edit_container(data, format_name or "", blocks, fields, of_exif, of_xmp)
    elif format_name == "TIFF":
        edits = _edit_tiff(data, fields, of_exif, of_xmp)
    else:
        edits = _edit_heif(data, blocks, of_exif, of_xmp)
    _check(read_embedded(apply_edits(data, edits)), marks)
    return edits


def _edit_container(
    data: bytes,
    format_name: str,
    blocks: MetadataBlocks,
    fields: WrittenFields,
    of_exif: Sequence[Edit],
    of_xmp: Sequence[Edit],
) -> list[Edit]:
    exif = apply_edits(blocks.exif or b"", of_exif) if of_exif else None
    if exif is not None:
        made = needed_in_exif(data).keys() if fields.made_exif else set()
        exif = b"" if remaining_tags(exif) <= {*made} else exif
    xmp = apply_edits(blocks.xmp or b"", of_xmp) if of_xmp else None
    if xmp is not None and fields.made_xmp and is_empty(xmp):
        xmp = b""
    return _EDITORS[format_name](data, exif, xmp)


def _edit_tiff(data: bytes, fields: WrittenFields, of_exif: Sequence[Edit], of_xmp: Sequence[Edit]) -> list[Edit]:
    """Return the edits to a TIFF where its values stand, so that its size and all positions in it stay."""
    steps = list(of_exif)
    changed = apply_edits(data, of_exif)
    tiff = Tiff(changed)
    if of_xmp and (entry := tiff.first.find(XMP_TAG)):
        old = tiff.bytes(entry) or b""
        new = apply_edits(old, of_xmp)
        if fields.made_xmp and is_empty(new):
            more = edit_removing_entry(changed, XMP_TAG)
        else:
            more = [Edit(entry.value_at, old, _padded(new, len(old)))]
        changed = apply_edits(changed, more)
        steps += more
    spans = sorted((edit.at, edit.at + len(edit.removed)) for edit in steps)
    edits: list[Edit] = []
    for start, end in spans:
        if edits and start < (last := edits[-1].at + len(edits[-1].removed)):
            start = last
        if start < end:
            edits.append(Edit(start, data[start:end], changed[start:end]))
    return edits


def _edit_heif(data: bytes, blocks: MetadataBlocks, of_exif: Sequence[Edit], of_xmp: Sequence[Edit]) -> list[Edit]:
    """Return the edits to the items of a HEIC or AVIF where they stand."""
    try:
        items = find_metadata(io.BytesIO(data))
    except (ValueError, struct.error, IndexError, OverflowError) as error:
        raise NotWritableError(f"its container is broken ({error})") from error
    edits = []
    for item, block, changes in zip(items, (blocks.exif, blocks.xmp), (of_exif, of_xmp), strict=True):
        if changes and block is not None:
            at = _place_of(data, item, block)
            new = _padded(apply_edits(block, changes), len(block))
            edits.append(Edit(at, block, new))
    return edits


def _place_of(data: bytes, item: Item | None, block: bytes) -> int:
    """Return where a block stands in a file as one piece."""
    if item is None or len(item.pieces) != 1:
        raise NotWritableError("its metadata lies in several pieces")
    at, length = item.pieces[0]
    at += length - len(block)
    if data[at : at + len(block)] != block:
        raise NotWritableError("its metadata stands in an unknown way")
    return at


def _padded(packet: bytes, length: int) -> bytes:
    """Return a packet that is as long as it was: spaces before its end are what XMP keeps room by."""
    n_spaces = length - len(packet)
    at = packet.rfind(_END_OF_PACKET) if n_spaces else -1
    at = len(packet) if at < 0 else at
    return packet[:at] + b" " * n_spaces + packet[at:]


def _check(readings: Iterable[Reading], marks: list[OwnMark]) -> None:
    """Read back what is left. A failure is a fault of ours, and stops here."""
    for reading in readings:
        at = reading.coordinates
        if reading.recognised or (at is not None and own_method(at, marks)):
            raise NotWritableError("what is ours does not go out of it")
