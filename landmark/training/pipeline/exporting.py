"""A checkpoint, or a run's folder, and the photos it was trained on in; a bundle out: `landmark export`."""

from collections.abc import Callable
from pathlib import Path

from landmark.core.errors import ConfigurationError
from landmark.core.text import one_line
from landmark.dataset.splits import split_data
from landmark.training.checkpoint import load_checkpoint
from landmark.training.pipeline.bundling import TrainedModel, assess, calibrated, make_bundle
from landmark.training.pipeline.checks import check_photos
from landmark.training.pipeline.finetuning import REFIT_FOLDER, refitting
from landmark.training.pipeline.networks import blank_network, make_recipe_loaders
from landmark.training.pipeline.run_files import CHECKPOINT_FILE, RECIPE_FILE, RunFiles
from landmark.training.recipe import Recipe

# Of a checkpoint without a recipe nobody knows what it was before.
_UNKNOWN_START = Recipe(weights="", pretraining_origin="unknown", pretraining_licence="unknown")


def export_checkpoint(
    checkpoint: str | Path,
    data: str | Path,
    out: str | Path,
    recipe: Recipe | None = None,
    *,
    backbone: str | None = None,
    not_landmarks: str | Path | None = None,
    name: str | None = None,
    version: str = "1",
    tell: Callable[[str], None] = print,
) -> TrainedModel:
    """Make a bundle of a checkpoint that `train` wrote, or of a run's folder, with the data it was trained on.

    The recipe tells backbone, split and preprocessing; `backbone` goes before it. A run's folder brings its own recipe,
    and where it was refitted, the weights of the refit, with the calibration of those that were chosen.
    """
    checkpoint = final = Path(checkpoint)
    if checkpoint.is_dir():
        recipe = recipe or Recipe.read(checkpoint / RECIPE_FILE)
        checkpoint = final = checkpoint / CHECKPOINT_FILE
        if recipe.refit:
            final = _refitted(checkpoint.parent / REFIT_FOLDER, recipe)
    recipe = (recipe or _UNKNOWN_START).replace(backbone=backbone)
    split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed)
    check_photos(split, Path(out))
    model = blank_network(len(split.categories), recipe, checkpoint)
    load_checkpoint(model, checkpoint)
    loaders = make_recipe_loaders(split, recipe)
    name = name or one_line(Path(data).resolve().name)
    others = not_landmarks if recipe.refit else None
    assessment = assess(model, loaders, split.categories.names, not_landmarks=others, tell=tell)
    load_checkpoint(model, final)
    made = make_bundle(model, split, loaders, recipe, assessment, out, name=name, version=version, tell=tell)
    return made if recipe.refit else calibrated(made, split, not_landmarks, tell)


def _refitted(folder: Path, recipe: Recipe) -> Path:
    """The weights of a run's refit. Raises `ConfigurationError` where there are none, or those of another recipe."""
    files = RunFiles(folder)
    if not (files.are_whole and files.are_of(refitting(recipe))):
        raise ConfigurationError(
            f"{folder}: the refit that this run asks for is not there, or not finished. Start the same landmark train "
            "again, which goes on with it, or export with a recipe whose refit = false."
        )
    return files.checkpoint
