"""One of several processes that train together, for tests/training/test_distributed.py: DATA RECIPE OUT."""

import sys
from pathlib import Path

from landmark.core.logs import messages_to
from landmark.dataset.splits import split_data
from landmark.training.distributed import init_distributed, is_main_process
from landmark.training.options import Run
from landmark.training.pipeline.finetuning import train_recipe
from landmark.training.recipe import Recipe
from landmark.training.tracking import JsonLines


def main(data: Path, recipe: Path, out: Path) -> None:
    """Train after a recipe, as the other processes do at the same time."""
    with messages_to(print), init_distributed("cpu"):
        trackers = (JsonLines(out),) if is_main_process() else ()
        train_recipe(split_data(data), Recipe.read(recipe), Run.in_folder(out, trackers=trackers))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
