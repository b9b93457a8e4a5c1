"""Two models on the same photos: how far apart they are, and whether by more than chance.

Every photo is answered by both, so what is hard for both cancels out: such paired tests find differences that two
separate intervals hide.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import DataError
from landmark.core.text import json_values
from landmark.metrics.paired import difference_interval, mcnemar_test
from landmark.scoring.scored_photos import ScoredPhotos

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class MeasuredDifference:
    """One measure of both models; fractions from 0 to 1."""

    measure: str
    ours: float
    theirs: float
    interval: tuple[float, float]  # of ours - theirs: paired bootstrap, 95 %
    n_only_ours: int | None = None  # photos for which it is so with ours alone; None where photos do not count the same
    n_only_theirs: int | None = None
    p: float | None = None  # McNemar, exact, two-sided

    @property
    def difference(self) -> float:
        """Return how much higher ours is."""
        return self.ours - self.theirs

    @property
    def more_than_chance(self) -> bool:
        """Return whether McNemar's test says so where there is one, else whether the interval excludes 0."""
        if self.p is not None:
            return self.p < SIGNIFICANT
        return self.interval[0] > 0 or self.interval[1] < 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**json_values(self), "difference": self.difference, "more_than_chance": self.more_than_chance}


@dataclass(frozen=True)
class ModelDifference:
    """All measures of two models on the same photos; the accuracy comes first."""

    model: str
    against: str
    n_photos: int
    measures: tuple[MeasuredDifference, ...]
    only_ours: tuple[Path, ...]  # photos whose best candidate is right with ours alone
    only_theirs: tuple[Path, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**json_values(self), "measures": [measure.to_dict() for measure in self.measures]}


def compare_models(
    names: tuple[str, str],
    ours: ScoredPhotos,
    theirs: ScoredPhotos,
    negatives: tuple[ScoredPhotos, ScoredPhotos] | None = None,
) -> ModelDifference:
    """Compare the answers of two models, called `names`, to the same photos.

    Photos that either of them could not read are left out. `negatives` are both models' answers to photos of
    anything else. Raises `DataError` when no photo is left.
    """
    ours, theirs = _in_common(ours, theirs)
    answered = ours.answered & ours.correct, theirs.answered & theirs.correct
    wrong = ours.answered & ~ours.correct, theirs.answered & ~theirs.correct
    measures = [
        _difference("accuracy", ours.correct, theirs.correct),
        MeasuredDifference(
            "macro accuracy",
            _macro(ours.correct, ours.labels),
            _macro(theirs.correct, ours.labels),
            difference_interval(ours.correct, theirs.correct, ours.labels),
        ),
        _difference("right place given", *answered),
        _difference("wrong place given", *wrong),
    ]
    if negatives is not None:
        negatives = _in_common(*negatives)
        measures.append(_difference("place given to anything else", negatives[0].answered, negatives[1].answered))
    return ModelDifference(
        *names,
        n_photos=len(ours.paths),
        measures=tuple(measures),
        only_ours=ours.select(ours.correct & ~theirs.correct).paths,
        only_theirs=ours.select(theirs.correct & ~ours.correct).paths,
    )


def _in_common(ours: ScoredPhotos, theirs: ScoredPhotos) -> tuple[ScoredPhotos, ScoredPhotos]:
    both = set(ours.paths) & set(theirs.paths)
    if not both:
        raise DataError("No photo was read by both models. Expected at least one: compare them on the same photos.")
    kept = [photos.select(np.array([path in both for path in photos.paths], dtype=bool)) for photos in (ours, theirs)]
    return kept[0], kept[1]


def _difference(measure: str, ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> MeasuredDifference:
    n_only_ours, n_only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    return MeasuredDifference(
        measure,
        float(ours.mean()),
        float(theirs.mean()),
        difference_interval(ours, theirs),
        n_only_ours,
        n_only_theirs,
        mcnemar_test(n_only_ours, n_only_theirs),
    )


def _macro(correct: NDArray[np.bool_], labels: NDArray[np.int64]) -> float:
    return float(np.mean([correct[labels == label].mean() for label in np.unique(labels)]))
