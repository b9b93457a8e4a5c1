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
class Splice:
    """At a position of the bytes before all changes, `removed` gives way to `added`."""

    at: int
    removed: bytes
    added: bytes


def apply_splices(data: bytes, splices: Iterable[Splice]) -> bytes:
    """The bytes after all changes. Raises `ValueError` where they were made for other bytes than these.

    >>> apply_splices(b"one two", [Splice(4, b"two", b"three"), Splice(0, b"", b"> ")])
    b'> one three'
    """
    parts, done = [], 0
    for splice in sorted(splices, key=lambda splice: splice.at):
        end = splice.at + len(splice.removed)
        if splice.at < done or data[splice.at : end] != splice.removed:
            raise ValueError(f"the bytes at {splice.at} are not those that the change was made for")
        parts += [data[done : splice.at], splice.added]
        done = end
    return b"".join([*parts, data[done:]])


def reversed_splices(splices: Iterable[Splice]) -> list[Splice]:
    """The changes that lead back.

    >>> forth = [Splice(0, b"", b"> "), Splice(4, b"two", b"three")]
    >>> apply_splices(b"> one three", reversed_splices(forth))
    b'one two'
    """
    back, shift = [], 0
    for splice in sorted(splices, key=lambda splice: splice.at):
        back.append(Splice(splice.at + shift, splice.added, splice.removed))
        shift += len(splice.added) - len(splice.removed)
    return back


def between(at: int, old: bytes, new: bytes) -> Splice:
    """The change from old bytes at a position to new ones, without what both have at their beginning and end.

    >>> between(10, b"<a></a>", b"<a>b</a>")
    Splice(at=13, removed=b'', added=b'b')
    """
    start, end = 0, 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    while end < shorter - start and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    return Splice(at + start, old[start : len(old) - end], new[start : len(new) - end])


def pack(splices: Sequence[Splice]) -> bytes:
    """As the journal keeps them."""
    body = b"".join(
        struct.pack("<QII", splice.at, len(splice.removed), len(splice.added)) + splice.removed + splice.added
        for splice in splices
    )
    return _MAGIC + zlib.compress(body)


def unpack(packed: bytes) -> list[Splice]:
    """Read what `pack` wrote. Raises `ValueError` for anything else.

    >>> unpack(pack([Splice(3, b"a", b"bc")]))
    [Splice(at=3, removed=b'a', added=b'bc')]
    """
    if packed[:4] != _MAGIC:
        raise ValueError(f"begins with {packed[:4]!r}, not with {_MAGIC!r}")
    try:
        body, at, splices = zlib.decompress(packed[4:]), 0, []
        while at < len(body):
            where, n_removed, n_added = struct.unpack_from("<QII", body, at)
            at += 16
            splices.append(Splice(where, body[at : at + n_removed], body[at + n_removed : at + n_removed + n_added]))
            at += n_removed + n_added
        return splices
    except (struct.error, zlib.error) as error:
        raise ValueError(f"damaged ({error})") from error
