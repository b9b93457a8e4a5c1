"""The result of a test, as a value that prints well and becomes JSON: accuracies, intervals, and errors.

The formulas are in `metrics`; the scores may come from a data loader or a bundle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import LandmarkError
from landmark.core.text import count_text, interval_text, json_values, percent_text
from landmark.metrics.accuracy import confusion_matrix, macro_accuracy, top_k_accuracy, top_k_hits
from landmark.metrics.intervals import bootstrap_interval, macro_interval, wilson_interval

_LINES_SHOWN = 5  # of hardest landmarks, confusions and unreadable photos: the whole fits on one screen


@dataclass(frozen=True)
class LandmarkScore:
    """How many photos of a landmark were recognised."""

    landmark: str
    n_photos: int
    n_correct: int

    @property
    def accuracy(self) -> float | None:
        """Return the fraction of right answers; None where there was no photo."""
        return self.n_correct / self.n_photos if self.n_photos else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**json_values(self), "accuracy": self.accuracy}


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
        """Return plain JSON values, with each landmark's accuracy (null where it had no photo)."""
        return {**json_values(self), "per_landmark": [score.to_dict() for score in self.per_landmark]}

    def confusion_matrix(self) -> NDArray[np.int64]:
        """Return the number of photos by true (rows) and answered (columns) landmark: (C, C)."""
        index_of = {score.landmark: index for index, score in enumerate(self.per_landmark)}
        matrix = np.diag([score.n_correct for score in self.per_landmark]).astype(np.int64)
        for confusion in self.confusions:
            matrix[index_of[confusion.landmark], index_of[confusion.taken_for]] = confusion.n_photos
        return matrix

    def __str__(self) -> str:
        n_landmarks = sum(score.n_photos > 0 for score in self.per_landmark)
        right = f"{self.n_correct} of {self.n_photos} right"
        lines = [
            f"{count_text(self.n_photos, 'photo')} of {count_text(n_landmarks, 'landmark')}",
            score_line("accuracy", self.accuracy, self.interval, right),
            score_line("macro accuracy", self.macro_accuracy, self.macro_interval, "every landmark counts the same"),
            score_line("among best 3", self.top_3, self.top_3_interval),
            score_line("among best 5", self.top_5, self.top_5_interval),
        ]
        if self.loss is not None:
            lines.append(f"  loss            {self.loss:7.4f}")
        wrong = [score for score in self.per_landmark if score.n_correct < score.n_photos]
        wrong.sort(key=lambda score: score.n_correct / score.n_photos)
        if wrong:
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
            lines += first_lines(self.unreadable, _LINES_SHOWN)
        return "\n".join(lines)


def score_line(name: str, fraction: float, interval: tuple[float, float] | None = None, remark: str = "") -> str:
    """Return a score as a line of a report.

    >>> score_line("accuracy", 0.939, (0.921, 0.953))
    '  accuracy         93.9 %   (95 % interval 92.1 to 95.3)'
    """
    remarks = "; ".join(filter(None, [interval_text(interval) if interval else "", remark]))
    return f"  {name:14}  {percent_text(fraction):>7}   ({remarks})"


def first_lines(items: Sequence[object], n_shown: int) -> list[str]:
    """Return the first items as lines of a report, and how many more there are.

    >>> first_lines(["a.jpg", "b.jpg", "c.jpg"], 1)
    ['  a.jpg', '  and 2 more']
    """
    more = [f"  and {len(items) - n_shown} more"] if len(items) > n_shown else []
    return [*(f"  {item}" for item in items[:n_shown]), *more]


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
        confusions=_confusions(matrix, names),
        unreadable=tuple(unreadable),
    )


def _confusions(matrix: NDArray[np.int64], names: Sequence[str]) -> tuple[Confusion, ...]:
    """Return the landmarks taken for others, the most frequent first."""
    found = [
        Confusion(names[true], names[taken], int(matrix[true, taken]))
        for true, taken in np.argwhere(matrix)
        if true != taken
    ]
    return tuple(sorted(found, key=lambda confusion: -confusion.n_photos))
