"""Logistic regression: at the minimum of its loss, as another way of finding it confirms."""

import numpy as np
import pytest

from landmark.metrics import logistic
from landmark.metrics.logistic import fit_binary_logistic, fit_logistic, logistic_probabilities, principal_components


def draw(n_photos: int = 300, n_features: int = 12, n_classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(n_classes, n_features))
    labels = rng.integers(0, n_classes, n_photos)
    features = centres[labels] + rng.normal(size=(n_photos, n_features))
    return (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32), labels


def loss(features: np.ndarray, labels: np.ndarray, weights: np.ndarray, decay: float) -> float:
    probabilities = logistic_probabilities(features, weights).astype(np.float64)
    fit = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    return float(fit + decay / 2 * (weights.astype(np.float64) ** 2).sum())


@pytest.mark.parametrize("decay", [3e-5, 1e-2])
def test_no_step_in_any_direction_makes_it_better(decay: float) -> None:
    features, labels = draw()
    weights = fit_logistic(features, labels, 4, decay=decay)
    best = loss(features, labels, weights, decay)
    rng = np.random.default_rng(1)
    for _ in range(50):
        direction = rng.normal(size=weights.shape).astype(np.float32)
        assert loss(features, labels, weights + 0.3 * direction, decay) > best - 1e-4


def test_pytorch_finds_the_same_probabilities() -> None:
    torch = pytest.importorskip("torch")
    features, labels = draw()
    weights = torch.zeros(13, 4, dtype=torch.float64, requires_grad=True)
    rows = torch.cat([torch.from_numpy(features).double(), torch.ones(len(features), 1)], dim=1)
    optimizer = torch.optim.LBFGS([weights], max_iter=2000, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def closure() -> object:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(rows @ weights, torch.from_numpy(labels))
        value = value + 1e-3 / 2 * weights.square().sum()
        value.backward()
        return value

    optimizer.step(closure)
    expected = torch.softmax(rows @ weights, dim=1).detach().numpy()
    found = logistic_probabilities(features, fit_logistic(features, labels, 4, decay=1e-3))
    assert np.abs(found - expected).max() < 0.02


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = draw()
    whole = fit_logistic(features, labels, 4, decay=1e-4)
    monkeypatch.setattr(logistic, "BLOCK_ROWS", 37)
    assert np.abs(logistic_probabilities(features, fit_logistic(features, labels, 4, decay=1e-4))
                  - logistic_probabilities(features, whole)).max() < 0.02  # fmt: skip


def test_principal_parts_keep_what_differs() -> None:
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 40))
    features = (plane + 0.01 * rng.normal(size=(200, 40))).astype(np.float32)
    parts = principal_components(features, 3)
    assert parts.shape == (200, 3)
    assert parts.var(axis=0).sum() > 0.99 * features.var(axis=0).sum()
    assert principal_components(features[:2], 128).shape[0] == 2


def test_two_kinds_are_found_from_afar() -> None:
    """Log-odds that are far too low, as those of an album of strangers are: a whole step of Newton's overshoots."""
    rng = np.random.default_rng(3)
    odds = rng.normal(-8, 4, 400)
    truth = (rng.random(400) < 1 / (1 + np.exp(-(odds + 9)))).astype(float)
    rows, towards, l2_strength = np.column_stack([odds, np.ones(400)]), np.array([1.0, 0.0]), np.full(2, 1e-2)
    found = fit_binary_logistic(rows, truth, np.ones(400), l2_strength, towards)
    slope = rows.T @ (1 / (1 + np.exp(-rows @ found)) - truth) + l2_strength * (found - towards)
    assert np.abs(slope).max() < 1e-6  # of the loss: at its lowest point it has none
    assert found == pytest.approx([1, 9], abs=1.5)
