"""The weight of each network of an ensemble, whose answer is made of the sum of their logits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.metrics.logistic import fit_factors

_L2_STRENGTH = 1e-3  # towards equal weights: without it networks that make no mistake would have no bounds


def fit_ensemble_weights(logits: Sequence[ArrayLike], labels: ArrayLike) -> NDArray[np.float64]:
    """Return the weights (K,) of networks in a sum of their logits (K of (N, C)) that make the labels (N,) likeliest.

    None is below 0; they sum up to 1. A network whose logits are larger by themselves counts for more than its weight;
    the sum's temperature is left to calibration. The likelihood is concave in the factors.

    >>> sure, guessing = [[4.0, 0.0], [0.0, 4.0], [4.0, 0.0]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> fit_ensemble_weights([sure, guessing], [0, 1, 0]).round(1).tolist()
    [0.9, 0.1]
    >>> fit_ensemble_weights([sure, sure], [0, 1, 1]).round(3).tolist()
    [0.5, 0.5]
    """
    values = np.stack([np.asarray(one, np.float64) for one in logits], axis=-1)  # (N, C, K)
    targets = np.eye(values.shape[1])[np.asarray(labels)]
    weights, kept = np.zeros(values.shape[-1]), np.arange(values.shape[-1])
    while True:  # a network whose factor would be below 0 is left out, and the others are fitted without it
        even = np.full(len(kept), 1 / len(kept))
        factors = fit_factors(values[..., kept], targets, even, l2_strength=_L2_STRENGTH)
        if (factors > 0).all() or len(kept) == 1:
            break
        kept = np.delete(kept, factors.argmin())
    weights[kept] = factors / factors.sum() if len(kept) > 1 else 1
    return weights
