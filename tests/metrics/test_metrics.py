"""The figures against their definitions: by hand where they are small, by brute force where they are not."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from landmark.core.errors import LandmarkError
from landmark.metrics.accuracy import accuracy_per_class, confusion_matrix, macro_accuracy, top_k_accuracy
from landmark.metrics.intervals import macro_interval, wilson_interval
from landmark.metrics.ranking import auroc
from landmark.metrics.reliability import expected_calibration_error


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_top_k_against_sorting() -> None:
    scores, labels = rng().integers(0, 4, (300, 7)), rng(1).integers(0, 7, 300)  # few values: many ties
    order = np.argsort(-scores, axis=1, kind="stable")  # of equal scores the lower index first
    for k in range(1, 8):
        expected = np.mean([label in row[:k] for row, label in zip(order, labels, strict=True)])
        assert top_k_accuracy(scores, labels, k) == pytest.approx(expected)
    assert top_k_accuracy(scores, labels, 1) == pytest.approx((scores.argmax(axis=1) == labels).mean())
    assert top_k_accuracy(scores, labels, 100) == 1.0


def test_top_k_of_a_model_that_says_the_same_of_everything_is_not_perfect() -> None:
    assert top_k_accuracy(np.zeros((4, 4)), [0, 1, 2, 3], k=1) == 0.25
    assert top_k_accuracy(np.full((4, 4), -np.inf), [0, 1, 2, 3], k=3) == 0.75


def test_confusions_and_accuracies_by_hand() -> None:
    predicted, labels = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0]
    assert confusion_matrix(predicted, labels, 4).tolist() == [[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(accuracy_per_class(predicted, labels, 4), [0.5, 0.5, 1.0, np.nan])
    assert macro_accuracy(predicted, labels) == pytest.approx(2 / 3)


def test_macro_leaves_out_landmarks_without_photos() -> None:
    assert macro_accuracy([5, 5, 9], [5, 5, 5]) == pytest.approx(2 / 3)  # 0 to 4 and 6 to 9 have none
    assert macro_interval([5, 5, 7], [5, 5, 7]) == (1.0, 1.0)


def test_macro_interval_against_drawing_photos() -> None:
    """The binomial shortcut and the bootstrap as the book has it give the same interval."""
    labels = np.repeat([0, 1, 2], [40, 15, 60])
    predicted = np.where(rng().random(115) < 0.8, labels, (labels + 1) % 3)
    draw, means = rng(2), []
    for _ in range(3000):
        drawn = [draw.choice(predicted[labels == c], (labels == c).sum()) == c for c in range(3)]
        means.append(np.mean([right.mean() for right in drawn]))
    assert macro_interval(predicted, labels) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.01)


def test_macro_interval_is_repeatable_and_widens_with_confidence() -> None:
    labels = np.repeat([0, 1], 30)
    predicted = np.where(np.arange(60) % 5 == 0, 1 - labels, labels)
    assert macro_interval(predicted, labels) == macro_interval(predicted, labels)
    assert macro_interval(predicted, labels, seed=1) == pytest.approx(macro_interval(predicted, labels), abs=0.02)
    (low, high), (lower, higher) = macro_interval(predicted, labels), macro_interval(predicted, labels, confidence=0.99)
    assert lower < low < 0.8 < high < higher


@pytest.mark.parametrize(("correct", "total"), [(0, 10), (10, 10), (1, 1), (7, 9), (839, 885), (50_000, 100_000)])
def test_wilson_solves_its_equation(correct: int, total: int) -> None:
    """The limits are the fractions p from which the count lies exactly z = 1.96 standard deviations away."""
    low, high = wilson_interval(correct, total)
    assert 0 <= low <= correct / total <= high <= 1
    for limit in {low, high} - {0.0, 1.0}:
        deviations = abs(correct / total - limit) / math.sqrt(limit * (1 - limit) / total)
        assert deviations == pytest.approx(1.959964, abs=1e-5)


def test_wilson_known_values() -> None:
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)  # 1.96² / (10 + 1.96²)
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 5)[0] == 0.0
    assert wilson_interval(5, 5)[1] == 1.0
    assert wilson_interval(8, 10, confidence=0.5)[0] > wilson_interval(8, 10)[0]


def test_calibration_error_against_bins_by_hand() -> None:
    confidence = rng().permutation(np.linspace(0.1, 1.0, 97))  # all different: bins are slices of the sorted
    correct = rng(1).random(97) < 0.6
    order = np.argsort(confidence)
    starts = [i * 97 // 10 for i in range(11)]
    expected = 0.0
    for start, stop in pairwise(starts):
        part = order[start:stop]
        expected += len(part) / 97 * abs(confidence[part].mean() - correct[part].mean())
    assert expected > 0.05
    assert expected_calibration_error(confidence, correct) == pytest.approx(expected)


def test_calibration_error_does_not_depend_on_the_order_of_the_photos() -> None:
    confidence, correct = np.repeat([0.5, 0.75, 1.0], [10, 20, 30]), rng().random(60) < 0.6
    shuffled = rng(1).permutation(60)
    errors = [expected_calibration_error(confidence[order], correct[order]) for order in (shuffled, np.arange(60))]
    assert errors[0] == pytest.approx(errors[1], abs=1e-12)


def test_calibration_error_of_extremes() -> None:
    assert expected_calibration_error([1.0] * 20, [0] * 20) == 1.0
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0.0  # fewer photos than bins
    assert expected_calibration_error([0.3], [1]) == pytest.approx(0.7)


@pytest.mark.parametrize("n_values", [3, 50, 100_000])
def test_auroc_against_all_pairs(n_values: int) -> None:
    positive, negative = rng().integers(0, n_values, 80) + n_values // 5, rng(1).integers(0, n_values, 60)
    pairs = np.sign(positive[:, None] - negative[None, :])
    assert auroc(positive, negative) == pytest.approx(((pairs + 1) / 2).mean())


def test_auroc_of_extremes() -> None:
    assert auroc([2, 3], [0, 1]) == 1.0
    assert auroc([0, 1], [2, 3]) == 0.0
    assert auroc([1, 1, 1], [1, 1]) == 0.5
    assert auroc([np.inf], [-np.inf]) == 1.0


NO_PHOTOS: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def test_nothing_to_measure_is_an_error() -> None:
    cases: list[Callable[[], object]] = [
        lambda: top_k_accuracy(np.zeros((0, 3)), NO_PHOTOS),
        lambda: macro_accuracy(NO_PHOTOS, NO_PHOTOS),
        lambda: macro_interval(NO_PHOTOS, NO_PHOTOS),
        lambda: accuracy_per_class(NO_PHOTOS, NO_PHOTOS, 3),
        lambda: confusion_matrix(NO_PHOTOS, NO_PHOTOS, 3),
        lambda: wilson_interval(0, 0),
        lambda: expected_calibration_error(NO_PHOTOS, NO_PHOTOS),
        lambda: auroc([1.0], NO_PHOTOS),
        lambda: auroc(NO_PHOTOS, [1.0]),
    ]
    for measure in cases:
        with pytest.raises(LandmarkError, match=r"Expected .*photo"):
            measure()


def test_nan_is_an_error_not_a_score() -> None:
    nan = float("nan")
    cases: list[Callable[[], object]] = [
        lambda: top_k_accuracy([[0.1, nan]], [1]),
        lambda: expected_calibration_error([nan, 0.5], [1, 0]),
        lambda: auroc([1.0, nan], [0.5]),
    ]
    for measure in cases:
        with pytest.raises(LandmarkError, match="NaN"):
            measure()


def test_what_does_not_fit_together_is_an_error() -> None:
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: top_k_accuracy(np.zeros((3, 2)), [0, 1]), "3 scores, 2 labels"),
        (lambda: top_k_accuracy(np.zeros((2, 2)), [0, 2]), "labels from 0 to 2"),
        (lambda: top_k_accuracy(np.zeros((2, 2)), [0, -1]), "labels from -1 to 0"),
        (lambda: top_k_accuracy(np.zeros((2, 2)), [0, 1], k=0), "k = 0"),
        (lambda: top_k_accuracy(np.zeros(2), [0, 1]), r"shape \(2,\)"),
        (lambda: macro_accuracy([0, 1], [0]), "2 predicted, 1 labels"),
        (lambda: macro_accuracy([0.5, 1.0], [0, 1]), "float64"),
        (lambda: macro_interval([0, 1], [0, 1], confidence=95), "confidence = 95"),
        (lambda: expected_calibration_error([0.5], [1, 0]), "1 confidence, 2 correct"),
        (lambda: expected_calibration_error([0.5], [1], bins=0), "bins = 0"),
        (lambda: wilson_interval(3, 2), "3 correct of 2"),
        (lambda: wilson_interval(1, 2, confidence=1.0), r"confidence = 1\.0"),
    ]
    for measure, told in cases:
        with pytest.raises(LandmarkError, match=told):
            measure()
