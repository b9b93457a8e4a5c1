"""Minimises the convex losses that are fitted without PyTorch: few unknowns by Newton's method, many by gradients."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

_SINGULAR = 1e-12  # on the Hessian's diagonal, where the loss is flat


def minimise(
    loss: Callable[[Floats], float],
    derivatives: Callable[[Floats], tuple[Floats, Floats]],
    start: ArrayLike,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    tolerance: float = 1e-9,
    max_steps: int = 100,
) -> Floats:
    """Return the point (K,) of least loss, within bounds, by damped Newton steps from `start` (K,).

    `derivatives` gives the gradient (K,) and the Hessian (K, K). A step is halved until the loss does not grow: from
    afar, where the loss is nearly straight, a whole one overshoots.

    >>> minimise(lambda at: float(at[0] ** 4), lambda at: (4 * at**3, np.diag(12 * at**2)), [3.0]).round(3).tolist()
    [0.0]
    >>> minimise(lambda at: float(at[0] ** 2), lambda at: (2 * at, 2 * np.eye(1)), [3.0], bounds=(1, 9)).tolist()
    [1.0]
    """
    found = np.array(start, dtype=np.float64)
    for _ in range(max_steps):
        gradient, hessian = derivatives(found)
        step = np.linalg.solve(hessian + _SINGULAR * np.eye(len(found)), gradient)
        step = found - np.clip(found - step, *bounds)
        now = loss(found)
        while loss(found - step) > now and np.abs(step).max() >= tolerance:
            step /= 2
        found -= step
        if np.abs(step).max() < tolerance:
            break
    return found


def minimise_accelerated(
    gradient_at: Callable[[Floats32], Floats32],
    inverse_bound: Floats32,
    start: Floats32,
    *,
    steepest: float,
    max_steps: int,
) -> Floats32:
    """Return the point (D, C) where no entry of the gradient exceeds `steepest`: for too many unknowns for a Hessian.

    `inverse_bound` (D, D) is the inverse of a matrix that bounds the Hessian from above, the same for each column; each
    step solves that quadratic, with Nesterov's momentum, which starts again where it leads uphill.

    >>> half, zero = np.full((1, 1), 0.5, np.float32), np.zeros((1, 1), np.float32)
    >>> minimise_accelerated(lambda at: 2 * at - 4, half, zero, steepest=1e-3, max_steps=9).tolist()
    [[2.0]]
    """
    found = ahead = start
    momentum = 1.0
    for _ in range(max_steps):
        gradient = gradient_at(ahead)
        if np.abs(gradient).max() < steepest:
            break
        moved = ahead - inverse_bound @ gradient
        if np.vdot(gradient, moved - found) > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - found)
        found, momentum = moved, following
    return ahead
