"""Directories of a TIFF structure, written.

Small structures are made of a few directories of large ones: the EXIF of a RAW file without its pictures.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from landmark.metadata.formats.tiff import LONG, Directory, Entry, Tiff

_MAX_VALUE_BYTES = 65_536
_MAX_BYTES = 1_000_000
_UNIT_BYTES = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}  # of what the byte order swaps
# Pictures and what points at them or at other directories, maker notes, XMP and colour profiles: 0x8769 is EXIF's.
_LEFT_OUT = frozenset({
    0x002E, 0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202, 0x02BC, 0x8769, 0x8773, 0x8825, 0x927C, 0xA005,
})  # fmt: skip

Values: TypeAlias = dict[int, tuple[int, int, bytes]]  # tag -> type, count, bytes


def collect_values(tiff: Tiff, directory: Directory | None, order: str) -> Values:
    """Return the small values of a directory in a byte order, `<` or `>`; none without a directory."""
    values: Values = {}
    n_left = _MAX_BYTES
    for entry in directory.entries if directory else ():
        if entry.tag in _LEFT_OUT or entry.n_bytes > min(_MAX_VALUE_BYTES, n_left):
            continue
        if (value := tiff.bytes(entry)) is not None:
            n_left -= len(value)
            values.setdefault(entry.tag, (entry.type, entry.count, _in_order(value, entry.type, tiff.order, order)))
    return values


def pack_tiff(order: str, first: Values, below: Mapping[int, Values]) -> bytes:
    """Return a TIFF structure of a first directory, and those that its tags point at; empty ones are left out.

    >>> packed = pack_tiff("<", {0x0112: (3, 1, b"\\6\\0")}, {0x8825: {}})
    >>> Tiff(packed).numbers(Tiff(packed).first.find(0x0112))
    (6.0,)
    """
    below = {tag: values for tag, values in below.items() if values}
    pointers: Values = {tag: (LONG, 1, bytes(4)) for tag in below}
    at = 8 + len(pack_directory(8, first | pointers, order))
    tail = b""
    for tag, values in below.items():
        pointers[tag] = (LONG, 1, struct.pack(f"{order}I", at + len(tail)))
        tail += pack_directory(at + len(tail), values, order)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + pack_directory(8, first | pointers, order) + tail


def pack_directory(at: int, values: Values, order: str, kept: Sequence[Entry] = (), next_at: int = 0) -> bytes:
    """Return a directory to stand at a position, with new values, which follow it, and entries `kept` as they are."""
    raw = [(entry.tag, entry.raw) for entry in kept]
    body_at, body = at + 2 + 12 * (len(kept) + len(values)) + 4, bytearray()
    for tag, (kind, count, value) in sorted(values.items()):
        inside = value.ljust(4, b"\0")
        if len(value) > 4:
            inside = struct.pack(f"{order}I", body_at + len(body))
            body += value + bytes(len(value) % 2)  # positions are even
        raw.append((tag, struct.pack(f"{order}HHI", tag, kind, count) + inside))
    entries = b"".join(one for _, one in sorted(raw, key=lambda pair: pair[0]))
    return struct.pack(f"{order}H", len(raw)) + entries + struct.pack(f"{order}I", next_at) + bytes(body)


def _in_order(value: bytes, kind: int, order: str, wanted: str) -> bytes:
    size = _UNIT_BYTES.get(kind, 1)
    if order == wanted or size == 1:
        return value
    return b"".join(value[at : at + size][::-1] for at in range(0, len(value), size))
