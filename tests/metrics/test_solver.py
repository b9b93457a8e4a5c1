"""The solver: at the lowest point from wherever it starts, within bounds, where the loss is flat too."""

import numpy as np
import pytest
from numpy.typing import NDArray

from landmark.metrics.logistic import fit_factors
from landmark.metrics.solver import minimise

Floats = NDArray[np.float64]


def log_cosh(at: Floats) -> float:
    return float(np.logaddexp(at - 2, 2 - at).sum())


def derivatives(at: Floats) -> tuple[Floats, Floats]:
    return np.tanh(at - 2), np.diag(1 - np.tanh(at - 2) ** 2)


@pytest.mark.parametrize("start", [2.0, 3.0, -5.0, 12.0])
def test_whole_steps_that_overshoot_are_halved(start: float) -> None:
    """From 3 on, a whole step of Newton's leads further away than it started."""
    assert minimise(log_cosh, derivatives, [start, 2.5]) == pytest.approx([2, 2], abs=1e-8)


def test_bounds_hold() -> None:
    assert minimise(log_cosh, derivatives, [4.0], bounds=(3.0, 9.0)) == pytest.approx([3])
    assert minimise(log_cosh, derivatives, [1.0], bounds=(-1.0, 1.5)) == pytest.approx([1.5])


def test_a_flat_loss_stays_where_it_starts() -> None:
    flat = minimise(lambda at: 0.0, lambda at: (np.zeros(2), np.zeros((2, 2))), [1.0, 2.0])
    assert flat.tolist() == [1.0, 2.0]
    alike = np.ones((5, 3, 1))
    assert fit_factors(alike, np.eye(3)[[0, 1, 2, 0, 1]], np.ones(1), bounds=(0.1, 10)) == pytest.approx([1], abs=0.01)


def test_no_other_factors_are_likelier() -> None:
    rng = np.random.default_rng(0)
    values, targets = rng.normal(size=(60, 4, 2)), rng.dirichlet(np.ones(4), 60)

    def loss(factors: Floats) -> float:
        summed = values @ factors
        return float((np.log(np.exp(summed).sum(axis=1)) - (targets * summed).sum(axis=1)).mean())

    found = fit_factors(values, targets, np.ones(2))
    assert all(loss(found) < loss(found + shift) for shift in rng.normal(0, 0.05, (50, 2)))
