"""How well confidence ranks right answers before wrong ones, and photos of landmarks before negatives."""

import numpy as np
from numpy.typing import ArrayLike

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import Booleans, Floats, as_flags, as_vector, check_same_length, quantile_interval


def auroc(positive_scores: ArrayLike, negative_scores: ArrayLike) -> float:
    """Return how likely a positive scores above a negative: the area under the ROC curve, ties count half; (P,), (M,).

    >>> auroc([0.9, 0.8, 0.4], [0.5, 0.4])
    0.75
    """
    positive, negative = as_vector(positive_scores, "positive_scores"), as_vector(negative_scores, "negative_scores")
    negative = np.sort(negative)
    below = np.searchsorted(negative, positive, side="left")
    up_to = np.searchsorted(negative, positive, side="right")
    return float((below + up_to).sum() / (2 * len(positive) * len(negative)))


def global_average_precision(
    confidence: ArrayLike, correct: ArrayLike, shows_landmark: ArrayLike, *, answered: ArrayLike | None = None
) -> float:
    """Return the global average precision (µAP) of Google Landmarks v2: one ranking of the answers to all photos.

    One number per photo each (N,): the confidence of its answer, whether that is right (never, where no known landmark
    is shown), whether a known landmark is shown, and whether it got an answer at all; without `answered`, all did. With
    the answers ranked by confidence, P(i) the share of right ones among the first i, and M photos that show a known
    landmark, answered or not, it is the sum of P(i) over the right answers, divided by M. Answers of equal confidence
    share the P of the last of them, so the order of the photos does not matter.

    T. Weyand et al., Google Landmarks Dataset v2, CVPR 2020, on the metrics of its recognition task.

    Right at rank 1, a photo of something else at rank 2, right at rank 3, and a landmark that got no answer:
    (1/1 + 2/3) / 3.

    >>> confidence, correct, shows_landmark = [0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], [1, 0, 1, 1]
    >>> round(global_average_precision(confidence, correct, shows_landmark, answered=[1, 1, 1, 0]), 4)
    0.5556
    """
    ranking = _Ranking(confidence, correct, shows_landmark, answered)
    return ranking.average_precision(np.ones(len(ranking.shows_landmark)))


def global_average_precision_interval(
    confidence: ArrayLike,
    correct: ArrayLike,
    shows_landmark: ArrayLike,
    *,
    answered: ArrayLike | None = None,
    level: float = 0.95,
    n_samples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of `global_average_precision`, by a bootstrap over photos of landmarks and over negatives.

    The two kinds are drawn apart, since how many there are of each was chosen and is not a matter of chance.

    >>> global_average_precision_interval([0.9, 0.8, 0.3], [1, 1, 0], [1, 1, 0])
    (1.0, 1.0)
    """
    ranking = _Ranking(confidence, correct, shows_landmark, answered)
    rng = np.random.default_rng(seed)
    kinds = [np.flatnonzero(ranking.shows_landmark), np.flatnonzero(~ranking.shows_landmark)]
    drawn = []
    for _ in range(n_samples):
        times = np.zeros(len(ranking.shows_landmark))  # that each photo was drawn
        for kind in kinds:
            times[kind] = np.bincount(rng.integers(len(kind), size=len(kind)), minlength=len(kind)) if len(kind) else 0
        drawn.append(ranking.average_precision(times))
    return quantile_interval(drawn, level)


class _Ranking:
    """Photos whose answers are ranked once, to be counted with several weights."""

    def __init__(
        self, confidence: ArrayLike, correct: ArrayLike, shows_landmark: ArrayLike, answered: ArrayLike | None
    ) -> None:
        stated = as_vector(confidence, "confidence")
        self.right: Booleans = as_flags(correct, "correct")
        self.shows_landmark: Booleans = as_flags(shows_landmark, "shows_landmark")
        ranked = as_flags(np.ones_like(stated) if answered is None else answered, "answered")
        check_same_length(confidence=stated, correct=self.right, shows_landmark=self.shows_landmark, answered=ranked)
        if not self.shows_landmark.any():
            raise LandmarkError("Found no photo that shows a landmark. Expected at least one photo of a landmark.")
        if (self.right & ~self.shows_landmark).any():
            raise LandmarkError("Found right answers to photos of no landmark. Expected those photos as wrong answers.")
        self.order = np.flatnonzero(ranked)[np.argsort(-stated[ranked], kind="stable")]
        in_order = stated[self.order]
        self.last_of_equals = np.searchsorted(-in_order, -in_order, side="right") - 1

    def average_precision(self, times: Floats) -> float:
        """Return the figure where each photo counts as often as `times` says: (N,)."""
        counted = times[self.order]
        right = counted * self.right[self.order]
        n_first, n_right = counted.cumsum()[self.last_of_equals], right.cumsum()[self.last_of_equals]
        precision = np.divide(n_right, n_first, out=np.zeros_like(n_first), where=n_first > 0)
        return float((right * precision).sum() / times[self.shows_landmark].sum())
