"""The networks that `landmark train` compares: each trained after its recipe, on photos that are the same for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landmark.dataset.splits import Split
from landmark.geo.countries import name_key
from landmark.model.architecture import backbone_names
from landmark.scoring.report import Report, build_report
from landmark.training import distributed
from landmark.training.pipeline.bundling import TrainedModel, score_photos, starting_bundles
from landmark.training.pipeline.finetuning import Run, train_recipe
from landmark.training.pipeline.run_files import CHECKPOINT_FILE
from landmark.training.recipe import Recipe
from landmark.training.tracking import make_trackers


@dataclass(frozen=True)
class Contestant:
    """One of the networks: how it was trained and how it does on the validation photos."""

    kind: str  # "scratch", "transfer"
    recipe: Recipe
    run: Run
    valid: Report
    valid_scores: np.ndarray  # logits (N, C) of the validation photos

    @property
    def is_of_one_training(self) -> bool:
        """Whether its learning curves tell all of how it came to be."""
        return self.recipe.soup == 1 and len(backbone_names(self.recipe.backbone)) == 1

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


def train_contestant(
    kind: str, recipe: Recipe, split: Split, out: Path, device: str, tell: Callable[[str], None], track: Sequence[str]
) -> Contestant:
    """Train a network after its recipe, or load what the same command trained before, and score it on validation.

    `out` is the folder of its run; `track` as in `compare`.
    """
    tell(f"Network {kind}: {recipe.backbone}, {recipe.epochs} epochs")
    if known := _known_before(split, recipe):
        tell(
            f"Mind: the weights it starts from have been trained on photos of {', '.join(known)}. Where these are the "
            "same photos, validation says too much; the test photos tell, if they were not among them."
        )
    trackers = make_trackers(track, out, run_name=f"{split.root.name} {kind}") if distributed.is_first() else []
    run = train_recipe(split, recipe, out, device=device, tell=tell, trackers=trackers)
    scores, labels = score_photos(run.model, run.loaders["valid"], device)
    valid = build_report(scores, labels, split.categories.names)
    for tracker in trackers if run.trained_now else []:
        tracker.finish(report=valid, model=out / CHECKPOINT_FILE)
    return Contestant(kind, recipe, run, valid, scores)


def _known_before(split: Split, recipe: Recipe) -> list[str]:
    """The landmarks that the bundle which a recipe starts from knows already."""
    known = {name_key(name) for start in starting_bundles(recipe) for name in start.categories}
    return [name for name in split.categories if name_key(name) in known]
