"""The runs that wrote into photos, as the journal tells them, and as lines for people."""

import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from landmark.core.directories import data_dir
from landmark.tagging.journal import JOURNAL_FILE, Journal, RunCounts
from landmark.tagging.journal.runs import read_runs
from landmark.tagging.journal.schema import is_present_version


def read_history(file: Path | None = None) -> Iterator[RunCounts]:
    """Yield the runs of a journal (default: the user's), the latest first; none where there is no journal."""
    file = file or data_dir() / JOURNAL_FILE
    if not file.exists():
        return
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as table:
        if is_present_version(table):  # while a run is writing, too
            yield from read_runs(table)
            return
    with Journal(file) as journal:
        yield from journal.runs()


def history_lines(runs: Sequence[RunCounts]) -> list[str]:
    """Return a table for people: a line for each run under a line of heads.

    >>> history_lines([])
    ['Nothing was written so far.']
    """
    if not runs:
        return ["Nothing was written so far."]
    rows = [("run", "started", "written", "undone", "left", "command")]
    rows += [
        (
            "-" if one.number is None else str(one.number),
            datetime.fromisoformat(one.started_at).astimezone().strftime("%Y-%m-%d %H:%M"),
            f"{one.n_written:,}",
            f"{one.n_undone:,}",
            f"{one.n_left:,}",
            _command(one),
        )
        for one in runs
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    run, started, *counts = (cell for cell in row[:-1])
    cells = [run.rjust(widths[0]), started.ljust(widths[1])]
    cells += [cell.rjust(width) for cell, width in zip(counts, widths[2:], strict=True)]
    return "  ".join([*cells, row[-1]])


def _command(one: RunCounts) -> str:
    target = ["--write", one.run.target] if one.run.target else []
    words = [one.run.command, shlex.quote(str(one.run.album)), *target, one.run.options]
    return " ".join(filter(None, words))
