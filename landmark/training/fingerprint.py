"""What makes two training runs the same run, so that one may go on where the other was stopped."""

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # log-probabilities (B, C) and labels (B,) -> ()

_DEEPEST = 8  # of things in one another
_LIBRARIES = frozenset({"torch", "torchvision", "timm", "numpy", "PIL", "landmark", "builtins"})  # no user's own


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
    is_told = " at 0x" not in told and "Lambda(" not in told
    return [files, told if is_told else _describe(transform), loader.batch_size, repr(loader.sampler)]


def _describe_optimizer(optimizer: torch.optim.Optimizer) -> list[Any]:
    groups = [
        {name: value for name, value in group.items() if name != "params"} | {"n": len(group["params"])}
        for group in optimizer.param_groups
    ]
    return [type(optimizer).__name__, groups]


def _describe(thing: Any, path: tuple[int, ...] = ()) -> Any:
    """What a loss or a transform depends on, also where its repr leaves it out: label smoothing, a function's lines.

    Weights that are learnt do not count here either, nor do a function's globals.
    """
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if id(thing) in path or len(path) > _DEEPEST:
        return type(thing).__qualname__
    inner = (*path, id(thing))
    if isinstance(thing, torch.Tensor | np.ndarray):
        return _describe_numbers(thing)
    if isinstance(thing, Mapping):
        return {str(name): _describe(value, inner) for name, value in thing.items()}
    if isinstance(thing, set | frozenset):
        return sorted(map(repr, thing))
    if isinstance(thing, list | tuple):
        return [_describe(value, inner) for value in thing]
    if isinstance(thing, MethodType):
        return [_describe(thing.__func__, inner), _describe(thing.__self__, inner)]
    if isinstance(thing, partial):
        return [_describe(part, inner) for part in (thing.func, thing.args, thing.keywords)]
    if isinstance(thing, FunctionType):
        values = [thing.__defaults__, thing.__kwdefaults__, _closed_over(thing)]
        return [thing.__qualname__, _lines_of(thing), _describe_code(thing), _describe(values, inner)]
    if hasattr(thing, "__dict__") and not isinstance(thing, type | ModuleType):
        return [type(thing).__qualname__, _lines_of(type(thing)), _describe(_settings_of(thing), inner)]
    return type(thing).__qualname__


def _describe_numbers(numbers: torch.Tensor | np.ndarray) -> list[Any]:
    told = [list(numbers.shape), str(numbers.dtype)]
    if isinstance(numbers, nn.Parameter) or str(numbers.dtype) == "object":
        return told
    try:
        values = numbers.detach().cpu().double().numpy() if isinstance(numbers, torch.Tensor) else numbers
        return [*told, hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()]
    except (RuntimeError, TypeError, NotImplementedError):  # sparse ones, and others that are no plain numbers
        return told


def _settings_of(thing: Any) -> dict[str, Any]:
    """An object's own values; of a module what it is made of, and not whether it is training, compiled or watched."""
    if not isinstance(thing, nn.Module):
        return dict(vars(thing))
    plain = {name: value for name, value in vars(thing).items() if not name.startswith("_") and name != "training"}
    return plain | {"buffers": dict(thing.named_buffers(recurse=False)), "modules": dict(thing.named_children())}


def _closed_over(function: FunctionType) -> list[Any]:
    values = []
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # what is not there yet
            values.append(cell.cell_contents)
    return values


def _lines_of(thing: Any) -> str:
    """The source of a function or class of a user's own, as far as there is one."""
    if str(thing.__module__).partition(".")[0] in _LIBRARIES:
        return ""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""


def _describe_code(function: FunctionType) -> list[Any]:
    """What a function was compiled to: a line may hold several, and those of a console have no source."""
    code = function.__code__
    plain = [value for value in code.co_consts if value is None or isinstance(value, bool | int | float | str)]
    return [code.co_code.hex(), list(code.co_names), plain]
