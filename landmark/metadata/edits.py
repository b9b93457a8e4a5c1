"""Exact changes of a file's bytes, and their way back: a few bytes taken out and others put in, at known positions.

What is added to a photo is written as such changes. So everything between them stays as it is, which includes the
picture, and the journal keeps a few hundred bytes for each photo instead of a copy of it.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MAGIC = b"LMS1"


@dataclass(frozen=True)
class Edit:
    """At a position of the bytes before all changes, `removed` gives way to `added`."""

    at: int
    removed: bytes
    added: bytes


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the bytes after all changes. Raises `ValueError` where they were made for other bytes than these.

    >>> apply_edits(b"one two", [Edit(4, b"two", b"three"), Edit(0, b"", b"> ")])
    b'> one three'
    """
    parts, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.at):
        end = edit.at + len(edit.removed)
        if edit.at < done or data[edit.at : end] != edit.removed:
            raise ValueError(f"the bytes at {edit.at} are not those that the change was made for")
        parts += [data[done : edit.at], edit.added]
        done = end
    return b"".join([*parts, data[done:]])


def reverse_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that lead back.

    >>> forth = [Edit(0, b"", b"> "), Edit(4, b"two", b"three")]
    >>> apply_edits(b"> one three", reverse_edits(forth))
    b'one two'
    """
    back, shift = [], 0
    for edit in sorted(edits, key=lambda edit: edit.at):
        back.append(Edit(edit.at + shift, edit.added, edit.removed))
        shift += len(edit.added) - len(edit.removed)
    return back


def smallest_edit(at: int, old: bytes, new: bytes) -> Edit:
    """Return the edit from old bytes at a position to new ones, without what both have at their beginning and end.

    >>> smallest_edit(10, b"<a></a>", b"<a>b</a>")
    Edit(at=13, removed=b'', added=b'b')
    """
    start, end = 0, 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    while end < shorter - start and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    return Edit(at + start, old[start : len(old) - end], new[start : len(new) - end])


def pack(edits: Sequence[Edit]) -> bytes:
    """Return the edits as the journal keeps them."""
    body = b"".join(
        struct.pack("<QII", edit.at, len(edit.removed), len(edit.added)) + edit.removed + edit.added for edit in edits
    )
    return _MAGIC + zlib.compress(body)


def unpack(packed: bytes) -> list[Edit]:
    """Read what `pack` wrote. Raises `ValueError` for anything else.

    >>> unpack(pack([Edit(3, b"a", b"bc")]))
    [Edit(at=3, removed=b'a', added=b'bc')]
    """
    if packed[:4] != _MAGIC:
        raise ValueError(f"begins with {packed[:4]!r}, not with {_MAGIC!r}")
    try:
        body, at, edits = zlib.decompress(packed[4:]), 0, []
        while at < len(body):
            where, n_removed, n_added = struct.unpack_from("<QII", body, at)
            at += 16
            edits.append(Edit(where, body[at : at + n_removed], body[at + n_removed : at + n_removed + n_added]))
            at += n_removed + n_added
        return edits
    except (struct.error, zlib.error) as error:
        raise ValueError(f"damaged ({error})") from error
