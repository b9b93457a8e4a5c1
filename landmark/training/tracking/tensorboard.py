"""TensorBoard: curves while the training runs, settings, and where it goes wrong in the end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import require
from landmark.core.files import rename_to_backup
from landmark.core.text import markdown_table, percent_text
from landmark.scoring.report import Report
from landmark.training.tracking.tracker import Tracker, figures, flat

TENSORBOARD_FOLDER = "tensorboard"
_WHITE, _BLUE = np.array([255, 255, 255]), np.array([52, 101, 164])  # as in the figures of `plots`
_PICTURE_PX = 640


class TensorBoard(Tracker):
    """Writes event files into `tensorboard/` of the run's folder, with two writers, `train` and `valid`.

    TensorBoard draws what both call by the same name in one chart. A resumed run takes back the epochs it will
    repeat; one that starts afresh keeps an older run's folder under another name.

    Example: `TensorBoard(Path("landmark-run"))`, then `tensorboard --logdir landmark-run/tensorboard`.
    """

    def __init__(self, folder: Path) -> None:
        require("tensorboard", "tensorboard")  # first, for PyTorch's writer has another message for its absence
        self._make_writer: Any = require("torch.utils.tensorboard", "train").SummaryWriter
        self._folder = folder / TENSORBOARD_FOLDER
        self._writers: dict[str, Any] = {}
        self._last_epoch = 0

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Open the writers, and write the settings as a table."""
        if epochs_before == 0:
            rename_to_backup(self._folder)
        self._last_epoch = epochs_before
        purge_step = epochs_before + 1 if epochs_before else None
        for part in ("train", "valid"):
            self._writers[part] = self._make_writer(str(self._folder / part), purge_step=purge_step)
        rows = [(name, str(value)) for name, value in flat(config).items()]
        with self._flushed():
            self._writers["train"].add_text("config", _markdown(("setting", "value"), rows), epochs_before)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Write an epoch's numbers: `train_loss` and `valid_loss` as `loss` of their writers, others as `train`."""
        self._last_epoch = int(row["epoch"])
        with self._flushed():
            for name, value in figures(row).items():
                part, _, tag = name.partition("_")
                writer, tag = (self._writers[part], tag) if part in self._writers else (self._writers["train"], name)
                writer.add_scalar(tag, value, self._last_epoch)

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Write the confusion matrix as a picture and each landmark's score as a table; close the files."""
        with self._flushed():
            if report:
                picture = confusion_picture(report.confusion_matrix())
                self._writers["valid"].add_image("confusion", picture, self._last_epoch, dataformats="HWC")
                self._writers["valid"].add_text("landmarks", _landmark_table(report), self._last_epoch)
        for writer in self._writers.values():
            writer.close()

    @contextmanager
    def _flushed(self) -> Iterator[None]:
        """Flush to the disk what is added inside; a failure ends the writers.

        Each writes in a thread of its own, and one that still reports its failure when the process ends takes
        the process down with it: so they are waited for.
        """
        try:
            yield
            for writer in self._writers.values():
                writer.flush()
        except Exception:
            for writer in self._writers.values():
                with suppress(Exception):  # it fails at the same disk again
                    writer.file_writer.close()  # for the writer's own `close` flushes first, and fails before it waits
            raise


def confusion_picture(matrix: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Draw a matrix of photos by true (rows) and answered landmark (columns), (C, C), as RGB (H, W, 3).

    From white to blue by the share of the row, in squares of as many pixels as the picture has room for.

    >>> confusion_picture(np.array([[3, 0], [0, 0]]))[[0, 0], [0, -1]].tolist()
    [[52, 101, 164], [255, 255, 255]]
    """
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    colours = np.round(_WHITE + share[..., None] * (_BLUE - _WHITE))  # (C, C, 3)
    square_px = max(_PICTURE_PX // len(matrix), 4)
    return np.asarray(colours.repeat(square_px, axis=0).repeat(square_px, axis=1), dtype=np.uint8)


def _landmark_table(report: Report) -> str:
    """Return each landmark's score and what it was most often taken for, in the order of the confusion matrix."""
    taken_for: dict[str, str] = {}
    for confusion in report.confusions:  # the most frequent first
        taken_for.setdefault(confusion.landmark, f"{confusion.taken_for} ({confusion.n_photos})")
    rows = [
        (
            score.landmark,
            str(score.n_photos),
            str(score.n_correct),
            "-" if score.accuracy is None else percent_text(score.accuracy),
            taken_for.get(score.landmark, ""),
        )
        for score in report.per_landmark
    ]
    return _markdown(("landmark", "photos", "right", "accuracy", "most often taken for"), rows)


def _markdown(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Format a table as TensorBoard's text page shows it."""
    return markdown_table([list(map(_markdown_cell, row)) for row in (headings, *rows)])


def _markdown_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
