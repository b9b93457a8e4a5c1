"""How the weights move: optimiser, schedule, mixing and averaging, as a recipe asks for them."""

from typing import Any

import torch
from torch import nn
from torchvision.transforms import v2

from landmark.models import LandmarkNetwork
from landmark.recipe import Recipe


def make_optimizer(model: LandmarkNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW or SGD: one rate for the features, one for the head, no weight decay for biases and norms."""
    groups = [
        {"params": [weight for weight in weights if (weight.ndim > 1) is decays and weight.requires_grad],
         "lr": rate, "weight_decay": recipe.weight_decay if decays else 0.0}
        for weights, rate in (
            (list(model.feature_parameters()), recipe.learning_rate),
            (list(model.head_parameters()), recipe.head_learning_rate),
        )
        for decays in (True, False)
    ]  # fmt: skip
    used = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(used, momentum=recipe.momentum, nesterov=recipe.momentum > 0)
    return torch.optim.AdamW(used)


def make_scheduler(optimizer: torch.optim.Optimizer, recipe: Recipe, n_batches: int) -> Any:
    """Linear warm-up, then a cosine down to a hundredth, batch by batch; None where the rates stay as they are."""
    if recipe.schedule == "constant":
        return None
    warm_up = max(1, round(recipe.warm_up_epochs * n_batches))
    rest = max(1, recipe.epochs * n_batches - warm_up)
    schedules = torch.optim.lr_scheduler
    lowest = min(group["lr"] for group in optimizer.param_groups) / 100  # before the warm-up lowers them
    rising = schedules.LinearLR(optimizer, start_factor=1 / warm_up, total_iters=warm_up)
    falling = schedules.CosineAnnealingLR(optimizer, rest, eta_min=lowest)
    return schedules.SequentialLR(optimizer, [rising, falling], milestones=[warm_up])


def make_mix(recipe: Recipe, n_classes: int) -> Any:
    """What mixes every other batch, photo by photo (MixUp, CutMix); None where the recipe does not ask for it."""
    mixes = [
        kind(alpha=alpha, num_classes=n_classes)
        for kind, alpha in ((v2.MixUp, recipe.mixup), (v2.CutMix, recipe.cutmix))
        if alpha
    ]
    return v2.RandomApply([v2.RandomChoice(mixes)], p=0.5) if mixes else None


def make_average(model: nn.Module, recipe: Recipe) -> Any:
    """The moving average of the weights (timm's `ModelEmaV3`); None where the recipe does not ask for it."""
    if not recipe.average_decay:
        return None
    from timm.utils.model_ema import ModelEmaV3

    return ModelEmaV3(model, decay=recipe.average_decay, use_warmup=True)
