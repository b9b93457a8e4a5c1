"""A journal of what was written into albums, in the user's data folder, from which it is undone to the last byte.

An entry is on the disk before its file changes. It holds the SHA-256 of the file before and after, and the edits that
restore it. So even after a kill at any moment, the hashes show what has happened.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from landmark.core.digests import sha256_bytes
from landmark.core.directories import data_dir
from landmark.core.errors import TaggingError
from landmark.core.lock import exclusive_lock
from landmark.metadata.edits import Edit, pack, unpack

JOURNAL_FILE = "journal.sqlite3"
_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
  number INTEGER PRIMARY KEY, written_at TEXT NOT NULL, photo BLOB NOT NULL, file BLOB NOT NULL,
  temporary BLOB NOT NULL, created INTEGER NOT NULL, sha256_before TEXT NOT NULL, sha256_after TEXT NOT NULL,
  back BLOB NOT NULL, landmark TEXT, state TEXT NOT NULL CHECK (state IN ('begun', 'written', 'undone'))
);
CREATE INDEX IF NOT EXISTS entries_by_photo ON entries (photo);
CREATE INDEX IF NOT EXISTS entries_by_file ON entries (file);
"""


@dataclass(frozen=True)
class Entry:
    """One file that was written: the photo itself, or its sidecar, which `created` says was made for it."""

    number: int
    photo: Path
    file: Path
    temporary: Path
    created: bool
    sha256_before: str
    sha256_after: str
    back: tuple[Edit, ...]
    state: str


class Journal:
    """The journal on disk. Raises `TaggingError` where it cannot be opened or written."""

    def __init__(self, file: Path | None = None) -> None:
        self.path = file or data_dir() / JOURNAL_FILE
        with self._changing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Others must not write meanwhile: they would remove the temporary files of this one.
            self._lock = exclusive_lock(
                self.path.with_suffix(".lock"),
                f"{self.path}: another landmark tag or undo is writing. Wait for it to end, then start again.",
            )
            self._table = sqlite3.connect(self.path, timeout=30)
            self._table.execute("PRAGMA journal_mode = WAL")
            self._table.execute("PRAGMA synchronous = FULL")
            self._table.executescript(_TABLE)

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

    def begin(
        self, photo: Path, file: Path, temporary: Path, before: bytes | None, after: bytes,
        back: Sequence[Edit], landmark: str,
    ) -> int:  # fmt: skip
        """Record on the disk that a file is about to change, None before for a new one; return the entry's number."""
        with self._changing():
            cursor = self._table.execute(
                "INSERT INTO entries (written_at, photo, file, temporary, created, sha256_before, sha256_after, back,"
                " landmark, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'begun')",
                (datetime.now(UTC).isoformat(timespec="seconds"), os.fsencode(photo), os.fsencode(file),
                 os.fsencode(temporary), before is None, sha256_bytes(before or b""), sha256_bytes(after), pack(back),
                 landmark),
            )  # fmt: skip
            self._table.commit()
        return int(cursor.lastrowid or 0)

    def set_state(self, number: int, state: str) -> None:
        """Set an entry to written or undone, or to begun before it is undone.

        It is on the disk after `commit` or with the next entry; until then the hashes show it.
        """
        with self._changing():
            self._table.execute("UPDATE entries SET state = ? WHERE number = ?", (state, number))

    def commit(self) -> None:
        """Write the states of entries to the disk."""
        with self._changing():
            self._table.commit()

    def entries_under(self, folder: Path) -> list[int]:
        """Return the numbers of the entries about photos or files in a folder that are not undone, the latest first."""
        found: set[int] = set()
        for column, root in (("photo", os.path.abspath(folder)), ("file", os.path.realpath(folder))):
            low, high = _range(root)
            rows = self._table.execute(
                f"SELECT number FROM entries WHERE state != 'undone' AND {column} >= ? AND {column} < ?", (low, high)
            )
            found.update(number for (number,) in rows)
        return sorted(found, reverse=True)

    def entry(self, number: int) -> Entry:
        """Return the entry of a number."""
        row = self._table.execute(
            "SELECT number, photo, file, temporary, created, sha256_before, sha256_after, back, state FROM entries"
            " WHERE number = ?",
            (number,),
        ).fetchone()
        number, photo, file, temporary, created, before, after, back, state = row
        photo, file, temporary = (Path(os.fsdecode(path)) for path in (photo, file, temporary))
        return Entry(number, photo, file, temporary, bool(created), before, after, tuple(unpack(back)), state)

    def recover(self) -> None:
        """Remove temporary files of writers that were killed, and set their entries to what has happened."""
        begun = self._table.execute("SELECT number FROM entries WHERE state = 'begun'").fetchall()
        for (number,) in begun:
            entry = self.entry(number)
            try:
                entry.temporary.unlink(missing_ok=True)
                found = sha256_bytes(entry.file.read_bytes())
            except FileNotFoundError:  # never made, or removed again, if the photo beside it is there
                found = entry.sha256_before if entry.created and os.path.lexists(entry.photo) else ""
            except OSError:  # on a disk that is not there now
                continue
            if found == entry.sha256_after:
                self.set_state(number, "written")
            elif found == entry.sha256_before:
                self.set_state(number, "undone")
        self.commit()

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
