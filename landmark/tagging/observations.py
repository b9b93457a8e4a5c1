"""What was observed about each photo of an album, stored so that an unchanged photo is not read again.

A table on disk (SQLite, in the user's data folder), which also keeps memory flat and finds nearby photos. It may be
deleted at any time: the photos are then read again. What was written into photos is in the `journal`.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any, Self

from landmark.core.directories import SQLITE_ENDS, make_private_folder, open_private
from landmark.core.errors import TaggingError
from landmark.core.lock import exclusive_lock
from landmark.geo.place import Place
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.answer import Answer
from landmark.tagging.evidence.time_table import TimeTable
from landmark.tagging.evidence.times import TimeFault, fault_of
from landmark.tagging.observation import Observation, from_text, to_text

_COMMIT_S = 1.0  # at most so much work is done again after a kill
_PAGE = 500
_WAIT_S = 30.0  # for other processes
_VERSION = 10  # counts up when photos are read otherwise
_TABLE = """
CREATE TABLE IF NOT EXISTS looks (
  album BLOB NOT NULL, path BLOB NOT NULL, stamp TEXT NOT NULL, model TEXT NOT NULL, run INTEGER NOT NULL,
  camera TEXT, zoned INTEGER NOT NULL DEFAULT 0, zone_s REAL, clock_s REAL, gps_lag_s REAL,
  own_fault TEXT, fault TEXT,
  line TEXT, at_s REAL, witness INTEGER, latitude REAL, longitude REAL, landmark TEXT, confidence REAL,
  body TEXT NOT NULL, PRIMARY KEY (album, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former (
  album BLOB NOT NULL, path BLOB NOT NULL, stamp TEXT NOT NULL, model TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (album, path, stamp)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clocks ON looks (album, camera, zoned, clock_s);
CREATE INDEX IF NOT EXISTS lines ON looks (album, line, at_s);
CREATE INDEX IF NOT EXISTS witnesses ON looks (album, witness, line, at_s) WHERE witness > 0;
"""


class Observations:
    """The observations of one album by one model. Each start is a new run: files it does not meet are gone."""

    def __init__(self, file: Path, album: Path, model: str) -> None:
        self.album, self.model = os.fsencode(album), model
        try:
            make_private_folder(file.parent)
            name = f"{file.stem}-{hashlib.sha256(self.album).hexdigest()[:16]}.lock"
            # Two runs at once would take each other's rows.
            self._lock = exclusive_lock(
                file.with_name(name),
                f"{album}: another landmark tag is at work on this album. Wait for it to end, then start again; what "
                "it has read is not read twice.",
            )
            open_private(file, *SQLITE_ENDS)
            self._table = sqlite3.connect(file, timeout=_WAIT_S)
            # to become a log of writes ahead, a new table waits for no other process, and fails
            in_use = f"{file}: others have been preparing it for {_WAIT_S:.0f} seconds. Start again."
            preparing = exclusive_lock(file.with_name(f"{file.stem}.lock"), in_use, wait_s=_WAIT_S)
            try:
                self._prepare()
            finally:
                preparing.release()
        except (OSError, sqlite3.Error) as error:
            raise TaggingError(
                f"{file}: cannot be opened ({error}). Expected a file for observations of photos. Delete it, "
                "or set LANDMARK_DATA to a folder that can be written to."
            ) from error
        found = self._table.execute("SELECT max(run) FROM looks WHERE album = ?", (self.album,)).fetchone()
        self.run = (found[0] or 0) + 1
        self._committed = time.monotonic()
        self._added: list[tuple[Any, ...]] = []  # stored with the next commit: a statement for each photo takes longer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.save()
        finally:
            self._table.close()
            self._lock.release()

    def keep(self, path: Path, stamp: str) -> bool:
        """Return whether the file was observed before as it is now; it then belongs to this run."""
        if self.run == 1:
            return False  # nothing of this album was
        changed = self._table.execute(
            "UPDATE looks SET run = ? WHERE album = ? AND path = ? AND stamp = ? AND model IN (?, '')",
            (self.run, self.album, os.fsencode(path), stamp, self.model),
        )
        is_kept = changed.rowcount > 0 or self._bring_back(path, stamp)
        self._commit_now_and_then()
        return is_kept

    def _bring_back(self, path: Path, stamp: str) -> bool:
        """Return whether the file is as it was before a place was written into it: what was observed then counts."""
        key = (self.album, os.fsencode(path), stamp, self.model)
        found = self._table.execute(
            "SELECT body FROM former WHERE album = ? AND path = ? AND stamp = ? AND model = ?", key
        ).fetchone()
        if found is None:
            return False
        changed = self._table.execute(
            "UPDATE looks SET run = ?, stamp = ?, body = ? WHERE album = ? AND path = ? AND model = ?",
            (self.run, stamp, found[0], self.album, os.fsencode(path), self.model),
        )
        return changed.rowcount > 0

    def holds(self, path: Path, stamp: str) -> bool:
        """Return whether the file is still as it was observed in this run."""
        row = self._table.execute(
            "SELECT stamp FROM looks WHERE album = ? AND path = ? AND run = ?",
            (self.album, os.fsencode(path), self.run),
        ).fetchone()
        return row is not None and row[0] == stamp

    def add(self, path: Path, stamp: str, metadata: PhotoMetadata, answer: Answer, skipped: str | None = None) -> None:
        """Store what was observed about a file."""
        at = None if metadata.recognised else metadata.coordinates
        # the time of an edit, or of a position given later, says nothing about when other photos were taken nearby
        taken = None if metadata.time_kind and metadata.time_kind.is_weak else metadata.taken
        zoned = taken is not None and taken.tzinfo is not None
        is_camera_s = metadata.time_kind is not TimeKind.LIBRARY  # a Takeout tells UTC, and no zone of a clock
        zone = taken.utcoffset() if taken and is_camera_s else None
        clock_s = (taken if zoned else taken.replace(tzinfo=UTC)).timestamp() if taken else None
        fault = fault_of(metadata, path.suffix)
        lag_s = clock_s - metadata.gps_time.timestamp() if clock_s is not None and metadata.gps_time else None
        best = answer.candidates[0] if answer.candidates else None
        self._added.append(
            (self.album, os.fsencode(path), stamp, "" if skipped else self.model, self.run, metadata.camera, zoned,
             zone.total_seconds() if zone is not None else None, clock_s, lag_s, fault.name if fault else None,
             at.latitude if at else None, at.longitude if at else None,
             best and best.landmark, best and best.confidence, to_text(metadata, answer, skipped)),
        )  # fmt: skip
        self._commit_now_and_then()

    def change(self, path: Path, stamp: str, metadata: PhotoMetadata, answer: Answer) -> None:
        """Store that a place was written into a file; as evidence for other photos it stays what it was.

        What was observed before is kept, for when that is undone.
        """
        self._table.execute(
            "INSERT OR REPLACE INTO former SELECT album, path, stamp, model, body FROM looks"
            " WHERE album = ? AND path = ?",
            (self.album, os.fsencode(path)),
        )
        self._table.execute(
            "UPDATE looks SET stamp = ?, body = ? WHERE album = ? AND path = ?",
            (stamp, to_text(metadata, answer, None), self.album, os.fsencode(path)),
        )
        self._table.commit()  # the reader of the rows may be slow, and others wait for the table

    def times(self, places: Mapping[str, Place], threshold: float) -> TimeTable:
        """Return the times of this run; `places` are those of the landmarks, which `threshold` makes sure."""
        return TimeTable(self._table, self.album, self.run, places, threshold)

    def all(self) -> Iterator[Observation]:
        """Yield the observations of this run by path; new ones may be added meanwhile."""
        after = b""
        while True:
            page = self._table.execute(
                "SELECT path, body, line, at_s, fault FROM looks WHERE album = ? AND run = ? AND path > ?"
                " ORDER BY path LIMIT ?",
                (self.album, self.run, after, _PAGE),
            ).fetchall()
            for path, body, line, at_s, fault in page:
                yield from_text(Path(os.fsdecode(path)), body, line, at_s, TimeFault[fault] if fault else None)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def save(self) -> None:
        """Write everything to the disk."""
        self._table.executemany(
            "INSERT OR REPLACE INTO looks (album, path, stamp, model, run, camera, zoned, zone_s, clock_s, gps_lag_s,"
            " own_fault, latitude, longitude, landmark, confidence, body)"
            f" VALUES (?{', ?' * 15})",
            self._added,
        )
        others = [row[:2] for row in self._added]  # a file of another content has no former one
        self._table.executemany("DELETE FROM former WHERE album = ? AND path = ?", others)
        self._added.clear()
        self._table.commit()
        self._committed = time.monotonic()

    def _prepare(self) -> None:
        self._table.execute("PRAGMA journal_mode = WAL")
        self._table.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._table.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            self._table.executescript("DROP TABLE IF EXISTS looks; DROP TABLE IF EXISTS former")
            self._table.execute(f"PRAGMA user_version = {_VERSION}")
        self._table.executescript(_TABLE)

    def _commit_now_and_then(self) -> None:
        if time.monotonic() - self._committed > _COMMIT_S:
            self.save()
