"""Fits confidences and threshold on validation photos and negatives (photos of no landmark), never on test photos."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import as_indices, as_probabilities, as_table, check_same_length
from landmark.metrics.calibration import joint_log_odds, threshold_expecting
from landmark.metrics.logistic import fit_binary_logistic, fit_factors

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
    values = as_table(logits)
    n_photos, n_classes = values.shape
    truth = as_indices(labels, "labels", n_classes)
    check_same_length(logits=values, labels=truth)
    if not np.isfinite(values).all():
        raise LandmarkError("Found infinite logits. Expected finite ones.")
    smoothing = 1 / (n_photos + 2) if (values.argmax(axis=1) == truth).all() else 0.0
    targets = (1 - smoothing) * np.eye(n_classes)[truth] + smoothing / n_classes  # (N, C)
    bounds = 1 / _HIGHEST_TEMPERATURE, 1 / _LOWEST_TEMPERATURE
    return 1 / float(fit_factors(values[..., None], targets, np.ones(1), bounds=bounds)[0])


def fit_threshold(
    known_confidence: ArrayLike,
    known_correct: ArrayLike,
    negative_confidence: ArrayLike | None = None,
    false_positive_rate: float = 0.01,
) -> float:
    """Return the confidence from which on an answer is given (`confidence >= threshold`).

    Known are the validation photos, with whether the best candidate was right; negatives are photos without a
    landmark; confidences are calibrated ones, those of the best candidate. The rule:

    1. With negatives: the smallest threshold at which at most `false_positive_rate` of others like them are
       expected to get a place (`threshold_expecting`).
       Without: the one at which 95 % of the correctly recognised known photos get an answer, but no less than 0.5.
    2. But never so high that fewer than half of the known photos get an answer: a model that cannot separate known from
       negatives then lets more of them through than was asked for, rather than falling silent.

    >>> round(fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0], [0.6, 0.2, 0.1]), 3)  # just above 0.6
    0.6
    >>> fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0])  # 0.3 was wrong, and need not be answered
    0.7
    >>> fit_threshold([0.9, 0.8, 0.7, 0.3], [1, 1, 1, 0], [0.95, 0.95])  # by the first rule nothing would be answered
    0.8
    """
    known = as_probabilities(known_confidence, "known confidences")
    correct = np.asarray(known_correct, dtype=bool)
    if correct.shape != known.shape:
        raise LandmarkError(f"Found {known.size} known confidences, {correct.size} known_correct. Expected the same.")
    if not 0 <= false_positive_rate <= 1:
        raise LandmarkError(f"Found false_positive_rate = {false_positive_rate}. Expected a fraction from 0 to 1.")

    if negative_confidence is not None:
        negatives = np.sort(as_probabilities(negative_confidence, "negative confidences"))
        threshold = threshold_expecting(negatives.tolist(), false_positive_rate)
    else:
        threshold = max(_LIKELY, _keeping(_KEEP_CORRECT, known[correct] if correct.any() else known))
    return min(threshold, _keeping(_KEEP_KNOWN, known))


def _keeping(fraction: float, confidences: NDArray[np.float64]) -> float:
    """Return the highest threshold that at least this fraction of the photos reaches."""
    kept = int(np.ceil(fraction * confidences.size - 1e-9))
    return float(np.sort(confidences)[::-1][kept - 1])


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
    even, zero = np.full(len(truth), 1 / len(truth)), np.zeros(1)
    shift = fit_binary_logistic(rows[:, 1:], truth, even, zero, zero, offsets=odds, bounds=(-50, 50))
    return 1.0, float(shift[0])
