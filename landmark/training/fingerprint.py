"""What makes two training runs the same run, so that one may go on where the other was stopped."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # log-probabilities (B, C) and labels (B,) -> ()

_DEEPEST = 8  # of things in one another: some know those that know them
_CHANGES = frozenset({"training"})  # a module is in training or not as whoever uses it left it


def fingerprint_of(
    dls: Mapping[str, DataLoader[Any]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
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
        _describe(criterion),
        [type(scheduler).__name__, scheduler.state_dict()] if scheduler is not None else None,
        settings,
    ]
    text = re.sub(r" at 0x[0-9a-f]+", "", json.dumps(described, default=repr, sort_keys=True))  # addresses tell nothing
    return hashlib.sha256(text.encode()).hexdigest()


def _describe_loader(loader: DataLoader[Any]) -> list[Any]:
    dataset: Any = loader.dataset
    samples = getattr(dataset, "samples", None)
    files = [(name, label, Path(name).stat().st_size) for name, label in samples] if samples else len(dataset)
    transform = getattr(dataset, "transform", None)
    told = repr(transform)
    return [files, _describe(transform) if " at 0x" in told else told, loader.batch_size, repr(loader.sampler)]


def _describe_optimizer(optimizer: torch.optim.Optimizer) -> list[Any]:
    groups = [
        {name: value for name, value in group.items() if name != "params"} | {"n": len(group["params"])}
        for group in optimizer.param_groups
    ]
    return [type(optimizer).__name__, groups]


def _describe(thing: Any, depth: int = 0) -> Any:
    """What a loss or a transform depends on, also where its repr leaves it out: label smoothing, a function's lines.

    Weights that are learnt do not count here either.
    """
    if isinstance(thing, nn.Parameter):
        return list(thing.shape)
    if isinstance(thing, torch.Tensor):
        return _describe(thing.detach().cpu().numpy())
    if isinstance(thing, np.ndarray):
        return [list(thing.shape), hashlib.sha256(np.ascontiguousarray(thing).tobytes()).hexdigest()]
    if isinstance(thing, FunctionType):
        values = [cell.cell_contents for cell in thing.__closure__ or ()]
        return [thing.__qualname__, thing.__code__.co_code.hex(), repr(thing.__code__.co_consts),
                *(_describe(value, depth + 1) for value in (thing.__defaults__, *values))]  # fmt: skip
    if isinstance(thing, Mapping):
        return {str(name): _describe(value, depth + 1) for name, value in thing.items()}
    if isinstance(thing, set | frozenset):
        return sorted(map(repr, thing))
    if isinstance(thing, list | tuple):
        return [_describe(value, depth + 1) for value in thing]
    if hasattr(thing, "__dict__") and not isinstance(thing, type) and depth < _DEEPEST:
        of_its_own = {name: value for name, value in vars(thing).items() if name not in _CHANGES}
        return [type(thing).__qualname__, repr(thing), _describe(of_its_own, depth + 1)]
    return repr(thing)
