"""The folder of a run: what was asked for and the recipe, for the next start to find."""

import json
from typing import Any

from landmark.core.files import atomic_write, holds_json, write_json
from landmark.training.checkpoint import keep_old_files
from landmark.training.meters import Metrics
from landmark.training.options import Run
from landmark.training.recipe import Recipe

RECIPE_FILE = "recipe.toml"
ASKED_FILE = "run.json"


def read_finished(run: Run, asked: dict[str, Any]) -> Metrics | None:
    """Return the learning curves of a complete run of the same recipe and split; None where there is none."""
    if not (run.resume and run.file_checkpoint.is_file() and holds_json(run.folder / ASKED_FILE, asked)):
        return None
    try:
        metrics = Metrics(**json.loads(run.file_metrics.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    recipe = asked["recipe"]
    n_epochs = 1 if recipe["optimizer"] == "lbfgs" else recipe["epochs"]
    is_complete = metrics.complete(n_epochs, recipe["patience"]) and not run.file_resume.exists()
    return metrics if is_complete else None


def begin_run(run: Run, asked: dict[str, Any], recipe: Recipe) -> None:
    """Write what is asked for; the files of something else must not pass for ours and are kept aside."""
    if not run.resume or not holds_json(run.folder / ASKED_FILE, asked):
        keep_old_files((run.file_checkpoint, run.file_metrics, run.file_resume))
    write_json(run.folder / ASKED_FILE, asked)
    with atomic_write(run.folder / RECIPE_FILE) as file:
        file.write(recipe.to_toml().encode())
