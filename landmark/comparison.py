"""`landmark train`: one network or several on the same photos, compared on validation, the best tested once.

Training each is `finetuning`'s business; what they are compared by is a page to read, `training.html`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landmark import processes
from landmark.bundling import TrainedModel, assess, calibrated, make_bundle, starting_bundle
from landmark.data import report_left_out
from landmark.errors import ConfigurationError, DataError, require
from landmark.evaluation import predict
from landmark.files import write_json
from landmark.finetuning import Run, logging_to, make_network, refit, train_recipe
from landmark.folders import usable_photos
from landmark.geo import name_key
from landmark.plots.confusion import confusion_figure
from landmark.plots.curves import learning_curves
from landmark.recipe import Recipe
from landmark.report import Report, build_report
from landmark.run_files import CHECKPOINT_FILE
from landmark.splits import Split, split_data
from landmark.tracking import make_trackers
from landmark.training import pick_device
from landmark.webpage import Page
from landmark.wording import count_text

PAGE, DATA = "training.html", "training.json"


@dataclass(frozen=True)
class Contestant:
    """One of the networks: how it was trained and how it does on the validation photos."""

    kind: str  # "scratch", "transfer"
    recipe: Recipe
    run: Run
    valid: Report
    valid_scores: np.ndarray  # logits (N, C) of the validation photos

    @property
    def n_parameters(self) -> int:
        """How many weights it has."""
        return sum(weight.numel() for weight in self.run.model.parameters())


@dataclass(frozen=True)
class Comparison:
    """The networks, and the one that was picked, as a bundle."""

    contestants: tuple[Contestant, ...]
    best: Contestant
    made: TrainedModel

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "picked": self.best.kind,
            "networks": {
                contestant.kind: {
                    "backbone": contestant.recipe.backbone,
                    "parameters": contestant.n_parameters,
                    "metrics": contestant.run.metrics.to_dict(),
                    "valid": contestant.valid.to_dict(),
                }
                for contestant in self.contestants
            },
            "test": self.made.test.to_dict() if self.made.test else None,
        }


def compare(
    data: str | Path,
    recipes: Mapping[str, Recipe],
    out: str | Path = "landmark-run",
    *,
    not_landmarks: str | Path | None = None,
    device: str = "cpu",
    name: str | None = None,
    version: str = "1",
    track: Sequence[str] = (),
    log: Callable[[str], None] = print,
) -> Comparison:
    """Train a network for each recipe, pick the one of the highest validation accuracy, test that one, and no other.

    All see the same split. The picked one becomes the bundle `out/bundle`; `out/training.html` and `training.json` hold
    the table, the curves and the confusion matrix. What belongs to one network lies in `out`, or, where there are
    several, in `out/KIND`. Run again after a stop, it goes on.

    `not_landmarks`, a folder of photos of anything else, makes the refusal threshold: it is fitted on the first half of
    them and measured on the second. `track` names those that are told of each epoch beside `train.jsonl`:
    "tensorboard", "mlflow".

    Started by `torchrun`, all processes train together, and the first alone does the rest; the others end before it.

    Example: `compare("my_photos", choose_recipes("both"), "my-run")`.
    """
    out = Path(out)
    _check_beforehand(not_landmarks, device)
    make_trackers(track, out, run_name="")  # unknown names and missing packages are told now
    with processes.joined(device) as own_device, logging_to(out, log) as tell:
        split = _common_split(data, recipes)
        _check_enough(split)
        for recipe in recipes.values():
            make_network(len(split.categories), recipe)  # what is amiss with weights is told now, not after hours
        report_left_out(split)
        tell(f"{len(split.categories)} landmarks; photos: {split.counts()}; left out: {len(split.left_out)}")
        contestants = tuple(
            _contest(kind, recipe, split, out / kind if len(recipes) > 1 else out, own_device, tell, track)
            for kind, recipe in recipes.items()
        )
        best = max(contestants, key=lambda one: (one.valid.accuracy, one.valid.macro_accuracy))
        if len(contestants) > 1:
            tell(f"Picked on validation: {best.kind}. It alone is tested.")
        final = best.run
        if best.recipe.refit:
            final = refit(split, best.recipe, out / "refit", device=own_device, tell=tell)
        processes.leave_the_rest_to_the_first()
        assessment = assess(
            best.run.model,
            best.run.loaders,
            split.categories.names,
            valid_scores=best.valid_scores,
            not_landmarks=not_landmarks if best.recipe.refit else None,  # else `calibrate` does it better
            device=own_device,
            tell=tell,
        )
        made = make_bundle(
            final.model,
            split,
            final.loaders,
            best.recipe,
            assessment,
            out / "bundle",
            name=name or Path(data).resolve().name,
            version=version,
            device=own_device,
            trained={"best_epoch": final.metrics.best_epoch},
            tell=tell,
        )
        if not best.recipe.refit:
            made = calibrated(made, split, not_landmarks, tell)
        comparison = Comparison(contestants, best, made)
        write_json(out / DATA, comparison.to_dict())
        _page(comparison, split).write(out / PAGE)
        tell(f"Wrote {made.bundle.path} and {out / PAGE}. Try it: landmark locate PHOTO --model {out}")
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
) -> TrainedModel:
    """Train one network on a folder of landmarks and write a bundle to `out/bundle`: `compare` with a single recipe.

    Example: `fine_tune("my_photos", Recipe(epochs=20), "my-run")`.
    """
    return compare(
        data,
        {"network": recipe or Recipe()},
        out,
        not_landmarks=not_landmarks,
        device=device,
        name=name,
        version=version,
        track=track,
        log=log,
    ).made


def _check_beforehand(not_landmarks: str | Path | None, device: str) -> None:
    """What would stop it at the end is told before it begins."""
    require("plotly", "train")
    pick_device(device)
    if not_landmarks is not None and len(photos := usable_photos(not_landmarks)) < 2:
        raise DataError(
            f"{not_landmarks}: found {len(photos)} photo. Expected at least 2 of anything but the landmarks: one half "
            "fits the refusal threshold, the other measures it."
        )


def _check_enough(split: Split) -> None:
    counts = split.counts()
    if len(split.categories) < 2 or not all(counts.values()):
        raise DataError(
            f"{split.root}: found {count_text(len(split.categories), 'landmark')}, photos: {counts}. Expected at least "
            "2 landmarks for a model to tell apart, and photos in each part: give three of a landmark, or more."
        )


def _common_split(data: str | Path, recipes: Mapping[str, Recipe]) -> Split:
    splits = {(recipe.valid_ratio, recipe.seed) for recipe in recipes.values()}
    if len(splits) != 1:
        raise ConfigurationError(
            f"The recipes hold out different photos (valid_ratio and seed: {sorted(splits)}). Expected the same for "
            "all: networks are compared on the same photos."
        )
    [(valid_ratio, seed)] = splits
    return split_data(data, valid_ratio=valid_ratio, seed=seed)


def _contest(
    kind: str, recipe: Recipe, split: Split, out: Path, device: str, tell: Callable[[str], None], track: Sequence[str]
) -> Contestant:
    tell(f"Network {kind}: {recipe.backbone}, {recipe.epochs} epochs")
    if known := _known_before(split, recipe):
        tell(
            f"Mind: the weights it starts from have been trained on photos of {', '.join(known)}. Where these are the "
            "same photos, validation says too much; the test photos tell, if they were not among them."
        )
    trackers = make_trackers(track, out, run_name=f"{split.root.name} {kind}") if processes.is_first() else []
    run = train_recipe(split, recipe, out, device=device, tell=tell, trackers=trackers)
    place = pick_device(device)
    scores, labels = predict(run.model.to(place), run.loaders["valid"], place, score=run.model.score)
    valid = build_report(scores, labels, split.categories.names)
    for tracker in trackers if run.trained_now else []:
        tracker.finish(report=valid, model=out / CHECKPOINT_FILE)
    return Contestant(kind, recipe, run, valid, scores)


def _known_before(split: Split, recipe: Recipe) -> list[str]:
    """The landmarks that the bundle which a recipe starts from knows already."""
    start = starting_bundle(recipe)
    known = {name_key(name) for name in start.categories} if start else set()
    return [name for name in split.categories if name_key(name) in known]


def _page(comparison: Comparison, split: Split) -> Page:
    counts = ", ".join(f"{count:,} {part}" for part, count in split.counts().items())
    page = Page(
        f"Networks for {comparison.made.bundle.name}",
        f"{len(split.categories)} landmarks; photos: {counts}. Picked on validation: {comparison.best.kind}.",
    )
    page.add_section("Compared on validation")
    page.add_table([_HEADER, *map(_row, comparison.contestants)])
    shown, part = (comparison.made.test, "test") if comparison.made.test else (comparison.best.valid, "validation")
    page.add_section(f"The picked one on {part}")
    if comparison.best.recipe.refit and comparison.made.test:
        page.add_text("Before it was tested, it was trained again with the validation photos among the others.")
    page.add_table([["", "accuracy", "95 % interval", "macro accuracy"], [part, *_accuracies(shown)]])
    page.add_figure(
        confusion_figure(shown.confusion_matrix(), [score.landmark for score in shown.per_landmark]),
        caption=f"Which landmark was taken for which, {part} photos of the network {comparison.best.kind}",
    )
    page.add_section("Learning curves")
    for contestant in comparison.contestants:
        page.add_figure(learning_curves(contestant.run.metrics.to_dict()), caption=contestant.kind)
    return page


_HEADER = ["network", "backbone", "parameters", "epochs", "kept", "accuracy", "95 % interval", "macro accuracy"]


def _row(contestant: Contestant) -> list[str]:
    return [
        contestant.kind,
        contestant.recipe.backbone,
        f"{contestant.n_parameters / 1e6:.1f} M",
        str(contestant.recipe.epochs),
        str(contestant.run.metrics.best_epoch),
        *_accuracies(contestant.valid),
    ]


def _accuracies(report: Report) -> list[str]:
    low, high = report.interval
    return [
        f"{100 * report.accuracy:.1f} %",
        f"{100 * low:.1f} to {100 * high:.1f}",
        f"{100 * report.macro_accuracy:.1f} %",
    ]
