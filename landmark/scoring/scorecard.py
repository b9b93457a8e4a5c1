"""The scorecard of a model: all that a test measures, as a value that `landmark test` prints or writes."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landmark.core.text import count_text, json_values
from landmark.metrics.intervals import bootstrap_interval
from landmark.metrics.reliability import RiskCoverage, risk_coverage
from landmark.model.bundle import Bundle
from landmark.scoring.difference import ModelDifference
from landmark.scoring.measures import (
    AnswerRate,
    Distances,
    LandmarkOutcomes,
    Reliability,
    curve_dict,
    landmark_outcomes,
)
from landmark.scoring.negatives import Negatives
from landmark.scoring.report import Report, build_report
from landmark.scoring.scored_photos import ScoredPhotos


@dataclass(frozen=True)
class Leaks:
    """Test photos that the model may have been trained on, and the scores without them."""

    photos: tuple[Path, ...]
    without: Report | None  # None where no photo is left

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; of the scores those that are one number, or an interval."""
        scores = None
        if self.without:
            left_out = ("per_landmark", "confusions", "unreadable", "loss")
            scores = {key: value for key, value in self.without.to_dict().items() if key not in left_out}
        return {"n_photos": len(self.photos), "photos": json_values(self.photos), "without": scores}


@dataclass(frozen=True, eq=False)
class Scorecard:
    """How well a model does on photos whose landmarks are known; fractions from 0 to 1, intervals of 95 %."""

    model: str
    data: str
    threshold: float  # the confidence from which on the model gives a place
    report: Report  # best candidates, whether or not they were confident enough
    bootstrap: dict[str, tuple[float, float]]  # intervals of each of the report's accuracies
    landmarks: tuple[LandmarkOutcomes, ...]  # in the order of the categories
    answer_rate: AnswerRate
    distances: Distances | None  # None where no landmark has a place
    reliability: Reliability
    risk_coverage: RiskCoverage
    negatives: Negatives | None  # None without photos of anything else
    leaks: Leaks | None  # None where its training photos are unknown
    difference: ModelDifference | None  # None without a second model
    scored: ScoredPhotos  # what all of it was made of
    scored_negatives: ScoredPhotos | None

    @property
    def risk_curves(self) -> list[tuple[str, RiskCoverage]]:
        """Return risk against coverage on photos of landmarks and, where there are negatives, mixed with these."""
        curves = [("photos of its landmarks", self.risk_coverage)]
        if self.negatives:
            mixed = f"with {count_text(self.negatives.n_photos, 'photo')} of anything else"
            curves.append((mixed, self.negatives.risk_coverage))
        return curves

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Return all photos that could not be read, of either kind, each with the reason."""
        return self.report.unreadable + (self.negatives.unreadable if self.negatives else ())

    @property
    def worst_landmarks(self) -> list[LandmarkOutcomes]:
        """Return landmarks that have photos, the least accurate first, and of equals the one with most photos."""
        with_photos = [one for one in self.landmarks if one.n_photos]
        return sorted(with_photos, key=lambda one: (one.n_correct / one.n_photos, -one.n_photos))

    def to_dict(self, *, photos: bool = False) -> dict[str, Any]:
        """Return plain JSON values: the report's keys, and those of the rest; with `photos`, also a row a photo."""
        categories = [one.landmark for one in self.landmarks]
        values = {
            **self.report.to_dict(),
            "per_landmark": [one.to_dict() for one in self.landmarks],
            "model": self.model,
            "data": self.data,
            "threshold": self.threshold,
            "bootstrap_intervals": json_values(self.bootstrap),
            "worst_landmarks": [one.landmark for one in self.worst_landmarks],
            "answered": self.answer_rate.to_dict(),
            "distances": json_values(self.distances),
            "calibration": self.reliability.to_dict(),
            "risk_coverage": curve_dict(self.risk_coverage),
            "not_landmarks": self.negatives.to_dict() if self.negatives else None,
            "leaks": self.leaks.to_dict() if self.leaks else None,
            "difference": self.difference.to_dict() if self.difference else None,
        }
        if photos:
            values["photos"] = self.scored.rows(categories)
            others = self.scored_negatives
            values["photos_of_anything_else"] = others.rows(categories) if others else None
        return values


def make_scorecard(
    bundle: Bundle,
    data: str,
    scored: ScoredPhotos,
    *,
    negatives: ScoredPhotos | None = None,
    leaking: Collection[Path] | None = None,
    difference: ModelDifference | None = None,
) -> Scorecard:
    """Measure a model's answers to photos of its landmarks, and to `negatives`, photos of anything else.

    `leaking` are those of the photos that it may have been trained on; None where its training photos are unknown.
    """
    report = _report(scored, bundle)
    return Scorecard(
        model=model_name(bundle),
        data=data,
        threshold=bundle.calibration.threshold,
        report=report,
        bootstrap={
            "accuracy": bootstrap_interval(scored.correct),
            "macro_accuracy": report.macro_interval,
            "top_3": report.top_3_interval,
            "top_5": report.top_5_interval,
        },
        landmarks=landmark_outcomes(scored, bundle.categories, negatives),
        answer_rate=AnswerRate.of(scored),
        distances=Distances.of(scored, bundle.places),
        reliability=Reliability.of(scored.confidence, scored.correct),
        risk_coverage=risk_coverage(scored.confidence, scored.correct),
        negatives=Negatives.of(scored, negatives) if negatives else None,
        leaks=None if leaking is None else _without(leaking, scored, bundle),
        difference=difference,
        scored=scored,
        scored_negatives=negatives,
    )


def model_name(bundle: Bundle) -> str:
    """Return what a model is called on a scorecard."""
    return f"{bundle.name}, version {bundle.version}"


def _report(scored: ScoredPhotos, bundle: Bundle) -> Report:
    return build_report(scored.confidences, scored.labels, bundle.categories, unreadable=scored.errors)


def _without(leaking: Collection[Path], scored: ScoredPhotos, bundle: Bundle) -> Leaks:
    leaks = np.array([path in leaking for path in scored.paths], dtype=bool)
    without = _report(scored.select(~leaks), bundle) if not leaks.all() else None
    return Leaks(tuple(path for path, leak in zip(scored.paths, leaks, strict=True) if leak), without)
