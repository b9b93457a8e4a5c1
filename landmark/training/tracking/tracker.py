"""The interface of trackers, the guard by which none stops a training, and what they are told, flattened."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from landmark.core.text import json_values
from landmark.scoring.report import Report


class Tracker(Protocol):
    """Records a training as it goes; the main process calls it."""

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Begin before the first epoch; `epochs_before` is above 0 when a run resumes after that many epochs."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Record an epoch: `epoch` (from 1), `train_loss`, `train_acc`, `valid_loss`, `valid_acc` (fractions),
        `checkpoint` (1 where the weights were kept), `learning_rate`, `photos_per_s`, `seconds`.
        """  # fmt: skip

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Record the end: the scores of validation, and the model, a checkpoint file or a bundle's folder."""


class Guarded(Tracker):
    """A tracker whose first failure is a warning, and which is not called afterwards.

    A disk that is full or a server that is away costs the record of a training, never the training.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.failed = False

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Call the tracker's `start`."""
        self._try(lambda: self.tracker.start(config, epochs_before=epochs_before))

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Call the tracker's `epoch`."""
        self._try(lambda: self.tracker.epoch(row))

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Call the tracker's `finish`."""
        self._try(lambda: self.tracker.finish(report=report, model=model))

    def _try(self, call: Callable[[], None]) -> None:
        if self.failed:
            return
        try:
            call()
        except Exception as error:  # libraries and servers fail in ways that nobody lists
            self.failed = True
            reason = f"{type(error).__name__}: {error}"
            warnings.warn(
                f"{type(self.tracker).__name__} records no more of this run ({reason}). The training continues.",
                stacklevel=3,
            )


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested settings to one level, with dots between the names, and plain values.

    >>> flat({"recipe": {"epochs": 3, "train_px": (128, 192)}, "device": "cpu"})
    {'recipe.epochs': 3, 'recipe.train_px': [128, 192], 'device': 'cpu'}
    """
    settings: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            settings |= flat(value, f"{prefix}{name}.")
        else:
            settings[f"{prefix}{name}"] = json_values(value)
    return settings


def figures(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of an epoch's row that can be drawn over the epochs, without those that are no number.

    >>> figures({"epoch": 3, "train_loss": 0.5, "valid_loss": float("nan"), "checkpoint": 1})
    {'train_loss': 0.5, 'checkpoint': 1.0}
    """
    values = {name: json_values(value) for name, value in row.items() if name != "epoch"}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
