"""From trained weights to a bundle: confidence and refusal fitted on validation, one look at test, places, export."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from landmark.dataset.folders import LabelledPhoto, usable_photos
from landmark.dataset.places import PLACES_FILE, find_places
from landmark.dataset.splits import Split
from landmark.fitting.calibrate import calibrate
from landmark.metrics import auroc
from landmark.metrics.calibration import Calibration
from landmark.metrics.calibration_fit import fit_temperature, fit_temperature_and_unknown, fit_threshold
from landmark.model.architecture import backbone_names
from landmark.model.bundle import Bundle, load_bundle
from landmark.model.predictor import Predictor
from landmark.scoring.report import Report, build_report
from landmark.training.data import Evaluation, Loaders, PhotoDataset
from landmark.training.evaluation import predict
from landmark.training.export import export_bundle
from landmark.training.loop import pick_device
from landmark.training.networks import LandmarkNetwork
from landmark.training.networks.weights import SHIPPED, weights_of_parts
from landmark.training.recipe import Recipe

PARITY_PHOTOS = 64
FALSE_PLACE_RATE = 0.05  # of photos of anything else, the share that may get a place; fewer would cost many answers


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
class Assessment:
    """What the validation photos, and those of anything else, say of a network: how good, how sure, when to refuse."""

    valid: Report
    calibration: Calibration
    refusal: dict[str, Any]  # how it refuses photos of anything else; empty where there were none


def assess(
    model: LandmarkNetwork,
    loaders: Loaders,
    landmarks: tuple[str, ...],
    *,
    valid_scores: np.ndarray | None = None,
    not_landmarks: str | Path | None = None,
    device: str = "cpu",
    tell: Callable[[str], None] = print,
) -> Assessment:
    """Score a trained model on its validation photos, and calibrate it on them.

    `not_landmarks`, a folder of photos of anything else, makes the refusal threshold: it is fitted on the first half
    of them and measured on the second. `valid_scores`, the logits (N, C) of the validation photos, saves computing
    them where they are known.
    """
    place = pick_device(device)
    model.to(place)
    labels = np.array(loaders["valid"].dataset.targets)  # type: ignore[attr-defined]
    if valid_scores is None:
        valid_scores, _ = predict(model, loaders["valid"], place, score=model.score)
    valid = build_report(valid_scores, labels, landmarks)
    tell(f"Validation: {valid}")
    others = _score_others(not_landmarks, model, loaders["valid"], place) if not_landmarks else None
    calibration, refusal = _calibrate(valid_scores, labels, others)
    for kind, values in refusal.items():
        tell(f"{kind}: " + ", ".join(f"{key} {value:.4g}" for key, value in values.items()))
    return Assessment(valid, calibration, refusal)


def make_bundle(
    model: LandmarkNetwork,
    split: Split,
    loaders: Loaders,
    recipe: Recipe,
    assessment: Assessment,
    path: str | Path,
    *,
    name: str,
    version: str = "1",
    device: str = "cpu",
    trained: dict[str, Any] | None = None,
    tell: Callable[[str], None] = print,
) -> TrainedModel:
    """Score a trained model on test, once, and write it to `path` as it was assessed, with the places of its landmarks.

    `trained` is what the card tells of the training beside recipe and data.
    """
    place = pick_device(device)
    tested = None
    if "test" in loaders:
        scores, labels = predict(model.to(place), loaders["test"], place, score=model.score)
        tested = build_report(scores, labels, split.categories.names)
        tell(f"Test: {tested}")
    places = find_places(split.categories, split.root, split.photos["train"])
    if unplaced := [landmark for landmark, known in zip(split.categories, places, strict=True) if known is None]:
        tell(
            f"No place is known of {', '.join(unplaced)}: answered without coordinates. "
            f"To give them places, write {split.root / PLACES_FILE} with name,latitude,longitude,radius_km."
        )
    scored = {"valid": assessment.valid.to_dict()} | ({"test": tested.to_dict()} if tested else {}) | assessment.refusal
    bundle = export_bundle(
        model,
        path,
        name=name,
        version=version,
        categories=split.categories.names,
        places=places,
        preprocessing=loaders["valid"].dataset.transform.preprocessing,  # type: ignore[attr-defined]
        calibration=assessment.calibration,
        scores=scored,
        training={
            "photos": {part: len(loader.dataset) for part, loader in loaders.items()},  # type: ignore[arg-type]
            "photos_per_landmark": _per_landmark(loaders["train"].dataset),
            "left_out": len(split.left_out),
            "recipe": asdict(recipe),
            **(trained or {}),
        },
        pretraining=pretraining_of(recipe),
        check_photos=_some_photos(loaders["valid"]),
    )
    return TrainedModel(bundle, assessment.valid, tested)


def calibrated(
    made: TrainedModel, split: Split, not_landmarks: str | Path | None, tell: Callable[[str], None]
) -> TrainedModel:
    """The same bundle, calibrated by what its own network says of the training and validation photos."""
    predictor = Predictor(made.bundle)
    return replace(made, bundle=calibrate(predictor, split, not_landmarks=not_landmarks, tell=tell))


def _score_others(folder: str | Path, model: LandmarkNetwork, like: Any, device: torch.device) -> np.ndarray:
    """Logits (N, C) of photos that show none of the landmarks, in the order of their names."""
    photos = [LabelledPhoto(path, 0) for path in usable_photos(folder)]
    preprocessing = like.dataset.transform.preprocessing
    dataset = PhotoDataset(
        photos, like.dataset.categories, Evaluation(preprocessing), short_side_px=preprocessing.resize_px
    )
    loader = torch.utils.data.DataLoader(dataset, like.batch_size, num_workers=like.num_workers)
    return predict(model, loader, device, score=model.score)[0]


def _calibrate(scores: np.ndarray, labels: np.ndarray, others: np.ndarray | None) -> tuple[Calibration, dict[str, Any]]:
    """Temperature and threshold from validation photos and the first half of the others, measured on the second."""
    correct = scores.argmax(axis=1) == labels
    if others is None:
        calibration = Calibration(fit_temperature(scores, labels))
        best = calibration.confidences(scores).max(axis=1)
        return replace(calibration, threshold=fit_threshold(best, correct)), {}
    half = len(others) // 2
    temperature, unknown_logit = fit_temperature_and_unknown(scores, labels, others[:half])
    calibration = Calibration(temperature, unknown_logit=unknown_logit)
    best, other = (calibration.confidences(logits).max(axis=1) for logits in (scores, others))
    fitted, measured = other[:half], other[half:]
    threshold = fit_threshold(best, correct, fitted, FALSE_PLACE_RATE)
    refusal = {
        "not_landmarks": {
            "fitted_on": len(fitted),
            "measured_on": len(measured),
            "false_places": float((measured >= threshold).mean()),
            "auroc": auroc(best, measured),
            "valid_answered": float((best >= threshold).mean()),
            "valid_answered_right": float(correct[best >= threshold].mean()),
        }
    }
    return replace(calibration, threshold=threshold), refusal


def starting_bundles(recipe: Recipe) -> list[Bundle]:
    """The bundles of ours whose backbones a recipe starts from: one, none, or of backbones side by side several."""
    return [
        load_bundle(None if weights == SHIPPED else weights)
        for weights in _starts(recipe)
        if weights == SHIPPED or Path(weights).is_dir()
    ]


def _starts(recipe: Recipe) -> list[str]:
    """The different weights that its backbones start from."""
    each = weights_of_parts(recipe.weights, len(backbone_names(recipe.backbone))) if recipe.weights else []
    return list(dict.fromkeys(each))


def _per_landmark(dataset: Any) -> list[int]:
    return [int(count) for count in np.bincount(dataset.targets, minlength=len(dataset.classes))]


def pretraining_of(recipe: Recipe) -> dict[str, Any]:
    """Where the weights came from; a model that starts from a bundle inherits what its card says."""
    if not recipe.weights and not recipe.pretraining_origin:
        return {"origin": "none, random weights", "licence": "none needed"}
    starts = starting_bundles(recipe)
    if starts and len(starts) == len(_starts(recipe)):
        each = [start.pretraining for start in starts]
        told = {key: "; ".join(str(one.get(key)) for one in each) for key in ("origin", "licence")}
        return (each[0] if len(each) == 1 else told) | {"then": " and ".join(map(_history, starts))}
    return {"origin": recipe.pretraining_origin or recipe.weights, "licence": recipe.pretraining_licence or "unknown"}


def _history(start: Bundle) -> str:
    """What a bundle has been since its pretraining, and itself."""
    before = start.pretraining.get("then")
    return (f"{before}, then " if before else "") + f"{start.name} {start.version}"


def _some_photos(loader: Any) -> np.ndarray:
    dataset = loader.dataset
    step = max(1, len(dataset) // PARITY_PHOTOS)
    return np.stack([dataset[index][0].numpy() for index in range(0, len(dataset), step)][:PARITY_PHOTOS])
