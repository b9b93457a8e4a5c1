"""EXIF and XMP put into HEIC and AVIF: the lists of items are rewritten, the pictures stay as they are.

What is new is appended at the end of the file. The lists grow, so all that follows them moves, and the positions of the
pictures in them with it. Files whose positions stand elsewhere too, such as those of image sequences, are left alone.
"""

import io
import struct
from collections.abc import Iterable

from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import Edit, smallest_edit
from landmark.metadata.formats.boxes import Box, BoxError, boxes
from landmark.metadata.formats.heif import (
    IN_ANOTHER_FILE,
    IN_FILE,
    XMP_TYPE,
    Item,
    Location,
    Locations,
    find_item,
    read_entries,
    read_heif,
    read_items,
    read_locations,
)

_WITHOUT_POSITIONS = frozenset({b"ftyp", b"meta", b"mdat", b"free", b"skip", b"uuid"})
_USUAL_HEAD = b"\0\0\0\6Exif\0\0"


def edit_heif(data: bytes, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    """Return the edits that put EXIF and XMP (None: as it is) into a HEIC or AVIF, or replace those that are there.

    Raises `NotWritableError` for a container in which more than the lists of items would have to change.
    """
    try:
        outer = list(boxes(data, 0, len(data)))
        others = {box.kind for box in outer} - _WITHOUT_POSITIONS
        if others or sum(box.kind == b"meta" for box in outer) != 1:
            raise NotWritableError("it holds more than one picture's container does, such as an image sequence")
        if data[outer[-1].at : outer[-1].at + 4] == bytes(4):
            raise NotWritableError("its last part is open to the end of the file")
        box = next(box for box in outer if box.kind == b"meta")
        if box.body_at != box.at + 8:
            raise NotWritableError("its list of items has a size of 64 bits")
        return _embed(data, data[box.at : box.end], box, exif, xmp)
    except (BoxError, struct.error, IndexError, OverflowError) as error:
        raise NotWritableError(f"its container is broken, or of an unknown kind ({error})") from error


def _embed(data: bytes, meta: bytes, box: Box, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    inside = list(boxes(meta, 12, len(meta)))
    parts = {one.kind: meta[one.at : one.end] for one in inside}
    kinds = [one.kind for one in inside]
    if len(parts) != len(kinds) or not {b"iinf", b"iloc", b"pitm"} <= parts.keys():
        raise NotWritableError("its list of items is of an unknown kind")
    locations = read_locations(parts[b"iloc"][8:])
    if locations.offset_size not in (4, 8) or locations.length_size not in (4, 8):
        raise NotWritableError("its list of positions is of an unknown kind")
    items = read_items(meta, box.at)
    iinf = next(one for one in inside if one.kind == b"iinf")
    number = max((entry[0] for entry in read_entries(meta, iinf)), default=0) + 1

    contents: list[tuple[int, bytes]] = []  # item number -> what is appended of it
    for kind, content_type, packet in ((b"Exif", b"", exif), (b"mime", XMP_TYPE, xmp)):
        if packet is None:
            continue
        there = find_item(items, kind, content_type)
        content = _before_exif(data, there) + packet if kind == b"Exif" else packet
        if there:
            contents.append((there.number, content))
            continue
        contents.append((number, content))
        parts[b"iinf"] = _with_entry(parts[b"iinf"], number, kind, content_type)
        parts[b"iref"] = _with_reference(parts.get(b"iref", b""), number, parts[b"pitm"])
        number += 1
    if b"iref" in parts and b"iref" not in kinds:
        kinds.append(b"iref")

    # the list of positions is as long whatever the positions are: first how far all moves, then the positions
    shift = 0
    for _ in range(2):
        parts[b"iloc"] = _positions(locations, contents, box.end, shift, len(data) + shift + 8)
        shift = len(_lay_out(kinds, parts, meta)) - len(meta)
    new = _lay_out(kinds, parts, meta)
    body = b"".join(content for _, content in contents)
    return [smallest_edit(box.at, meta, new), Edit(len(data), b"", _box(b"mdat", body))]


def _lay_out(kinds: Iterable[bytes], parts: dict[bytes, bytes], meta: bytes) -> bytes:
    return _box(b"meta", meta[8:12] + b"".join(parts[kind] for kind in kinds))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _before_exif(data: bytes, there: Item | None) -> bytes:
    """Return what stands in front of the EXIF in its item: a length, and as a rule JPEG's signature."""
    if there is None:
        return _USUAL_HEAD
    content = b"".join(data[at : at + length] for at, length in there.pieces)
    tiff = read_heif(io.BytesIO(data)).exif
    if not tiff or not content.endswith(tiff):
        raise NotWritableError("its EXIF stands in an unknown way")
    head = content[: len(content) - len(tiff)]
    is_usual = head[4:] in (b"", b"Exif\0\0") and int.from_bytes(head[:4], "big") == len(head) - 4
    return head if is_usual else _USUAL_HEAD  # else a segment's length would be wrong, and others would not find it


def _with_entry(iinf: bytes, number: int, kind: bytes, content_type: bytes) -> bytes:
    """Return a list of items with one more."""
    version = iinf[8]
    count_size = 2 if version == 0 else 4
    count = int.from_bytes(iinf[12 : 12 + count_size], "big") + 1
    wide = number > 0xFFFF
    body = bytes([3 if wide else 2, 0, 0, 1 if kind == b"mime" else 0])  # the flag hides it among pictures
    body += number.to_bytes(4 if wide else 2, "big") + bytes(2) + kind + b"\0"
    body += content_type + b"\0" if kind == b"mime" else b""
    entries = iinf[12 + count_size :] + _box(b"infe", body)
    return _box(b"iinf", iinf[8:12] + count.to_bytes(count_size, "big") + entries)


def _with_reference(iref: bytes, number: int, pitm: bytes) -> bytes:
    """Return a list of references with one more: the item describes (`cdsc`) the main picture."""
    main = int.from_bytes(pitm[12:14] if pitm[8] == 0 else pitm[12:16], "big")
    head = iref[8:12] if iref else bytes([1 if max(number, main) > 0xFFFF else 0, 0, 0, 0])
    size = 4 if head[0] else 2
    body = number.to_bytes(size, "big") + b"\0\1" + main.to_bytes(size, "big")
    return _box(b"iref", head + iref[12:] + _box(b"cdsc", body))


def _positions(
    locations: Locations, contents: list[tuple[int, bytes]], moved_from: int, shift: int, append_at: int
) -> bytes:
    """Return the list of positions: what lay behind the lists has moved by `shift`, new ones begin at `append_at`."""
    new: dict[int, Location] = {}
    for number, content in contents:
        new[number] = Location(number, IN_FILE, 0, ((0, append_at, len(content)),))
        append_at += len(content)
    moved = [
        new.pop(one.number) if one.number in new else _moved(one, locations, moved_from, shift)
        for one in locations.items
    ]
    number_size = 4 if locations.version == 2 else 2
    body = bytes([locations.version, 0, 0, 0])
    body += bytes([locations.offset_size << 4 | locations.length_size, locations.base_size << 4 | locations.index_size])
    body += (len(moved) + len(new)).to_bytes(number_size, "big")
    for one in (*moved, *new.values()):
        body += one.number.to_bytes(number_size, "big")
        body += one.method.to_bytes(2, "big") if locations.version in (1, 2) else b""
        body += bytes(2) + one.base.to_bytes(locations.base_size, "big") + len(one.pieces).to_bytes(2, "big")
        for index, at, length in one.pieces:
            body += index.to_bytes(locations.index_size, "big") + at.to_bytes(locations.offset_size, "big")
            body += length.to_bytes(locations.length_size, "big")
    return _box(b"iloc", body)


def _moved(one: Location, locations: Locations, moved_from: int, shift: int) -> Location:
    if one.method == IN_ANOTHER_FILE:
        raise NotWritableError("it refers to another file")
    if one.method != IN_FILE or not one.pieces:
        return one
    starts = [one.base + at for _, at, _ in one.pieces]
    if min(starts) < moved_from:
        if max(starts) >= moved_from:
            raise NotWritableError("a picture of it lies in pieces on both sides of the lists")
        return one
    if locations.base_size and one.base:
        return Location(one.number, IN_FILE, one.base + shift, one.pieces)
    pieces = tuple((index, at + shift, length) for index, at, length in one.pieces)
    return Location(one.number, IN_FILE, one.base, pieces)
