"""Logistic regression in NumPy alone: for many photos and landmarks, what a linear head says; and of two kinds.

`linear_fit` finds the head that a model is given, to ten digits; this one finds, in seconds, the probabilities by which
labels are judged.
"""

import numpy as np
from numpy.typing import NDArray

_MAX_STEPS = 150
_SLOPE = 1e-4  # the steepest that still counts as arrived: probabilities are then known to two digits
_ITERATIONS = 3  # of the principal parts: what differs most is found by then to a percent
_ROWS = 8192  # photos at once, so that no number of them fills the memory

_Floats = NDArray[np.float32]
_Integers = NDArray[np.int64]


def fit_logistic(features: _Floats, labels: _Integers, n_classes: int, *, decay: float) -> _Floats:
    """The weights (D + 1, C) that make the mean cross-entropy of photos, plus `decay` / 2 their squares, least.

    Features (N, D), labels (N,). Each step solves the quadratic that bounds the loss from above (D. Böhning,
    "Multinomial Logistic Regression Algorithm", 1992), with Nesterov's momentum, restarted where it leads uphill.

    >>> weights = fit_logistic(np.array([[-1.0], [1.0]], np.float32), np.array([0, 1]), 2, decay=0.01)
    >>> logistic_probabilities(np.array([[-1.0], [1.0]], np.float32), weights).argmax(axis=1).tolist()
    [0, 1]
    """
    rows = _with_bias(features)
    n_photos, n_inputs = rows.shape
    bound = rows.T.astype(np.float64) @ rows / (2 * n_photos) + decay * np.eye(n_inputs)
    step = np.linalg.inv(bound).astype(np.float32)  # (D + 1, D + 1)
    weights = ahead = np.zeros((n_inputs, n_classes), np.float32)
    momentum = 1.0
    for _ in range(_MAX_STEPS):
        slope = _slope(rows, labels, ahead) / n_photos + decay * ahead
        if np.abs(slope).max() < _SLOPE:
            break
        moved = ahead - step @ slope
        if np.vdot(slope, moved - weights) > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - weights)
        weights, momentum = moved, following
    return ahead


def fit_binary_logistic(
    rows: NDArray[np.float64],
    truth: NDArray[np.float64],
    weights: NDArray[np.float64],
    pull: NDArray[np.float64],
    towards: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The weights (S,) that tell rows (N, S) of truth 1 from those of truth 0, by Newton's method, to nine digits.

    `weights` (N,) say how much each row counts; `pull` (S,) draws each weight to `towards` (S,), without which those of
    rows that can be told apart without a mistake would have no end. For a few numbers a row; `fit_logistic` for many.

    >>> rows = np.array([[-1.0], [2.0], [1.0]])
    >>> found = fit_binary_logistic(rows, np.array([0.0, 0.0, 1.0]), np.ones(3), np.array([0.01]), np.zeros(1))
    >>> found.round(2).tolist()
    [0.0]
    """
    signs = 1 - 2 * truth

    def loss(at: NDArray[np.float64]) -> float:
        return float(weights @ np.logaddexp(0, signs * (rows @ at)) + (pull * (at - towards) ** 2).sum() / 2)

    found = towards.astype(np.float64)
    for _ in range(100):
        odds = 1 / (1 + np.exp(-np.clip(rows @ found, -500, 500)))
        slope = rows.T @ (weights * (odds - truth)) + pull * (found - towards)
        bend = (rows * (weights * odds * (1 - odds))[:, None]).T @ rows + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        now = loss(found)
        while loss(found - step) > now and np.abs(step).max() >= 1e-9:
            step /= 2  # from afar, where the loss is nearly straight, its bend leads beyond the lowest point
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(found)


def logistic_probabilities(features: _Floats, weights: _Floats) -> _Floats:
    """Features (N, D) and weights (D + 1, C) -> probabilities (N, C)."""
    return _softmax(_with_bias(features) @ weights)


def principal_parts(features: _Floats, n_parts: int) -> _Floats:
    """Features (N, D) in the `n_parts` directions along which they differ most: (N, min(n_parts, D)), centred.

    By subspace iteration (N. Halko, P. Martinsson, J. Tropp, "Finding Structure with Randomness", 2011), which spares
    the decomposition of a D x D matrix; the same features give the same parts.

    >>> principal_parts(np.array([[1, 5], [3, 5]], np.float32), 1).round(3).ravel().tolist() in ([-1, 1], [1, -1])
    True
    """
    centred = features - features.mean(axis=0)
    directions = np.random.default_rng(0).standard_normal((features.shape[1], n_parts)).astype(np.float32)
    for _ in range(_ITERATIONS):
        directions = np.linalg.qr(centred.T @ (centred @ directions))[0]  # (D, parts)
    return np.asarray(centred @ directions)


def _with_bias(features: _Floats) -> _Floats:
    return np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)


def _slope(rows: _Floats, labels: _Integers, weights: _Floats) -> _Floats:
    """The slope of the summed cross-entropy: (D + 1, C)."""
    slope = np.zeros_like(weights)
    for start in range(0, len(rows), _ROWS):
        some, of_some = rows[start : start + _ROWS], labels[start : start + _ROWS]
        errors = _softmax(some @ weights)
        errors[np.arange(len(some)), of_some] -= 1
        slope += some.T @ errors
    return slope


def _softmax(logits: _Floats) -> _Floats:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
