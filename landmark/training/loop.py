"""`train`: the weights of a model learnt from loaders, the best kept, in a run that can be killed and goes on.

What is trained on, with which optimiser and schedule, is the caller's choice; `runs` makes those choices for
`landmark train`. What happens batch by batch is in `updating`, epoch by epoch in `epochs`.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.signals import stop_request
from landmark.training import distributed
from landmark.training.checkpoint import Position, SavePoints, keep_old_files
from landmark.training.data import Loaders
from landmark.training.epochs import Epochs
from landmark.training.features import FEW_VIEWS, keep_features
from landmark.training.fingerprint import Criterion, fingerprint_of
from landmark.training.meters import Metrics, Sums
from landmark.training.recipe.recipe import KEEP
from landmark.training.retention import Retention
from landmark.training.step import PRECISIONS, Mix, Updater
from landmark.training.tracking import EpochTable, Tracker

SAVE_EVERY_S = 60.0


def train(
    n_epochs: int,
    dls: Loaders,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
    file_checkpoint: str | Path,
    file_metrics: str | Path,
    device: str = "cpu",
    *,
    scheduler: Any = None,
    mix: Mix | None = None,
    retention: Retention | None = None,
    average: Any = None,
    clip_norm: float | None = None,
    freeze_batch_norm: bool = False,
    accumulate: int = 1,
    precision: str = "float32",
    compiled: bool = False,
    valid_criterion: Criterion | None = None,
    keep: str = "loss",
    patience: int = 0,
    views: int = FEW_VIEWS,
    seed: int = 0,
    save_every_s: float = SAVE_EVERY_S,
    trackers: Sequence[Tracker] = (),
    config: Mapping[str, Any] | None = None,
    log: Callable[[str], None] = print,
) -> Metrics:
    """Train for `n_epochs`, and keep the weights of the lowest validation loss in `file_checkpoint`.

    After every epoch `file_metrics` holds six lists (see `Metrics`, which is returned). On return the model holds the
    best weights. A run that was stopped, by Ctrl-C, a kill or a power cut, goes on from its last save point, at most
    `save_every_s` before, when it is started again with the same data, model, settings and `n_epochs`, and on a CPU
    ends with the very weights of a run that was not stopped. Another one starts afresh and keeps the old files under
    another name.

    - `scheduler` is stepped with the optimiser; `mix` makes new batches (torchvision's MixUp, CutMix); `retention`
      keeps what the pretrained network knew; `average` is a moving average of the weights (timm's `ModelEmaV3`), which
      is then what is validated and kept.
    - `clip_norm` bounds the gradient; `freeze_batch_norm` keeps batch norm's statistics as they are; `accumulate`
      batches make one step; `precision` is that of the forward pass: float32, bfloat16 or float16; `compiled` asks
      for `torch.compile`.
    - `valid_criterion` is the loss of validation where it differs. `keep="accuracy"` keeps the weights of the highest
      validation accuracy instead: late in training a network grows too sure of itself, which costs it loss, and which
      a temperature mends afterwards. `keep="last"` keeps the last. `patience` epochs without better ones end it.
    - Where nothing before the head of a network of ours requires a gradient, what the backbone says of each photo, and
      of `views` augmented views of it, is computed once and kept on disk (see `features`); `views=0`: anew each epoch.
    - Started by `torchrun`, each process learns its part of every batch, and the first alone writes.
    - `seed` is that of dropout and mixing; the order of the photos and their augmentation have the loader's.
    - `trackers` are told `config`, what the run was asked for, and each epoch (see `tracking`); `log` gets lines.

    Raises `ConfigurationError` for settings that make no sense, `TrainingError` when the loss is no number or the files
    cannot be written, and names the last good weights.

    Example: `train(50, loaders, model, optimizer, nn.NLLLoss(), "model_checkpoint.pt", "model_metrics.json")`.
    """
    _check_at_least(0, n_epochs=n_epochs, patience=patience, views=views)
    _check_at_least(1, accumulate=accumulate)
    _check_choice("keep", keep, KEEP)
    _check_choice("precision", precision, PRECISIONS)
    for file in map(Path, (file_checkpoint, file_metrics)):
        if file.is_dir():
            raise ConfigurationError(f"{file}: found a folder. Expected the name of a file to write.")
    with distributed.joined(device) as own_device:
        place = pick_device(own_device)
        log = log if distributed.is_first() else _say_nothing
        model.to(place)
        check_model_fits(model, dls["train"], place)
        settings = {
            "n_epochs": n_epochs, "clip_norm": clip_norm, "freeze_batch_norm": freeze_batch_norm, "keep": keep,
            "accumulate": accumulate, "precision": precision, "patience": patience, "views": views, "seed": seed,
        }  # fmt: skip
        others = {"mix": repr(mix), "retention": repr(retention), "average": getattr(average, "decay", None)}
        fingerprint = fingerprint_of(dls, model, optimizer, criterion, scheduler, **settings, **others)
        n_views = min(views, n_epochs)  # no epoch would see the others
        features = keep_features(dls, model, place, views=n_views, log=log) if n_views and not mix else None
        updater = Updater(
            model, optimizer, criterion, place, from_features=features is not None, scheduler=scheduler, mix=mix,
            retention=retention, average=average, clip_norm=clip_norm, accumulate=accumulate, precision=precision,
            compiled=compiled,
        )  # fmt: skip
        saves = SavePoints(file_checkpoint, file_metrics, fingerprint, updater.parts(), every_s=save_every_s)
        audience = [EpochTable(log), *trackers] if distributed.is_first() else []
        with stop_request() as stop:
            position = _where_to_begin(saves, updater, log)
            for tracker in audience:
                tracker.start(settings | dict(config or {}), epochs_before=len(position.metrics.epoch))
            Epochs(
                features or dls, updater, saves, position, valid_criterion or criterion, n_epochs=n_epochs, keep=keep,
                patience=patience, seed=seed, freeze_batch_norm=freeze_batch_norm, trackers=audience,
            ).run(stop)  # fmt: skip
        if distributed.is_first():
            saves.finish(position.metrics)
        distributed.wait_for_all()
        if n_epochs > 0:
            model.load_state_dict(torch.load(file_checkpoint, map_location=place, weights_only=True))
        return position.metrics


def _where_to_begin(saves: SavePoints, updater: Updater, log: Callable[[str], None]) -> Position:
    """Where an unfinished run was stopped, with everything put back there; else the beginning, with a place to save."""
    if distributed.is_first():
        saves.remove_leftovers()
    found = saves.load()
    if found is None:
        if distributed.is_first():
            keep_old_files((saves.file_checkpoint, saves.file_metrics, saves.file_resume), log)
            saves.save(Position(), 0)  # a folder that cannot be written is told before the first batch
        distributed.wait_for_all()
        return Position()
    position, updater.n_steps = found
    where = f"epoch {position.epoch}" + (f", batch {position.batches_done + 1}" if position.batches_done else "")
    log(f"Going on with {where}: {saves.file_resume} holds an unfinished run of the same data and settings.")
    if not distributed.is_first():
        position.sums = Sums()  # what was added up is the first one's
    return position


def _check_at_least(least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < least:
            raise ConfigurationError(f"{name} is {value}. Expected {least} or more.")


def _check_choice(name: str, found: str, known: Iterable[str]) -> None:
    if found not in known:
        raise ConfigurationError(f"{name} is {found!r}. Expected one of {', '.join(known)}.")


def _say_nothing(line: str) -> None:
    """What the processes say that are not the first."""


def pick_device(device: str | torch.device) -> torch.device:
    """The device asked for, or the CPU, with a warning, where there is no such GPU."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ConfigurationError(f"There is no device {str(device)!r}. Expected cpu, cuda or cuda:0.") from error
    if wanted.type == "cuda" and not torch.cuda.is_available():
        # of this line, whoever calls: Python tells it once then, however often a training asks
        warnings.warn("device='cuda' was asked for, and no GPU can be used here: going on with the CPU.", stacklevel=1)
        return torch.device("cpu")
    return wanted


def check_model_fits(model: nn.Module, loader: DataLoader[Any], device: torch.device) -> None:
    """Raise `DataError` when the model tells apart another number of landmarks than the data holds."""
    classes = getattr(loader.dataset, "classes", None)
    if classes is None:
        return
    mode = model.training
    model.eval()
    photo = loader.dataset[0][0]
    try:
        with torch.inference_mode():
            n_outputs = model(photo.unsqueeze(0).to(device)).shape[1]
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise DataError(
            f"The model cannot take photos of {tuple(photo.shape)} ({str(error).splitlines()[0]}). Expected loaders "
            "that give photos of its size: get_data_loaders(…, preprocessing=Preprocessing(resize_px=…, crop_px=…))."
        ) from error
    finally:
        model.train(mode)
    if n_outputs != len(classes):
        raise DataError(
            f"The model tells apart {n_outputs} landmarks, and the data holds {len(classes)}. Make the model with "
            'n_classes=len(dls["train"].dataset.classes).'
        )
