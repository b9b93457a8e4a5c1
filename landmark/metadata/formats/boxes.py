"""Boxes, of which HEIC, AVIF, CR3, JPEG XL, MOV and MP4 files are made (ISO/IEC 14496-12), in memory and in files.

A box begins with its size and its kind. They are walked without reading what is in them.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MAX_FILE_BOXES = 10_000  # beside one another in a file: a fragmented film has two for every few seconds
_MAX_BOXES = 100_000  # beside one another in memory: a picture of tiles has one for each, some hundreds
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # with which a `uuid` box of XMP begins
CREDENTIAL_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # one of C2PA
_UUID_BYTES = 16


class BoxError(ValueError):
    """A container whose boxes do not fit into one another."""


@dataclass(frozen=True)
class Box:
    """A box: its kind, where it begins, where its content begins, and where it ends, all in the data searched."""

    kind: bytes
    at: int
    body_at: int
    end: int


def boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes of a part of the data, one after another. Raises `BoxError` for one that does not fit, or for
    more than anybody writes.

    >>> [(box.kind, box.body_at, box.end) for box in boxes(bytes.fromhex("0000000966726565 00"), 0, 9)]
    [(b'free', 8, 9)]
    """
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        body_at = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body_at)
            body_at += 8
        elif size == 0:
            size = end - at
        if size < body_at - at or at + size > end:
            raise BoxError(f"a box {kind!r} of {size} bytes where {end - at} are left")
        yield Box(kind, at, body_at, at + size)
        at += size
    raise BoxError(f"more than {_MAX_BOXES:,} boxes beside one another")


def file_boxes(file: BinaryIO, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes of a part of a file, reading their heads alone. One that does not fit is cut, and is the last."""
    for _ in range(_MAX_FILE_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        body_at = at + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            body_at += 8
        elif size == 0:
            size = end - at
        if size < body_at - at:
            return
        yield Box(kind, at, body_at, min(at + size, end))
        at += size


def find_file_box(file: BinaryIO, kind: bytes, at: int, end: int) -> Box | None:
    """Return the first box of a kind in a part of a file, or None."""
    return next((box for box in file_boxes(file, at, end) if box.kind == kind), None)


def read_body(file: BinaryIO, box: Box, max_bytes: int) -> bytes:
    """Return the content of a box; nothing of one that is larger than it may be."""
    if box.end - box.body_at > max_bytes:
        return b""
    file.seek(box.body_at)
    return file.read(box.end - box.body_at)


def uuid_of(file: BinaryIO, box: Box) -> bytes:
    """Return the identifier with which a `uuid` box begins; what it holds comes after it."""
    file.seek(box.body_at)
    return file.read(_UUID_BYTES)


def find_xmp(file: BinaryIO, outermost: Iterable[Box], max_bytes: int) -> bytes | None:
    """Return the XMP in the first `uuid` box that is of XMP, or None."""
    for box in outermost:
        if box.kind == b"uuid" and uuid_of(file, box) == XMP_UUID:
            return read_body(file, box, max_bytes)[_UUID_BYTES:] or None
    return None


def file_size(file: BinaryIO) -> int:
    """Return how many bytes an open file has."""
    return file.seek(0, 2)
