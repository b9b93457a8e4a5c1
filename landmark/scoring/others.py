"""The part of a scorecard that photos of anything but the model's landmarks give: false places, GAP, AUROC."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from landmark.metrics import (
    RiskCoverage,
    auroc,
    global_average_precision,
    global_average_precision_interval,
    risk_coverage,
    wilson_interval,
)
from landmark.scoring.parts import Reliability, curve_dict
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos


@dataclass(frozen=True, eq=False)
class OtherPhotos:
    """Photos of anything but the model's landmarks, alone and mixed with those of its landmarks."""

    n_photos: int
    n_places: int  # that got a place, each of them false
    auroc: float  # how well confidence tells the two kinds apart
    gap: float  # global average precision of the best candidates
    gap_interval: tuple[float, float]
    gap_answered: float  # the same of the answers that were given: what was refused is no answer
    reliability: Reliability  # of both kinds together, as many as there are of each
    risk_coverage: RiskCoverage  # likewise: a place for anything else is a wrong answer
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, scored: ScoredPhotos, others: ScoredPhotos) -> Self:
        """Measure them."""
        confidence = np.concatenate([scored.confidence, others.confidence])
        correct = np.concatenate([scored.correct, others.correct])
        shows = np.concatenate([scored.labels, others.labels]) != NO_LANDMARK
        answered = np.concatenate([scored.answered, others.answered])
        return cls(
            n_photos=len(others.paths),
            n_places=int(others.answered.sum()),
            auroc=auroc(scored.confidence, others.confidence),
            gap=global_average_precision(confidence, correct, shows),
            gap_interval=global_average_precision_interval(confidence, correct, shows),
            gap_answered=global_average_precision(confidence, correct, shows, answered=answered),
            reliability=Reliability.of(confidence, correct),
            risk_coverage=risk_coverage(confidence, correct),
            unreadable=others.errors,
        )

    @property
    def false_places(self) -> float:
        """The share of them that got a place."""
        return self.n_places / self.n_photos

    @property
    def false_places_interval(self) -> tuple[float, float]:
        """Wilson, 95 %."""
        return wilson_interval(self.n_places, self.n_photos)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "n_photos": self.n_photos,
            "n_places": self.n_places,
            "false_places": self.false_places,
            "false_places_interval": list(self.false_places_interval),
            "auroc": self.auroc,
            "gap": self.gap,
            "gap_interval": list(self.gap_interval),
            "gap_answered": self.gap_answered,
            "calibration_mixed": self.reliability.to_dict(),
            "risk_coverage_mixed": curve_dict(self.risk_coverage),
            "unreadable": list(self.unreadable),
        }
