"""How a network learns and where: the options of the loop, and the run that they belong to."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import torch

from landmark.core.errors import ConfigurationError
from landmark.core.logs import messages_to
from landmark.training.distributed import is_main_process
from landmark.training.learning_without_forgetting import LearningWithoutForgetting
from landmark.training.recipe.recipe import KEEP
from landmark.training.tracking import Tracker

CHECKPOINT_FILE, METRICS_FILE, LOG_FILE = "checkpoint.pt", "metrics.json", "train.log"
CPU = torch.device("cpu")
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
FEW_VIEWS = 4  # each costs a pass over the photos; docs/training.md has what they bring
SAVE_EVERY_S = 60.0

Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # log-probabilities (B, C) and labels (B,) -> ()
Mix = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class TrainOptions:
    """How a network learns, beside data, optimizer and loss. `train` describes each option.

    >>> TrainOptions(epochs=3).keep
    'loss'
    >>> TrainOptions(epochs=3, accumulate=0)
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: accumulate is 0. Expected 1 or more.
    """

    epochs: int
    scheduler: Any = None  # stepped with the optimizer, not with the epoch
    mix: Mix | None = None
    retention: LearningWithoutForgetting | None = None
    average: Any = None  # timm's ModelEmaV3; validated and kept in place of the model
    clip_norm: float | None = None
    freeze_batch_norm: bool = False
    accumulate: int = 1
    precision: str = "float32"
    compiled: bool = False
    valid_criterion: Criterion | None = None  # None: the criterion of training
    keep: str = "loss"
    patience: int = 0
    views: int = FEW_VIEWS
    seed: int = 0
    save_every_s: float = SAVE_EVERY_S

    def __post_init__(self) -> None:
        least = {"n_epochs": (self.epochs, 0), "patience": (self.patience, 0), "views": (self.views, 0),
                 "accumulate": (self.accumulate, 1)}  # fmt: skip
        for name, (value, minimum) in least.items():
            if value < minimum:
                raise ConfigurationError(f"{name} is {value}. Expected {minimum} or more.")
        for name, choice, known in (("keep", self.keep, KEEP), ("precision", self.precision, PRECISIONS)):
            if choice not in known:
                raise ConfigurationError(f"{name} is {choice!r}. Expected one of {', '.join(known)}.")

    def to_dict(self) -> dict[str, Any]:
        """Return what makes this training another one, as plain values."""
        names = ("clip_norm", "freeze_batch_norm", "keep", "accumulate", "precision", "patience", "views", "seed")
        return {"n_epochs": self.epochs} | {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Run:
    """Where a training keeps its files, what it computes on, and who follows it.

    >>> Run.in_folder("my-run").file_checkpoint.as_posix()
    'my-run/checkpoint.pt'
    """

    file_checkpoint: Path
    file_metrics: Path
    device: torch.device = CPU
    trackers: tuple[Tracker, ...] = ()
    resume: bool = True  # False: start again, and keep older files under another name
    config: Mapping[str, Any] = field(default_factory=dict)  # what was asked for, for the trackers

    @classmethod
    def in_folder(cls, folder: str | Path, **settings: Any) -> Self:
        """Return a run whose files have their usual names in a folder."""
        return cls(Path(folder) / CHECKPOINT_FILE, Path(folder) / METRICS_FILE, **settings)

    def in_subfolder(self, name: str, **changes: Any) -> Self:
        """Return the run of a part of this one, in a folder of its own."""
        folder = self.folder / name
        return replace(self, file_checkpoint=folder / CHECKPOINT_FILE, file_metrics=folder / METRICS_FILE, **changes)

    @property
    def folder(self) -> Path:
        """Return the folder of the checkpoint."""
        return self.file_checkpoint.parent

    @property
    def file_resume(self) -> Path:
        """Return the sibling of the checkpoint that a stopped run resumes from.

        >>> Run.in_folder("my-run").file_resume.name
        'checkpoint.resume.pt'
        """
        return self.file_checkpoint.with_name(f"{self.file_checkpoint.stem}.resume{self.file_checkpoint.suffix}")


@contextlib.contextmanager
def log_file(folder: Path) -> Iterator[None]:
    """Append every message inside the block to `train.log` in a run's folder; the main process alone writes."""
    if not is_main_process():
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    # Names of photos may be no text: what cannot be encoded is replaced.
    with (
        (folder / LOG_FILE).open("a", encoding="utf-8", errors="replace") as file,
        messages_to(lambda line: print(line, file=file, flush=True)),
    ):
        yield
