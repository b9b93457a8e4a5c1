"""The end of training: a trained network is tested, exported, calibrated through ONNX, and written as a bundle."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landmark.core.text import one_line
from landmark.dataset.places import PLACES_FILE, find_places
from landmark.dataset.splits import Split
from landmark.fitting.calibrate import calibrate
from landmark.geo.place import Place
from landmark.metrics.calibration_fit import fit_temperature
from landmark.model.architecture import backbone_names
from landmark.model.bundle import Bundle, load_bundle
from landmark.model.predictor import Predictor
from landmark.scoring.report import Report, build_report
from landmark.training.evaluation import score_photos
from landmark.training.export import export_bundle
from landmark.training.networks.weights import SHIPPED, member_weights
from landmark.training.pipeline.finetuning import Candidate
from landmark.training.recipe import Recipe

logger = logging.getLogger(__name__)

PARITY_PHOTOS = 64


@dataclass(frozen=True)
class TrainedModel:
    """A bundle, and how it did; `test` is None where the data has no test photos."""

    bundle: Bundle
    valid: Report
    test: Report | None

    def __str__(self) -> str:
        tested = f"\nTest: {self.test}" if self.test else ""
        return f"{self.bundle.path}\nValidation: {self.valid}{tested}"


@dataclass(frozen=True)
class BundleOptions:
    """What a bundle is called (None: like its data folder), and the folder of negatives that makes it refuse."""

    name: str | None = None
    version: str = "1"
    not_landmarks: str | Path | None = None


def make_bundle(
    trained: Candidate, split: Split, path: Path, options: BundleOptions, device: str = "cpu"
) -> TrainedModel:
    """Test a trained network, once; export it, calibrate what was exported, and write it, once.

    Example: `make_bundle(trained, split, Path("my-run/bundle"), BundleOptions("mine"))`.
    """
    model, loaders = trained.run.model, trained.run.loaders
    reports = {"valid": trained.valid}
    logger.info(f"Validation: {trained.valid}")
    if "test" in loaders:
        reports["test"] = build_report(*score_photos(model, loaders["test"], device), split.categories.names)
        logger.info(f"Test: {reports['test']}")
    train: Any = loaders["train"].dataset
    valid: Any = loaders["valid"].dataset
    bundle = export_bundle(
        model,
        path,
        {
            "name": options.name or one_line(split.root.resolve().name),
            "version": options.version,
            "categories": split.categories.names,
            "places": _find_places(split),
            "preprocessing": valid.transform.preprocessing,
            "scores": {split_name: report.to_dict() for split_name, report in reports.items()},
            "training": {
                "photos": {split_name: len(loader.dataset) for split_name, loader in loaders.items()},  # type: ignore[arg-type]
                "photos_per_landmark": np.bincount(train.targets, minlength=len(train.classes)).tolist(),
                "left_out": len(split.left_out),
                "recipe": asdict(trained.recipe),
                **({"best_epoch": trained.best_epoch} if trained.best_epoch else {}),
            },
            "pretraining": pretraining_of(trained.recipe),
        },
        _some_photos(valid),
        temperature=fit_temperature(trained.valid_scores, np.array(valid.targets)),
    )
    made = calibrate(Predictor(bundle), split, not_landmarks=options.not_landmarks)
    return TrainedModel(made, reports["valid"], reports.get("test"))


def _find_places(split: Split) -> list[Place | None]:
    """Return the places of the landmarks, log which have none."""
    places = find_places(split.categories, split.root, split.photos["train"])
    if unplaced := [landmark for landmark, known in zip(split.categories, places, strict=True) if known is None]:
        logger.info(
            f"No place is known of {', '.join(unplaced)}: answered without coordinates. "
            f"To give them places, write {split.root / PLACES_FILE} with name,latitude,longitude,radius_km."
        )
    return list(places)


def starting_bundles(recipe: Recipe) -> list[Bundle]:
    """Return the bundles of ours whose backbones a recipe starts from: one, none, or of an ensemble several."""
    return [
        load_bundle(None if weights == SHIPPED else weights)
        for weights in _starts(recipe)
        if weights == SHIPPED or Path(weights).is_dir()
    ]


def _starts(recipe: Recipe) -> list[str]:
    """Return the different weights that its backbones start from."""
    each = member_weights(recipe.weights, len(backbone_names(recipe.backbone))) if recipe.weights else []
    return list(dict.fromkeys(each))


def pretraining_of(recipe: Recipe) -> dict[str, Any]:
    """Return where the weights came from; a model that starts from a bundle inherits what its manifest says."""
    if not recipe.weights and not recipe.pretraining_origin:
        return {"origin": "none, random weights", "licence": "none needed"}
    starts = starting_bundles(recipe)
    if starts and len(starts) == len(_starts(recipe)):
        each = [start.pretraining for start in starts]
        told = {key: "; ".join(str(one.get(key)) for one in each) for key in ("origin", "licence")}
        return (each[0] if len(each) == 1 else told) | {"then": " and ".join(map(_history, starts))}
    return {"origin": recipe.pretraining_origin or recipe.weights, "licence": recipe.pretraining_licence or "unknown"}


def _history(start: Bundle) -> str:
    """Return what a bundle has been since its pretraining, and itself."""
    before = start.pretraining.get("then")
    return (f"{before}, then " if before else "") + f"{start.name} {start.version}"


def _some_photos(dataset: Any) -> np.ndarray:
    step = max(1, len(dataset) // PARITY_PHOTOS)
    return np.stack([dataset[index][0].numpy() for index in range(0, len(dataset), step)][:PARITY_PHOTOS])
