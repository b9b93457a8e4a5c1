"""Whether two models that saw the same photos differ by more than chance."""

import math

import numpy as np
from numpy.typing import ArrayLike

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import Booleans, Floats, as_flags, as_indices, check_same_length, quantile_interval
from landmark.metrics.intervals import N_SAMPLES


def mcnemar_test(only_first: int, only_second: int) -> float:
    """Return how likely so uneven a split is by chance alone: McNemar's exact two-sided test, 0 to 1.

    Of the photos on which two models differ, `only_first` are right with the first alone, `only_second` with the second
    alone. Were the models equally good, each such photo would be a coin that is tossed. Photos on which both are right,
    or both wrong, say nothing.

    Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12 (1947).

    >>> round(mcnemar_test(8, 1), 6), mcnemar_test(3, 3)
    (0.039062, 1.0)
    """
    if only_first < 0 or only_second < 0:
        raise LandmarkError(f"Found {only_first} and {only_second} photos. Expected 0 or more.")
    n, fewer = only_first + only_second, min(only_first, only_second)
    # Logarithms, because 2 ** n is beyond any float for the thousands of photos of a large test set.
    whole = math.lgamma(n + 1) - n * math.log(2)
    tail = math.fsum(
        math.exp(whole - math.lgamma(count + 1) - math.lgamma(n - count + 1)) for count in range(fewer + 1)
    )
    return 1.0 if only_first == only_second else min(1.0, 2 * tail)


def difference_interval(
    first: ArrayLike,
    second: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    level: float = 0.95,
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of how much more often the first is right than the second, by a paired bootstrap; (N,), 0/1.

    Photos are drawn with replacement, each with the answers of both models: what is hard for both then cancels out, and
    the interval is much narrower than that of two separate tests. With `labels` (N,), the indices of the landmarks that
    are shown, it is that of macro accuracy: photos are drawn within each landmark, and each counts the same.

    >>> difference_interval([1] * 90 + [0] * 10, [1] * 80 + [0] * 20)
    (0.05, 0.16)
    >>> difference_interval([1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1])
    (-0.5, -0.5)
    """
    ours, theirs = as_flags(first, "first"), as_flags(second, "second")
    shown = np.zeros(len(ours), dtype=np.int64) if labels is None else np.asarray(labels)
    groups = as_indices(shown, "labels", int(np.max(shown, initial=0)) + 1)
    check_same_length(first=ours, second=theirs, labels=groups)
    rng = np.random.default_rng(seed)
    members = [groups == group for group in np.unique(groups)]
    total = sum(_drawn_means(ours[inside], theirs[inside], rng, n_samples) for inside in members)
    return quantile_interval(total / len(members), level)


def _drawn_means(ours: Booleans, theirs: Booleans, rng: np.random.Generator, n_samples: int) -> Floats:
    """Return mean differences of photos drawn with replacement; only how often each kind is drawn matters: (S,)."""
    n = len(ours)
    gained, lost = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    counts = rng.multinomial(n, [gained / n, lost / n, (n - gained - lost) / n], size=n_samples)
    return np.asarray((counts[:, 0] - counts[:, 1]) / n)
