"""The head alone, on a frozen backbone: no epochs, but one fit to convergence on the features of all views."""

import time
from typing import cast

import torch
from torch import nn

from landmark.core.errors import ConfigurationError
from landmark.core.files import write_json
from landmark.training.checkpoint import save_weights
from landmark.training.data import Loaders, rarity_weights
from landmark.training.distributed import barrier, is_main_process
from landmark.training.features import FeatureLoader, keep_features
from landmark.training.linear_head import fit_linear_head
from landmark.training.meters import Metrics, Scores
from landmark.training.networks import LandmarkNetwork
from landmark.training.options import Run
from landmark.training.recipe import Recipe
from landmark.training.tracking import EpochTable

LBFGS = "lbfgs"


def fit_head(model: LandmarkNetwork, loaders: Loaders, recipe: Recipe, run: Run) -> Metrics:
    """Fit the linear head of a model whose backbone is frozen; writes what `train` writes, with a single epoch.

    The trackers of the run get that epoch, and its `config` before.

    Raises `ConfigurationError` for another head, or where the features cannot be kept.
    """
    layer = _linear_head(model)
    kept = keep_features(loaders, model, run.device, views=recipe.views)
    if kept is None:
        raise ConfigurationError("The optimizer 'lbfgs' needs kept features: see above, or choose another optimizer.")
    trackers = [EpochTable(), *run.trackers] if is_main_process() else []
    for tracker in trackers:
        tracker.start(run.config, epochs_before=0)
    begun = time.monotonic()
    train = cast(FeatureLoader, kept["train"])
    n_views = train.features.shape[1]
    rarity = rarity_weights(train.labels.tolist(), max(recipe.balance, recipe.class_weights))
    fitted = fit_linear_head(
        train.features.flatten(0, 1).float(),
        train.labels.repeat_interleave(n_views),
        model.n_classes,
        weight_decay=recipe.weight_decay,
        sample_weights=torch.tensor(rarity, dtype=torch.float64).repeat_interleave(n_views),
    )
    with torch.no_grad():
        layer.weight.copy_(fitted.weight)
        layer.bias.copy_(fitted.bias)
    metrics = Metrics()
    valid = cast(FeatureLoader, kept["valid"])
    metrics.append(_score(model, train, run.device), _score(model, valid, run.device), recipe.keep)
    if is_main_process():
        save_weights(run.file_checkpoint, model.state_dict())
        write_json(run.file_metrics, metrics.to_dict())
    seconds = time.monotonic() - begun
    for tracker in trackers:
        tracker.epoch(metrics.last_row() | {"seconds": seconds, "photos_per_s": len(train.labels) / seconds})
    barrier()
    return metrics


def _linear_head(model: LandmarkNetwork) -> nn.Linear:
    head = {id(weight) for weight in model.head_parameters()}
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and head == {id(weight) for weight in layer.parameters()}:
            return layer
    raise ConfigurationError("The optimizer 'lbfgs' fits a linear head. Choose head = 'linear', or another optimizer.")


@torch.inference_mode()
def _score(model: LandmarkNetwork, loader: FeatureLoader, device: torch.device) -> Scores:
    """Return mean loss and accuracy over all views."""
    model.eval()
    labels = loader.labels.repeat_interleave(loader.features.shape[1]).to(device)
    scores = model.logits(loader.features.flatten(0, 1).float().to(device))
    loss = nn.functional.cross_entropy(scores, labels).item()
    return Scores(loss, (scores.argmax(dim=1) == labels).float().mean().item())
