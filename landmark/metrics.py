"""How good the answers are, as pure functions of arrays: accuracies, intervals, calibration error, separation.

N is the number of photos, C the number of landmarks. Nothing to measure (no photos), arrays that do not fit together
and NaN are a `LandmarkError`, because a score of 0 or NaN would travel on into reports unseen.
"""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.errors import LandmarkError

_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]


def top_k_accuracy(scores: ArrayLike, labels: ArrayLike, k: int = 1) -> float:
    """The fraction of photos whose landmark is among the k best scores; scores (N, C), labels (N,).

    Of equal scores the landmark with the lower index counts as the better one, as `argmax` has it.

    >>> top_k_accuracy([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [0, 1], k=1)
    0.5
    >>> top_k_accuracy([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [0, 1], k=2)
    1.0
    """
    table = _table(scores)
    truth = _indices(labels, "labels", table.shape[1])
    _same_length(scores=table, labels=truth)
    if k < 1:
        raise LandmarkError(f"Found k = {k}. Expected 1 or more.")
    own = table[np.arange(len(truth)), truth][:, None]  # (N, 1)
    before = (table > own) | ((table == own) & (np.arange(table.shape[1]) < truth[:, None]))  # (N, C)
    return float((before.sum(axis=1) < k).mean())


def confusion_matrix(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> _Integers:
    """How often each landmark (row) was taken for each landmark (column): (C, C).

    >>> confusion_matrix([0, 1, 1], [0, 0, 1], n_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    answers, truth = _indices(predicted, "predicted", n_classes), _indices(labels, "labels", n_classes)
    _same_length(predicted=answers, labels=truth)
    counts = np.bincount(truth * n_classes + answers, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def accuracy_per_class(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> _Floats:
    """The fraction of right answers for each landmark: (C,), NaN where there was no photo.

    >>> accuracy_per_class([0, 1, 1], [0, 0, 1], n_classes=3).tolist()
    [0.5, 1.0, nan]
    """
    n_correct, n_photos = _counts(predicted, labels, n_classes)
    accuracies = np.full(n_classes, np.nan)
    np.divide(n_correct, n_photos, out=accuracies, where=n_photos > 0)
    return accuracies


def macro_accuracy(predicted: ArrayLike, labels: ArrayLike) -> float:
    """The mean of the landmarks' accuracies: each counts the same, however many photos it has; (N,), (N,).

    Landmarks without photos are left out.

    >>> macro_accuracy([0, 0, 0, 0], [0, 0, 0, 1])
    0.5
    """
    return float(np.nanmean(accuracy_per_class(predicted, labels, _n_classes(predicted, labels))))


def macro_interval(
    predicted: ArrayLike, labels: ArrayLike, *, confidence: float = 0.95, n_samples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The interval of the macro accuracy, by a bootstrap that draws photos anew within each landmark.

    It is a little narrow, as every bootstrap is where some landmarks have ten photos of which none was wrong: with the
    sizes of the test set here (9 to 83 photos) it holds the truth in about 92 of 100 simulated cases instead of 95.

    >>> low, high = macro_interval([0] * 9 + [1] * 11, [0] * 10 + [1] * 10)
    >>> low, high
    (0.85, 1.0)
    """
    n_correct, n_photos = _counts(predicted, labels, _n_classes(predicted, labels))
    n_correct, n_photos = n_correct[n_photos > 0], n_photos[n_photos > 0]
    # Drawing n photos with replacement and counting the right ones is one draw from a binomial distribution.
    drawn = np.random.default_rng(seed).binomial(n_photos, n_correct / n_photos, size=(n_samples, len(n_photos)))
    tail = (1 - _fraction(confidence)) / 2
    low, high = np.quantile((drawn / n_photos).mean(axis=1), [tail, 1 - tail])
    return float(low), float(high)


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a fraction that was counted: Wilson's score interval, without continuity correction.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212.

    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 4), round(high, 4)
    (0.8256, 0.9448)
    """
    if not 0 <= correct <= total or total == 0:
        raise LandmarkError(
            f"Found {correct} correct of {total}. Expected one photo or more, and 0 <= correct <= total."
        )
    z = NormalDist().inv_cdf((1 + _fraction(confidence)) / 2)
    p = correct / total
    centre = p + z * z / (2 * total)
    half = z * (p * (1 - p) / total + z * z / (4 * total * total)) ** 0.5
    scale = 1 + z * z / total
    # at the ends the formula gives exactly 0 and 1, but for rounding
    low = 0.0 if correct == 0 else (centre - half) / scale
    high = 1.0 if correct == total else (centre + half) / scale
    return low, high


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> float:
    """How far confidence and accuracy lie apart, on average over bins of about equally many photos; (N,), (N,) of 0/1.

    Equal confidences are never torn apart, so the order of the photos does not matter.

    >>> expected_calibration_error([0.8] * 5, [1, 1, 1, 1, 0])
    0.0
    >>> round(expected_calibration_error([0.6, 0.6, 0.9, 0.9], [0, 1, 1, 1], bins=2), 2)
    0.1
    """
    stated, right = _vector(confidence, "confidence"), _vector(correct, "correct")
    _same_length(confidence=stated, correct=right)
    if bins < 1:
        raise LandmarkError(f"Found bins = {bins}. Expected 1 or more.")
    starts = np.sort(stated)[np.arange(1, bins) * len(stated) // bins]  # the lowest of each bin but the first
    bin_of = np.searchsorted(starts, stated, side="right")
    # a bin's size * |mean confidence - accuracy| is the absolute sum of the differences
    gaps = np.bincount(bin_of, weights=stated - right)
    error = float(np.abs(gaps).sum() / len(stated))
    return 0.0 if error < 1e-12 else error  # rounding of sums, not miscalibration


def auroc(positive_scores: ArrayLike, negative_scores: ArrayLike) -> float:
    """How likely a positive scores above a negative, ties counting half: the area under the ROC curve; (P,), (M,).

    >>> auroc([0.9, 0.8, 0.4], [0.5, 0.4])
    0.75
    """
    positive, negative = _vector(positive_scores, "positive_scores"), _vector(negative_scores, "negative_scores")
    negative = np.sort(negative)
    below = np.searchsorted(negative, positive, side="left")
    up_to = np.searchsorted(negative, positive, side="right")
    return float((below + up_to).sum() / (2 * len(positive) * len(negative)))


def _counts(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> tuple[_Integers, _Integers]:
    """Right answers and photos per landmark: (C,), (C,)."""
    matrix = confusion_matrix(predicted, labels, n_classes)
    return matrix.diagonal(), matrix.sum(axis=1)


def _n_classes(predicted: ArrayLike, labels: ArrayLike) -> int:
    return int(max(np.max(predicted, initial=0), np.max(labels, initial=0))) + 1


def _fraction(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise LandmarkError(f"Found confidence = {confidence}. Expected a fraction between 0 and 1, such as 0.95.")
    return confidence


def _table(scores: ArrayLike) -> _Floats:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or np.isnan(table).any():
        found = "NaN in the scores" if np.isnan(table).any() else f"scores of shape {table.shape}"
        raise LandmarkError(f"Found {found}. Expected numbers (photos, landmarks), at least one photo.")
    return table


def _vector(values: ArrayLike, name: str) -> _Floats:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or vector.size == 0 or np.isnan(vector).any():
        found = f"NaN in {name}" if np.isnan(vector).any() else f"{name} of shape {vector.shape}"
        raise LandmarkError(f"Found {found}. Expected one number per photo, at least one photo.")
    return vector


def _indices(values: ArrayLike, name: str, n_classes: int) -> _Integers:
    indices = np.asarray(values)
    if indices.ndim != 1 or indices.size == 0 or indices.dtype.kind not in "iu":
        raise LandmarkError(
            f"Found {name} of shape {indices.shape} and type {indices.dtype}. Expected the integer index of a "
            "landmark for each photo, at least one photo."
        )
    if indices.min() < 0 or indices.max() >= n_classes:
        raise LandmarkError(f"Found {name} from {indices.min()} to {indices.max()}. Expected 0 to {n_classes - 1}.")
    return indices.astype(np.int64)


def _same_length(**arrays: NDArray[Any]) -> None:
    if len({len(array) for array in arrays.values()}) > 1:
        found = ", ".join(f"{len(array)} {name}" for name, array in arrays.items())
        raise LandmarkError(f"Found {found}. Expected as many of one as of the other, one per photo.")
