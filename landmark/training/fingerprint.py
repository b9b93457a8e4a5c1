"""What makes two training runs the same run, so that one may go on where the other was stopped."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader


def fingerprint_of(
    dls: Mapping[str, DataLoader[Any]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: nn.Module,
    scheduler: Any = None,
    **settings: Any,
) -> str:
    """Data, model, optimiser, loss, schedule and all other settings, as one hash.

    Weights do not count: those that a run starts with are in its own files, and a script that starts again may have
    drawn others.
    """
    described = [
        _describe_loader(dls["train"]),
        _describe_loader(dls["valid"]),
        repr(model),  # dropout and all
        [(name, list(weight.shape), weight.requires_grad) for name, weight in model.named_parameters()],
        _describe_optimizer(optimizer),
        _describe_criterion(criterion),
        [type(scheduler).__name__, scheduler.state_dict()] if scheduler is not None else None,
        settings,
    ]
    text = re.sub(r" at 0x[0-9a-f]+", "", json.dumps(described, default=repr, sort_keys=True))  # addresses tell nothing
    return hashlib.sha256(text.encode()).hexdigest()


def _describe_loader(loader: DataLoader[Any]) -> list[Any]:
    dataset: Any = loader.dataset
    samples = getattr(dataset, "samples", None)
    files = [(name, label, Path(name).stat().st_size) for name, label in samples] if samples else len(dataset)
    return [files, repr(getattr(dataset, "transform", None)), loader.batch_size, repr(loader.sampler)]


def _describe_optimizer(optimizer: torch.optim.Optimizer) -> list[Any]:
    groups = [
        {name: value for name, value in group.items() if name != "params"} | {"n": len(group["params"])}
        for group in optimizer.param_groups
    ]
    return [type(optimizer).__name__, groups]


def _describe_criterion(criterion: nn.Module) -> list[Any]:
    """Its type and its plain settings, which its repr leaves out (label smoothing)."""
    plain = {name: value for name, value in vars(criterion).items() if isinstance(value, bool | int | float | str)}
    return [type(criterion).__name__, plain, {name: value.tolist() for name, value in criterion.named_buffers()}]
