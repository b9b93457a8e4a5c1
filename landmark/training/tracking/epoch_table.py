"""The table per epoch for people: plain text in columns, on the terminal and in `train.log`."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from landmark.core.text import json_values, percent_text, text_row
from landmark.scoring.report import Report
from landmark.training.tracking.tracker import Tracker

logger = logging.getLogger(__name__)


def _clock(seconds: float) -> str:
    """Return a duration as a watch shows it.

    >>> _clock(7.4), _clock(83), _clock(3725)
    ('0:07', '1:23', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _percent(fraction: float) -> str:
    return percent_text(fraction, 2)


# heading, key of the row, width, how a value is written
_COLUMNS: tuple[tuple[str, str, int, Callable[[Any], str]], ...] = (
    ("epoch", "epoch", 5, str),
    ("train loss", "train_loss", 10, "{:.4f}".format),
    ("train acc", "train_acc", 9, _percent),
    ("valid loss", "valid_loss", 10, "{:.4f}".format),
    ("valid acc", "valid_acc", 9, _percent),
    ("rate", "learning_rate", 8, "{:.3g}".format),
    ("photos/s", "photos_per_s", 8, "{:.1f}".format),
    ("time", "seconds", 7, _clock),
    ("kept", "checkpoint", 4, lambda mark: "yes" if mark else ""),
)


class EpochTable(Tracker):
    """Logs a header line, and an aligned line after every epoch; a dash stands for what is missing.

    >>> table = EpochTable(print)
    >>> table.start({}, epochs_before=0)
    epoch  train loss  train acc  valid loss  valid acc      rate  photos/s     time  kept
    >>> table.epoch({"epoch": 1, "train_loss": 2.1, "train_acc": 0.3, "valid_loss": 1.9, "valid_acc": 0.4,
    ...              "checkpoint": 1, "learning_rate": 2e-4, "photos_per_s": 41.27, "seconds": 83.2})
        1      2.1000    30.00 %      1.9000    40.00 %    0.0002      41.3     1:23   yes
    """

    def __init__(self, log: Callable[[str], None] = logger.info) -> None:
        self.log = log

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Log the header line."""
        self._log_row([heading for heading, *_ in _COLUMNS])

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Log an epoch's line."""
        values = [(json_values(row.get(key)), write) for _, key, _, write in _COLUMNS]
        self._log_row(["-" if value is None else write(value) for value, write in values])

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Log nothing: the scores have a text of their own."""

    def _log_row(self, cells: list[str]) -> None:
        self.log(text_row(cells, [width for _, _, width, _ in _COLUMNS]))
