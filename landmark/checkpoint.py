"""What training keeps on disk: the best weights, and everything needed to go on after a stop.

The best weights are a bare state dict, loadable with `model.load_state_dict(torch.load(file))`. What is needed to go
on lies in a sibling file, which vanishes when the run is complete.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.errors import WeightsError
from landmark.files import keep_aside, replacing


def save_weights(path: str | Path, state: Mapping[str, torch.Tensor]) -> None:
    """Write a state dict of CPU tensors, whole or not at all."""
    with replacing(path) as file:
        torch.save({name: tensor.detach().cpu().clone() for name, tensor in state.items()}, file)


def load_checkpoint(model: nn.Module, path: str | Path) -> None:
    """Load a bare state dict into a model. Raises `WeightsError` when it cannot be read or does not fit."""
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError as error:
        raise WeightsError(f"{path}: no such checkpoint. Expected the file that train wrote.") from error
    except Exception as error:  # unpickling throws many kinds
        reason = str(error).strip().splitlines()[:3]
        raise WeightsError(
            f"{path}: does not fit this model: {' '.join(reason)}. Expected the state dict of a model with the same "
            "backbone and the same number of landmarks."
        ) from error


def resume_path(file_checkpoint: str | Path) -> Path:
    """The sibling that holds the rest.

    >>> resume_path("model_checkpoint.pt").name
    'model_checkpoint.resume.pt'
    """
    path = Path(file_checkpoint)
    return path.with_name(f"{path.stem}.resume{path.suffix}")


def save_resume(path: Path, state: dict[str, Any]) -> None:
    """Write what is needed to go on, whole or not at all."""
    with replacing(path) as file:
        torch.save(state, file)


def load_resume(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """What an unfinished run with this fingerprint left behind; None where there is none, or it is another run's."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except Exception:  # a damaged file is no reason to refuse to train: the run starts afresh and keeps it aside
        return None
    return state if isinstance(state, dict) and state.get("fingerprint") == fingerprint else None


def fingerprint_of(
    n_epochs: int,
    dls: Mapping[str, DataLoader[Any]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: nn.Module,
    scheduler: Any,
    seed: int,
    keep: str = "loss",
    average: Any = None,
) -> str:
    """What makes two runs the same run: data, model, optimiser settings, number of epochs. Weights do not count."""

    def data(loader: DataLoader[Any]) -> Any:
        dataset: Any = loader.dataset
        samples = getattr(dataset, "samples", None)
        files = [(name, label, Path(name).stat().st_size) for name, label in samples] if samples else len(dataset)
        return [files, repr(getattr(dataset, "transform", None)), loader.batch_size, type(loader.sampler).__name__]

    settings = [
        {name: value for name, value in group.items() if name != "params"} | {"n": len(group["params"])}
        for group in optimizer.param_groups
    ]
    parameters = [(name, list(weight.shape), weight.requires_grad) for name, weight in model.named_parameters()]
    described = [
        n_epochs, seed, data(dls["train"]), data(dls["valid"]), type(model).__name__, parameters,
        type(optimizer).__name__, settings, repr(criterion), type(scheduler).__name__, keep, average is not None,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(described, default=repr).encode()).hexdigest()


def keep_old_files(paths: Iterable[str | Path], log: Callable[[str], None]) -> None:
    """Rename what another run left where a new one will write, and say so."""
    if kept := [str(path) for path in map(keep_aside, paths) if path]:
        log(f"Starting afresh: the files here belong to another run or a finished one. Kept as {', '.join(kept)}.")
