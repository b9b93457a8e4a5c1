"""`landmark train`: one network or several on the same photos, compared on validation, the best tested once."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from landmark.core.errors import ConfigurationError
from landmark.core.files import write_json
from landmark.core.logs import messages_to
from landmark.dataset.splits import Split, split_data
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.training.data import report_left_out
from landmark.training.device import pick_device
from landmark.training.distributed import exit_other_processes, init_distributed
from landmark.training.options import Run, log_file
from landmark.training.pipeline.bundling import BundleOptions, TrainedModel, make_bundle
from landmark.training.pipeline.candidates import Comparison, train_candidate
from landmark.training.pipeline.checks import check_photos, check_recipe, check_surroundings, hints
from landmark.training.pipeline.page import write_comparison
from landmark.training.recipe import Recipe
from landmark.training.tracking import make_trackers

logger = logging.getLogger(__name__)

BUNDLE, PAGE, DATA = "bundle", "training.html", "training.json"


def compare(
    data: str | Path,
    recipes: Mapping[str, Recipe],
    out: str | Path = "landmark-run",
    *,
    options: BundleOptions | None = None,
    device: str = "cpu",
    track: Sequence[str] = (),
    log: Callable[[str], None] = print,
    resume: bool = True,
    rules: IgnoreRules = DEFAULT_RULES,
) -> Comparison:
    """Train a network for each recipe, pick the one of the highest validation accuracy, test that one, and no other.

    All see the same split. The picked one becomes the bundle `out/bundle`; `out/training.html` and `training.json` hold
    the table, the curves and the confusion matrix. What belongs to one network lies in `out`, or, where there are
    several, in `out/KIND`. Run again after a stop, it resumes; with `resume=False` it starts again and keeps older
    files under another name.

    Negatives, a folder in `options`, make the refusal threshold: it is fitted on the first half of them and measured on
    the second. `track` names those that are told of each epoch beside `train.jsonl`: "tensorboard", "mlflow". `rules`
    say which files and folders are left out.

    Started by `torchrun`, all processes train together, and the first alone does the rest; the others end before it.

    Example: `compare("my_photos", choose_recipes("both"), "my-run")`.
    """
    out, options = Path(out), options or BundleOptions()
    check_surroundings(options.not_landmarks, device, rules)
    make_trackers(track, out, run_name="")  # unknown names and missing packages are told now
    with messages_to(log), init_distributed(device) as own_device, log_file(out):
        split = _checked_split(data, recipes, out / BUNDLE, rules)
        run = Run.in_folder(out, device=pick_device(own_device), resume=resume)
        candidates = tuple(
            train_candidate(kind, recipe, split, run.in_subfolder(kind) if len(recipes) > 1 else run, track)
            for kind, recipe in recipes.items()
        )
        best = max(candidates, key=lambda one: (one.valid.accuracy, one.valid.macro_accuracy))
        if len(candidates) > 1:
            logger.info("Picked on validation: %s. It alone is tested.", best.kind)
        exit_other_processes()
        made = make_bundle(best, split, out / BUNDLE, options, own_device)
        comparison = Comparison(candidates, best, made)
        write_json(out / DATA, comparison.to_dict())
        write_comparison(out / PAGE, comparison, split)
        logger.info(f"Wrote {made.bundle.path} and {out / PAGE}. Try it: landmark locate PHOTO --model {out}")
    return comparison


def fine_tune(
    data: str | Path,
    recipe: Recipe | None = None,
    out: str | Path = "landmark-run",
    *,
    not_landmarks: str | Path | None = None,
    device: str = "cpu",
    name: str | None = None,
    version: str = "1",
    track: Sequence[str] = (),
    log: Callable[[str], None] = print,
    resume: bool = True,
) -> TrainedModel:
    """Train one network on a folder of landmarks and write a bundle to `out/bundle`: `compare` with a single recipe.

    Example: `fine_tune("my_photos", Recipe(epochs=20), "my-run")`.
    """
    return compare(
        data,
        {"network": recipe or Recipe()},
        out,
        options=BundleOptions(name, version, not_landmarks),
        device=device,
        track=track,
        log=log,
        resume=resume,
    ).made


def _checked_split(data: str | Path, recipes: Mapping[str, Recipe], bundle: Path, rules: IgnoreRules) -> Split:
    """Split the photos, and check all that would stop a training at its end; log what is mostly not meant."""
    if not recipes:
        raise ConfigurationError('Found no recipes. Expected one for each network, as in: {"mine": Recipe()}')
    splits = {(recipe.valid_ratio, recipe.seed) for recipe in recipes.values()}
    if len(splits) != 1:
        raise ConfigurationError(
            f"The recipes hold out different photos (valid_ratio and seed: {sorted(splits)}). Expected the same for "
            "all: networks are compared on the same photos."
        )
    [(valid_ratio, seed)] = splits
    split = split_data(data, valid_ratio=valid_ratio, seed=seed, rules=rules)
    check_photos(split, bundle)
    for recipe in recipes.values():
        check_recipe(recipe, split)
    report_left_out(split)
    for hint in hints(split, recipes.values()):
        logger.info(hint)
    logger.info(f"{len(split.categories)} landmarks; photos: {split.counts()}; left out: {len(split.left_out)}")
    return split
