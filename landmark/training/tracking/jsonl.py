"""`train.jsonl`: one JSON object a line, for programs that look on and for those that read it years later."""

import json
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from landmark.core.files import atomic_write, rename_to_backup
from landmark.core.text import json_text, json_values
from landmark.scoring.report import Report
from landmark.training.tracking.tracker import Tracker

JSONL_FILE = "train.jsonl"


class JsonLines(Tracker):
    """Appends to `train.jsonl` in the run's folder; every line has `event` (start, epoch or end) and `time` (UTC).

    A resumed run drops the epochs it will repeat and a last line that was broken off; one that starts afresh keeps
    an older run's file under another name. A line that cannot be written is a warning, and the next one is tried again.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = JsonLines(folder)
    >>> lines.start({"epochs": 2}, epochs_before=0)
    >>> lines.epoch({"epoch": 1, "train_loss": 2.1})
    >>> [json.loads(line)["event"] for line in (folder / "train.jsonl").read_text().splitlines()]
    ['start', 'epoch']
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JSONL_FILE

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Fix what a stopped run left behind, and write the settings."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _mend(self.path, epochs_before)
        except OSError as error:
            self._warn(error)
        self._append("start", {"epochs_before": epochs_before, "config": config})

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Write an epoch's row as it is."""
        self._append("epoch", row)

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Write the scores of validation and where the model is, each null where there is none."""
        self._append("end", {"report": report.to_dict() if report else None, "model": model})

    def _append(self, event: str, values: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json_text(json_values({"event": event, "time": now, **values}))
        whole_bytes = None
        try:
            with self.path.open("ab") as file:
                whole_bytes = file.seek(0, os.SEEK_END)
                file.write(f"{line}\n".encode())
        except OSError as error:
            if whole_bytes is not None:
                with suppress(OSError):  # half a line would spoil the next one too
                    os.truncate(self.path, whole_bytes)
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        warnings.warn(f"{self.path} cannot be written ({error}). The training continues.", stacklevel=4)


def _mend(path: Path, epochs_before: int) -> None:
    """Keep whole lines of epochs up to `epochs_before`; where that is 0, an older run's epochs are kept aside."""
    if not path.exists():
        return
    events = _whole_lines(path)
    if epochs_before == 0 and any(event["event"] == "epoch" for event in events.values()):
        rename_to_backup(path)
        return
    kept = [line for line, event in events.items() if event.get("epoch", 0) <= epochs_before]
    mended = b"".join(line + b"\n" for line in kept)
    if mended != path.read_bytes():
        with atomic_write(path) as file:
            file.write(mended)


def _whole_lines(path: Path) -> dict[bytes, dict[str, Any]]:
    """Return each line that was written whole, with its event."""
    found = {}
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):  # broken off, or never JSON
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event and isinstance(event.get("epoch", 0), int):
                found[line] = event
    return found
