"""The scores of a loader's photos, and the report on them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.core.progress import track
from landmark.scoring.report import Report, build_report
from landmark.training.data import Loaders
from landmark.training.device import check_model_fits, pick_device
from landmark.training.networks import LandmarkNetwork
from landmark.training.options import Criterion


def test(model: nn.Module, dls: Loaders, criterion: Criterion, device: str = "cpu") -> Report:
    """Score a model on the "test" loader, print the summary, return the report.

    Example: `report = test(model, loaders, nn.NLLLoss())`, then `report.accuracy`, `report.interval`.
    """
    place = pick_device(device)
    loader = dls["test"]
    model.to(place)
    check_model_fits(model, loader, place)
    scores, labels = predict(model, loader, place)
    loss = float(criterion(torch.from_numpy(scores).to(place), torch.from_numpy(labels).to(place)))
    categories: Any = getattr(loader.dataset, "categories", None)
    of_folders = getattr(loader.dataset, "classes", None) or [str(index) for index in range(scores.shape[1])]
    names = categories.names if categories is not None else of_folders
    report = build_report(scores, labels, names, loss=loss)
    print(report)
    return report


test.__test__ = False  # type: ignore[attr-defined]  # pytest would collect a function of this name


def predict(
    model: nn.Module,
    loader: DataLoader[Any],
    device: torch.device,
    *,
    score: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (N, C) float32 and labels (N,) int64 of every photo of a loader, in its order.

    The scores are the model's outputs, log-probabilities of ours, or those of `score`.
    """
    score = score or model
    model.eval()
    scores, labels = [], []
    with torch.inference_mode():
        for photos, targets in track(loader, "Scoring", total=len(loader), unit="batches"):
            scores.append(score(photos.to(device)).float().cpu())
            labels.append(targets)
    return torch.cat(scores).numpy(), torch.cat(labels).numpy()


def score_photos(model: LandmarkNetwork, loader: Any, device: str | torch.device) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (N, C) and labels (N,) of the photos of a loader, computed on a device."""
    chosen = pick_device(device)
    return predict(model.to(chosen), loader, chosen, score=model.score)
