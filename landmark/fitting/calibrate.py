"""Calibrates a bundle on the base install: what it is familiar with, how sure it is, when it refuses.

Fitted on the training and validation photos of the data it learnt from and on the first half of the photos of anything
else; measured on their second half. Test photos are not looked at. Weights and network stay as they are.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.progress import track
from landmark.core.text import count_text
from landmark.dataset.folders import LabelledPhoto, usable_photos
from landmark.dataset.splits import Split, check_enough, split_data
from landmark.metrics import auroc
from landmark.metrics.calibration import Calibration
from landmark.metrics.calibration_fit import fit_platt_scaling, fit_temperature, fit_threshold
from landmark.metrics.conformal import compress_scores, nonconformity_scores
from landmark.metrics.ood import OodScorer
from landmark.metrics.ood_fit import Fitted, fit_ood_scorer
from landmark.model.bundle.folder import CARD, Bundle, write_bundle
from landmark.model.bundle.manifest import OOD_FILE
from landmark.model.predictor import Predictor, Scores

PARTS = ("train", "valid")
_LEAST_OTHERS = 4
FALSE_PLACES = 0.01  # the share of photos of anything else that may get a place


def split_of(bundle: Bundle, data: str | Path) -> Split:
    """The photos that a bundle was trained and validated on. `data` is the folder it was trained on.

    Raises `DataError` where that holds other landmarks or too few photos, `ConfigurationError` where no photo was held
    out.
    """
    recipe = bundle.training.get("recipe", {})
    if recipe.get("refit"):
        raise ConfigurationError(
            f"{bundle.path}: its last training saw the validation photos too, so nothing is left to calibrate it on. "
            "Export the run's own checkpoint, with the recipe's refit = false."
        )
    split = split_data(data, valid_ratio=recipe.get("valid_ratio", 0.25), seed=recipe.get("seed", 0))
    if split.categories.names != bundle.categories:
        raise DataError(
            f"{data}: found {len(split.categories)} landmarks, which are not the {bundle.n_classes} of {bundle.path}. "
            "Expected the folder that the model was trained on."
        )
    check_enough(split)
    known = bundle.training.get("photos", {})
    if known and any(len(split.photos[part]) != known.get(part) for part in PARTS):
        found, expected = ({part: counts.get(part) for part in PARTS} for counts in (split.counts(), known))
        warnings.warn(
            f"{data} holds other photos than the model was trained on ({found}, then {expected}). If some were among "
            "those, photos that it has learnt are taken for new ones, and its confidences come out too high.",
            stacklevel=2,
        )
    return split


def calibrate(
    predictor: Predictor,
    split: Split,
    *,
    not_landmarks: str | Path | None = None,
    false_places: float = FALSE_PLACES,
    tell: Callable[[str], None] = print,
) -> Bundle:
    """Fit a bundle's confidences and refusal anew and write it in its own place; returns the new bundle.

    Example: `calibrate(predictor, split_of(predictor.bundle, "my_photos"), not_landmarks="other_photos")`.
    """
    bundle = predictor.bundle
    scored = (score_labelled(predictor, split.photos[part], part) for part in PARTS)
    (train, train_labels), (valid, valid_labels) = scored
    others = _score_others(predictor, not_landmarks) if not_landmarks else None
    half = len(others.logits) // 2 if others else 0
    fitted_on = others.features[:half] if others else None
    fitted = fit_ood_scorer(train.features, train_labels, valid.features, valid_labels, fitted_on)
    unlike = others.logits[:half] if others else None
    calibration = _fit(fitted, valid.logits, valid_labels, unlike, false_places)
    content, scores = fitted.scorer.to_bytes(), {}
    if others:
        kept = OodScorer.from_bytes(content, feature_dim=bundle.feature_dim)
        measured = calibration.confidences(others.logits[half:], kept.known_logits(others.features[half:])).max(axis=1)
        refusal = _measure(calibration, calibration.confidences(valid.logits, fitted.valid).max(axis=1),
                           valid.logits.argmax(axis=1) == valid_labels, measured)  # fmt: skip
        scores = {"not_landmarks": {"fitted_on": half, **refusal}}
        tell("not_landmarks: " + ", ".join(f"{key} {value:.4g}" for key, value in scores["not_landmarks"].items()))
    made = _write(bundle, content, calibration, scores)
    tell(f"Calibrated {made.path}: temperature {calibration.temperature:.3f}, threshold {calibration.threshold:.3f}")
    return made


def score_labelled(
    predictor: Predictor, photos: Sequence[LabelledPhoto], part: str
) -> tuple[Scores, NDArray[np.int64]]:
    """What the network says of photos, and their labels, those that cannot be read left out.

    Example: `scores, labels = score_labelled(predictor, split.photos["valid"], "valid")`.
    """
    paths: Iterable[Path] = track([photo.path for photo in photos], f"Reading {part}", total=len(photos))
    scores = predictor.scores(paths)
    return scores, np.array([photo.label for photo in photos], dtype=np.int64)[scores.readable]


def check_others(folder: str | Path, n_photos: int) -> None:
    """Raise `DataError` where a folder holds too few photos of anything else.

    >>> check_others("other_photos", 400)
    """
    if n_photos < _LEAST_OTHERS:
        raise DataError(
            f"{folder}: found {count_text(n_photos, 'photo')}. Expected at least {_LEAST_OTHERS} of anything but the "
            "landmarks: one half fits the refusal, each judged by what the others made, and the other measures it."
        )


def _score_others(predictor: Predictor, folder: str | Path) -> Scores:
    photos = usable_photos(folder)
    check_others(folder, len(photos))
    scores = predictor.scores(track(photos, "Reading other photos", total=len(photos)))
    check_others(folder, len(scores.logits))  # what cannot be read was not counted out before
    return scores


def _fit(
    fitted: Fitted,
    valid: NDArray[np.float32],
    labels: NDArray[np.int64],
    others: NDArray[np.float32] | None,
    false_places: float,
) -> Calibration:
    """Every photo counts as it is judged by weights that it did not make, so that the threshold is not flattered."""
    calibration = Calibration(fit_temperature(valid, labels))
    probabilities = calibration.probabilities(valid)
    correct = valid.argmax(axis=1) == labels
    calibration = replace(
        calibration,
        platt=fit_platt_scaling(probabilities.max(axis=1), fitted.valid, correct),
        nonconformity=compress_scores(nonconformity_scores(probabilities, labels)),
    )
    best = calibration.confidences(valid, fitted.valid).max(axis=1)
    if others is None:
        return replace(calibration, threshold=fit_threshold(best, correct))
    other = calibration.confidences(others, fitted.negatives).max(axis=1)
    return replace(
        calibration,
        threshold=fit_threshold(best, correct, other, false_places),
        negative_confidences=tuple(sorted(other.tolist())),
    )


def _measure(
    calibration: Calibration, best: NDArray[np.float64], correct: NDArray[np.bool_], measured: NDArray[np.float64]
) -> dict[str, Any]:
    """How photos of anything else that made nothing are refused, and how many validation photos are answered."""
    answered = best >= calibration.threshold
    return {
        "measured_on": len(measured),
        "false_places": float((measured >= calibration.threshold).mean()),
        "auroc": auroc(best, measured),
        "valid_answered": float(answered.mean()),
        "valid_answered_right": float(correct[answered].mean()) if answered.any() else 0.0,
    }


def _write(bundle: Bundle, scorer: bytes, calibration: Calibration, scores: dict[str, Any]) -> Bundle:
    """The bundle in its own place, with what was fitted."""
    card = json.loads((bundle.path / CARD).read_bytes())
    kept = {name: score for name, score in card["scores"].items() if name != "not_landmarks"}  # of another threshold
    card |= {"calibration": calibration.to_dict(), "scores": kept | scores}
    del card["schema_version"]  # what is written now may not be read by what knew the old one
    files: dict[str, bytes | Path] = {name: bundle.path / name for name in bundle.files if name != OOD_FILE}
    return write_bundle(bundle.path, card, {**files, OOD_FILE: scorer})
