"""A training as trackers are told of it, without the training."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from landmark.scoring.report import Report, build_report
from landmark.training.tracking import Tracker

CONFIG = {"recipe": {"epochs": 5, "weights": "a|b", "train_px": (128, 192)}, "device": "cpu"}
ROOT = Path(__file__).resolve().parents[2]


def row(epoch: int, **changes: Any) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "train_loss": 2 / epoch,
        "train_acc": 0.1 * epoch,
        "valid_loss": 3 / epoch,
        "valid_acc": 0.15 * epoch,
        "checkpoint": 1,
        "learning_rate": 1e-3,
        "photos_per_s": 41.5,
        "seconds": 83.0,
    } | changes


def run_epochs(tracker: Tracker, epochs: range, **changes: Any) -> None:
    """A training that is told to a tracker and then killed: nothing ends it."""
    tracker.start(CONFIG, epochs_before=epochs.start - 1)
    for epoch in epochs:
        tracker.epoch(row(epoch, **changes))


def in_new_process(code: str, cwd: Path, **environment: str) -> str:
    """What a script prints, without what tells a library that it is being tested."""
    kept = {name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, "-c", code]
    environment = kept | {"PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def validation_report() -> Report:
    """Two of three photos right; of the third landmark there is none."""
    scores = [[0.9, 0.1, 0], [0.8, 0.2, 0], [0.3, 0.7, 0]]
    return build_report(scores, [0, 1, 1], ["Petra", "Taj | Mahal", "Big Ben"])
