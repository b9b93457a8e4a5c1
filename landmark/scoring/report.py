"""What a test found out, as a value that prints well and serialises: accuracies, intervals, and where it goes wrong.

The figures come from `metrics`; where the scores come from (a loader, a bundle) is the caller's business.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import LandmarkError
from landmark.core.text import count_text, interval_text, percent_text
from landmark.metrics import (
    bootstrap_interval,
    confusion_matrix,
    macro_accuracy,
    macro_interval,
    top_k_accuracy,
    top_k_hits,
    wilson_interval,
)

_LINES_SHOWN = 5  # of hardest landmarks, confusions and unreadable photos: the whole fits on one screen


@dataclass(frozen=True)
class LandmarkScore:
    """One landmark's part of a report."""

    landmark: str
    n_photos: int
    n_correct: int

    @property
    def accuracy(self) -> float | None:
        """The fraction of right answers; None where there was no photo."""
        return self.n_correct / self.n_photos if self.n_photos else None


@dataclass(frozen=True)
class Confusion:
    """How many photos of a landmark were taken for another one."""

    landmark: str
    taken_for: str
    n_photos: int


@dataclass(frozen=True)
class Report:
    """How well photos were recognised; fractions from 0 to 1, intervals of 95 %."""

    n_photos: int
    n_correct: int
    accuracy: float
    interval: tuple[float, float]  # Wilson
    macro_accuracy: float  # every landmark counts the same
    macro_interval: tuple[float, float]  # bootstrap within each landmark
    top_3: float
    top_5: float
    top_3_interval: tuple[float, float]  # bootstrap
    top_5_interval: tuple[float, float]
    loss: float | None  # the criterion's mean over the photos, where there was one
    per_landmark: tuple[LandmarkScore, ...]  # in the order of the categories
    confusions: tuple[Confusion, ...]  # the most frequent first
    unreadable: tuple[str, ...]  # photos left out of everything above

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, with each landmark's accuracy (null where it had no photo)."""
        scores = [{**asdict(score), "accuracy": score.accuracy} for score in self.per_landmark]
        return {
            **asdict(self),
            "interval": list(self.interval),
            "macro_interval": list(self.macro_interval),
            "top_3_interval": list(self.top_3_interval),
            "top_5_interval": list(self.top_5_interval),
            "per_landmark": scores,
            "confusions": [asdict(confusion) for confusion in self.confusions],
            "unreadable": list(self.unreadable),
        }

    def confusion_matrix(self) -> NDArray[np.int64]:
        """Photos by true (rows) and answered (columns) landmark: (C, C)."""
        index_of = {score.landmark: index for index, score in enumerate(self.per_landmark)}
        matrix = np.diag([score.n_correct for score in self.per_landmark]).astype(np.int64)
        for confusion in self.confusions:
            matrix[index_of[confusion.landmark], index_of[confusion.taken_for]] = confusion.n_photos
        return matrix

    def __str__(self) -> str:
        n_landmarks = sum(score.n_photos > 0 for score in self.per_landmark)
        lines = [
            f"{count_text(self.n_photos, 'photo')} of {count_text(n_landmarks, 'landmark')}",
            f"  accuracy        {percent_text(self.accuracy):>7}   ({interval_text(self.interval)}; "
            f"{self.n_correct} of {self.n_photos} right)",
            f"  macro accuracy  {percent_text(self.macro_accuracy):>7}   ({interval_text(self.macro_interval)}; "
            "every landmark counts the same)",
            f"  among best 3    {percent_text(self.top_3):>7}   ({interval_text(self.top_3_interval)})",
            f"  among best 5    {percent_text(self.top_5):>7}   ({interval_text(self.top_5_interval)})",
        ]
        if self.loss is not None:
            lines.append(f"  loss            {self.loss:7.4f}")
        wrong = [score for score in self.per_landmark if score.n_correct < score.n_photos]
        if wrong:
            wrong.sort(key=lambda score: score.n_correct / score.n_photos)
            lines.append("Hardest landmarks")
            lines += [
                f"  {percent_text(score.n_correct / score.n_photos):>7}   {score.landmark} "
                f"({score.n_correct} of {score.n_photos} right)"
                for score in wrong[:_LINES_SHOWN]
            ]
            lines.append("Most often confused")
            lines += [
                f"  {confusion.n_photos:5} x   {confusion.landmark} taken for {confusion.taken_for}"
                for confusion in self.confusions[:_LINES_SHOWN]
            ]
        if self.unreadable:
            lines.append(f"Left out, because they could not be read: {count_text(len(self.unreadable), 'photo')}")
            lines += [f"  {photo}" for photo in self.unreadable[:_LINES_SHOWN]]
            if len(self.unreadable) > _LINES_SHOWN:
                lines.append(f"  and {len(self.unreadable) - _LINES_SHOWN} more")
        return "\n".join(lines)


def build_report(
    scores: ArrayLike,
    labels: ArrayLike,
    categories: Iterable[str],
    *,
    loss: float | None = None,
    unreadable: Iterable[str] = (),
) -> Report:
    """Compare scores (N, C), logits or probabilities, with labels (N,); categories are the C names in order.

    Raises `LandmarkError` when there is no photo or the three do not fit together.

    >>> report = build_report([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], ["Petra", "Taj Mahal"])
    >>> print(report)
    3 photos of 2 landmarks
      accuracy         66.7 %   (95 % interval 20.8 to 93.9; 2 of 3 right)
      macro accuracy   75.0 %   (95 % interval 50.0 to 100.0; every landmark counts the same)
      among best 3    100.0 %   (95 % interval 100.0 to 100.0)
      among best 5    100.0 %   (95 % interval 100.0 to 100.0)
    Hardest landmarks
       50.0 %   Taj Mahal (1 of 2 right)
    Most often confused
          1 x   Taj Mahal taken for Petra
    """
    names = tuple(categories)
    table, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if table.ndim != 2 or table.shape[1] != len(names):
        raise LandmarkError(
            f"Found scores of shape {table.shape} for {len(names)} landmarks. Expected (photos, {len(names)})."
        )
    accuracy = top_k_accuracy(table, truth)  # first, because it checks what the lines below rely on
    predicted = table.argmax(axis=1)
    matrix = confusion_matrix(predicted, truth, len(names))
    n_photos, n_correct = len(truth), int(matrix.trace())
    return Report(
        n_photos=n_photos,
        n_correct=n_correct,
        accuracy=accuracy,
        interval=wilson_interval(n_correct, n_photos),
        macro_accuracy=macro_accuracy(predicted, truth),
        macro_interval=macro_interval(predicted, truth),
        top_3=top_k_accuracy(table, truth, k=3),
        top_5=top_k_accuracy(table, truth, k=5),
        top_3_interval=bootstrap_interval(top_k_hits(table, truth, k=3)),
        top_5_interval=bootstrap_interval(top_k_hits(table, truth, k=5)),
        loss=loss,
        per_landmark=tuple(
            LandmarkScore(name, int(row.sum()), int(row[index]))
            for index, (name, row) in enumerate(zip(names, matrix, strict=True))
        ),
        confusions=tuple(
            sorted(
                (
                    Confusion(names[true], names[taken], int(matrix[true, taken]))
                    for true, taken in np.argwhere(matrix)
                    if true != taken
                ),
                key=lambda confusion: -confusion.n_photos,
            )
        ),
        unreadable=tuple(unreadable),
    )
