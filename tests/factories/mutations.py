"""Files that are damaged in the ways that disks, networks and programs damage them: the same ones in every run."""

import random
import struct
from collections.abc import Iterator

_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)
_NUMBERS = (0, 1, 2, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def mutations(data: bytes, n: int, seed: int = 0) -> Iterator[bytes]:
    """Yield so many damaged versions of a file: bytes changed, numbers made huge, parts left out, doubled, cut off."""
    chance = random.Random(seed)
    for _ in range(n):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            _damage(damaged, chance)
        yield bytes(damaged)


def _damage(data: bytearray, chance: random.Random) -> None:
    # often near the beginning, where containers have their structure
    start = chance.randrange(min(len(data), chance.choice((64, 400, len(data), len(data)))) + 1)
    length = min(len(data) - start, chance.choice((1, 1, 2, 4, 8, 64)))
    kind = chance.randrange(7)
    if kind == 0:
        data[start : start + length] = bytes(chance.choice(_INTERESTING) for _ in range(length))
    elif kind == 1:
        data[start : start + length] = chance.randbytes(length)
    elif kind == 2:
        del data[start : start + length]
    elif kind == 3:
        data[start:start] = data[start : start + length] * chance.choice((1, 2, 100))
    elif kind == 4 and data:
        data[start : start + 1] = bytes([chance.choice(b'0123456789.-+<>"{}[],:$*')])
    elif kind == 5:
        size, number = chance.choice("HIQ"), chance.choice((*_NUMBERS, len(data), start, max(0, start - 8)))
        packed = struct.pack(chance.choice("<>") + size, number & (2 ** (8 * struct.calcsize(size)) - 1))
        data[start : start + len(packed)] = packed
    else:
        del data[len(data) - min(len(data), length * chance.choice((1, 50))) :]
