"""Calibrate a bundle, without PyTorch: its OOD score, its confidences, and when it refuses.

Fitted on the training and validation photos of its data and on the first half of the negatives; measured on their
second half. Test photos are not looked at. Weights and network stay as they are.
"""

import logging
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.progress import track
from landmark.core.text import count_text
from landmark.dataset.folders import LabelledPhoto, usable_photos
from landmark.dataset.splits import Split, check_enough, split_data
from landmark.metrics.calibration import Calibration
from landmark.metrics.calibration_fit import fit_platt_scaling, fit_temperature, fit_threshold
from landmark.metrics.conformal import compress_scores, nonconformity_scores
from landmark.metrics.ood import OodScorer
from landmark.metrics.ood_fit import fit_ood_scorer
from landmark.metrics.ranking import auroc
from landmark.model.bundle import Bundle, save_bundle
from landmark.model.predictor import Predictor
from landmark.model.scored_photo import Scores
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules

logger = logging.getLogger(__name__)

SPLITS = ("train", "valid")
_LEAST_NEGATIVES = 4
FALSE_POSITIVE_RATE = 0.01  # the share of negatives that may get a place


def split_of(bundle: Bundle, data: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> Split:
    """Split a data folder as when a bundle was trained on it.

    Raises `DataError` where that holds other landmarks or too few photos, `ConfigurationError` where no photo was held
    out.
    """
    recipe = bundle.training.get("recipe", {})
    if recipe.get("refit"):
        raise ConfigurationError(
            f"{bundle.path}: its last training saw the validation photos too, so nothing is left to calibrate it on. "
            "Export the run's own checkpoint, with the recipe's refit = false."
        )
    split = split_data(data, valid_ratio=recipe.get("valid_ratio", 0.25), seed=recipe.get("seed", 0), rules=rules)
    if split.categories.names != bundle.categories:
        raise DataError(
            f"{data}: found {len(split.categories)} landmarks, which are not the {bundle.n_classes} of {bundle.path}. "
            "Expected the folder that the model was trained on."
        )
    check_enough(split)
    known = bundle.training.get("photos", {})
    if known and any(len(split.photos[name]) != known.get(name) for name in SPLITS):
        found, expected = ({name: counts.get(name) for name in SPLITS} for counts in (split.counts(), known))
        warnings.warn(
            f"{data} holds other photos than the model was trained on ({found}, then {expected}). If some were among "
            "those, photos that it has learnt are taken for new ones, and its confidences come out too high.",
            stacklevel=2,
        )
    return split


class SplitScores(NamedTuple):
    """What a network gives for the training and validation photos, and for negatives if there are any."""

    train: Scores
    train_labels: NDArray[np.int64]
    valid: Scores
    valid_labels: NDArray[np.int64]
    negatives: Scores | None = None


class FittedCalibration(NamedTuple):
    """What `Bundle.with_calibration` takes."""

    calibration: Calibration
    ood_scorer: bytes
    scores: dict[str, Any]  # how negatives are refused; empty where there were none


def calibrate(
    predictor: Predictor,
    split: Split,
    *,
    not_landmarks: str | Path | None = None,
    false_positive_rate: float = FALSE_POSITIVE_RATE,
) -> Bundle:
    """Fit a bundle's confidences and refusal and write it, in its own place; returns the new bundle.

    Example: `calibrate(predictor, split_of(predictor.bundle, "my_photos"), not_landmarks="other_photos")`.
    """
    fitted = fit_calibration(score_split(predictor, split, not_landmarks), false_positive_rate)
    return save_calibrated(predictor.bundle, fitted)


def save_calibrated(bundle: Bundle, fitted: FittedCalibration) -> Bundle:
    """Write a bundle with a calibration, log how it refuses; returns the new bundle.

    Example: `save_calibrated(bundle, fit_calibration(score_split(Predictor(bundle), split)))`.
    """
    for kind, values in fitted.scores.items():
        logger.info(f"{kind}: " + ", ".join(f"{key} {value:.4g}" for key, value in values.items()))
    made = save_bundle(bundle.with_calibration(*fitted))
    temperature, threshold = fitted.calibration.temperature, fitted.calibration.threshold
    logger.info(f"Calibrated {made.path}: temperature {temperature:.3f}, threshold {threshold:.3f}")
    return made


def score_split(predictor: Predictor, split: Split, not_landmarks: str | Path | None = None) -> SplitScores:
    """Score the training and validation photos of a split, and the photos of a folder of negatives.

    Raises `DataError` where there are too few negatives.

    Example: `score_split(predictor, split_of(predictor.bundle, "my_photos"), "other_photos")`.
    """
    negatives = (
        _score_negatives(predictor, not_landmarks, split.rules) if not_landmarks else None
    )  # first: they may be too few
    train, valid = (score_labelled(predictor, split.photos[name], name) for name in SPLITS)
    return SplitScores(*train, *valid, negatives)


def fit_calibration(scored: SplitScores, false_positive_rate: float = FALSE_POSITIVE_RATE) -> FittedCalibration:
    """Fit confidences and refusal to scores; the first half of the negatives fits, the second measures.

    Every photo is judged by weights that it did not make.

    Example: `fit_calibration(score_split(predictor, split, "other_photos"))`.
    """
    valid, labels, negatives = scored.valid, scored.valid_labels, scored.negatives
    half = len(negatives.logits) // 2 if negatives else 0
    fit_features = negatives.features[:half] if negatives else None
    fitted = fit_ood_scorer(scored.train.features, scored.train_labels, valid.features, labels, fit_features)
    calibration = Calibration(fit_temperature(valid.logits, labels))
    probabilities = calibration.probabilities(valid.logits)
    correct = valid.logits.argmax(axis=1) == labels
    calibration = replace(
        calibration,
        platt=fit_platt_scaling(probabilities.max(axis=1), fitted.valid, correct),
        nonconformity=compress_scores(nonconformity_scores(probabilities, labels)),
    )
    content = fitted.scorer.to_bytes()
    best = calibration.confidences(valid.logits, fitted.valid).max(axis=1)
    if negatives is None:
        return FittedCalibration(replace(calibration, threshold=fit_threshold(best, correct)), content, {})
    other = calibration.confidences(negatives.logits[:half], fitted.negatives).max(axis=1)
    threshold = fit_threshold(best, correct, other, false_positive_rate)
    calibration = replace(calibration, threshold=threshold, negative_confidences=tuple(sorted(other.tolist())))
    stored = OodScorer.from_bytes(content, feature_dim=valid.features.shape[1])
    known = stored.known_logits(negatives.features[half:])
    measured = calibration.confidences(negatives.logits[half:], known).max(axis=1)
    answered = best >= threshold
    refusal = {
        "fitted_on": half,
        "measured_on": len(measured),
        "false_places": float((measured >= threshold).mean()),
        "auroc": auroc(best, measured),
        "valid_answered": float(answered.mean()),
        "valid_answered_right": float(correct[answered].mean()) if answered.any() else 0.0,
    }
    return FittedCalibration(calibration, content, {"not_landmarks": refusal})


def score_labelled(
    predictor: Predictor, photos: Sequence[LabelledPhoto], name: str
) -> tuple[Scores, NDArray[np.int64]]:
    """Score photos, and return their labels beside, those that cannot be read left out.

    Example: `scores, labels = score_labelled(predictor, split.photos["valid"], "valid")`.
    """
    paths: Iterable[Path] = track([photo.path for photo in photos], f"Reading {name}", total=len(photos))
    scores = predictor.scores(paths)
    return scores, np.array([photo.label for photo in photos], dtype=np.int64)[scores.readable]


def check_negatives(folder: str | Path | None, rules: IgnoreRules = DEFAULT_RULES) -> None:
    """Raise `DataError` where a folder holds too few photos of anything but the landmarks; None is no folder.

    >>> check_negatives(None)
    """
    if folder is not None:
        _check_count(folder, len(usable_photos(folder, rules)))


def _check_count(folder: str | Path, n_photos: int) -> None:
    if n_photos < _LEAST_NEGATIVES:
        raise DataError(
            f"{folder}: found {count_text(n_photos, 'photo')}. Expected at least {_LEAST_NEGATIVES} of anything but "
            "the landmarks: one half fits the refusal and the other measures it."
        )


def _score_negatives(predictor: Predictor, folder: str | Path, rules: IgnoreRules) -> Scores:
    photos = usable_photos(folder, rules)
    scores = predictor.scores(track(photos, "Reading negatives", total=len(photos)))
    _check_count(folder, len(scores.logits))
    return scores
