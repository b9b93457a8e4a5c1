"""The best linear head for features that do not change: found to convergence, where a training loop would walk past it.

What the features are of, and whether they were kept on disk, is up to the caller.
"""

import torch
from torch import nn

from landmark.core.errors import LandmarkError

_GRADIENT_TOLERANCE = 1e-6  # of the largest gradient; the loss itself is then known to about ten digits
MAX_ITERATIONS = 2000


class FitError(LandmarkError):
    """A fit that found no solution."""


def fit_linear_head(
    features: torch.Tensor,
    labels: torch.Tensor,
    n_classes: int,
    *,
    weight_decay: float,
    sample_weights: torch.Tensor | None = None,
) -> nn.Linear:
    """Fit a multinomial logistic regression: features (N, d) and labels (N,) -> `nn.Linear(d, n_classes)`, float32.

    Minimises the mean cross-entropy of the photos, each counted `sample_weights` (N,) times, plus half of
    `weight_decay` times the sum of the squared weights. These are the weights for features measured in their own
    standard deviations, so that one penalty suits every backbone; biases are free. The layer that is returned takes
    the features as they are. A landmark without photos gets a bias that keeps it out of every answer.

    Raises `FitError` for a `weight_decay` that is not above 0 (without one, where planes separate the landmarks, no
    layer is the best), for arrays that do not fit together, and when the best layer is not found.

    >>> photos = torch.tensor([[-2.0], [-1.0], [1.0], [2.0]])
    >>> layer = fit_linear_head(photos, torch.tensor([0, 0, 1, 1]), 2, weight_decay=0.1)
    >>> layer(torch.tensor([[-1.5], [1.5]])).argmax(dim=1).tolist()
    [0, 1]
    """
    _check(features, labels, n_classes, weight_decay, sample_weights)
    x = features.detach().double()
    shares = torch.ones_like(x[:, 0]) if sample_weights is None else sample_weights.to(x)
    shares = shares / shares.sum()  # (N,)
    mean = shares @ x
    deviation = (shares @ (x - mean).square()).sqrt()
    deviation[deviation <= 1e-9 * mean.abs()] = 1.0  # a feature that never changes: its weight becomes 0
    weight, bias = _minimise((x - mean) / deviation, labels, shares, n_classes, weight_decay)
    layer = nn.Linear(x.shape[1], n_classes)
    with torch.no_grad():
        folded = weight / deviation
        layer.weight.copy_(folded)
        layer.bias.copy_(bias - folded @ mean)
    return layer.to(features.device)


def _minimise(
    x: torch.Tensor, labels: torch.Tensor, shares: torch.Tensor, n_classes: int, weight_decay: float
) -> tuple[torch.Tensor, torch.Tensor]:
    weight = x.new_zeros(n_classes, x.shape[1], requires_grad=True)
    bias = x.new_zeros(n_classes, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=MAX_ITERATIONS,
        history_size=20,
        tolerance_grad=_GRADIENT_TOLERANCE,
        tolerance_change=0.0,  # a short step is no proof of having arrived
        line_search_fn="strong_wolfe",
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        errors = nn.functional.cross_entropy(x @ weight.T + bias, labels, reduction="none")  # (N,)
        total = shares @ errors + weight_decay / 2 * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    loss()
    gradient = max(float(part.grad.abs().max()) for part in (weight, bias) if part.grad is not None)
    if not gradient <= _GRADIENT_TOLERANCE:
        raise FitError(
            f"The linear head did not converge: after at most {MAX_ITERATIONS} steps the gradient is {gradient:.1e}, "
            f"expected at most {_GRADIENT_TOLERANCE:.0e}. weight_decay is {weight_decay}: try a larger one."
        )
    return weight.detach(), bias.detach()


def _check(
    features: torch.Tensor, labels: torch.Tensor, n_classes: int, weight_decay: float, weights: torch.Tensor | None
) -> None:
    n_photos = len(features)
    fits = features.ndim == 2 and n_photos > 0 and labels.shape == (n_photos,)
    if not fits or (weights is not None and weights.shape != (n_photos,)):
        raise FitError(
            f"Found features of shape {tuple(features.shape)}, labels {tuple(labels.shape)} and sample_weights "
            f"{None if weights is None else tuple(weights.shape)}. Expected (N, d), (N,) and (N,), of a photo or more."
        )
    if labels.min() < 0 or labels.max() >= n_classes:
        raise FitError(f"Found labels from {int(labels.min())} to {int(labels.max())}. Expected 0 to {n_classes - 1}.")
    if not weight_decay > 0:
        raise FitError(f"Found weight_decay = {weight_decay}. Expected a number above 0, such as 0.01.")
    if not features.isfinite().all():
        raise FitError("Found features that are not finite. Expected finite numbers: look at what made them.")
    if weights is not None and not (weights.isfinite().all() and weights.min() >= 0 and weights.sum() > 0):
        raise FitError("Found sample_weights negative, not finite or all 0. Expected how often each photo counts.")
