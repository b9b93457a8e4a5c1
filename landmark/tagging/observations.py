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
from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.answer import Answer
from landmark.tagging.clocks import GPS_PHOTOS, CameraClock, Timeline
from landmark.tagging.nearby import NearbyPhoto
from landmark.tagging.observation import Observation, from_text, to_text

_COMMIT_S = 1.0  # at most so much work is done again after a kill
_PAGE = 500
_GPS_CERTAINTY = 0.999
_VERSION = 7  # counts up when photos are read otherwise
_TABLE = """
CREATE TABLE IF NOT EXISTS looks (
  album BLOB NOT NULL, path BLOB NOT NULL, stamp TEXT NOT NULL, model TEXT NOT NULL, run INTEGER NOT NULL,
  camera TEXT, zoned INTEGER NOT NULL DEFAULT 0, zone_s REAL, clock_s REAL, gps_lag_s REAL,
  line TEXT, at_s REAL, witness INTEGER, latitude REAL, longitude REAL, landmark TEXT, confidence REAL,
  body TEXT NOT NULL, PRIMARY KEY (album, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS witnesses ON looks (album, line, at_s) WHERE witness = 1;
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
            self._table = sqlite3.connect(file, timeout=30)
            self._prepare()
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
        self._commit_now_and_then()
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
        lag_s = clock_s - metadata.gps_time.timestamp() if clock_s is not None and metadata.gps_time else None
        best = answer.candidates[0] if answer.candidates else None
        self._added.append(
            (self.album, os.fsencode(path), stamp, "" if skipped else self.model, self.run, metadata.camera, zoned,
             zone.total_seconds() if zone is not None else None, clock_s, lag_s, at.latitude if at else None,
             at.longitude if at else None, best and best.landmark, best and best.confidence,
             to_text(metadata, answer, skipped)),
        )  # fmt: skip
        self._commit_now_and_then()

    def change(self, path: Path, stamp: str, metadata: PhotoMetadata, answer: Answer) -> None:
        """Store that a place was written into a file; as evidence for other photos it stays what it was."""
        self._table.execute(
            "UPDATE looks SET stamp = ?, body = ? WHERE album = ? AND path = ?",
            (stamp, to_text(metadata, answer, None), self.album, os.fsencode(path)),
        )
        self._table.commit()  # the reader of the rows may be slow, and others wait for the table

    def cameras(self, threshold: float) -> list[CameraClock]:
        """Return what the photos of this run say about the cameras' clocks."""
        found = self._table.execute(
            "SELECT camera, zoned, count(*), count(gps_lag_s) FROM looks WHERE album = ? AND run = ?"
            " AND camera IS NOT NULL AND clock_s IS NOT NULL GROUP BY camera, zoned",
            (self.album, self.run),
        ).fetchall()
        return [self._camera(threshold, *row) for row in found]

    def put_on_timelines(self, lines: dict[tuple[str, bool], Timeline], threshold: float) -> None:
        """Give each photo of this run its time on a timeline; those of a known place become evidence for others."""
        self._table.execute(
            "UPDATE looks SET line = NULL, at_s = NULL, witness = 0 WHERE album = ? AND line IS NOT NULL", (self.album,)
        )
        for (name, zoned), line in lines.items():
            self._table.execute(
                "UPDATE looks SET line = ?, at_s = clock_s + ?, witness = (latitude IS NOT NULL OR"
                " ifnull(confidence, 0) >= ?) WHERE album = ? AND run = ? AND camera = ? AND zoned = ?"
                " AND clock_s IS NOT NULL",
                (line.line, line.shift_s, threshold, self.album, self.run, name, zoned),
            )
        self._table.commit()

    def all(self) -> Iterator[Observation]:
        """Yield the observations of this run by path; new ones may be added meanwhile."""
        after = b""
        while True:
            page = self._table.execute(
                "SELECT path, body, line, at_s FROM looks WHERE album = ? AND run = ? AND path > ?"
                " ORDER BY path LIMIT ?",
                (self.album, self.run, after, _PAGE),
            ).fetchall()
            for path, body, line, at_s in page:
                yield from_text(Path(os.fsdecode(path)), body, line, at_s)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def nearby(
        self, one: Observation, within_s: float, places: Mapping[str, Place], at_most: int = 32
    ) -> list[NearbyPhoto]:
        """Return photos of a known place on the same timeline, the nearest in time: up to so many before and after.

        Each side is read along an index and no further, since a camera whose clock was never set gives all of its
        photos the same time. `places` are those of the landmarks that photos are recognised by.
        """
        if one.line is None or one.at_s is None or within_s <= 0:
            return []
        rows: list[tuple[Any, ...]] = []
        for side, order in (("at_s BETWEEN ? AND ?", "ASC"), ("at_s >= ? AND at_s < ?", "DESC")):
            ends = (one.at_s, one.at_s + within_s) if order == "ASC" else (one.at_s - within_s, one.at_s)
            rows += self._table.execute(
                "SELECT path, at_s, latitude, longitude, landmark, confidence FROM looks INDEXED BY witnesses"
                f" WHERE witness = 1 AND album = ? AND line = ? AND {side} AND path != ? AND run = ?"
                f" ORDER BY at_s {order} LIMIT ?",
                (self.album, one.line, *ends, os.fsencode(one.path), self.run, at_most),
            )
        found = []
        for path, at_s, latitude, longitude, landmark, confidence in rows:
            name, minutes, place = Path(os.fsdecode(path)).stem, (at_s - one.at_s) / 60, places.get(landmark or "")
            if latitude is not None:
                found.append(NearbyPhoto(name, minutes, Coordinates(latitude, longitude), _GPS_CERTAINTY))
            elif place and place.coordinates:
                reach_km = place.radius_km or 0.0
                found.append(NearbyPhoto(name, minutes, place.coordinates, confidence or 0.0, reach_km, True))
        return found

    def save(self) -> None:
        """Write everything to the disk."""
        self._table.executemany(
            "INSERT OR REPLACE INTO looks (album, path, stamp, model, run, camera, zoned, zone_s, clock_s, gps_lag_s,"
            " latitude, longitude, landmark, confidence, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._added,
        )
        self._added.clear()
        self._table.commit()
        self._committed = time.monotonic()

    def _prepare(self) -> None:
        self._table.execute("PRAGMA journal_mode = WAL")
        self._table.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._table.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            self._table.executescript("DROP TABLE IF EXISTS looks")
            self._table.execute(f"PRAGMA user_version = {_VERSION}")
        self._table.executescript(_TABLE)

    def _commit_now_and_then(self) -> None:
        if time.monotonic() - self._committed > _COMMIT_S:
            self.save()

    def _camera(self, threshold: float, name: str, zoned: int, n_photos: int, n_lags: int) -> CameraClock:
        def select(columns: str, rest: str, *values: float) -> list[Any]:
            of_camera = (
                f"SELECT {columns} FROM looks WHERE album = ? AND run = ? AND camera = ? AND zoned = ? AND {rest}"
            )
            return self._table.execute(of_camera, (self.album, self.run, name, zoned, *values)).fetchall()

        lag_s = None
        if n_lags >= GPS_PHOTOS:
            by_lag = "gps_lag_s IS NOT NULL ORDER BY gps_lag_s LIMIT 1 OFFSET ?"
            low, middle, high = (select("gps_lag_s", by_lag, n_lags * quarter // 4)[0][0] for quarter in (1, 2, 3))
            lag_s = (low, middle, high)
        zones = select("zone_s", "zone_s IS NOT NULL GROUP BY zone_s ORDER BY count(*) DESC, zone_s LIMIT 1")
        visits = select(
            "landmark, min(clock_s), max(clock_s)",
            "clock_s IS NOT NULL AND confidence >= ? GROUP BY landmark",
            threshold,
        )
        seen = {landmark: (first, last) for landmark, first, last in visits}
        return CameraClock(name, bool(zoned), n_photos, lag_s, seen, float(zones[0][0]) if zones else 0.0)
