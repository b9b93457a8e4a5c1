"""Heat is where the score comes from: found on images whose scores are known to the pixel."""

import numpy as np
import pytest

from landmark.model.explanation.occlusion import blur, heat_of, hide, hottest

SIDE = 70


def grain(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(3, SIDE, SIDE)).astype(np.float32)


@pytest.mark.parametrize("centre", [(10, 10), (10, 60), (35, 35), (60, 20)])
def test_the_hottest_point_is_where_the_score_comes_from(centre: tuple[int, int]) -> None:
    image = grain()
    rows, columns = (slice(max(0, at - 9), at + 9) for at in centre)

    def score(images: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(images[:, :, rows, columns]).sum(axis=(1, 2, 3), dtype=np.float64))

    heat = heat_of(image, score)
    assert heat.shape == (SIDE, SIDE) and heat.dtype == np.float32
    assert heat.min() == 0 and heat.max() == 1
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert abs(row - centre[0]) <= 12 and abs(column - centre[1]) <= 12
    fifth = hottest(heat, 0.2)
    assert fifth[rows, columns].mean() > 0.9


def test_what_is_there_twice_is_found_twice() -> None:
    """Hiding one of two towers costs nothing where either is enough: it is showing alone that finds both."""
    image = np.broadcast_to(np.indices((SIDE, SIDE)).sum(axis=0) % 2 * 2.0 - 1, (3, SIDE, SIDE)).astype(np.float32)
    towers = [(slice(0, 20), slice(0, 20)), (slice(50, 70), slice(50, 70))]

    def score(images: np.ndarray) -> np.ndarray:
        sums = [np.abs(images[:, :, *tower]).sum(axis=(1, 2, 3), dtype=np.float64) for tower in towers]
        return np.asarray(np.max(sums, axis=0))

    heat = heat_of(image, score)
    assert min(heat[10, 10], heat[60, 60]) > 0.7 > 0.2 > max(heat[10, 60], heat[60, 10])


def test_what_speaks_against_is_cold() -> None:
    image = grain()
    heat = heat_of(image, lambda images: -np.abs(images[:, :, :20, :20]).sum(axis=(1, 2, 3), dtype=np.float64))
    assert heat[5, 5] < 0.1 and heat[40:, 40:].min() > 0.9


def test_a_score_that_never_changes_gives_no_heat() -> None:
    assert not heat_of(grain(), lambda images: np.ones(len(images))).any()


def test_images_are_scored_few_at_a_time() -> None:
    """Otherwise the copies of one photo would take more memory than the network."""
    sizes: list[int] = []

    def score(images: np.ndarray) -> np.ndarray:
        sizes.append(len(images))
        assert images.dtype == np.float32 and images.flags.c_contiguous
        return np.asarray(images.mean(axis=(1, 2, 3), dtype=np.float64))

    heat_of(grain(), score)
    assert max(sizes) <= 10 and sum(sizes) <= 100


def test_blurring_keeps_colours_and_hides_shapes() -> None:
    image = grain() + np.array([1, -1, 0], np.float32)[:, None, None]
    blurred = blur(image)
    assert blurred.mean(axis=(1, 2)) == pytest.approx(image.mean(axis=(1, 2)), abs=0.05)
    assert blurred.std(axis=(1, 2)).max() < 0.1 * image.std()


def test_hiding_leaves_the_rest_as_it_is() -> None:
    image, where = grain(), np.zeros((SIDE, SIDE), bool)
    where[:20] = True
    hidden = hide(image, where)
    assert (hidden[:, 20:] == image[:, 20:]).all() and (hidden[:, :20] == blur(image)[:, :20]).all()


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_hottest_takes_its_share_also_where_all_are_equal(share: float) -> None:
    assert hottest(np.zeros((10, 10), np.float32), share).sum() == 100 * share
