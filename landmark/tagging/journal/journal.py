"""A journal of what was written into albums, in the user's data folder, from which it is undone to the last byte.

An entry is on the disk before its file changes. It holds the SHA-256 of the file before and after, and the edits that
restore it. So even after a kill at any moment, the hashes show what has happened.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from landmark.core.digests import sha256_bytes
from landmark.core.directories import SQLITE_ENDS, data_dir, make_private_folder, open_private
from landmark.core.errors import TaggingError
from landmark.core.lock import exclusive_lock
from landmark.metadata.edits import Edit, pack
from landmark.metadata.written_fields import WrittenFields
from landmark.tagging.journal.entry import TAG, UNTAG, Entry
from landmark.tagging.journal.recovery import happened
from landmark.tagging.journal.runs import Run, RunCounts, read_runs
from landmark.tagging.journal.schema import prepare

JOURNAL_FILE = "journal.sqlite3"


class Journal:
    """The journal on disk. Raises `TaggingError` where it cannot be opened or written."""

    def __init__(self, file: Path | None = None) -> None:
        self.path = file or data_dir() / JOURNAL_FILE
        self._run: Run | None = None
        self._run_number: int | None = None
        self._unsized: set[str] | None = None
        with self._changing():
            make_private_folder(self.path.parent)
            # Others must not write meanwhile: they would remove the temporary files of this one.
            self._lock = exclusive_lock(
                self.path.with_suffix(".lock"),
                f"{self.path}: another landmark tag or undo is writing. Wait for it to end, then start again.",
            )
            try:
                open_private(self.path, *SQLITE_ENDS)
                self._table = sqlite3.connect(self.path, timeout=30)
                self._table.execute("PRAGMA journal_mode = WAL")
                self._table.execute("PRAGMA synchronous = FULL")
                prepare(self._table, self.path)
            except BaseException:
                self._lock.release()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write everything to the disk and close the file."""
        try:
            self.commit()
        finally:
            self._table.close()
            self._lock.release()

    def start_run(self, run: Run) -> None:
        """Let the entries from now on belong to a run, which is recorded with the first of them."""
        self._run, self._run_number = run, None

    @property
    def run_number(self) -> int | None:
        """Return the number of the present run, None as long as nothing was written in it."""
        return self._run_number

    def begin(
        self, photo: Path, file: Path, temporary: Path, before: bytes | None, after: bytes | None,
        back: Sequence[Edit], landmark: str, *, kind: str = TAG, fields: WrittenFields | None = None,
        status: os.stat_result | None = None,
    ) -> int:  # fmt: skip
        """Record on the disk that a file is about to change, and return the entry's number.

        `before` is None for a new file, `after` None for one that is removed, whose `status` is kept.
        """
        with self._changing():
            row = {
                "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "photo": os.fsencode(photo),
                "file": os.fsencode(file),
                "temporary": os.fsencode(temporary),
                "created": before is None,
                "sha256_before": sha256_bytes(before or b""),
                "sha256_after": "" if after is None else sha256_bytes(after),
                "size_after": None if after is None else len(after),
                "back": pack(back),
                "landmark": landmark,
                "state": "begun",
                "run": self._record_run(),
                "kind": kind,
                "removed": after is None,
                "mtime_ns": status.st_mtime_ns if status and after is None else None,
                "mode": status.st_mode if status and after is None else None,
                "fields": fields.to_json() if fields else None,
            }
            marks = ", ".join(f":{name}" for name in row)
            cursor = self._table.execute(f"INSERT INTO entries ({', '.join(row)}) VALUES ({marks})", row)
            self._table.commit()
        return int(cursor.lastrowid or 0)

    def _record_run(self) -> int | None:
        if self._run and self._run_number is None:
            cursor = self._table.execute(
                "INSERT INTO runs (started_at, command, album, target, options) VALUES (?, ?, ?, ?, ?)",
                (datetime.now(UTC).isoformat(timespec="seconds"), self._run.command,
                 os.fsencode(os.path.abspath(self._run.album)), self._run.target, self._run.options),
            )  # fmt: skip
            self._run_number = cursor.lastrowid
        return self._run_number

    def set_state(self, number: int, state: str) -> None:
        """Set an entry to written or undone, or to begun before it is undone.

        It is on the disk after `commit` or with the next entry; until then the hashes show it. What an untag took back
        is undone with it, and written again when that is undone.
        """
        with self._changing():
            self._table.execute("UPDATE entries SET state = ? WHERE number = ?", (state, number))
            if state == "written":
                self._table.execute(
                    "UPDATE entries SET state = 'undone', taken_by = :number WHERE number < :number"
                    " AND state != 'undone' AND (SELECT kind FROM entries WHERE number = :number) = :untag"
                    " AND file = (SELECT file FROM entries WHERE number = :number)",
                    {"number": number, "untag": UNTAG},
                )
            elif state == "undone":
                self._table.execute(
                    "UPDATE entries SET state = 'written', taken_by = NULL WHERE taken_by = ?", (number,)
                )

    def forget(self, number: int) -> None:
        """Take back the entry of a file that did not change after all."""
        with self._changing():
            self._table.execute("DELETE FROM entries WHERE number = ? AND state = 'begun'", (number,))
            self._table.commit()

    def commit(self) -> None:
        """Write the states of entries to the disk."""
        with self._changing():
            self._table.commit()

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

    def relocate(self, number: int, photo: Path, file: Path, temporary: Path) -> None:
        """Record that a file was moved by somebody, before it is written there."""
        with self._changing():
            self._table.execute(
                "UPDATE entries SET photo = ?, file = ?, temporary = ? WHERE number = ?",
                (os.fsencode(photo), os.fsencode(file), os.fsencode(temporary), number),
            )
            self._table.commit()

    def add_copy(self, number: int, photo: Path, file: Path, temporary: Path) -> int:
        """Record that somebody made a copy of a written file, as an entry of its own; return its number."""
        same = (
            "written_at, created, sha256_before, sha256_after, size_after, back, landmark, run, kind, removed,"
            " mtime_ns, mode, fields"
        )
        with self._changing():
            cursor = self._table.execute(
                f"INSERT INTO entries ({same}, photo, file, temporary, copy_of, state)"
                f" SELECT {same}, ?, ?, ?, ifnull(copy_of, number), 'written' FROM entries WHERE number = ?",
                (os.fsencode(photo), os.fsencode(file), os.fsencode(temporary), number),
            )
            self._table.commit()
        return int(cursor.lastrowid or 0)

    def begun_with(self, temporary_name: str) -> Entry | None:
        """Return the unfinished entry whose temporary file has this name, in whichever folder."""
        rows = self._table.execute(f"SELECT {Entry.COLUMNS} FROM entries WHERE state = 'begun'").fetchall()
        stem = os.path.splitext(temporary_name)[0]
        return next((entry for row in rows if (entry := Entry.of_row(row)).temporary.stem == stem), None)

    def runs(self) -> Iterator[RunCounts]:
        """Yield the runs that the journal tells of, the latest first."""
        yield from read_runs(self._table)

    def recover(self) -> None:
        """Remove temporary files of writers that were killed, and set their entries to what has happened."""
        begun = self._table.execute("SELECT number FROM entries WHERE state = 'begun'").fetchall()
        for (number,) in begun:
            self.recover_entry(number)
        self.commit()

    def recover_entry(self, number: int) -> None:
        """Finish one entry whose writer was killed; what is on a disk that is not there now stays begun."""
        if state := happened(self.entry(number)):
            self.set_state(number, state)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise TaggingError(
                f"{self.path}: the journal cannot be written ({error}). Expected a folder with room in it; set "
                "LANDMARK_DATA to another one. Without the journal nothing is written into photos."
            ) from error


def _range(folder: str) -> tuple[bytes, bytes]:
    """Return two paths between which all paths in a folder lie."""
    start = os.fsencode(folder.rstrip(os.sep)) + os.fsencode(os.sep)
    return start, start[:-1] + bytes([start[-1] + 1])
