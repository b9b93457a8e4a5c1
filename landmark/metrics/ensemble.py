"""How much each of several networks counts, where one answer is made of what all of them say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.metrics.calibration import softmax

_PULL = 1e-3  # towards counting alike: without it networks that make no mistake would have no bounds
_ARRIVED = 1e-9
_STEPS = 100


def fit_ensemble_weights(logits: Sequence[ArrayLike], labels: ArrayLike) -> NDArray[np.float64]:
    """The share (K,) of each network in a sum of their logits (K of (N, C)), by which the labels (N,) are likeliest.

    None is below 0. A network whose logits are larger by themselves counts for more than its share; the sum's
    temperature is left to calibration. The likelihood is concave in the factors, of which these are the shares.

    >>> sure, guessing = [[4.0, 0.0], [0.0, 4.0], [4.0, 0.0]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> fit_ensemble_weights([sure, guessing], [0, 1, 0]).round(1).tolist()
    [0.9, 0.1]
    >>> fit_ensemble_weights([sure, sure], [0, 1, 1]).round(3).tolist()
    [0.5, 0.5]
    """
    values = np.stack([np.asarray(one, np.float64) for one in logits], axis=-1)  # (N, C, K)
    truth = np.asarray(labels)
    shares, counting = np.zeros(values.shape[-1]), np.arange(values.shape[-1])
    while True:  # what would count for less than nothing is left out, and the others are fitted without it
        factors = _likeliest(values[..., counting], truth)
        if (factors > 0).all() or len(counting) == 1:
            break
        counting = np.delete(counting, factors.argmin())
    shares[counting] = factors / factors.sum() if len(counting) > 1 else 1
    return shares


def _likeliest(values: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """The factors (K,) of logits (N, C, K) that make the labels likeliest, by Newton's method."""
    own = np.take_along_axis(values, truth[:, None, None], axis=1)[:, 0]  # (N, K)
    even = np.full(values.shape[-1], 1 / values.shape[-1])

    def loss(factors: NDArray[np.float64]) -> float:
        summed = values @ factors
        largest = summed.max(axis=1)
        all_of_them = largest + np.log(np.exp(summed - largest[:, None]).sum(axis=1))
        return float((all_of_them - own @ factors).mean() + _PULL * ((factors - even) ** 2).sum() / 2)

    found = even.copy()
    for _ in range(_STEPS):
        probabilities = softmax(values @ found)[..., None]  # (N, C, 1)
        expected = (probabilities * values).sum(axis=1)  # (N, K)
        apart = values - expected[:, None]
        slope = (expected - own).mean(axis=0) + _PULL * (found - even)
        bend = np.einsum("nck,ncl->kl", probabilities * apart, apart) / len(truth) + _PULL * np.eye(len(even))
        step = np.linalg.solve(bend, slope)
        while loss(found - step) > loss(found) and np.abs(step).max() > _ARRIVED:
            step /= 2
        found -= step
        if np.abs(step).max() <= _ARRIVED:
            break
    return found
