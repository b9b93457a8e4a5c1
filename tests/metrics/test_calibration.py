"""Temperature and threshold: fitted where they can be known, and sensible where they cannot."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError, LandmarkError
from landmark.metrics.calibration import Calibration, softmax
from landmark.metrics.calibration_fit import (
    fit_platt_scaling,
    fit_temperature,
    fit_threshold,
)


def sampled(n: int, n_classes: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits, and labels drawn from the very probabilities that they state: calibrated at temperature 1."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, n_classes))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits, labels


def loss(logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float) -> float:
    return float(-np.log(softmax(logits / temperature)[np.arange(len(labels)), labels]).mean())


def test_softmax_sums_to_one_and_survives_large_numbers() -> None:
    probabilities = softmax(np.array([[1e4, 1e4 - 1, -1e4], [-1e4, -1e4, -1e4]], dtype=np.float32))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_allclose(probabilities[0], [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0])
    np.testing.assert_allclose(softmax(np.log([0.2, 0.3, 0.5])), [0.2, 0.3, 0.5])  # logarithms of probabilities


@pytest.mark.parametrize("stretch", [0.3, 1.0, 2.5])
def test_temperature_undoes_a_stretch(stretch: float) -> None:
    logits, labels = sampled(4000, 5)
    assert fit_temperature(stretch * logits, labels) == pytest.approx(stretch, rel=0.06)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_temperature_is_better(seed: int) -> None:
    logits, labels = sampled(60, 4, seed)
    logits *= 3
    fitted = fit_temperature(logits, labels)
    best = loss(logits, labels, fitted)
    assert all(best <= loss(logits, labels, other) for other in np.geomspace(0.1, 10, 500))
    assert best < min(loss(logits, labels, fitted * factor) for factor in (0.98, 1.02))


def test_temperature_does_not_mind_a_constant_added_to_a_photo() -> None:
    logits, labels = sampled(200, 4)
    shifted = logits + np.arange(200)[:, None]
    assert fit_temperature(shifted, labels) == pytest.approx(fit_temperature(logits, labels), rel=1e-6)


def test_temperature_stays_in_bounds() -> None:
    right = 2 * np.eye(4)
    assert fit_temperature([*right, [1e-9, 0, 0, 0]], [0, 1, 2, 3, 1]) == pytest.approx(0.1)  # the surer the better
    assert fit_temperature(right, [1, 2, 3, 0]) == pytest.approx(10)  # all wrong


def test_a_few_photos_that_are_all_right_do_not_make_overconfident() -> None:
    """The likeliest temperature would be the lowest there is; the more photos are right, the surer it may be."""
    found = [fit_temperature(np.tile(2 * np.eye(4), (n, 1)), [0, 1, 2, 3] * n) for n in (1, 10, 100)]
    assert found == sorted(found, reverse=True) and 0.2 < found[-1] < found[0] < 0.7


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.zeros((0, 3)), np.zeros(0, dtype=int)),
        (np.zeros((2, 3)), [0]),
        (np.zeros(3), [0, 1, 2]),
        (np.array([[0.0, np.nan]]), [0]),
        (np.array([[0.0, -np.inf]]), [0]),
        (np.zeros((2, 3)), [0, 3]),
        (np.zeros((2, 3)), [0, -1]),
        (np.zeros((2, 3)), [0.0, 1.0]),
    ],
)
def test_temperature_refuses_what_it_cannot_fit(logits: NDArray[np.float64], labels: list[int]) -> None:
    with pytest.raises(LandmarkError, match="Expected"):
        fit_temperature(logits, labels)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.05, 0.29, 1.0])
@pytest.mark.parametrize("decimals", [2, 16])  # with many ties, without
def test_threshold_is_the_smallest_that_keeps_the_rate(rate: float, decimals: int) -> None:
    rng = np.random.default_rng(0)
    known, unknown = 0.9 + rng.random(300) / 10, (rng.random(100) * 0.8).round(decimals)
    threshold = fit_threshold(known, known > 0, unknown, rate)
    n_passed = (unknown >= threshold).sum()
    expected_of_others = (n_passed + 1) / 101  # as likely before, between and behind those that are there
    assert expected_of_others <= max(rate, 1 / 101) or rate == 1.0
    lower = unknown[unknown < threshold]
    assert rate == 1.0 or ((unknown >= lower.max()).sum() + 1) / 101 > rate  # any lower one lets too many through
    assert rate < 1.0 or threshold == 0.0


def test_the_false_positive_rate_holds_for_photos_that_did_not_fit_the_threshold() -> None:
    rng = np.random.default_rng(0)
    known = np.ones(10)
    passed = []
    for _ in range(2000):
        unknown = rng.random(240)
        passed.append((unknown[40:] >= fit_threshold(known, known > 0, unknown[:40], 0.05)).mean())
    assert np.mean(passed) == pytest.approx(2 / 41, abs=0.003)


def test_threshold_never_refuses_more_than_half_of_the_known() -> None:
    known = np.linspace(0.2, 0.8, 101)
    threshold = fit_threshold(known, np.ones(101), np.full(50, 0.99))
    assert (known >= threshold).sum() == 51
    assert fit_threshold([1.0, 1.0], [1, 1], [1.0, 1.0]) == 1.0  # and so stays a confidence


def test_threshold_without_unknown_photos_answers_95_percent_of_the_correct() -> None:
    known = 0.5 + np.arange(1, 101) / 200
    correct = known > 0.6  # 80 photos; 76 of them are 95 %
    threshold = fit_threshold(known, correct)
    assert (known[correct] >= threshold).sum() == 76
    assert threshold == 0.625


def test_what_is_wrong_more_often_than_right_is_no_answer_unless_half_of_all_would_be_none() -> None:
    known = np.arange(1, 101) / 100
    assert fit_threshold(known, known > 0.2) == 0.5
    assert fit_threshold(known / 2, known > 0.2) == pytest.approx(0.255)


def test_threshold_without_a_single_correct_photo_still_answers() -> None:
    known = 0.5 + np.arange(1, 101) / 200
    assert (known >= fit_threshold(known, np.zeros(100))).sum() == 95


@pytest.mark.parametrize(
    ("known", "correct", "unknown", "rate", "told"),
    [
        ([], [], None, 0.01, "known confidences"),
        ([0.5], [1], [], 0.01, "negative confidences"),
        ([0.5], [1, 0], None, 0.01, "1 known confidences, 2 known_correct"),
        ([1.5], [1], None, 0.01, "from 0 to 1"),
        ([0.5], [1], [float("nan")], 0.01, "NaN in negative confidences"),
        ([0.5], [1], [0.1], 1.5, "false_positive_rate = 1.5"),
    ],
)
def test_threshold_refuses_what_it_cannot_use(
    known: list[float], correct: list[int], unknown: list[float] | None, rate: float, told: str
) -> None:
    with pytest.raises(LandmarkError, match=told):
        fit_threshold(known, correct, unknown, rate)


def test_calibration_flattens_without_changing_the_order() -> None:
    logits, _ = sampled(50, 6)
    plain, flat = Calibration().confidences(logits), Calibration(temperature=2.0).confidences(logits)
    np.testing.assert_allclose(plain, softmax(logits))
    np.testing.assert_array_equal(plain.argsort(axis=1), flat.argsort(axis=1))
    assert (flat.max(axis=1) < plain.max(axis=1)).all()


def test_calibration_travels_as_json() -> None:
    fitted = Calibration(fit_temperature(*sampled(30, 3)), fit_threshold([0.9, 0.8], [1, 1], [0.3]), 1.5)
    assert Calibration.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0.0, "threshold": 0.5, "unknown_logit": None},
        {"temperature": float("nan"), "threshold": 0.5, "unknown_logit": None},
        {"temperature": float("inf"), "threshold": 0.5, "unknown_logit": None},
        {"temperature": "1", "threshold": 0.5, "unknown_logit": None},
        {"temperature": 1.0, "threshold": 1.5, "unknown_logit": None},
        {"temperature": 1.0, "threshold": None, "unknown_logit": None},
        {"temperature": 1.0},
        {"temperature": 1.0, "threshold": 0.5},
        {"temperature": 1.0, "threshold": 0.5, "unknown_logit": "high"},
        {"temperature": 1.0, "threshold": 0.5, "unknown_logit": float("nan")},
        {"temperature": 1.0, "threshold": 0.5, "unknown_logit": None, "energy": 2},
    ],
)
def test_calibration_refuses_settings_that_make_no_sense(values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="Expected"):
        Calibration.from_dict(values)


def test_platt_scaling_keeps_the_order_and_calibrates() -> None:
    random = np.random.default_rng(0)
    probabilities, known = random.uniform(0.3, 1, 4000), random.normal(2, 2, 4000)
    joint = 1 / (1 / probabilities + np.exp(-known))
    right = random.random(4000) < joint**0.5  # right more often than the odds say
    slope, offset = fit_platt_scaling(probabilities, known, right)
    logits = np.log(np.stack([probabilities, 1 - probabilities], axis=1))
    found = Calibration(platt=(slope, offset)).confidences(logits, known)[np.arange(4000), logits.argmax(axis=1)]
    best = 1 / (1 / np.maximum(probabilities, 1 - probabilities) + np.exp(-known))  # the odds against it add up
    assert (np.diff(found[np.argsort(best)]) >= -1e-9).all()
    chosen = probabilities >= 0.5
    assert abs(found[chosen].mean() - right[chosen].mean()) < 0.03


def test_platt_scaling_keeps_the_order_where_confident_photos_are_right_less_often() -> None:
    """A slope of next to 0 would make all photos as sure as one another, landmarks and anything else."""
    probabilities, right = np.linspace(0.9, 0.99, 50), np.arange(50) < 20
    slope, offset = fit_platt_scaling(probabilities, np.full(50, 4.0), right)
    logits = np.log(np.stack([probabilities, 1 - probabilities], axis=1))
    found = Calibration(platt=(slope, offset)).confidences(logits, np.full(50, 4.0)).max(axis=1)
    assert slope == 1.0 and found.mean() == pytest.approx(0.4, abs=1e-6) and (np.diff(found) > 0).all()


def test_confidences_of_unknown_photos_are_low_and_sum_to_at_most_one() -> None:
    logits = np.array([[4.0, 0.0, 1.0], [4.0, 0.0, 1.0]])
    found = Calibration(platt=(1.2, 0.5)).confidences(logits, [6.0, -6.0])
    assert found[0, 0] > 0.9 and found[1, 0] < 0.1
    assert (found.sum(axis=1) <= 1 + 1e-9).all() and (found.argmax(axis=1) == 0).all()


def test_an_unknown_photo_keeps_the_order_of_its_candidates() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (200, 5))
    found = Calibration(platt=(1.2, 2.0)).confidences(logits, np.random.default_rng(1).normal(-3, 4, 200))
    assert (found.argsort(axis=1) == logits.argsort(axis=1)).all()
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all() and (found.sum(axis=1) <= 1 + 1e-9).all()


def test_the_threshold_for_a_false_positive_rate_lets_that_many_through() -> None:
    others = tuple(np.sort(np.random.default_rng(1).random(200)).tolist())
    calibration = Calibration(negative_confidences=others)
    for share in (0.0, 0.01, 0.05, 0.5, 1.0):
        threshold = calibration.threshold_for(share)
        assert sum(value >= threshold for value in others) == {0.0: 0, 0.01: 1, 0.05: 9, 0.5: 99, 1.0: 200}[share]
    with pytest.raises(ConfigurationError, match="--not-landmarks"):
        Calibration().threshold_for(0.01)
    with pytest.raises(ConfigurationError, match="share"):
        calibration.threshold_for(1.5)


def test_a_bundle_of_before_is_still_read_and_what_cannot_be_is_refused() -> None:
    old = {"temperature": 1.3, "threshold": 0.5, "unknown_logit": None}
    assert Calibration.from_dict(old) == Calibration(1.3, 0.5)
    new = Calibration(1.3, 0.5, None, (1.5, 0.2), (0.1, 0.2), (0.3,))
    assert Calibration.from_dict(json.loads(json.dumps(new.to_dict()))) == new
    for wrong in ({"platt": (-1.0, 0.0)}, {"nonconformity": (0.5, 0.2)}, {"negative_confidences": (2.0,)}):
        with pytest.raises(ConfigurationError):
            Calibration(**wrong)
