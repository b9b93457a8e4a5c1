"""EXIF and XMP in HEIC and AVIF: items of a container (ISO/IEC 23008-12 and 14496-12), each listed with its place."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.blocks import CREDENTIAL, MetadataBlocks, find_exif
from landmark.metadata.formats.boxes import (
    CREDENTIAL_UUID,
    Box,
    BoxError,
    boxes,
    file_boxes,
    file_size,
    find_file_box,
    uuid_of,
)

_MAX_BYTES = 16_000_000
_MAX_PIECES = 100_000  # of all items together: a small file can list many that have no length
XMP_TYPE = b"application/rdf+xml"
IN_FILE, IN_BOX, IN_ANOTHER_FILE = 0, 1, 15  # what an item's positions count from; the box is `idat`


class HeifError(BoxError):
    """A container that is broken, or of a kind that is not read."""


@dataclass(frozen=True)
class Item:
    """An item: its number, type (`Exif`, `mime`), content type, and its pieces in the file as (position, length).

    `of_main`: it describes the main picture, or says of none that it describes it.
    """

    number: int
    kind: bytes
    content_type: bytes
    pieces: tuple[tuple[int, int], ...]
    of_main: bool


def read_heif(file: BinaryIO) -> MetadataBlocks:
    """Return the EXIF and XMP of a HEIC or AVIF. Raises `HeifError` for a broken one."""
    try:
        exif, xmp = find_metadata(file)
        found = find_exif(_content(file, exif)) if exif else None
        outermost = file_boxes(file, 0, file_size(file))
        has_credential = any(box.kind == b"uuid" and uuid_of(file, box) == CREDENTIAL_UUID for box in outermost)
        return MetadataBlocks(found, _content(file, xmp) if xmp else None, CREDENTIAL if has_credential else None)
    except (struct.error, IndexError, OverflowError) as error:
        raise HeifError(f"cut short, or of positions that no file has ({error})") from None


def find_metadata(file: BinaryIO) -> tuple[Item | None, Item | None]:
    """Return the items of EXIF and of XMP, None where there is none. Raises `HeifError`, and as `struct` does."""
    items = read_items(*_meta(file))
    return find_item(items, b"Exif"), find_item(items, b"mime", XMP_TYPE)


def read_items(meta: bytes, at: int) -> list[Item]:
    """Return the items that a `meta` box lists: the whole box, and where it begins in the file.

    Those that are in another file, or made of other items, have no pieces.
    """
    inside = {box.kind: box for box in boxes(meta, 12, len(meta))}
    if b"iinf" not in inside or b"iloc" not in inside:
        return []
    locations = read_locations(meta[inside[b"iloc"].body_at : inside[b"iloc"].end])
    starts = {IN_FILE: 0} | ({IN_BOX: at + inside[b"idat"].body_at} if b"idat" in inside else {})
    places = {
        one.number: tuple((starts[one.method] + one.base + offset, length) for _, offset, length in one.pieces)
        for one in locations.items
        if one.method in starts
    }
    main, described = _main_picture(meta, inside), _described(meta, inside)
    items = []
    for number, kind, content_type in read_entries(meta, inside[b"iinf"]):
        of_main = main in described.get(number, {main})
        items.append(Item(number, kind, content_type, places.get(number, ()), of_main))
    return items


def find_item(items: list[Item], kind: bytes, content_type: bytes = b"") -> Item | None:
    """Return EXIF or XMP of the main picture; that of another, such as a phone's gain map, describes that one."""
    return next((one for one in items if (one.kind, one.content_type, one.of_main) == (kind, content_type, True)), None)


def _main_picture(meta: bytes, inside: dict[bytes, Box]) -> int | None:
    if (box := inside.get(b"pitm")) is None:
        return None
    return int.from_bytes(meta[box.body_at + 4 : box.body_at + (6 if meta[box.body_at] == 0 else 8)], "big")


def _described(meta: bytes, inside: dict[bytes, Box]) -> dict[int, set[int | None]]:
    """Return the pictures that items say they describe (`cdsc`), by the items' numbers."""
    found: dict[int, set[int | None]] = {}
    if (box := inside.get(b"iref")) is None:
        return found
    size = 2 if meta[box.body_at] == 0 else 4
    for one in boxes(meta, box.body_at + 4, box.end):
        if one.kind == b"cdsc":  # the item's number, how many follow, and theirs
            starts = (one.body_at, *range(one.body_at + size + 2, one.end, size))
            number, *pictures = (int.from_bytes(meta[at : at + size], "big") for at in starts)
            found.setdefault(number, set()).update(pictures)
    return found


def _meta(file: BinaryIO) -> tuple[bytes, int]:
    """Find the `meta` box of a file among the outermost boxes; return all of it, and where it begins."""
    box = find_file_box(file, b"meta", 0, file_size(file))
    if box is None:
        raise HeifError("there is no list of items in it")
    if not 12 <= box.end - box.at <= _MAX_BYTES:
        raise HeifError(f"a list of items of {box.end - box.at:,} bytes")
    file.seek(box.at)
    return file.read(box.end - box.at), box.at


def read_entries(meta: bytes, iinf: Box) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number, type and content type of each item that an `iinf` box lists."""
    version = meta[iinf.body_at]
    for box in boxes(meta, iinf.body_at + (6 if version == 0 else 8), iinf.end):
        version_of_entry, at = meta[box.body_at], box.body_at + 4
        if box.kind != b"infe" or version_of_entry < 2:
            continue
        number_size = 2 if version_of_entry == 2 else 4
        number = int.from_bytes(meta[at : at + number_size], "big")
        at += number_size + 2
        kind, names = meta[at : at + 4], meta[at + 4 : box.end].split(b"\0")
        yield number, kind, names[1] if kind == b"mime" and len(names) > 1 else b""


@dataclass(frozen=True)
class Location:
    """Where an item's pieces are, as the `iloc` box has it; `method` tells what the positions count from."""

    number: int
    method: int
    base: int
    pieces: tuple[tuple[int, int, int], ...]  # index, position after the base, length


@dataclass(frozen=True)
class Locations:
    """The content of an `iloc` box: the sizes of its numbers in bytes, and its items."""

    version: int
    offset_size: int
    length_size: int
    base_size: int
    index_size: int
    items: tuple[Location, ...]


def read_locations(body: bytes) -> Locations:
    """Take the content of an `iloc` box apart."""
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, body[5] & 15 if version in (1, 2) else 0
    number_size = 4 if version == 2 else 2
    at = 6

    def take(size: int) -> int:
        nonlocal at
        if at + size > len(body):
            raise HeifError("a list of positions that is cut short")
        at += size
        return int.from_bytes(body[at - size : at], "big")

    items, n_left = [], _MAX_PIECES
    for _ in range(take(number_size)):
        number = take(number_size)
        method = take(2) & 15 if version in (1, 2) else 0
        if take(2):
            method = IN_ANOTHER_FILE
        base = take(base_size)
        n_pieces = take(2)
        n_left -= n_pieces
        if n_left < 0:
            raise HeifError(f"items of more than {_MAX_PIECES:,} pieces")
        pieces = [(take(index_size), take(offset_size), take(length_size)) for _ in range(n_pieces)]
        items.append(Location(number, method, base, tuple(pieces)))
    return Locations(version, offset_size, length_size, base_size, index_size, tuple(items))


def _content(file: BinaryIO, item: Item) -> bytes:
    parts = []
    if sum(length for _, length in item.pieces) > _MAX_BYTES:
        return b""
    for at, length in item.pieces:
        file.seek(at)
        parts.append(file.read(length))
    return b"".join(parts)
