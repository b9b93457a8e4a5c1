"""Chunks, of which PNG and WebP files are made: walked without reading pixels, replaced, and added to."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.edits import Edit, smallest_edit

_MAX_BYTES = 16_000_000
_MAX_CHUNKS = 500_000  # a PNG of a gigabyte has some 120,000


@dataclass(frozen=True)
class Chunk:
    """A chunk: its kind, where it begins and ends in the file, and its body where it may hold metadata."""

    kind: bytes
    at: int
    end: int
    body: bytes


def read_chunks(
    file: BinaryIO, at: int, parse_head: Callable[[bytes], tuple[bytes, int, int]], kept: Collection[bytes]
) -> Iterator[Chunk]:
    """Yield the chunks from a position on, to the end of the file or to where it is broken.

    `parse_head` takes the first eight bytes of a chunk for its kind, the length of its body and that of all of it.
    Bodies of other kinds than those `kept` are stepped over.
    """
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length, size = parse_head(head)
        yield Chunk(kind, at, at + size, file.read(length) if kind in kept and length <= _MAX_BYTES else b"")
        at += size


def edit_chunks(data: bytes, changes: Iterable[tuple[Chunk | None, bytes]], free_at: int) -> list[Edit]:
    """Return the edits that put new chunks in the place of those that are there, or else (None) at a free position."""
    edits, fresh = [], b""
    for there, new in changes:
        if there:
            edits.append(smallest_edit(there.at, data[there.at : there.end], new))
        else:
            fresh += new
    return [*edits, Edit(free_at, b"", fresh)] if fresh else edits
