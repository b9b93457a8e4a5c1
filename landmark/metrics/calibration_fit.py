"""Fits confidences and threshold on validation photos and negatives (photos of no landmark), never on test photos."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import LandmarkError
from landmark.metrics.calibration import joint_log_odds, threshold_expecting, with_unknown
from landmark.metrics.logistic import fit_binary_logistic, fit_factors
from landmark.metrics.solver import minimise

# A temperature beyond these would mean that the validation photos say nothing (all right, or no better than chance).
_LOWEST_TEMPERATURE, _HIGHEST_TEMPERATURE = 0.1, 10.0

_LEAST_SLOPE = 0.05  # of Platt scaling: below it all photos would be as sure as one another
_KEEP_CORRECT = 0.95  # of the correctly recognised validation photos, where no negative says more
_LIKELY = 0.5  # below it an answer is wrong more often than right
_KEEP_KNOWN = 0.5  # of all validation photos, whatever else is asked for


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Return the temperature, 0.1 to 10, that minimises the mean negative log-likelihood; (N, C), (N,).

    C. Guo et al., On calibration of modern neural networks, ICML 2017. Above 1, the network was too sure of itself.
    Where all N photos are right, that says nothing of the next one: labels are then smoothed by 1 in N + 2 (J. Platt,
    Probabilistic outputs for support vector machines, 1999), or no answer could be too sure.

    >>> logits = np.log([[0.9, 0.1]] * 10)
    >>> round(fit_temperature(logits, [0] * 9 + [1]), 3), round(fit_temperature(3 * logits, [0] * 9 + [1]), 3)
    (1.0, 3.0)
    >>> round(fit_temperature(logits, [0] * 10), 2)
    0.7
    """
    values, truth = _labelled(logits, labels)
    n_photos, n_classes = values.shape
    smoothing = 1 / (n_photos + 2) if (values.argmax(axis=1) == truth).all() else 0.0
    targets = (1 - smoothing) * np.eye(n_classes)[truth] + smoothing / n_classes  # (N, C)
    bounds = 1 / _HIGHEST_TEMPERATURE, 1 / _LOWEST_TEMPERATURE
    return 1 / float(fit_factors(values[..., None], targets, np.ones(1), bounds=bounds)[0])


def fit_temperature_and_unknown(logits: ArrayLike, labels: ArrayLike, unknown_logits: ArrayLike) -> tuple[float, float]:
    """Return the temperature and the logit of "none of them" that make the mean negative log-likelihood least.

    Logits (N, C) with labels (N,) are of photos of known landmarks, `unknown_logits` (M, C) of photos of anything else;
    both kinds weigh the same, as if half of all photos showed a landmark that is known. Softmax alone compares the
    landmarks with each other and may be sure of one where none fits; the logits' size, which it drops, tells a photo
    of something else (W. Liu et al., Energy-based out-of-distribution detection, NeurIPS 2020).

    >>> known, unknown = [[6.0, 0.0], [0.0, 6.0], [1.0, 2.0]], [[1.0, 0.0]]
    >>> temperature, unknown_logit = fit_temperature_and_unknown(known, [0, 1, 0], unknown)
    >>> from landmark.metrics.calibration import Calibration
    >>> calibration = Calibration(temperature, unknown_logit=unknown_logit)
    >>> calibration.confidences([[6.0, 0.0], [1.0, 0.0]]).max(axis=1).round(1).tolist()
    [1.0, 0.2]
    """
    values, truth = _labelled(logits, labels)
    unknown = np.asarray(unknown_logits, dtype=np.float64)
    if unknown.ndim != 2 or unknown.shape[1] != values.shape[1] or not len(unknown) or not np.isfinite(unknown).all():
        raise LandmarkError(
            f"Found unknown logits of shape {unknown.shape}. Expected finite ones (photos, {values.shape[1]}), "
            "at least one photo."
        )
    own = np.take_along_axis(values, truth[:, None], axis=1).mean()

    def mean_of_both(known_rows: NDArray[np.float64], unknown_rows: NDArray[np.float64]) -> float:
        return float(known_rows.mean() + unknown_rows.mean()) / 2

    def best_unknown_logit(temperature: float) -> float:
        # Where the likelihood is flat, the unknown has just its share of the probability.
        def too_small(unknown_logit: float) -> bool:
            none = [1 - with_unknown(rows / temperature, unknown_logit).sum(axis=1) for rows in (values, unknown)]
            return mean_of_both(*none) < 0.5

        largest = max(np.abs(values).max(), np.abs(unknown).max()) / temperature + 50
        return _turning_point(too_small, -largest, largest)

    def too_hot(temperature: float) -> bool:
        unknown_logit = best_unknown_logit(temperature)
        expected = [(with_unknown(rows / temperature, unknown_logit) * rows).sum(axis=1) for rows in (values, unknown)]
        return bool(mean_of_both(*expected) < own / 2)  # the unknown's own logit does not change with T

    temperature = _coolest_that_is_not(too_hot)
    return temperature, best_unknown_logit(temperature)


def _labelled(logits: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values, truth = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    if values.ndim != 2 or not values.size or truth.shape != values.shape[:1] or not np.isfinite(values).all():
        raise LandmarkError(
            f"Found logits of shape {values.shape} and labels of shape {truth.shape}. Expected finite logits "
            "(photos, landmarks) and one label per photo, at least one photo."
        )
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= values.shape[1]:
        raise LandmarkError(f"Found labels that are no index of a landmark. Expected 0 to {values.shape[1] - 1}.")
    return values, truth


def _coolest_that_is_not(too_hot: Callable[[float], bool]) -> float:
    low, high = np.log(_LOWEST_TEMPERATURE), np.log(_HIGHEST_TEMPERATURE)
    return float(np.exp(_turning_point(lambda middle: not too_hot(float(np.exp(middle))), low, high)))


def _turning_point(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a statement that holds at the low end ceases to."""
    for _ in range(40):  # halvings: to 1e-11 of the range
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2


def fit_threshold(
    known_confidence: ArrayLike,
    known_correct: ArrayLike,
    unknown_confidence: ArrayLike | None = None,
    false_positive_rate: float = 0.01,
) -> float:
    """Return the confidence from which on an answer is given (`confidence >= threshold`).

    Known are the validation photos, with whether the best candidate was right; unknown are photos of no landmark of the
    model; confidences are calibrated ones, those of the best candidate. The rule:

    1. With unknown photos: the smallest threshold at which at most `false_positive_rate` of others like them are
       expected to get a place (`threshold_expecting`).
       Without: the one at which 95 % of the correctly recognised known photos get an answer, but no less than 0.5.
    2. But never so high that fewer than half of the known photos get an answer: a model that cannot separate known from
       unknown then lets more unknown photos through than was asked for, rather than falling silent.

    >>> round(fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0], [0.6, 0.2, 0.1]), 3)  # just above 0.6
    0.6
    >>> fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0])  # 0.3 was wrong, and need not be answered
    0.7
    >>> fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0], [0.95, 0.95])  # by the first rule nothing would be answered
    0.8
    """
    known = _confidences(known_confidence, "known")
    correct = np.asarray(known_correct, dtype=bool)
    if correct.shape != known.shape:
        raise LandmarkError(f"Found {known.size} known confidences, {correct.size} known_correct. Expected the same.")
    if not 0 <= false_positive_rate <= 1:
        raise LandmarkError(f"Found false_positive_rate = {false_positive_rate}. Expected a fraction from 0 to 1.")

    if unknown_confidence is not None:
        unknown = np.sort(_confidences(unknown_confidence, "unknown"))
        threshold = threshold_expecting(unknown.tolist(), false_positive_rate)
    else:
        threshold = max(_LIKELY, _keeping(_KEEP_CORRECT, known[correct] if correct.any() else known))
    return min(threshold, _keeping(_KEEP_KNOWN, known))


def _keeping(fraction: float, confidences: NDArray[np.float64]) -> float:
    """Return the highest threshold that at least this fraction of the photos reaches."""
    kept = int(np.ceil(fraction * confidences.size - 1e-9))
    return float(np.sort(confidences)[::-1][kept - 1])


def _confidences(values: ArrayLike, name: str) -> NDArray[np.float64]:
    confidences = np.asarray(values, dtype=np.float64)
    if confidences.ndim != 1 or not confidences.size or not ((confidences >= 0) & (confidences <= 1)).all():
        raise LandmarkError(
            f"Found {name} confidences of shape {confidences.shape}. Expected one number from 0 to 1 per photo, "
            "at least one photo."
        )
    return confidences


def fit_platt_scaling(probabilities: ArrayLike, known_logits: ArrayLike, correct: ArrayLike) -> tuple[float, float]:
    """Fit Platt scaling, slope and offset, on probabilities of best candidates, log-odds of known, and right or not.

    Logistic regression (J. Platt, Probabilistic outputs for support vector machines, 1999) of being right on the
    log-odds of "known, and this landmark", each (N,) of validation photos; the slope is above 0, so that a photo that
    looked surer than another still does. Where all are right, or none, nothing can be fitted and nothing is changed.
    Where those that look surer are hardly more often right, the slope is 1, and the offset alone is fitted.

    >>> slope, offset = fit_platt_scaling([0.9, 0.8, 0.7, 0.6], [2.0, 2.0, 0.0, 0.0], [1, 1, 0, 1])
    >>> slope > 0
    True
    """
    truth = np.asarray(correct, dtype=np.float64)
    odds = joint_log_odds(np.asarray(probabilities, np.float64), np.asarray(known_logits, np.float64))
    if truth.min() == truth.max():
        return 1.0, 0.0
    rows, unchanged = np.stack([odds, np.ones_like(odds)], axis=1), np.array([1.0, 0.0])
    l2_strength = np.full(2, 1e-2)  # as of a hundredth of a photo: separable ones have no end
    found = fit_binary_logistic(rows, truth, np.ones(len(truth)), l2_strength, unchanged)
    if found[0] > _LEAST_SLOPE:
        return float(found[0]), float(found[1])

    def loss(shift: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, odds + shift).mean() - truth.mean() * shift[0])

    def derivatives(shift: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        sure = 1 / (1 + np.exp(-np.clip(odds + shift, -700, 700)))
        return sure.mean(keepdims=True) - truth.mean(), (sure * (1 - sure)).mean().reshape(1, 1)

    return 1.0, float(minimise(loss, derivatives, np.zeros(1), bounds=(-50, 50))[0])
