"""EXIF, XMP and IPTC in a JPEG: segments before the picture, of at most 64 kB each (Exif 2.32; ITU-T T.81, B)."""

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.blocks import CREDENTIAL, TIFF_HEADS, MetadataBlocks, NotWritableError
from landmark.metadata.edits import Edit, smallest_edit
from landmark.metadata.formats.photoshop import find_iptc, join_segments
from landmark.metadata.formats.tiff import RATIONAL, SHORT, Tiff, TiffError
from landmark.metadata.formats.tiff_packing import Values

_EXIF, _XMP, _MPF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"
_ODD_SIGNATURE = re.compile(rb".{0,4}(?:Exif\0.)+(?=II\*\0|MM\0\*)", re.IGNORECASE | re.DOTALL)
_APP0, _APP1, _APP2, _APP11, _APP13 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED
_HEAD_BYTES = 64  # of APP11, which tell what it holds
_CREDENTIAL = re.compile(rb"JP.{6}.{4}jumb.{4}jumdc2pa", re.DOTALL)  # boxes in APP11 (ISO 19566-5; C2PA 2.1, A.3)
_KEPT = (_APP0, _APP1, _APP2, _APP13)
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, CHROMA_POSITIONING = 0x011A, 0x011B, 0x0128, 0x0213
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN, _END = 0xDA, 0xD9
_MPF_PICTURES = 0xB002  # of each picture in the file: attributes, size, position, two dependent ones
_BLOCK_BYTES = 4_096
_MAX_SEGMENTS = 10_000
_MAX_KEPT_BYTES = 64_000_000  # of all bodies; a phone's map of depths has a few megabytes
_MAX_BODY = 65_533  # a segment's length, two bytes, counts itself


@dataclass(frozen=True)
class Segment:
    """A segment before the picture: its marker's last byte, where the marker stands, and its body (APP0 to 2, 13).

    Of APP11, in which there may be large things, the body is the beginning.
    """

    kind: int
    at: int
    size: int  # with marker and length
    body: bytes


def read_segments(file: BinaryIO) -> Iterator[Segment]:
    """Yield the segments of a JPEG up to its picture; ends early where the file is broken."""
    at, n_left = 2, _MAX_KEPT_BYTES
    for _ in range(_MAX_SEGMENTS):
        at = _after_fill(file, at)
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (_START_OF_SCAN, _END, 0):
            return
        if head[1] in _NO_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack(">H", head[2:])
        if length < 2:
            return
        kept = length - 2 if head[1] in _KEPT else _HEAD_BYTES if head[1] == _APP11 else 0
        body = file.read(min(kept, length - 2))
        n_left -= len(body)
        if n_left < 0 or (head[1] in _KEPT and len(body) < length - 2):
            return
        yield Segment(head[1], at, 2 + length, body)
        at += 2 + length


def _after_fill(file: BinaryIO, at: int) -> int:
    """Return the position of a marker, before which fill bytes may stand; the end of a file of nothing else."""
    file.seek(at)
    head = file.read(2)
    if head[1:] != b"\xff":
        return at  # in most files there are none
    file.seek(at)
    n_filled = 0
    while block := file.read(_BLOCK_BYTES):
        rest = block.lstrip(b"\xff")
        n_filled += len(block) - len(rest)
        if rest:
            return at + max(n_filled - 1, 0)  # the last of them belongs to the marker
    return at + n_filled


def read_jpeg(file: BinaryIO) -> MetadataBlocks:
    """Return the first EXIF, the first XMP and the IPTC of a JPEG."""
    segments = list(read_segments(file))
    exif, xmp = _all(segments, _EXIF), _all(segments, _XMP)
    odd = None
    if len(exif) > 1 or len(xmp) > 1:
        odd = f"its {'EXIF' if len(exif) > 1 else 'XMP'} stands in several parts"
    block = exif[0].body[len(_EXIF) :] if exif else None
    is_usual = block is not None and block.startswith(TIFF_HEADS)
    if not is_usual and (found := next(filter(None, map(_exif_of_odd_head, segments)), None)):
        block, odd = found, "its EXIF has an unusual head"
    if any(one.kind == _APP11 and _CREDENTIAL.match(one.body) for one in segments):
        odd = CREDENTIAL
    resources = join_segments(one.body for one in segments if one.kind == _APP13)
    return MetadataBlocks(
        block,
        xmp[0].body[len(_XMP) :] if xmp else None,
        odd,
        find_iptc(resources),
    )


def needed_in_exif(data: bytes) -> Values:
    """Return what EXIF of a JPEG has in its first directory (Exif 2.32, table 17): the resolution, as JFIF tells it."""
    (first, *_) = [*read_segments(io.BytesIO(data)), None]
    is_jfif = first and first.kind == _APP0 and first.body.startswith(b"JFIF\0") and len(first.body) >= 12
    unit, across, down = struct.unpack_from(">BHH", first.body, 7) if first and is_jfif else (1, 0, 0)
    if unit > 2 or not across or not down:
        unit, across, down = 1, 72, 72  # dots per inch: Exif's own for what is not known
    return {
        X_RESOLUTION: (RATIONAL, 1, struct.pack(">II", across, 1)),
        Y_RESOLUTION: (RATIONAL, 1, struct.pack(">II", down, 1)),
        RESOLUTION_UNIT: (SHORT, 1, struct.pack(">H", unit + 1)),
        CHROMA_POSITIONING: (SHORT, 1, struct.pack(">H", 1)),  # centered, as JFIF has it
    }


def _exif_of_odd_head(segment: Segment) -> bytes | None:
    """Return the EXIF behind a signature that some programs write otherwise, or twice; None where there is none."""
    if segment.kind != _APP1 or not (found := _ODD_SIGNATURE.match(segment.body)):
        return None
    return segment.body[found.end() :]


def edit_jpeg(data: bytes, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    """Return the edits that put EXIF and XMP (None: as it is) into a JPEG, or in the place of those that are there.

    Empty EXIF or XMP takes out what is there. Raises `NotWritableError` where they do not fit into a segment.
    """
    segments = list(read_segments(io.BytesIO(data)))
    edits = []
    # EXIF comes first, but for JFIF's own segment, which says that it does; XMP comes after EXIF
    jfif = next((one for one in segments[:1] if one.kind == _APP0 and one.body.startswith(b"JFIF\0")), None)
    free_at = jfif.at + jfif.size if jfif else 2
    fresh = b""
    for signature, packet in ((_EXIF, exif), (_XMP, xmp)):
        there = next(iter(_all(segments, signature)), None)
        if packet is not None:
            segment = _segment(signature, packet) if packet else b""
            if there and not packet:
                edits.append(Edit(there.at, data[there.at : there.at + there.size], b""))
            elif there:
                edits += _replace(there, data[there.at : there.at + there.size], segment)
            else:
                fresh += segment
        if there and there.at + there.size > free_at and signature == _EXIF:
            free_at = there.at + there.size
    if fresh:
        edits.append(Edit(free_at, b"", fresh))
    return edits + _mend_picture_list(segments, edits)


def _all(segments: list[Segment], signature: bytes) -> list[Segment]:
    return [one for one in segments if one.kind == _APP1 and one.body.startswith(signature)]


def _segment(signature: bytes, packet: bytes) -> bytes:
    body = signature + packet
    if len(body) > _MAX_BODY:
        raise NotWritableError(f"{'EXIF' if signature == _EXIF else 'XMP'} would be larger than a JPEG allows (64 kB)")
    return struct.pack(">BBH", 0xFF, _APP1, 2 + len(body)) + body


def _replace(there: Segment, old: bytes, new: bytes) -> list[Edit]:
    """Return the edits from a segment to a longer one; EXIF changes in places and grows at its end."""
    if not new[4:].startswith(_EXIF) or len(new) < len(old):
        return [smallest_edit(there.at, old, new)]
    runs = [Edit(there.at + len(old), b"", new[len(old) :])] if len(new) > len(old) else []
    at = 0
    while at < len(old):
        if old[at] == new[at]:
            at += 1
            continue
        end = min(at + 16, len(old))
        runs.append(smallest_edit(there.at + at, old[at:end], new[at:end]))
        at = end
    return runs


def _mend_picture_list(segments: list[Segment], edits: list[Edit]) -> list[Edit]:
    """Correct the list of pictures in a JPEG of several: the size of the first has changed.

    The positions of the others count from the list itself, and go with it; only what grows between the list and them
    moves them (CIPA DC-007, Multi-Picture Format).
    """
    listed = next((one for one in segments if one.kind == _APP2 and one.body.startswith(_MPF)), None)
    grown = sum(len(edit.added) - len(edit.removed) for edit in edits)
    if listed is None or not grown:
        return []
    grown_after = sum(len(edit.added) - len(edit.removed) for edit in edits if edit.at > listed.at)
    try:
        tiff = Tiff(listed.body[len(_MPF) :])
        if (entry := tiff.first.find(_MPF_PICTURES)) and (old := tiff.bytes(entry)):
            layout = f"{tiff.order}IIIHH"  # attributes, size, position, two dependent ones
            pictures = [list(one) for one in struct.iter_unpack(layout, old)]
            if pictures[0][1] and not pictures[0][2]:
                pictures[0][1] += grown
                for other in pictures[1:]:
                    other[2] += grown_after if other[2] else 0
                new = b"".join(struct.pack(layout, *one) for one in pictures)
                return [smallest_edit(listed.at + 4 + len(_MPF) + entry.value_at, old, new)]
    except (TiffError, struct.error):
        pass
    raise NotWritableError("it holds several pictures, and the list of them is broken")
