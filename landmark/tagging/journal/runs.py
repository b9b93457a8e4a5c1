"""The runs of which a journal tells: when, over which album, with which options, and what is left of each."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COUNTS = "count(*), sum(state = 'undone'), min(written_at)"


@dataclass(frozen=True)
class Run:
    """A command that writes: its name, the album (or photo), where it writes, and its options as they are typed."""

    command: str
    album: Path
    target: str | None = None
    options: str = ""


@dataclass(frozen=True)
class RunCounts:
    """A run and its files: how many it wrote, of how many that was taken back since, and how many are left.

    Runs of versions that kept none have no `number`, and are those of one day below one folder.
    """

    number: int | None
    started_at: str  # ISO 8601, UTC
    run: Run
    n_written: int
    n_undone: int

    @property
    def n_left(self) -> int:
        """Return how many files still hold what the run wrote, as far as the journal knows."""
        return self.n_written - self.n_undone

    def to_row(self) -> dict[str, Any]:
        """Return it as `landmark history --json` prints it."""
        return {
            "run": self.number,
            "started": self.started_at,
            "command": self.run.command,
            "album": str(self.run.album),
            "target": self.run.target,
            "options": self.run.options,
            "written": self.n_written,
            "undone": self.n_undone,
            "left": self.n_left,
        }


def read_runs(table: sqlite3.Connection) -> Iterator[RunCounts]:
    """Yield the runs, the latest first; those of earlier versions, of which only the days are known, last."""
    runs = table.execute("SELECT number, started_at, command, album, target, options FROM runs ORDER BY number DESC")
    for number, started_at, command, album, target, options in runs.fetchall():
        n_written, n_undone, _ = table.execute(
            f"SELECT {_COUNTS} FROM entries WHERE run = ? AND copy_of IS NULL", (number,)
        ).fetchone()
        run = Run(command, Path(os.fsdecode(album)), target, options)
        yield RunCounts(number, started_at, run, n_written, n_undone or 0)
    days = table.execute(
        f"SELECT {_COUNTS}, min(photo), max(photo) FROM entries WHERE run IS NULL AND copy_of IS NULL"
        " GROUP BY substr(written_at, 1, 10) ORDER BY min(written_at) DESC"
    )
    for n_written, n_undone, started_at, first, last in days.fetchall():
        album = Path(os.path.commonpath([os.path.dirname(os.fsdecode(path)) for path in (first, last)]))
        yield RunCounts(None, started_at, Run("tag", album), n_written, n_undone or 0)
