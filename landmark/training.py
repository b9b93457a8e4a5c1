"""The training loop: epochs of train and validate, the best weights kept, a run that can be killed and goes on.

What is trained on, with which optimiser and schedule, is the caller's choice; `finetuning` makes those choices for
`landmark train`.
"""

import hashlib
import math
import random
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.checkpoint import fingerprint_of, keep_old_files, load_resume, resume_path, save_resume, save_weights
from landmark.data import Loaders
from landmark.errors import ConfigurationError, DataError, LandmarkError
from landmark.files import write_json
from landmark.progress import track

Step = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]  # batch -> loss, log-probabilities
Mix = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


class TrainingError(LandmarkError):
    """Training that cannot go on: the loss is not a number, the disk is full."""


@dataclass
class Metrics:
    """One entry per epoch, as in the metrics file; accuracies are fractions, `checkpoint` is 1 where weights were kept.

    >>> metrics = Metrics([1], [2.1], [0.3], [1.9], [0.4], [1])
    >>> metrics.best_epoch, sorted(metrics.to_dict())
    (1, ['checkpoint', 'epoch', 'train_acc', 'train_loss', 'valid_acc', 'valid_loss'])
    """

    epoch: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_acc: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    valid_acc: list[float] = field(default_factory=list)
    checkpoint: list[int] = field(default_factory=list)

    def to_dict(self) -> dict[str, list[Any]]:
        """The six lists."""
        return asdict(self)

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights are in the checkpoint."""
        kept = [epoch for epoch, mark in zip(self.epoch, self.checkpoint, strict=True) if mark]
        return kept[-1] if kept else None

    def append(self, train: "Scores", valid: "Scores", keep: str = "loss") -> bool:
        """Add an epoch; True when its weights are to be kept.

        That is when its validation loss is the lowest so far, or its accuracy the highest (of equals the one with the
        lower loss), or always, so that in the end the last is kept.
        """
        best = True
        if keep == "accuracy":
            before = zip(self.valid_acc, self.valid_loss, strict=True)
            best = all((valid.accuracy, -valid.loss) > (accuracy, -loss) for accuracy, loss in before)
        elif keep == "loss":
            best = all(valid.loss < loss for loss in self.valid_loss)
        row = (len(self.epoch) + 1, train.loss, train.accuracy, valid.loss, valid.accuracy, int(best))
        for column, value in zip(self.to_dict(), row, strict=True):
            getattr(self, column).append(value)
        return best

    def last_line(self) -> str:
        """The last epoch as a line for people."""
        kept = "  kept" if self.checkpoint[-1] else ""
        return (
            f"epoch {self.epoch[-1]:3d}  train loss {self.train_loss[-1]:.4f} acc {self.train_acc[-1]:6.2%}  "
            f"valid loss {self.valid_loss[-1]:.4f} acc {self.valid_acc[-1]:6.2%}{kept}"
        )


class Scores(NamedTuple):
    """Mean loss and accuracy over one pass."""

    loss: float
    accuracy: float


def train(
    n_epochs: int,
    dls: Loaders,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: nn.Module,
    file_checkpoint: str | Path,
    file_metrics: str | Path,
    device: str = "cpu",
    *,
    scheduler: Any = None,
    mix: Mix | None = None,
    average: Any = None,
    clip_norm: float | None = None,
    freeze_batch_norm: bool = False,
    valid_criterion: nn.Module | None = None,
    keep: str = "loss",
    seed: int = 0,
    log: Callable[[str], None] = print,
) -> Metrics:
    """Train for `n_epochs`, and keep the weights of the lowest validation loss in `file_checkpoint`.

    After every epoch `file_metrics` holds six lists (see `Metrics`, which is returned). An unfinished run with the same
    data, model, optimiser settings and `n_epochs` goes on where it was stopped; another one starts afresh and keeps the
    old files under another name. Where nothing in `model.features` requires a gradient, the features stay in
    evaluation mode. On return the model holds the best weights.

    - `scheduler` is stepped after every batch; `mix` makes new batches (torchvision's MixUp, CutMix); `average` is
      a moving average of the weights (timm's `ModelEmaV3`), which is then what is validated and kept.
    - `clip_norm` bounds the gradient; `freeze_batch_norm` keeps batch norm's statistics as they are;
      `valid_criterion` is the loss of validation where it differs.
    - `keep="accuracy"` keeps the weights of the highest validation accuracy instead: late in training a network grows
      too sure of itself, which costs it loss, and which a temperature mends afterwards. `keep="last"` keeps the last.

    Example: `train(50, loaders, model, optimizer, nn.NLLLoss(), "model_checkpoint.pt", "model_metrics.json")`.
    """
    place = pick_device(device)
    model.to(place)
    check_model_fits(model, dls["train"], place)
    kept_model = average.module if average is not None else model
    resume_file = resume_path(file_checkpoint)
    fingerprint = fingerprint_of(n_epochs, dls, model, optimizer, criterion, scheduler, seed, keep, average)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "average": average}
    metrics = _resume(resume_file, fingerprint, parts, place, log)
    if metrics is None:
        metrics = Metrics()
        keep_old_files((file_checkpoint, file_metrics, resume_file), log)

    n_steps = len(metrics.epoch) * len(dls["train"])

    def learn(photos: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mixed, targets = mix(photos, labels) if mix else (photos, labels)
        scores = model(mixed)
        loss = criterion(scores, targets)
        if not math.isfinite(loss.item()):
            raise TrainingError(
                f"The training loss became {loss.item()}. The last good weights are in {file_checkpoint}. "
                "Lower the learning rate, or bound the gradient with clip_norm."
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if clip_norm:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        if average is not None:
            nonlocal n_steps
            n_steps += 1
            average.update(model, step=n_steps)  # the first steps count for less in its warm-up
        return loss, scores

    def look(photos: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scores = kept_model(photos)
        return (valid_criterion or criterion)(scores, labels), scores

    for epoch in range(len(metrics.epoch) + 1, n_epochs + 1):
        _seed_epoch(seed, epoch)
        if hasattr(dls["train"].dataset, "set_epoch"):
            dls["train"].dataset.set_epoch(epoch, n_epochs)
        _set_training_mode(model, freeze_batch_norm)
        trained = run_epoch(dls["train"], learn, place, f"Epoch {epoch}/{n_epochs}, train")
        kept_model.eval()
        with torch.inference_mode():
            validated = run_epoch(dls["valid"], look, place, f"Epoch {epoch}/{n_epochs}, valid")
        if metrics.append(trained, validated, keep):
            save_weights(file_checkpoint, kept_model.state_dict())
        log(metrics.last_line())
        states = {name: part.state_dict() for name, part in parts.items() if part is not None}
        save_resume(resume_file, {"fingerprint": fingerprint, "metrics": metrics.to_dict(), **states})
        write_json(file_metrics, metrics.to_dict())
    if n_epochs > 0:
        model.load_state_dict(torch.load(file_checkpoint, map_location=place, weights_only=True))
    resume_file.unlink(missing_ok=True)
    return metrics


def run_epoch(loader: DataLoader[Any], step: Step, device: torch.device, title: str) -> Scores:
    """One pass over a loader; training and validation differ in the `step` alone."""
    loss_sum, n_correct, n_photos = 0.0, 0, 0
    for photos, labels in track(loader, title, total=len(loader), unit="batches"):
        labels = labels.to(device, non_blocking=True)
        loss, scores = step(photos.to(device, non_blocking=True), labels)
        loss_sum += loss.item() * len(labels)
        n_correct += int((scores.argmax(dim=1) == labels).sum())
        n_photos += len(labels)
    if n_photos == 0:
        raise DataError(f"{title}: the loader gave no photos. Expected at least one batch.")
    return Scores(loss_sum / n_photos, n_correct / n_photos)


def pick_device(device: str | torch.device) -> torch.device:
    """The device asked for, or the CPU, with a warning, where there is no such GPU."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ConfigurationError(f"There is no device {str(device)!r}. Expected cpu, cuda or cuda:0.") from error
    if wanted.type == "cuda" and not torch.cuda.is_available():
        warnings.warn("device='cuda' was asked for, and no GPU can be used here: going on with the CPU.", stacklevel=3)
        return torch.device("cpu")
    return wanted


def check_model_fits(model: nn.Module, loader: DataLoader[Any], device: torch.device) -> None:
    """Raise `DataError` when the model tells apart another number of landmarks than the data holds."""
    classes = getattr(loader.dataset, "classes", None)
    if classes is None:
        return
    mode = model.training
    model.eval()
    with torch.inference_mode():
        n_outputs = model(loader.dataset[0][0].unsqueeze(0).to(device)).shape[1]
    model.train(mode)
    if n_outputs != len(classes):
        raise DataError(
            f"The model tells apart {n_outputs} landmarks, and the data holds {len(classes)}. Make the model with "
            'n_classes=len(dls["train"].dataset.classes).'
        )


def _set_training_mode(model: nn.Module, freeze_batch_norm: bool) -> None:
    model.train()
    features = getattr(model, "features", None)
    if isinstance(features, nn.Module) and not any(weight.requires_grad for weight in features.parameters()):
        features.eval()
    if freeze_batch_norm:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def _seed_epoch(seed: int, epoch: int) -> None:
    """Each epoch has its own seed, so one that is repeated after a stop draws the same photos and crops."""
    number = int.from_bytes(hashlib.sha256(f"{seed} {epoch}".encode()).digest()[:4])
    torch.manual_seed(number)
    random.seed(number)


def _resume(file: Path, fingerprint: str, parts: dict[str, Any], device: torch.device,
            log: Callable[[str], None]) -> Metrics | None:  # fmt: skip
    state = load_resume(file, fingerprint)
    if state is None:
        return None
    for name, part in parts.items():
        if part is not None:
            part.load_state_dict(state[name])
    metrics = Metrics(**state["metrics"])
    log(f"Going on after epoch {metrics.epoch[-1]}: {file} holds an unfinished run of the same data and settings.")
    return metrics
