"""The fit of a linear head: the best there is, for photos counted as often as was said."""

import pytest

pytest.importorskip("torch")
import torch

from landmark.training import linear_head
from landmark.training.linear_head import FitError, fit_linear_head

N_CLASSES = 4


@pytest.fixture
def photos() -> "tuple[torch.Tensor, torch.Tensor]":
    """Features of very different sizes, one of which never changes, and labels that they tell in part."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % N_CLASSES
    features = torch.randn(90, 7, generator=random) + 0.8 * torch.nn.functional.one_hot(labels, 7)
    features = (features + 2) * torch.tensor([1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3])
    features[:, 6] = 3.0
    return features, labels


def loss(layer: "torch.nn.Linear", features: "torch.Tensor", labels: "torch.Tensor", decay: float) -> "torch.Tensor":
    """What the fit promises to minimise, computed from the layer that it gives."""
    errors = torch.nn.functional.cross_entropy(layer(features), labels)
    return errors + decay / 2 * (layer.weight * features.std(dim=0, correction=0)).square().sum()


@pytest.mark.parametrize("decay", [1e-3, 0.1, 10.0])
def test_at_the_solution_the_loss_has_no_gradient(photos: "tuple[torch.Tensor, torch.Tensor]", decay: float) -> None:
    features, labels = photos[0].double(), photos[1]
    layer = fit_linear_head(features, labels, N_CLASSES, weight_decay=decay).double()
    torch.autograd.backward(loss(layer, features, labels, decay))
    deviation = features.std(dim=0, correction=0).clamp(min=1e-12)
    assert layer.weight.grad is not None and layer.bias.grad is not None
    slopes = (layer.weight.grad - layer.bias.grad[:, None] * features.mean(dim=0)) / deviation
    assert slopes[:, :6].abs().max() < 1e-5 and layer.bias.grad.abs().max() < 1e-5
    assert layer.weight[:, 6].abs().max() < 1e-9, "what never changes tells nothing"


def test_no_layer_nearby_is_better(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    features, labels = photos[0].double(), photos[1]
    layer = fit_linear_head(features, labels, N_CLASSES, weight_decay=0.01).double()
    best = loss(layer, features, labels, 0.01).item()
    random = torch.Generator().manual_seed(1)
    for _ in range(20):
        other = torch.nn.Linear(7, N_CLASSES).double()
        with torch.no_grad():
            other.weight.copy_(layer.weight * (1 + 0.1 * torch.randn(N_CLASSES, 7, generator=random)))
            other.bias.copy_(layer.bias)
        assert loss(other, features, labels, 0.01).item() > best


def test_free_biases_answer_each_landmark_as_often_as_it_was_seen(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    """A property of logistic regression with free biases, whatever the penalty."""
    features, labels = photos
    weights = torch.linspace(0.1, 3, len(labels))
    layer = fit_linear_head(features, labels, N_CLASSES, weight_decay=0.5, sample_weights=weights)
    answered = (weights[:, None] * layer(features).softmax(dim=1)).sum(dim=0)
    seen = torch.zeros(N_CLASSES).index_add(0, labels, weights)
    assert torch.allclose(answered, seen, rtol=1e-3)


def test_a_photo_that_counts_twice_is_two_photos(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    features, labels = photos
    times = 1 + torch.arange(len(labels)) % 3
    weighted = fit_linear_head(features, labels, N_CLASSES, weight_decay=0.05, sample_weights=times)
    repeated = fit_linear_head(
        features.repeat_interleave(times, dim=0), labels.repeat_interleave(times), N_CLASSES, weight_decay=0.05
    )
    assert torch.allclose(weighted(features), repeated(features), atol=1e-3)
    plain = fit_linear_head(features, labels, N_CLASSES, weight_decay=0.05)
    assert not torch.allclose(plain(features), repeated(features), atol=1e-2)


def test_the_unit_of_a_feature_makes_no_difference(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    features, labels = photos[0].double(), photos[1]
    units = torch.tensor([1000.0, 1.0, 0.5, 1.0, 30.0, 1e-3, 1.0]).double()
    as_they_are = fit_linear_head(features, labels, N_CLASSES, weight_decay=0.05).double()(features)
    in_units = fit_linear_head(features * units, labels, N_CLASSES, weight_decay=0.05).double()(features * units)
    assert torch.allclose(as_they_are, in_units, atol=1e-3)


def test_a_landmark_without_photos_is_never_the_answer(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    features, labels = photos
    layer = fit_linear_head(features, labels, N_CLASSES + 1, weight_decay=0.05)
    assert layer(features).softmax(dim=1)[:, N_CLASSES].max() < 1e-3


def test_a_fit_that_does_not_converge_is_no_answer(
    photos: "tuple[torch.Tensor, torch.Tensor]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_head, "MAX_ITERATIONS", 2)
    with pytest.raises(FitError, match=r"did not converge.*try a larger one"):
        fit_linear_head(*photos, N_CLASSES, weight_decay=1e-3)


def test_what_cannot_be_fitted_is_refused_in_words(photos: "tuple[torch.Tensor, torch.Tensor]") -> None:
    features, labels = photos
    with pytest.raises(FitError, match=r"above 0"):
        fit_linear_head(features, labels, N_CLASSES, weight_decay=0.0)
    with pytest.raises(FitError, match=r"Expected 0 to 2"):
        fit_linear_head(features, labels, 3, weight_decay=0.1)
    with pytest.raises(FitError, match=r"\(90, 7\), labels \(89,\)"):
        fit_linear_head(features, labels[1:], N_CLASSES, weight_decay=0.1)
    with pytest.raises(FitError, match=r"not finite"):
        fit_linear_head(features / 0, labels, N_CLASSES, weight_decay=0.1)
    with pytest.raises(FitError, match=r"negative"):
        fit_linear_head(features, labels, N_CLASSES, weight_decay=0.1, sample_weights=labels - 1)
