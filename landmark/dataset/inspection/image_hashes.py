"""What a photo looks like in 64 bits, and which of very many look nearly alike.

The hash is the one that is known as pHash (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions", 2010): of the grey picture at 32 x 32 px, which of the 64 lowest frequencies lie above their median. Other
sizes, formats and compressions of a photo differ from it by few bits. So do, now and then, two photos of the same
building: `overlap` decides whether it is one photo.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from landmark.core.cpu import available_cpus

HASH_PX = 32
_LOW = 8  # frequencies each way
BLOCK_HASHES = 1024  # against as many: what is compared at once stays in the processor's cache
_AT = np.arange(HASH_PX)
_COSINES = np.cos(np.pi * _AT[:_LOW, None] * (2 * _AT[None, :] + 1) / (2 * HASH_PX))  # (8, 32): DCT-II, lowest first
_FAINT = 1.0  # grey values of 255: below this the frequencies are noise of the compression

Hashes = NDArray[np.uint64]
_Indices = NDArray[np.int64]


def hash_photo(pixels: NDArray[np.uint8]) -> int | None:
    """Hash a photo's pixels (H, W, 3) to 0 to 2^64 - 1; None for one colour all over, which looks like nothing.

    >>> light = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    >>> darker = light // 2
    >>> (hash_photo(light) ^ hash_photo(darker)).bit_count()
    0
    >>> hash_photo(np.zeros((8, 8, 3), np.uint8)) is None
    True
    """
    grey = Image.fromarray(pixels).convert("L").resize((HASH_PX, HASH_PX), Image.Resampling.LANCZOS)
    picture = np.asarray(grey, dtype=np.float64)
    if np.ptp(picture) <= _FAINT:
        return None
    frequencies = (_COSINES @ picture @ _COSINES.T).ravel()  # (32, 32) -> (64,)
    bits = frequencies > np.median(frequencies)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_pairs(hashes: Hashes, *, max_bits: int) -> Iterator[tuple[_Indices, _Indices]]:
    """Yield pairs of hashes (N,) that differ in at most `max_bits` bits, as indices (first, second), first < second.

    They come in pieces, in order, so that no number of pairs fills the memory. Every hash is compared with every other:
    exact for any number of bits, and as fast as the processor counts bits; an index by pieces of the hash would have to
    look nearly everything up at the 12 bits that photos take.

    >>> hashes = np.array([0b0000, 0b1111, 0b0001], dtype=np.uint64)
    >>> [(first.tolist(), second.tolist()) for first, second in near_pairs(hashes, max_bits=1)]
    [([0], [2])]
    """

    def compare(start: int) -> list[tuple[_Indices, _Indices]]:
        rows = hashes[start : start + BLOCK_HASHES]
        found = []
        for other in range(start, len(hashes), BLOCK_HASHES):
            distances = np.bitwise_count(rows[:, None] ^ hashes[None, other : other + BLOCK_HASHES])  # (B, B)
            first, second = np.nonzero(distances <= max_bits)
            first, second = first + start, second + other
            upper = first < second
            if upper.any():
                found.append((first[upper], second[upper]))
        return found

    starts = iter(range(0, len(hashes), BLOCK_HASHES))
    with ThreadPoolExecutor(available_cpus()) as pool:
        while batch := list(islice(starts, 2 * available_cpus())):
            for pieces in pool.map(compare, batch):
                yield from pieces
