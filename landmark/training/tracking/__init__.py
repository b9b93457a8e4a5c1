"""Records of a training while it runs: a line per epoch on disk, TensorBoard, MLflow, and a table for people."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

from landmark.core.errors import ConfigurationError
from landmark.training.tracking.epoch_table import EpochTable
from landmark.training.tracking.jsonl import JsonLines
from landmark.training.tracking.mlflow import MLflow
from landmark.training.tracking.tensorboard import TensorBoard
from landmark.training.tracking.tracker import Guarded, Tracker

__all__ = ["TRACKERS", "EpochTable", "Guarded", "JsonLines", "MLflow", "TensorBoard", "Tracker", "make_trackers"]

TRACKERS: dict[str, Callable[[Path, str], Tracker]] = {
    "tensorboard": lambda folder, run_name: TensorBoard(folder),
    "mlflow": lambda folder, run_name: MLflow(folder, run_name=run_name),
}


def make_trackers(names: Sequence[str], folder: Path, *, run_name: str) -> list[Tracker]:
    """Make the trackers of a run: `train.jsonl`, which is always written, and those asked for by name, each guarded.

    Raises `ConfigurationError` for an unknown name and `MissingPackageError` where a tracker's package is absent, both
    before anything is written.

    >>> [type(tracker).__name__ for tracker in make_trackers([], Path("landmark-run"), run_name="first")]
    ['JsonLines']
    >>> make_trackers(["tensorbord"], Path("landmark-run"), run_name="first")
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: There is no tracker 'tensorbord'. Did you mean 'tensorboard'? \
Known: tensorboard, mlflow.
    """
    names = list(dict.fromkeys(names))  # twice the same would write everything twice
    for name in names:
        if name not in TRACKERS:
            near = difflib.get_close_matches(name.lower(), TRACKERS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"There is no tracker {name!r}.{hint} Known: {', '.join(TRACKERS)}.")
    return [JsonLines(folder), *(Guarded(TRACKERS[name](folder, run_name)) for name in names)]
