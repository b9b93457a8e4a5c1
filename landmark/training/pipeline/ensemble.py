"""Networks that were trained apart -> an ensemble: one network with all their backbones and one head."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from landmark.metrics.ensemble import fit_ensemble_weights
from landmark.model.architecture import PLUS
from landmark.training.evaluation import predict
from landmark.training.networks import LandmarkNetwork, TransferModel
from landmark.training.networks.backbones import Features, Normalisation, common_normalisation
from landmark.training.networks.ensemble import Ensemble
from landmark.training.networks.heads import LINEAR


def make_ensemble(
    models: Sequence[LandmarkNetwork], valid: Any, device: torch.device
) -> tuple[TransferModel, list[float]]:
    """Join networks with linear heads to one; return it, and the share of each in its logits, fitted on validation.

    Its features are those of all, scaled to the same mean length on the validation photos; its logits the sum of
    theirs, weighted. `valid` is the loader of these photos. Raises `ConfigurationError` where they want photos
    normalised differently.
    """
    wanted = {model.backbone: (model.conversion.mean, model.conversion.std) for model in models}
    common_normalisation(cast(dict[str, Normalisation], wanted))
    trained = [cast(TransferModel, model).to(device).eval() for model in models]
    outputs = [_outputs(model, valid, device) for model in trained]
    shares = fit_ensemble_weights([logits for logits, _ in outputs], np.array(valid.dataset.targets)).tolist()
    lengths = [max(float(np.linalg.norm(features, axis=1).mean()), 1e-12) for _, features in outputs]
    scales = [lengths[0] / length for length in lengths]
    size = sum(model.pooled_size for model in trained)
    together = TransferModel(
        PLUS.join(model.backbone for model in trained),
        Features(Ensemble([model.features for model in trained], scales), size, size, "timm"),
        LINEAR,
        _head(trained, shares, scales),
        trained[0].n_classes,
        trained[0].conversion,
    )
    return together.to(device), shares


def _outputs(model: TransferModel, loader: Any, device: torch.device) -> tuple[np.ndarray, np.ndarray]:
    """Compute logits (N, C) and features (N, D) of every photo of a loader, in its order."""

    def both(photos: torch.Tensor) -> torch.Tensor:
        embedding, pooled = model.embed_and_pool(photos)
        return torch.cat([model.logits(embedding), pooled], dim=1)

    found, _ = predict(model, loader, device, score=both)
    return found[:, : model.n_classes], found[:, model.n_classes :]


def _head(models: Sequence[TransferModel], shares: Sequence[float], scales: Sequence[float]) -> nn.Sequential:
    """Make the linear head on scaled features that equals the weighted heads on their own features."""
    layers = [cast(nn.Linear, model.classifier[0]) for model in models]
    weighted = [share / scale * layer.weight for layer, share, scale in zip(layers, shares, scales, strict=True)]
    head = nn.Linear(sum(layer.in_features for layer in layers), models[0].n_classes)
    with torch.no_grad():
        head.weight.copy_(torch.cat(weighted, dim=1))
        head.bias.copy_(torch.stack([share * layer.bias for layer, share in zip(layers, shares, strict=True)]).sum(0))
    return nn.Sequential(head, nn.LogSoftmax(1))
