"""The networks that `landmark train` compares: each trained after its recipe, on photos that are the same for all."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from landmark.dataset.splits import Split
from landmark.geo.countries import name_key
from landmark.training.distributed import is_main_process
from landmark.training.options import Run
from landmark.training.pipeline.bundling import TrainedModel, starting_bundles
from landmark.training.pipeline.finetuning import Candidate, score_candidate, train_recipe
from landmark.training.recipe import Recipe
from landmark.training.tracking import make_trackers

logger = logging.getLogger(__name__)


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
    candidate = score_candidate(kind, recipe, trained, split, run.device)
    for tracker in trackers if trained.trained_now else []:
        tracker.finish(report=candidate.valid, model=run.file_checkpoint)
    return candidate


def _known_before(split: Split, recipe: Recipe) -> list[str]:
    """Return the landmarks that the bundle which a recipe starts from knows already."""
    known = {name_key(name) for start in starting_bundles(recipe) for name in start.categories}
    return [name for name in split.categories if name_key(name) in known]
