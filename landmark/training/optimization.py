"""How the weights move: optimizer, schedule, loss, mixing and averaging, as a recipe asks for them."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torchvision.transforms import v2

from landmark.training.networks import LandmarkNetwork
from landmark.training.recipe import Recipe


def make_optimizer(model: LandmarkNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    """Make AdamW or SGD: one rate for the features, one for the head, no weight decay for biases and norms."""
    groups = _feature_groups(model, recipe) + _groups(
        model.head_parameters(), recipe.head_learning_rate, recipe.weight_decay
    )
    used = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(used, momentum=recipe.momentum, nesterov=recipe.momentum > 0)
    return torch.optim.AdamW(used)


def _groups(weights: Iterable[nn.Parameter], rate: float, weight_decay: float) -> list[dict[str, Any]]:
    learning = [weight for weight in weights if weight.requires_grad]
    return [
        {"params": [weight for weight in learning if (weight.ndim > 1) is decays], "lr": rate, "weight_decay": decay}
        for decays, decay in ((True, weight_decay), (False, 0.0))
    ]


def _feature_groups(model: LandmarkNetwork, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the backbone's groups; with layer decay one for each of its blocks, as timm orders them."""
    if recipe.layer_decay == 1 or not isinstance(features := getattr(model, "features", None), nn.Module):
        return _groups(model.feature_parameters(), recipe.learning_rate, recipe.weight_decay)
    from timm.optim import param_groups_layer_decay  # type: ignore[attr-defined]

    groups = param_groups_layer_decay(features, recipe.weight_decay, layer_decay=recipe.layer_decay)
    return [
        {"params": group["params"], "lr": recipe.learning_rate * group["lr_scale"],
         "weight_decay": group["weight_decay"]}
        for group in groups
    ]  # fmt: skip


def make_criterion(recipe: Recipe, photos_per_landmark: Sequence[int]) -> nn.Module:
    """Make the loss of log-probabilities: cross-entropy, smoothed, weighted where rare landmarks shall count more."""
    weights = None
    if recipe.class_weights:
        counts = torch.tensor(photos_per_landmark, dtype=torch.float32).clamp(min=1)
        weights = counts**-recipe.class_weights
        weights *= counts.sum() / (weights * counts).sum()  # a photo counts 1 on average
    return nn.CrossEntropyLoss(weight=weights, label_smoothing=recipe.label_smoothing)


def make_scheduler(optimizer: torch.optim.Optimizer, recipe: Recipe, n_batches: int) -> Any:
    """Make a schedule: linear warm-up, then a cosine down to a hundredth, step by step; None for constant rates."""
    if recipe.schedule == "constant":
        return None
    n_steps = -(-n_batches // recipe.accumulate)  # of an epoch
    warm_up = max(1, round(recipe.warm_up_epochs * n_steps))
    rest = max(1, recipe.epochs * n_steps - warm_up)
    schedules = torch.optim.lr_scheduler
    lowest = min(group["lr"] for group in optimizer.param_groups) / 100  # before the warm-up lowers them
    rising = schedules.LinearLR(optimizer, start_factor=1 / warm_up, total_iters=warm_up)
    falling = schedules.CosineAnnealingLR(optimizer, rest, eta_min=lowest)
    return schedules.SequentialLR(optimizer, [rising, falling], milestones=[warm_up])


def make_mix(recipe: Recipe, n_classes: int) -> Any:
    """Make what mixes every other batch, photo by photo (MixUp, CutMix); None where the recipe does not ask for it."""
    mixes = [
        kind(alpha=alpha, num_classes=n_classes)
        for kind, alpha in ((v2.MixUp, recipe.mixup), (v2.CutMix, recipe.cutmix))
        if alpha
    ]
    return v2.RandomApply([v2.RandomChoice(mixes)], p=0.5) if mixes else None


def make_average(model: nn.Module, recipe: Recipe) -> Any:
    """Make the moving average of the weights (timm's `ModelEmaV3`); None where the recipe does not ask for it."""
    if not recipe.average_decay:
        return None
    from timm.utils.model_ema import ModelEmaV3

    return ModelEmaV3(model, decay=recipe.average_decay, use_warmup=True)
