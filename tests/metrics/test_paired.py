"""Differences of two models against SciPy, brute force, and how often they cry wolf."""

import numpy as np
import pytest

from landmark.core.errors import LandmarkError
from landmark.metrics.distance import share_within
from landmark.metrics.intervals import bootstrap_interval, wilson_interval
from landmark.metrics.paired import difference_interval, mcnemar_test


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (1, 0), (0, 6), (5, 5), (8, 1), (30, 18), (900, 1100)])
def test_mcnemar_is_the_binomial_test_of_a_fair_coin(only_first: int, only_second: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    n = only_first + only_second
    expected = stats.binomtest(only_first, n, 0.5).pvalue if n else 1.0
    assert mcnemar_test(only_first, only_second) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_test(only_first, only_second) == mcnemar_test(only_second, only_first)


def test_mcnemar_by_hand_and_far_beyond_what_a_float_holds() -> None:
    assert mcnemar_test(0, 5) == pytest.approx(2 / 32)
    assert mcnemar_test(1, 4) == pytest.approx(2 * (1 + 5) / 32)
    assert mcnemar_test(2, 3) == 1.0
    assert mcnemar_test(20_000, 20_300) == pytest.approx(0.1364, abs=0.0001)  # normal: z = 299 / sqrt(40300) = 1.489
    assert mcnemar_test(3000, 0) == 0.0
    with pytest.raises(LandmarkError, match="Expected 0 or more"):
        mcnemar_test(-1, 3)


def test_equal_models_differ_significantly_in_at_most_one_case_of_twenty() -> None:
    found = 0
    for seed in range(300):
        right = rng(seed).random((2, 200)) < 0.8
        found += mcnemar_test(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())) < 0.05
    assert found / 300 <= 0.06


def test_paired_interval_against_drawing_photos() -> None:
    hard = rng().random(150)
    first, second = hard < 0.9, (hard < 0.8) ^ (rng(1).random(150) < 0.03)
    draw, values = rng(2), []
    for _ in range(3000):
        chosen = draw.integers(0, 150, 150)
        values.append(first[chosen].mean() - second[chosen].mean())
    low, high = difference_interval(first, second)
    assert (low, high) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.008)
    assert low < first.mean() - second.mean() < high
    assert difference_interval(second, first) == pytest.approx((-high, -low), abs=0.008)
    apart = bootstrap_interval(first)[1] - bootstrap_interval(first)[0] + np.diff(bootstrap_interval(second))[0]
    assert high - low < 0.8 * apart, "what is hard for both cancels out"


def test_macro_interval_draws_within_each_landmark_and_counts_them_the_same() -> None:
    labels = np.repeat([0, 3, 7], [10, 40, 100])
    first, second = rng().random(150) < 0.9, rng(1).random(150) < 0.75
    draw, values = rng(2), []
    for _ in range(2000):
        means = []
        for label in (0, 3, 7):
            own = np.flatnonzero(labels == label)
            chosen = draw.choice(own, len(own))
            means.append(first[chosen].mean() - second[chosen].mean())
        values.append(np.mean(means))
    expected = np.quantile(values, [0.025, 0.975])
    assert difference_interval(first, second, labels) == pytest.approx(expected, abs=0.012)


def test_a_model_against_itself_does_not_differ() -> None:
    right = rng().random(50) < 0.7
    assert difference_interval(right, right) == (0.0, 0.0)
    assert difference_interval(right, right, np.arange(50) % 3) == (0.0, 0.0)


def test_bootstrap_and_wilson_agree_where_there_are_many_photos() -> None:
    right = np.arange(2000) < 1800
    assert bootstrap_interval(right) == pytest.approx(wilson_interval(1800, 2000), abs=0.002)
    assert bootstrap_interval([1, 1, 1]) == (1.0, 1.0), "too sure: nothing else was ever seen"


def test_shares_within_some_km() -> None:
    inf = float("inf")
    assert share_within([0, 1, 1.01, 25, 200, 201, inf, inf]) == (2 / 8, 4 / 8, 5 / 8)
    assert share_within([3.0], limits_km=[2, 4]) == (0.0, 1.0)
    with pytest.raises(LandmarkError, match="-1"):
        share_within([-1.0])


def test_what_does_not_fit_together_is_an_error() -> None:
    with pytest.raises(LandmarkError, match="Expected as many"):
        difference_interval([1, 0], [1])
    with pytest.raises(LandmarkError, match="0 and 1"):
        difference_interval([0.5], [1])
    with pytest.raises(LandmarkError, match="at least one photo"):
        bootstrap_interval([])
    with pytest.raises(LandmarkError, match="labels from -1"):
        difference_interval([1, 0], [1, 1], [0, -1])
