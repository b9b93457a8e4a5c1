"""Hashes: the same for what looks the same, and every near pair found, whatever their number."""

import numpy as np
import pytest
from factories.scenes import add_bar, brighten, draw_scene, scale

from landmark.dataset.inspection import image_hashes
from landmark.dataset.inspection.image_hashes import hash_photo, near_pairs


def hash_of(picture: object) -> int:
    found = hash_photo(np.asarray(picture))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_same_photo_differs_by_few_bits_and_another_by_many(seed: int) -> None:
    picture = draw_scene(seed)
    original = hash_of(picture)
    assert (original ^ hash_of(scale(picture, 0.4))).bit_count() <= 4
    assert (original ^ hash_of(brighten(picture))).bit_count() <= 8
    assert (original ^ hash_of(add_bar(picture))).bit_count() <= 20
    assert (original ^ hash_of(draw_scene(seed + 100))).bit_count() > 14


def test_the_hash_is_that_of_the_formula() -> None:
    picture = np.asarray(draw_scene(1).convert("L").resize((32, 32), 1), dtype=float)
    at = np.arange(32)
    expected = [
        (picture * np.cos(np.pi * v * (2 * at + 1) / 64)[:, None] * np.cos(np.pi * u * (2 * at + 1) / 64)).sum()
        for v in range(8)
        for u in range(8)
    ]
    bits = "".join("1" if value > np.median(expected) else "0" for value in expected)
    assert hash_of(draw_scene(1)) == int(bits, 2)


def test_one_colour_looks_like_nothing() -> None:
    assert hash_photo(np.full((40, 60, 3), 200, np.uint8)) is None


@pytest.mark.parametrize("max_bits", [0, 3, 12])
def test_every_near_pair_is_found_over_the_edges_of_blocks(monkeypatch: pytest.MonkeyPatch, max_bits: int) -> None:
    monkeypatch.setattr(image_hashes, "BLOCK_HASHES", 16)
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 1 << 64, 100, dtype=np.uint64)
    for index in range(0, 100, 3):  # twins at all distances, far apart in the list
        flips = rng.choice(64, index % 20, replace=False)
        hashes[99 - index] = hashes[index] ^ np.bitwise_or.reduce(np.uint64(1) << flips.astype(np.uint64), initial=0)
    numbers = hashes.tolist()
    expected = {
        (i, j) for i in range(100) for j in range(i + 1, 100) if (numbers[i] ^ numbers[j]).bit_count() <= max_bits
    }
    pieces = list(near_pairs(hashes, max_bits=max_bits))
    found = [pair for first, second in pieces for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert set(found) == expected and len(found) == len(expected) and expected


def test_no_hashes_have_no_pairs() -> None:
    assert list(near_pairs(np.empty(0, np.uint64), max_bits=12)) == []
