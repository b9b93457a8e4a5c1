"""Logistic regression in NumPy alone: of two classes with few features, and of many classes with many features.

The head that a model is given is fitted with PyTorch, to ten digits (`linear_head`); what is fitted here takes seconds.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from landmark.metrics.solver import minimise, minimise_accelerated

BLOCK_ROWS = 8192  # photos at once, so that no number of them fills the memory
_MAX_STEPS = 150
_STEEPEST = 1e-4  # gradient that still counts as arrived: probabilities are then known to two digits
_ITERATIONS = 3  # of the principal components: what differs most is found by then to a percent

_Floats = NDArray[np.float32]
_Doubles = NDArray[np.float64]
_Integers = NDArray[np.int64]
_T = TypeVar("_T", np.float32, np.float64)


def fit_logistic(features: _Floats, labels: _Integers, n_classes: int, *, decay: float) -> _Floats:
    """Return the weights (D + 1, C) that minimise the mean cross-entropy of photos, plus `decay` / 2 their squares.

    Features (N, D), labels (N,). The Hessian is bounded as by D. Böhning, "Multinomial Logistic Regression Algorithm",
    1992.

    >>> weights = fit_logistic(np.array([[-1.0], [1.0]], np.float32), np.array([0, 1]), 2, decay=0.01)
    >>> logistic_probabilities(np.array([[-1.0], [1.0]], np.float32), weights).argmax(axis=1).tolist()
    [0, 1]
    """
    rows = _with_bias(features)
    n_photos, n_inputs = rows.shape
    bound = rows.T.astype(np.float64) @ rows / (2 * n_photos) + decay * np.eye(n_inputs)
    return minimise_accelerated(
        lambda weights: _gradient(rows, labels, weights) / n_photos + decay * weights,
        np.linalg.inv(bound).astype(np.float32),  # (D + 1, D + 1)
        np.zeros((n_inputs, n_classes), np.float32),
        steepest=_STEEPEST,
        max_steps=_MAX_STEPS,
    )


def fit_binary_logistic(
    rows: _Doubles,
    truth: _Doubles,
    weights: _Doubles,
    l2_strength: _Doubles,
    towards: _Doubles,
    *,
    offsets: _Doubles | float = 0.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> _Doubles:
    """Return the weights (S,) that separate rows (N, S) of truth 1 from those of truth 0, to nine digits.

    `weights` (N,) say how much each row counts. `l2_strength` (S,) draws each weight to `towards` (S,), without which
    those of rows that can be separated without a mistake would have no end. `offsets` (N,) are added to the rows' sums;
    `bounds` hold for each weight. `fit_logistic` is for many features.

    >>> rows = np.array([[-1.0], [2.0], [1.0]])
    >>> found = fit_binary_logistic(rows, np.array([0.0, 0.0, 1.0]), np.ones(3), np.array([0.01]), np.zeros(1))
    >>> found.round(2).tolist()
    [0.0]
    """
    signs = 1 - 2 * truth

    def loss(at: _Doubles) -> float:
        penalty = (l2_strength * (at - towards) ** 2).sum() / 2
        return float(weights @ np.logaddexp(0, signs * (rows @ at + offsets)) + penalty)

    def derivatives(at: _Doubles) -> tuple[_Doubles, _Doubles]:
        probabilities = 1 / (1 + np.exp(-np.clip(rows @ at + offsets, -500, 500)))
        gradient = rows.T @ (weights * (probabilities - truth)) + l2_strength * (at - towards)
        hessian = (rows * (weights * probabilities * (1 - probabilities))[:, None]).T @ rows + np.diag(l2_strength)
        return gradient, hessian

    return minimise(loss, derivatives, towards, bounds=bounds)


def fit_factors(
    values: _Doubles,
    targets: _Doubles,
    start: _Doubles,
    *,
    l2_strength: float = 0.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> _Doubles:
    """Return the factors (K,) by which the sum of logits (N, C, K) makes target probabilities (N, C) likeliest.

    `l2_strength` draws them to `start`; `bounds` hold for each.

    >>> values = np.array([[[2.0], [0.0]]] * 4)
    >>> fit_factors(values, np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]]), np.ones(1)).round(3).tolist()  # log(3) / 2
    [0.549]
    """
    mean_target = np.einsum("nc,nck->k", targets, values) / len(values)

    def loss(factors: _Doubles) -> float:
        summed = values @ factors
        largest = summed.max(axis=1)
        log_partition = largest + np.log(np.exp(summed - largest[:, None]).sum(axis=1))
        penalty = l2_strength * ((factors - start) ** 2).sum() / 2
        return float(log_partition.mean() - mean_target @ factors + penalty)

    def derivatives(factors: _Doubles) -> tuple[_Doubles, _Doubles]:
        probabilities = _softmax(values @ factors)[..., None]  # (N, C, 1)
        expected = (probabilities * values).sum(axis=1)  # (N, K)
        apart = values - expected[:, None]
        gradient = expected.mean(axis=0) - mean_target + l2_strength * (factors - start)
        hessian = np.einsum("nck,ncl->kl", probabilities * apart, apart) / len(values)
        return gradient, hessian + l2_strength * np.eye(len(factors))

    return minimise(loss, derivatives, start, bounds=bounds)


def logistic_probabilities(features: _Floats, weights: _Floats) -> _Floats:
    """Return the probabilities (N, C) of features (N, D) by weights (D + 1, C)."""
    return _softmax(_with_bias(features) @ weights)


def principal_components(features: _Floats, n_components: int) -> _Floats:
    """Project features (N, D) on the directions along which they differ most: (N, min(n_components, D)), centred.

    By subspace iteration (N. Halko, P. Martinsson, J. Tropp, "Finding Structure with Randomness", 2011), which spares
    the decomposition of a D x D matrix; the same features give the same components.

    >>> principal_components(np.array([[1, 5], [3, 5]], np.float32), 1).round(3).ravel().tolist() in ([-1, 1], [1, -1])
    True
    """
    centred = features - features.mean(axis=0)
    directions = np.random.default_rng(0).standard_normal((features.shape[1], n_components)).astype(np.float32)
    for _ in range(_ITERATIONS):
        directions = np.linalg.qr(centred.T @ (centred @ directions))[0]  # (D, components)
    return np.asarray(centred @ directions)


def _with_bias(features: _Floats) -> _Floats:
    return np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)


def _gradient(rows: _Floats, labels: _Integers, weights: _Floats) -> _Floats:
    """Return the gradient of the summed cross-entropy: (D + 1, C)."""
    gradient = np.zeros_like(weights)
    for start in range(0, len(rows), BLOCK_ROWS):
        some, of_some = rows[start : start + BLOCK_ROWS], labels[start : start + BLOCK_ROWS]
        errors = _softmax(some @ weights)
        errors[np.arange(len(some)), of_some] -= 1
        gradient += some.T @ errors
    return gradient


def _softmax(logits: NDArray[_T]) -> NDArray[_T]:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
