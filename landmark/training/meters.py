"""The metrics of a run: the six lists of the metrics file, and a meter that adds up one pass."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


class Scores(NamedTuple):
    """Mean loss and accuracy over one pass."""

    loss: float
    accuracy: float


@dataclass
class Meter:
    """Adds up loss and accuracy of a pass, batch by batch; every photo counts once.

    >>> meter = Meter()
    >>> meter.add(loss=0.5, n_correct=3, n_photos=4)
    >>> meter.add(loss=2.0, n_correct=0, n_photos=1)
    >>> meter.scores()
    Scores(loss=0.8, accuracy=0.6)
    """

    loss: float = 0.0
    n_correct: float = 0.0
    n_photos: float = 0.0

    def add(self, *, loss: float, n_correct: int, n_photos: int) -> None:
        """Add a batch; `loss` is its mean."""
        self.loss += loss * n_photos
        self.n_correct += n_correct
        self.n_photos += n_photos

    def scores(self) -> Scores:
        """Return the means."""
        return Scores(self.loss / self.n_photos, self.n_correct / self.n_photos)


@dataclass
class Metrics:
    """One entry per epoch, as in the metrics file; accuracies are fractions, `checkpoint` is 1 where weights were kept.

    >>> metrics = Metrics([1], [2.1], [0.3], [1.9], [0.4], [1])
    >>> metrics.best_epoch, sorted(metrics.to_dict())
    (1, ['checkpoint', 'epoch', 'train_acc', 'train_loss', 'valid_acc', 'valid_loss'])
    """

    epoch: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_acc: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    valid_acc: list[float] = field(default_factory=list)
    checkpoint: list[int] = field(default_factory=list)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return the six lists."""
        return asdict(self)

    @property
    def best_epoch(self) -> int | None:
        """Return the epoch whose weights are in the checkpoint."""
        kept = self._kept()
        return kept[-1] if kept else None

    def append(self, train: Scores, valid: Scores, keep: str = "loss") -> bool:
        """Add an epoch; return whether its weights are to be kept.

        That is when its validation loss is the lowest so far, or its accuracy the highest (of equals the one with the
        lower loss), or always, so that in the end the last is kept.
        """
        best = True
        if keep == "accuracy":
            before = zip(self.valid_acc, self.valid_loss, strict=True)
            best = all((valid.accuracy, -valid.loss) > (accuracy, -loss) for accuracy, loss in before)
        elif keep == "loss":
            best = all(valid.loss < loss for loss in self.valid_loss)
        row = (len(self.epoch) + 1, train.loss, train.accuracy, valid.loss, valid.accuracy, int(best))
        for column, value in zip(self.to_dict(), row, strict=True):
            getattr(self, column).append(value)
        return best

    def last_row(self) -> dict[str, Any]:
        """Return the last epoch by column."""
        return {column: values[-1] for column, values in self.to_dict().items()}

    def complete(self, n_epochs: int, patience: int = 0) -> bool:
        """Return whether nothing is left to do: all epochs are there, or so many in a row without a better one.

        >>> Metrics([1, 2, 3], [1.0] * 3, [0.5] * 3, [1.0] * 3, [0.5] * 3, [1, 0, 0]).complete(50, patience=2)
        True
        """
        n_done = len(self.epoch)
        return n_done >= n_epochs or bool(patience and n_done - max(self._kept(), default=0) >= patience)

    def _kept(self) -> list[int]:
        marks: Iterable[tuple[int, int]] = zip(self.epoch, self.checkpoint, strict=True)
        return [epoch for epoch, mark in marks if mark]
