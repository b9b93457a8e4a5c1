"""Frames of a GIF, found without decoding them."""

import struct
from collections.abc import Iterator


def read_frames(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield left, top, width and height of each frame in px, as far as the file goes.

    >>> dot = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
    >>> list(read_frames(dot))
    [(0, 0, 1, 1)]
    """
    try:
        at = 13 + _table_bytes(data[10])
        while data[at] in b",!":  # frames and extensions; both end with blocks that have their length in front
            if data[at] == ord(","):
                yield struct.unpack_from("<HHHH", data, at + 1)
                at += 11 + _table_bytes(data[at + 9])
            else:
                at += 2
            while length := data[at]:
                at += 1 + length
            at += 1
    except (IndexError, struct.error):  # cut short: what is there has been found
        return


def _table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
