"""What is looked up in the journal: entries by path, by content, and those that are unfinished."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from landmark.tagging.journal.entry import Entry
from landmark.tagging.journal.runs import RunCounts, read_runs


class EntryLookup:
    """The questions that a journal answers, over its table."""

    def __init__(self) -> None:
        self._table: sqlite3.Connection
        self._unsized: set[str] | None = None  # extensions of files whose size is not known

    def entries_under(self, path: Path, run: int | None = None) -> list[int]:
        """Return the numbers of the entries about a photo or file, or those in a folder, the latest first.

        Left out are those that are undone, and those of untag but where its `run` is asked for.
        """
        found: set[int] = set()
        wanted = "state != 'undone' AND " + ("kind != 'untag'" if run is None else "run = :run")
        for column, root in (("photo", os.path.abspath(path)), ("file", os.path.realpath(path))):
            low, high = _range(root)
            rows = self._table.execute(
                f"SELECT number FROM entries WHERE {wanted} AND"
                f" ({column} = :root OR ({column} >= :low AND {column} < :high))",
                {"run": run, "root": os.fsencode(root), "low": low, "high": high},
            )
            found.update(number for (number,) in rows)
        return sorted(found, reverse=True)

    def entry(self, number: int) -> Entry:
        """Return the entry of a number."""
        row = self._table.execute(f"SELECT {Entry.COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
        return Entry.of_row(row)

    def entries_of(self, file: Path, *, with_undone: bool = False) -> list[Entry]:
        """Return the entries of a file by its path, the latest first."""
        rows = self._table.execute(
            f"SELECT {Entry.COLUMNS} FROM entries WHERE file = ? AND (? OR state != 'undone') ORDER BY number DESC",
            (os.fsencode(file), with_undone),
        )
        return [Entry.of_row(row) for row in rows.fetchall()]

    def removals_of(self, photo: Path, run: int | None = None) -> list[Entry]:
        """Return the entries of sidecars of a photo that were removed and not brought back, the latest first."""
        rows = self._table.execute(
            f"SELECT {Entry.COLUMNS} FROM entries WHERE photo = ? AND removed AND state = 'written'"
            " AND kind = 'clean' AND (? IS NULL OR run = ?) ORDER BY number DESC",
            (os.fsencode(photo), run, run),
        )
        return [Entry.of_row(row) for row in rows.fetchall()]

    def may_be_written(self, size: int, suffix: str) -> bool:
        """Return whether a file of this size and extension could be one that was written, and is worth a hash."""
        if self._unsized is None:  # photos that an earlier version wrote
            files = self._table.execute("SELECT file FROM entries WHERE size_after IS NULL AND NOT removed")
            self._unsized = {os.path.splitext(os.fsdecode(file))[1].lower() for (file,) in files}
        if suffix.lower() in self._unsized:
            return True
        found = self._table.execute("SELECT 1 FROM entries WHERE size_after = ? LIMIT 1", (size,))
        return found.fetchone() is not None

    def written_as(self, sha256: str, run: int | None = None, before: int | None = None) -> list[Entry]:
        """Return the entries that gave a file this content, those not undone first, then the latest first.

        Of a copy of a photo the entry may be undone already; what untag wrote, or the move of a place into the photo,
        is no copy of anything. `run` asks for the entries of one run, `before` for those of lower numbers.
        """
        wanted = "kind != 'untag'" if run is None else "run = :run"
        wanted += " AND (kind = 'tag' OR state != 'undone')"
        rows = self._table.execute(
            f"SELECT {Entry.COLUMNS} FROM entries WHERE sha256_after = :sha256 AND {wanted}"
            " AND (:before IS NULL OR number < :before) ORDER BY state = 'undone', number DESC",
            {"sha256": sha256, "run": run, "before": before},
        )
        return [Entry.of_row(row) for row in rows.fetchall()]

    def begun_with(self, temporary_name: str) -> Entry | None:
        """Return the unfinished entry whose temporary file has this name, in whichever folder."""
        rows = self._table.execute(f"SELECT {Entry.COLUMNS} FROM entries WHERE state = 'begun'").fetchall()
        stem = os.path.splitext(temporary_name)[0]
        return next((entry for row in rows if (entry := Entry.of_row(row)).temporary.stem == stem), None)

    def runs(self) -> Iterator[RunCounts]:
        """Yield the runs that the journal tells of, the latest first."""
        yield from read_runs(self._table)


def _range(folder: str) -> tuple[bytes, bytes]:
    """Return two paths between which all paths in a folder lie."""
    start = os.fsencode(folder.rstrip(os.sep)) + os.fsencode(os.sep)
    return start, start[:-1] + bytes([start[-1] + 1])
