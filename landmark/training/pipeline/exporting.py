"""A checkpoint, or a run's folder, and the photos it was trained on in; a bundle out: `landmark export`."""

from pathlib import Path

from landmark.dataset.splits import split_data
from landmark.fitting.calibrate import check_negatives
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.training.checkpoint import load_checkpoint
from landmark.training.meters import Metrics
from landmark.training.options import CHECKPOINT_FILE
from landmark.training.pipeline.bundling import BundleOptions, TrainedModel, make_bundle
from landmark.training.pipeline.checks import check_photos
from landmark.training.pipeline.finetuning import TrainingResult, score_candidate
from landmark.training.pipeline.networks import blank_network, make_recipe_loaders
from landmark.training.pipeline.run_files import RECIPE_FILE
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
    rules: IgnoreRules = DEFAULT_RULES,
) -> TrainedModel:
    """Make a bundle of a checkpoint that `train` wrote, or of a run's folder, with the data it was trained on.

    The recipe gives backbone, split and preprocessing; `backbone` goes before it. A run's folder brings its own recipe.
    """
    checkpoint = Path(checkpoint)
    if checkpoint.is_dir():
        recipe = recipe or Recipe.read(checkpoint / RECIPE_FILE)
        checkpoint = checkpoint / CHECKPOINT_FILE
    recipe = (recipe or _UNKNOWN_START).replace(backbone=backbone)
    split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed, rules=rules)
    check_photos(split, Path(out))
    check_negatives(not_landmarks, rules)
    model = blank_network(len(split.categories), recipe, checkpoint)
    load_checkpoint(model, checkpoint)
    run = TrainingResult(model, make_recipe_loaders(split, recipe), Metrics(), trained_now=False)
    trained = score_candidate("", recipe, run, split, "cpu")
    return make_bundle(trained, split, Path(out), BundleOptions(name, version, not_landmarks))
