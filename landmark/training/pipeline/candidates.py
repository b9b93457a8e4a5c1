"""The networks that `landmark train` compares: each trained after its recipe, on photos that are the same for all."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from landmark.dataset.splits import Split
from landmark.geo.countries import name_key
from landmark.model.architecture import backbone_names
from landmark.scoring.report import Report, build_report
from landmark.training.distributed import is_main_process
from landmark.training.options import Run
from landmark.training.pipeline.bundling import TrainedModel, TrainedNetwork, score_photos, starting_bundles
from landmark.training.pipeline.finetuning import TrainingResult, train_recipe
from landmark.training.recipe import Recipe
from landmark.training.tracking import make_trackers

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """One of the networks: how it was trained and how it does on the validation photos."""

    kind: str  # "scratch", "transfer"
    recipe: Recipe
    run: TrainingResult
    valid: Report
    valid_scores: np.ndarray  # logits (N, C) of the validation photos

    @property
    def is_of_one_training(self) -> bool:
        """Return whether its learning curves tell all of how it came to be."""
        return self.recipe.soup == 1 and len(backbone_names(self.recipe.backbone)) == 1

    def as_trained(self) -> TrainedNetwork:
        """Return what a bundle is made of."""
        about = {"best_epoch": self.run.metrics.best_epoch} if self.is_of_one_training else {}
        return TrainedNetwork(self.run.model, self.recipe, self.run.loaders, self.valid_scores, about)

    @property
    def n_parameters(self) -> int:
        """Return how many weights it has."""
        return sum(weight.numel() for weight in self.run.model.parameters())


@dataclass(frozen=True)
class Comparison:
    """The networks, and the one that was picked, as a bundle."""

    candidates: tuple[Candidate, ...]
    best: Candidate
    made: TrainedModel

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "picked": self.best.kind,
            "networks": {
                candidate.kind: {
                    "backbone": candidate.recipe.backbone,
                    "parameters": candidate.n_parameters,
                    "metrics": candidate.run.metrics.to_dict(),
                    "valid": candidate.valid.to_dict(),
                }
                for candidate in self.candidates
            },
            "test": self.made.test.to_dict() if self.made.test else None,
        }


def train_candidate(kind: str, recipe: Recipe, split: Split, run: Run, track: Sequence[str]) -> Candidate:
    """Train a network after its recipe, or load what the same command trained before, and score it on validation.

    `track` as in `compare`.
    """
    logger.info(f"Network {kind}: {recipe.backbone}, {recipe.epochs} epochs")
    if known := _known_before(split, recipe):
        logger.info(
            f"Mind: the weights it starts from have been trained on photos of {', '.join(known)}. Where these are the "
            "same photos, validation says too much; the test photos tell, if they were not among them."
        )
    trackers = make_trackers(track, run.folder, run_name=f"{split.root.name} {kind}") if is_main_process() else []
    trained = train_recipe(split, recipe, replace(run, trackers=tuple(trackers)))
    scores, labels = score_photos(trained.model, trained.loaders["valid"], run.device)
    valid = build_report(scores, labels, split.categories.names)
    for tracker in trackers if trained.trained_now else []:
        tracker.finish(report=valid, model=run.file_checkpoint)
    return Candidate(kind, recipe, trained, valid, scores)


def _known_before(split: Split, recipe: Recipe) -> list[str]:
    """Return the landmarks that the bundle which a recipe starts from knows already."""
    known = {name_key(name) for start in starting_bundles(recipe) for name in start.categories}
    return [name for name in split.categories if name_key(name) in known]
