"""The folder of a run: what was asked for, the recipe, the weights, the curves, for the next start to find."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from landmark.core.files import atomic_write, holds_json, write_json
from landmark.training.checkpoint import keep_old_files, resume_path
from landmark.training.meters import Metrics
from landmark.training.recipe import Recipe

CHECKPOINT_FILE = "checkpoint.pt"
RECIPE_FILE = "recipe.toml"
METRICS_FILE = "metrics.json"
ASKED_FILE = "run.json"


class RunFiles:
    """Where a run keeps what, and whether it is finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoint, self.metrics = folder / CHECKPOINT_FILE, folder / METRICS_FILE

    def finished(self, asked: dict[str, Any]) -> Metrics | None:
        """The learning curves of a complete run of the same recipe and split; None where there is none."""
        try:
            metrics = Metrics(**json.loads(self.metrics.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        recipe = asked["recipe"]
        n_epochs = 1 if recipe["optimizer"] == "lbfgs" else recipe["epochs"]
        same = holds_json(self.folder / ASKED_FILE, asked)
        return metrics if self.are_whole and same and metrics.complete(n_epochs, recipe["patience"]) else None

    @property
    def are_whole(self) -> bool:
        """Whether there are weights, and nothing that is still to be done."""
        return self.checkpoint.is_file() and not resume_path(self.checkpoint).exists()

    def begin(self, asked: dict[str, Any], recipe: Recipe, tell: Callable[[str], None]) -> None:
        """Note what is asked for; the files of something else must not pass for ours and are kept aside."""
        if not holds_json(self.folder / ASKED_FILE, asked):
            keep_old_files((self.checkpoint, self.metrics, resume_path(self.checkpoint)), tell)
        write_json(self.folder / ASKED_FILE, asked)
        with atomic_write(self.folder / RECIPE_FILE) as file:
            file.write(recipe.to_toml().encode())
