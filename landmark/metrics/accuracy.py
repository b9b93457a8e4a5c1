"""How many answers are right: among the best k, per landmark, over landmarks; and which are taken for which.

N is the number of photos, C the number of landmarks.
"""

import numpy as np
from numpy.typing import ArrayLike

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import Booleans, Floats, Integers, as_indices, as_table, check_same_length


def top_k_hits(scores: ArrayLike, labels: ArrayLike, k: int = 1) -> Booleans:
    """Return whether a photo's landmark is among the k best scores: (N,); scores (N, C), labels (N,).

    Of equal scores the landmark with the lower index counts as the better one, as `argmax` has it.

    >>> top_k_hits([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [0, 1], k=1).tolist()
    [True, False]
    """
    table = as_table(scores)
    truth = as_indices(labels, "labels", table.shape[1])
    check_same_length(scores=table, labels=truth)
    if k < 1:
        raise LandmarkError(f"Found k = {k}. Expected 1 or more.")
    own = table[np.arange(len(truth)), truth][:, None]  # (N, 1)
    before = (table > own) | ((table == own) & (np.arange(table.shape[1]) < truth[:, None]))  # (N, C)
    return np.asarray(before.sum(axis=1) < k)


def top_k_accuracy(scores: ArrayLike, labels: ArrayLike, k: int = 1) -> float:
    """Return the fraction of photos whose landmark is among the k best scores; scores (N, C), labels (N,).

    >>> top_k_accuracy([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [0, 1], k=1)
    0.5
    >>> top_k_accuracy([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [0, 1], k=2)
    1.0
    """
    return float(top_k_hits(scores, labels, k).mean())


def confusion_matrix(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> Integers:
    """Return how often each landmark (row) was taken for each landmark (column): (C, C).

    >>> confusion_matrix([0, 1, 1], [0, 0, 1], n_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    answers, truth = as_indices(predicted, "predicted", n_classes), as_indices(labels, "labels", n_classes)
    check_same_length(predicted=answers, labels=truth)
    counts = np.bincount(truth * n_classes + answers, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def accuracy_per_class(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> Floats:
    """Return the fraction of right answers for each landmark: (C,), NaN where there was no photo.

    >>> accuracy_per_class([0, 1, 1], [0, 0, 1], n_classes=3).tolist()
    [0.5, 1.0, nan]
    """
    n_correct, n_photos = counts_per_class(predicted, labels, n_classes)
    accuracies = np.full(n_classes, np.nan)
    np.divide(n_correct, n_photos, out=accuracies, where=n_photos > 0)
    return accuracies


def macro_accuracy(predicted: ArrayLike, labels: ArrayLike) -> float:
    """Return the mean of the landmarks' accuracies: each counts the same, however many photos it has; (N,), (N,).

    Landmarks without photos are left out.

    >>> macro_accuracy([0, 0, 0, 0], [0, 0, 0, 1])
    0.5
    """
    return float(np.nanmean(accuracy_per_class(predicted, labels, n_classes_of(predicted, labels))))


def counts_per_class(predicted: ArrayLike, labels: ArrayLike, n_classes: int) -> tuple[Integers, Integers]:
    """Count right answers and photos per landmark: (C,), (C,)."""
    matrix = confusion_matrix(predicted, labels, n_classes)
    return matrix.diagonal(), matrix.sum(axis=1)


def n_classes_of(predicted: ArrayLike, labels: ArrayLike) -> int:
    """Return how many landmarks there must be, by the highest index."""
    return int(max(np.max(predicted, initial=0), np.max(labels, initial=0))) + 1
