"""The photos of an album in order of time, as a table on disk: what clocks tell, and what was taken shortly before.

It works on the table of `observations`, so that memory stays flat; `times`, `clocks` and `nearby` decide.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.tagging.evidence.clock_estimation import ClockEstimate
from landmark.tagging.evidence.clocks import GPS_PHOTOS, UTC_LINE, CameraClock, Timeline
from landmark.tagging.evidence.nearby import NearbyPhoto
from landmark.tagging.evidence.times import TimedPhoto, TimeFault, find_faults
from landmark.tagging.evidence.visited import CELLS_PER_DEGREE, DatedPositions

_GPS, _RECOGNISED = 1, 2  # what a place is known by
_GPS_CERTAINTY = 0.999
_OTHERS = 3  # photos nearby in time, whose silence says something
_EACH = 8  # photos of a known place on each side, by each of the two


class TimeTable:
    """The times of one album's photos, of one run. `places` are those of the landmarks, `threshold` makes one sure."""

    def __init__(
        self, table: sqlite3.Connection, album: bytes, run: int, places: Mapping[str, Place], threshold: float
    ) -> None:
        self._table, self._album, self._run = table, album, run
        self.places, self.threshold = places, threshold

    def find_faults(self, told: Iterable[str] = ()) -> None:
        """Mark the times that are not those of visits.

        `told` are names, or parts of them, of cameras of which a person tells what their clocks showed: set or not.
        """
        told = [name.casefold() for name in told]
        self._table.execute(
            "UPDATE looks SET fault = own_fault WHERE album = ? AND fault IS NOT own_fault", (self._album,)
        )
        for span in find_faults(self._photos()):
            if span.fault is TimeFault.NEVER_SET and any(name in span.camera.casefold() for name in told):
                continue
            self._table.execute(
                "UPDATE looks SET fault = ? WHERE album = ? AND camera = ? AND zoned = ?"
                " AND clock_s BETWEEN ? AND ? AND fault IS NULL",
                (span.fault.name, self._album, span.camera, span.zoned, span.from_s, span.to_s),
            )
        self._table.commit()

    def count_faults(self) -> list[tuple[str | None, TimeFault, int]]:
        """Return the cameras whose times are no evidence, why, and of how many photos; the most first."""
        found = self._table.execute(
            "SELECT camera, fault, count(*) FROM looks WHERE album = ? AND run = ? AND fault IS NOT NULL"
            " GROUP BY camera, fault ORDER BY count(*) DESC, camera, fault",
            (self._album, self._run),
        )
        return [(camera, TimeFault[fault], n_photos) for camera, fault, n_photos in found]

    def cameras(self) -> list[CameraClock]:
        """Return what the photos of this run say about the cameras' clocks."""
        found = self._table.execute(
            "SELECT camera, zoned, count(*) FROM looks WHERE album = ? AND run = ?"
            " AND camera IS NOT NULL AND clock_s IS NOT NULL GROUP BY camera, zoned",
            (self._album, self._run),
        ).fetchall()
        return [self._camera(*row) for row in found]

    def put_on_timelines(self, lines: Mapping[tuple[str, bool], Timeline]) -> None:
        """Give each photo of this run its time on a timeline; those of a known place become evidence for others."""
        self._table.execute(
            "UPDATE looks SET line = NULL, at_s = NULL, witness = 0 WHERE album = ? AND line IS NOT NULL",
            (self._album,),
        )
        for (name, zoned), line in lines.items():
            self._table.execute(
                "UPDATE looks SET line = ?, at_s = clock_s + ?, witness = CASE WHEN latitude IS NOT NULL THEN ?"
                " WHEN confidence >= ? THEN ? ELSE 0 END WHERE album = ? AND run = ? AND camera = ? AND zoned = ?"
                " AND clock_s IS NOT NULL AND fault IS NULL",
                (line.line, line.shift_s, _GPS, self.threshold, _RECOGNISED, self._album, self._run, name, zoned),
            )
        self._table.commit()

    def put_on_estimates(self, estimates: Iterable[ClockEstimate]) -> None:
        """Compare the photos of cameras whose clocks were estimated with those of which UTC is known."""
        for one in estimates:
            self._table.execute(
                "UPDATE looks SET line = ?, at_s = clock_s - ? WHERE album = ? AND run = ? AND camera = ?"
                " AND zoned = 0 AND clock_s BETWEEN ? AND ? AND line IS NOT NULL",
                (UTC_LINE, one.ahead_s, self._album, self._run, one.camera, one.from_s, one.to_s),
            )
        self._table.commit()

    def sights(self, camera: str) -> Iterator[tuple[str, float]]:
        """Yield the landmarks that photos of a camera without zone surely show, and when by its clock, in order."""
        return iter(
            self._table.execute(
                "SELECT landmark, clock_s FROM looks INDEXED BY clocks WHERE album = ? AND camera = ? AND zoned = 0"
                " AND clock_s IS NOT NULL AND run = ? AND fault IS NULL AND confidence >= ? ORDER BY clock_s",
                (self._album, camera, self._run, self.threshold),
            )
        )

    def known_in_utc(self) -> Iterator[tuple[float, Coordinates | None, str | None]]:
        """Yield when photos of a known place were taken (UTC), in order: where, or the landmark they surely show."""
        rows = self._table.execute(
            "SELECT at_s, latitude, longitude, landmark FROM looks WHERE witness > 0 AND album = ? AND line = ?"
            " AND run = ? ORDER BY at_s",
            (self._album, UTC_LINE, self._run),
        )
        for at_s, latitude, longitude, landmark in rows:
            yield (at_s, None, landmark) if latitude is None else (at_s, Coordinates(latitude, longitude), None)

    def nearby(self, path: Path, line: str | None, at_s: float | None, within_s: float) -> list[NearbyPhoto]:
        """Return photos of a known place on the same timeline, the nearest in time: up to so many before and after.

        Each side is read along an index and no further, since some albums hold thousands within an hour.
        """
        if line is None or at_s is None or within_s <= 0:
            return []
        found = []
        for side, order in (("at_s BETWEEN ? AND ?", "ASC"), ("at_s >= ? AND at_s < ?", "DESC")):
            ends = (at_s, at_s + within_s) if order == "ASC" else (at_s - within_s, at_s)
            for kind in (_GPS, _RECOGNISED):
                rows = self._table.execute(
                    "SELECT path, at_s, latitude, longitude, landmark, confidence FROM looks INDEXED BY witnesses"
                    f" WHERE witness > 0 AND witness = {kind} AND album = ? AND line = ? AND {side}"
                    f" AND path != ? AND run = ? ORDER BY at_s {order} LIMIT ?",
                    (self._album, line, *ends, os.fsencode(path), self._run, _EACH),
                )
                found += [photo for row in rows if (photo := self._nearby(at_s, *row))]
        return found

    def is_among_others(self, line: str | None, at_s: float | None, within_s: float) -> bool:
        """Return whether some other photos were taken within so many seconds, known places or not."""
        if line is None or at_s is None or within_s <= 0:
            return False
        (n_photos,) = self._table.execute(
            "SELECT count(*) FROM (SELECT 1 FROM looks INDEXED BY lines WHERE album = ? AND line = ?"
            " AND at_s BETWEEN ? AND ? LIMIT ?)",
            (self._album, line, at_s - within_s, at_s + within_s, _OTHERS + 1),
        ).fetchone()
        return bool(n_photos > _OTHERS)

    def positions(self) -> DatedPositions:
        """Return the positions that photos of this run have, one for each day and cell of 200 m."""
        found = self._table.execute(
            "SELECT CAST(clock_s / 86400 AS INTEGER), latitude, longitude, count(*) FROM looks"
            " WHERE album = ? AND run = ? AND latitude IS NOT NULL AND clock_s IS NOT NULL AND fault IS NULL"
            " GROUP BY 1, round(latitude * ?), round(longitude * ?) ORDER BY 1",
            (self._album, self._run, CELLS_PER_DEGREE, CELLS_PER_DEGREE),
        ).fetchall()
        days, latitudes, longitudes, counts = np.array(found, np.float64).reshape(-1, 4).T
        return DatedPositions(days, latitudes, longitudes, counts)

    def _nearby(
        self,
        from_s: float,
        path: bytes,
        at_s: float,
        latitude: float | None,
        longitude: float | None,
        landmark: str | None,
        confidence: float | None,
    ) -> NearbyPhoto | None:
        name, minutes = Path(os.fsdecode(path)).stem, (at_s - from_s) / 60
        if latitude is not None and longitude is not None:
            return NearbyPhoto(name, minutes, Coordinates(latitude, longitude), _GPS_CERTAINTY)
        place = self.places.get(landmark or "")
        if place is None or place.coordinates is None:
            return None
        return NearbyPhoto(name, minutes, place.coordinates, confidence or 0.0, place.radius_km or 0.0, True)

    def _photos(self) -> Iterator[TimedPhoto]:
        """Yield the photos that have a time without a fault, by camera and by its clock."""
        rows = self._table.execute(
            "SELECT camera, zoned, clock_s, latitude, longitude, landmark, confidence FROM looks INDEXED BY clocks"
            " WHERE album = ? AND camera IS NOT NULL AND clock_s IS NOT NULL AND own_fault IS NULL AND run = ?"
            " ORDER BY camera, zoned, clock_s",
            (self._album, self._run),
        )
        for camera, zoned, clock_s, latitude, longitude, landmark, confidence in rows:
            at, radius_km = (None, 0.0) if latitude is None else (Coordinates(latitude, longitude), 0.0)
            place = self.places.get(landmark) if at is None and (confidence or 0.0) >= self.threshold else None
            if place and place.coordinates:
                at, radius_km = place.coordinates, place.radius_km or 0.0
            yield TimedPhoto(camera, bool(zoned), clock_s, at, radius_km)

    def _camera(self, name: str, zoned: int, n_photos: int) -> CameraClock:
        def select(columns: str, rest: str, *values: float) -> list[Any]:
            of_camera = (
                f"SELECT {columns} FROM looks WHERE album = ? AND run = ? AND camera = ? AND zoned = ?"
                f" AND fault IS NULL AND {rest}"
            )
            return self._table.execute(of_camera, (self._album, self._run, name, zoned, *values)).fetchall()

        lag_s, (n_lags,) = None, select("count(*)", "gps_lag_s IS NOT NULL")[0]
        if n_lags >= GPS_PHOTOS:
            by_lag = "gps_lag_s IS NOT NULL ORDER BY gps_lag_s LIMIT 1 OFFSET ?"
            low, middle, high = (select("gps_lag_s", by_lag, n_lags * quarter // 4)[0][0] for quarter in (1, 2, 3))
            lag_s = (low, middle, high)
        zones = select("zone_s", "zone_s IS NOT NULL GROUP BY zone_s ORDER BY count(*) DESC, zone_s LIMIT 1")
        visits = select(
            "landmark, min(clock_s), max(clock_s)",
            "clock_s IS NOT NULL AND confidence >= ? GROUP BY landmark",
            self.threshold,
        )
        seen = {landmark: (first, last) for landmark, first, last in visits}
        return CameraClock(name, bool(zoned), n_photos, lag_s, seen, float(zones[0][0]) if zones else 0.0)
