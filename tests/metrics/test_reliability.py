"""Calibration and risk-coverage against their definitions, brute force, and scikit-learn."""

import numpy as np
import pytest

from landmark.core.errors import LandmarkError
from landmark.metrics.reliability import (
    calibration_error_range,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_bins_are_those_of_scikit_learn() -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    confidence = rng().beta(3, 1, 1000)
    correct = rng(1).random(1000) < confidence**2
    accuracies, means = calibration.calibration_curve(correct, confidence, n_bins=10, strategy="quantile")
    bins = reliability_bins(confidence, correct)
    assert [part.n_photos for part in bins] == [100] * 10
    assert [part.accuracy for part in bins] == pytest.approx(accuracies)
    assert [part.confidence for part in bins] == pytest.approx(means)
    error = sum(part.n_photos * abs(part.accuracy - part.confidence) for part in bins) / 1000
    assert expected_calibration_error(confidence, correct) == pytest.approx(error)


def test_the_range_against_drawing_answers_one_by_one() -> None:
    confidence = np.round(rng().beta(3, 1, 150), 2)  # rounded: with ties, so that bins differ in size
    draw, errors = rng(1), []
    for _ in range(1500):
        errors.append(expected_calibration_error(confidence, draw.random(150) < confidence))
    assert calibration_error_range(confidence) == pytest.approx(np.quantile(errors, [0.025, 0.975]), abs=0.006)


@pytest.mark.parametrize("n_photos", [60, 900])
def test_the_range_holds_the_error_of_a_calibrated_model_and_not_that_of_a_boaster(n_photos: int) -> None:
    confidence = rng().uniform(0.3, 1.0, n_photos)
    low, high = calibration_error_range(confidence)
    inside = boasted = 0
    for seed in range(200):
        error = expected_calibration_error(confidence, rng(seed).random(n_photos) < confidence)
        inside += low <= error <= high
        boast = expected_calibration_error(confidence, rng(seed).random(n_photos) < confidence - 0.25)
        boasted += boast > high
    assert 0.9 <= inside / 200 <= 0.99
    assert boasted / 200 >= 0.9


def test_the_range_narrows_with_more_photos_and_fits_into_memory() -> None:
    widths = [np.diff(calibration_error_range(np.full(n, 0.8)))[0] for n in (100, 1000, 100_000)]
    assert widths[0] > widths[1] > widths[2] > 0
    assert calibration_error_range([1.0, 1.0, 0.0]) == (0.0, 0.0)


def test_risk_and_coverage_by_hand() -> None:
    #                              right 1/1   tied: 2/3        3/4   3/5
    curve = risk_coverage([0.5, 0.9, 0.8, 0.8, 0.6], [0, 1, 1, 0, 1])
    assert curve.coverage.tolist() == pytest.approx([0.2, 0.6, 0.8, 1.0])
    assert curve.risk.tolist() == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])
    assert curve.threshold.tolist() == [0.9, 0.8, 0.6, 0.5]
    assert curve.area == pytest.approx((0 + 1 / 3 + 1 / 3 + 1 / 4 + 2 / 5) / 5)
    assert curve.coverage_at(0.25) == pytest.approx(0.8), "a lower coverage with a higher risk does not matter"
    assert curve.coverage_at(0.0) == pytest.approx(0.2)
    assert [curve.risk_at(coverage) for coverage in (0.1, 0.2, 0.21, 0.8, 1.0)] == pytest.approx(
        [0, 0, 1 / 3, 1 / 4, 2 / 5]
    )


def test_every_point_of_the_curve_is_what_its_threshold_gives() -> None:
    confidence, correct = rng().integers(0, 20, 200) / 20, rng(1).random(200) < 0.7
    curve = risk_coverage(confidence, correct)
    for coverage, risk, threshold in zip(curve.coverage, curve.risk, curve.threshold, strict=True):
        answered = confidence >= threshold
        assert coverage == pytest.approx(answered.mean())
        assert risk == pytest.approx(1 - correct[answered].mean())
    assert curve.coverage[-1] == 1.0 and curve.risk[-1] == pytest.approx(1 - correct.mean())
    shuffled = rng(2).permutation(200)
    assert risk_coverage(confidence[shuffled], correct[shuffled]).area == pytest.approx(curve.area)


def test_where_nothing_is_right_nothing_can_be_answered() -> None:
    curve = risk_coverage([0.9, 0.1], [0, 0])
    assert curve.coverage_at(0.5) == 0.0 and curve.area == 1.0


def test_what_cannot_be_measured_is_an_error() -> None:
    with pytest.raises(LandmarkError, match="NaN"):
        risk_coverage([0.5, float("nan")], [1, 0])
    with pytest.raises(LandmarkError, match="Expected as many"):
        reliability_bins([0.5], [1, 0])
    with pytest.raises(LandmarkError, match="0 and 1"):
        reliability_bins([0.5], [0.7])
    with pytest.raises(LandmarkError, match="from 0 to 1"):
        calibration_error_range([1.2])
    with pytest.raises(LandmarkError, match="bins = 0"):
        calibration_error_range([0.2], bins=0)
    with pytest.raises(LandmarkError, match="at least one photo"):
        calibration_error_range([])
