"""Conformal prediction: sets of landmarks that hold the right one as often as was promised, whatever the network.

From how little probability the right landmark got on validation photos follows how little may be left out. The promise
is for photos like those (exchangeable with them) that show one of the landmarks; it is kept on average over photos.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import ConfigurationError

MOST_KEPT = 1000  # scores in a bundle: more would change a set's threshold by less than a thousandth of the photos


def nonconformity_scores(probabilities: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """Return what the right landmark's probability lacks to 1: (N, C), (N,) -> (N,).

    M. Sadinle et al., Least ambiguous set-valued classifiers with bounded error levels, JASA 2019.

    >>> nonconformity_scores([[0.9, 0.1], [0.3, 0.7]], [0, 0]).round(1).tolist()
    [0.1, 0.7]
    """
    values, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(labels)
    return np.asarray(1 - np.take_along_axis(values, truth[:, None], axis=1)[:, 0])


def compress_scores(scores: ArrayLike) -> tuple[float, ...]:
    """Return scores as a bundle keeps them: in order, of very many only some, rounded up so that no set shrinks.

    >>> compress_scores([0.7, 0.1])
    (0.1, 0.7)
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    if ordered.size > MOST_KEPT:
        ordered = ordered[np.ceil(np.arange(1, MOST_KEPT + 1) * ordered.size / MOST_KEPT).astype(int) - 1]
    return tuple(math.ceil(score * 1e6) / 1e6 for score in ordered.tolist())


def conformal_threshold(scores: Sequence[float], coverage: float) -> float:
    """Return the probability from which on a landmark belongs to the set: 1 less the conformal quantile of the scores.

    `scores` are those of n validation photos. The quantile is that of rank ceil((n + 1) coverage), which makes the
    promise hold for a finite n; where n is too small for it, the set holds every landmark (0.0). Raises
    `ConfigurationError` for a coverage that is no fraction, and where there are no scores.

    >>> conformal_threshold([i / 100 for i in range(100)], 0.9)  # the 91st score is 0.9
    0.1
    >>> conformal_threshold([0.1, 0.2], 0.95)
    0.0
    """
    if not 0 < coverage < 1:
        raise ConfigurationError(f"Found a coverage of {coverage}. Expected a fraction between 0 and 1, such as 0.95.")
    if not scores:
        raise ConfigurationError(
            "This model's bundle holds no scores of its validation photos, from which sets are made. "
            "Write it again with: landmark export"
        )
    rank = math.ceil((len(scores) + 1) * coverage - 1e-9)
    return round(1 - scores[rank - 1], 9) if rank <= len(scores) else 0.0


def prediction_set(probabilities: ArrayLike, least: float) -> NDArray[np.int64]:
    """Return the classes with at least this probability, likeliest first, and always the likeliest: (C,) -> (S,).

    >>> prediction_set([0.2, 0.7, 0.1], 0.15).tolist(), prediction_set([0.4, 0.3, 0.3], 0.5).tolist()
    ([1, 0], [0])
    """
    values = np.asarray(probabilities, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    return np.asarray(order[: max(1, int((values >= least - 1e-12).sum()))])
