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
from landmark.tagging.journal.entry import TAG, UNTAG
from landmark.tagging.journal.lookup import EntryLookup
from landmark.tagging.journal.recovery import happened
from landmark.tagging.journal.runs import Run
from landmark.tagging.journal.schema import prepare

JOURNAL_FILE = "journal.sqlite3"


class Journal(EntryLookup):
    """The journal on disk. Raises `TaggingError` where it cannot be opened or written."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self.path = file or data_dir() / JOURNAL_FILE
        self._run: Run | None = None
        self._run_number: int | None = None
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
