"""The answers of a model to labelled photos: the arrays that all scores are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import DataError
from landmark.core.progress import track
from landmark.core.text import count_text
from landmark.model.predictor import Predictor

NO_LANDMARK = -1  # the label of a photo that shows none of the model's landmarks


@dataclass(frozen=True, eq=False)
class ScoredPhotos:
    """The answers to N photos that could be read, in order; C landmarks."""

    paths: tuple[Path, ...]  # N
    labels: NDArray[np.int64]  # (N,): what is shown, by the model's index; NO_LANDMARK for anything else
    confidences: NDArray[np.float64]  # (N, C), as the predictor states them
    answered: NDArray[np.bool_]  # (N,): whether it was confident enough to give a place
    errors: tuple[str, ...] = ()  # of the photos that could not be read, which are in none of the above

    @cached_property
    def best(self) -> NDArray[np.int64]:
        """Return the best candidate's index, whether it was given as the answer or not: (N,)."""
        return np.asarray(self.confidences.argmax(axis=1))

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Return the best candidate's confidence: (N,)."""
        return np.asarray(self.confidences.max(axis=1))

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Return whether the best candidate is what is shown: (N,)."""
        return np.asarray(self.best == self.labels)

    def select(self, chosen: NDArray[np.bool_]) -> "ScoredPhotos":
        """Return those of the photos for which `chosen` (N,) is true."""
        paths = tuple(path for path, wanted in zip(self.paths, chosen, strict=True) if wanted)
        return ScoredPhotos(paths, self.labels[chosen], self.confidences[chosen], self.answered[chosen], self.errors)

    def rows(self, categories: Sequence[str]) -> list[dict[str, Any]]:
        """Return a row a photo, as JSON has it; `landmark` is null for anything else, `answer` where none was given."""
        return [
            {
                "photo": str(path),
                "landmark": None if label == NO_LANDMARK else categories[label],
                "answer": categories[best] if answered else None,
                "best_candidate": categories[best],
                "confidence": float(confidence),
                "correct": bool(best == label),
            }
            for path, label, best, confidence, answered in zip(
                self.paths, self.labels, self.best, self.confidence, self.answered, strict=True
            )
        ]


def score_photos(
    predictor: Predictor, paths: Sequence[Path], labels: Sequence[int], *, description: str = "Scoring"
) -> ScoredPhotos:
    """Locate photos and put the answers beside their labels, which are the model's indices.

    Raises `DataError` when none of them can be read.
    """
    categories = predictor.bundle.categories
    photos = track(paths, description, total=len(paths))
    answers = predictor.locate_each(photos, top=len(categories), own_positions=False)
    kept: list[int] = []
    rows: list[NDArray[np.float64]] = []
    answered: list[bool] = []
    errors: list[str] = []
    for number, answer in enumerate(answers):
        if answer.error is not None:
            errors.append(answer.error)
            continue
        kept.append(number)
        confidence_of = {one.landmark: one.confidence for one in answer.candidates}
        rows.append(np.array([confidence_of[name] for name in categories]))
        answered.append(answer.landmark is not None)
    if not kept:
        raise DataError(f"None of {count_text(len(paths), 'photo')} can be read; the first: {errors[0]}")
    return ScoredPhotos(
        tuple(paths[number] for number in kept),
        np.array([labels[number] for number in kept], dtype=np.int64),
        np.stack(rows),
        np.array(answered, dtype=bool),
        tuple(errors),
    )
