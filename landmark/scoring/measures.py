"""What a scorecard measures of the answers to photos: by landmark, how many are answered, distances, confidence.

The formulas are in `metrics`; here their results get names and become JSON.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from landmark.core.text import json_values
from landmark.geo.coordinates import distance_km
from landmark.geo.place import Place
from landmark.metrics.distance import LIMITS_KM, share_within
from landmark.metrics.intervals import wilson_interval
from landmark.metrics.reliability import (
    ReliabilityBin,
    RiskCoverage,
    calibration_error_range,
    expected_calibration_error,
    reliability_bins,
)
from landmark.scoring.report import LandmarkScore
from landmark.scoring.scored_photos import ScoredPhotos

RISKS = (0.005, 0.01, 0.02, 0.05)
COVERAGES = (0.5, 0.8, 0.9, 1.0)
_CURVE_POINTS = 100  # of a curve in JSON


@dataclass(frozen=True)
class LandmarkOutcomes(LandmarkScore):
    """How the photos of one landmark were answered; its score counts best candidates, confident enough or not."""

    n_right_places: int  # confident enough, and right
    n_wrong_places: int  # confident enough, and another landmark
    n_named_wrongly: int  # photos of other landmarks, or of none, that were given this landmark's place

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return Wilson's 95 % interval of the accuracy."""
        return wilson_interval(self.n_correct, self.n_photos) if self.n_photos else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**super().to_dict(), "interval": json_values(self.interval)}


def landmark_outcomes(
    scored: ScoredPhotos, categories: Sequence[str], negatives: ScoredPhotos | None
) -> tuple[LandmarkOutcomes, ...]:
    """Return how the photos of each landmark were answered, in the order of the categories."""
    given = [photos.best[photos.answered & ~photos.correct] for photos in (scored, negatives) if photos is not None]
    named_wrongly = np.bincount(np.concatenate(given), minlength=len(categories))
    found = []
    for index, name in enumerate(categories):
        own = scored.labels == index
        right, answered = scored.correct[own], scored.answered[own]
        found.append(
            LandmarkOutcomes(
                name,
                n_photos=int(own.sum()),
                n_correct=int(right.sum()),
                n_right_places=int((right & answered).sum()),
                n_wrong_places=int((~right & answered).sum()),
                n_named_wrongly=int(named_wrongly[index]),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class AnswerRate:
    """How many photos of known landmarks were given a place, and how many of these the right one."""

    n_photos: int
    n_answered: int
    n_right: int

    @classmethod
    def of(cls, scored: ScoredPhotos) -> Self:
        """Count them."""
        right = int((scored.answered & scored.correct).sum())
        return cls(len(scored.paths), int(scored.answered.sum()), right)

    @property
    def share(self) -> float:
        """Return the share of photos that were given a place."""
        return self.n_answered / self.n_photos

    @property
    def precision(self) -> float | None:
        """Return the share of right ones among the places given; None where none was."""
        return self.n_right / self.n_answered if self.n_answered else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with intervals of 95 % (Wilson)."""
        return {
            **json_values(self),
            "share": self.share,
            "interval": list(wilson_interval(self.n_answered, self.n_photos)),
            "precision": self.precision,
            "precision_interval": list(wilson_interval(self.n_right, self.n_answered)) if self.n_answered else None,
        }


@dataclass(frozen=True)
class Distances:
    """The share of answers whose place lies within some km of the place of the landmark that is shown."""

    n_photos: int  # those whose landmark has a place
    n_answered: int  # of these
    limits_km: tuple[float, ...]
    best_candidates: tuple[float, ...]  # of all photos, as if none were refused
    answered: tuple[float, ...] | None  # of those that got an answer; None where none did
    n_without_place: int  # photos left out, because the place of their landmark is unknown

    @classmethod
    def of(cls, scored: ScoredPhotos, places: Sequence[Place | None]) -> Self | None:
        """Measure them; None where no landmark that is shown has a place."""
        has_place = np.array([place is not None and place.coordinates is not None for place in places], dtype=bool)
        placed = has_place[scored.labels]
        if not placed.any():
            return None
        pairs = zip(scored.labels[placed], scored.best[placed], strict=True)
        distances_km = np.array([_distance_km(places[shown], places[best]) for shown, best in pairs])
        answered = scored.answered[placed]
        return cls(
            n_photos=int(placed.sum()),
            n_answered=int(answered.sum()),
            limits_km=LIMITS_KM,
            best_candidates=share_within(distances_km),
            answered=share_within(distances_km[answered]) if answered.any() else None,
            n_without_place=int((~placed).sum()),
        )


def _distance_km(shown: Place | None, answered: Place | None) -> float:
    """Return the distance; infinite where either has no coordinates: an answer without a place helps nobody."""
    if shown is None or answered is None or shown.coordinates is None or answered.coordinates is None:
        return math.inf
    return distance_km(shown.coordinates, answered.coordinates)


@dataclass(frozen=True)
class Reliability:
    """How well confidences agree with accuracy."""

    error: float  # expected calibration error
    range: tuple[float, float]  # of the error of a perfectly calibrated model with the same confidences, 95 %
    mean_confidence: float
    accuracy: float
    bins: tuple[ReliabilityBin, ...]

    @classmethod
    def of(cls, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> Self:
        """Measure it on photos (N,)."""
        return cls(
            error=expected_calibration_error(confidence, correct),
            range=calibration_error_range(confidence),
            mean_confidence=float(confidence.mean()),
            accuracy=float(correct.mean()),
            bins=reliability_bins(confidence, correct),
        )

    @property
    def by_chance(self) -> bool:
        """Return whether a perfectly calibrated model may well have an error this large."""
        return self.error <= self.range[1]

    @property
    def verdict(self) -> str:
        """Return what the error means for its confidence, in words."""
        if self.by_chance:
            return "honest"
        too_sure = self.mean_confidence - self.accuracy
        if abs(too_sure) < self.error / 2:  # the bins err in both directions
            return "too sure of some answers, not sure enough of others"
        return "too sure" if too_sure > 0 else "not sure enough"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**json_values(self), "by_chance": self.by_chance, "verdict": self.verdict}


def curve_dict(curve: RiskCoverage) -> dict[str, Any]:
    """Return a risk-coverage curve as plain JSON values, with some points to read off and enough to draw it again."""
    return {
        "area": curve.area,
        "risk_at_coverage": {f"{coverage:g}": curve.risk_at(coverage) for coverage in COVERAGES},
        "coverage_at_risk": {f"{risk:g}": curve.coverage_at(risk) for risk in RISKS},
        "curve": [
            {"coverage": float(curve.coverage[i]), "risk": float(curve.risk[i]), "threshold": float(curve.threshold[i])}
            for i in curve.spread_points(_CURVE_POINTS)
        ],
    }
