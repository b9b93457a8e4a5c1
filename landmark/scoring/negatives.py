"""What photos of anything but the model's landmarks add to a scorecard: false-positive rate, GAP, AUROC."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from landmark.metrics.intervals import wilson_interval
from landmark.metrics.ranking import auroc, global_average_precision, global_average_precision_interval
from landmark.metrics.reliability import RiskCoverage, risk_coverage
from landmark.scoring.measures import Reliability, curve_dict
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos


@dataclass(frozen=True, eq=False)
class Negatives:
    """Photos of anything but the model's landmarks, alone and mixed with those of its landmarks."""

    n_photos: int
    n_false_positives: int  # those that were given a place
    auroc: float  # how well confidence separates the two kinds
    gap: float  # global average precision of the best candidates
    gap_interval: tuple[float, float]
    gap_answered: float  # the same of the answers that were given: a refusal is no answer
    reliability: Reliability  # of both kinds together, as many as there are of each
    risk_coverage: RiskCoverage  # likewise: a place for a negative is a wrong answer
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, scored: ScoredPhotos, negatives: ScoredPhotos) -> Self:
        """Measure them."""
        confidence = np.concatenate([scored.confidence, negatives.confidence])
        correct = np.concatenate([scored.correct, negatives.correct])
        shows = np.concatenate([scored.labels, negatives.labels]) != NO_LANDMARK
        answered = np.concatenate([scored.answered, negatives.answered])
        return cls(
            n_photos=len(negatives.paths),
            n_false_positives=int(negatives.answered.sum()),
            auroc=auroc(scored.confidence, negatives.confidence),
            gap=global_average_precision(confidence, correct, shows),
            gap_interval=global_average_precision_interval(confidence, correct, shows),
            gap_answered=global_average_precision(confidence, correct, shows, answered=answered),
            reliability=Reliability.of(confidence, correct),
            risk_coverage=risk_coverage(confidence, correct),
            unreadable=negatives.errors,
        )

    @property
    def false_positive_rate(self) -> float:
        """Return the share of them that were given a place."""
        return self.n_false_positives / self.n_photos

    @property
    def false_positive_interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the false-positive rate."""
        return wilson_interval(self.n_false_positives, self.n_photos)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "n_photos": self.n_photos,
            "n_places": self.n_false_positives,
            "false_places": self.false_positive_rate,
            "false_places_interval": list(self.false_positive_interval),
            "auroc": self.auroc,
            "gap": self.gap,
            "gap_interval": list(self.gap_interval),
            "gap_answered": self.gap_answered,
            "calibration_mixed": self.reliability.to_dict(),
            "risk_coverage_mixed": curve_dict(self.risk_coverage),
            "unreadable": list(self.unreadable),
        }
