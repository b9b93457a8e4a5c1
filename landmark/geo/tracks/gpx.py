"""GPX, 1.0 and 1.1: track points; route points and waypoints with times only where there are no others.

A time without a zone is UTC, as the schema of GPX says of all times.
"""

from typing import BinaryIO

from landmark.core.unchecked import as_number
from landmark.geo.tracks.times import read_time
from landmark.geo.tracks.track import PROPOSED, FixCollector, Track
from landmark.geo.tracks.xml_stream import XmlStream

HDOP_M = 5.0  # metres for each unit of a receiver's dilution of precision, about twice what open sky gives
_POINTS = frozenset({"trkpt", "rtept", "wpt"})
_SEGMENTS = frozenset({"trkseg", "rte"})
_TEXTS = frozenset({"time", "hdop", "accuracy", "type"})


def read_gpx(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read a GPX file. Raises `DataError` where it holds no fix."""
    return _GpxReader(source).read(file, max_bytes)


class _GpxReader:
    def __init__(self, source: str) -> None:
        self.fixes, self.waypoints = FixCollector(source), FixCollector(source)
        self.stream = XmlStream(self._start, self._end)
        self.point_depth = 0  # 0 outside of points
        self.point: dict[str, str] = {}
        self.n_without_zone = 0

    def read(self, file: BinaryIO, max_bytes: int) -> Track:
        damage = self.stream.read(file, max_bytes)
        fixes = self.fixes
        if not len(fixes) and len(self.waypoints):
            fixes = self.waypoints
            fixes.notes.append("there are no track points with times; its waypoints are used.")
            fixes.left_out.update(self.fixes.left_out)
        if damage:
            fixes.notes.append(f"it breaks off ({damage}); the {len(fixes):,} fixes before that are used.")
        if self.n_without_zone:
            fixes.notes.append(f"{self.n_without_zone:,} times have no Z behind them; they are UTC, as GPX has it.")
        return fixes.finish()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.point_depth:
            self.stream.keep_text = name in _TEXTS
        elif name in _POINTS:
            self.point_depth, self.point = self.stream.depth, attributes
        elif name in _SEGMENTS:
            self.fixes.start_segment()

    def _end(self, name: str, text: str) -> None:
        if not self.point_depth:
            return
        if self.stream.depth == self.point_depth:
            self._add(name, self.point)
            self.point_depth = 0
        elif name in _TEXTS and text and (self.stream.depth == self.point_depth + 1 or name == "accuracy"):
            self.point[name] = text

    def _add(self, name: str, point: dict[str, str]) -> None:
        fixes = self.fixes if name == "trkpt" else self.waypoints
        time = read_time(point["time"]) if "time" in point else None
        if time is None:
            if name == "trkpt":
                fixes.leave_out("point", "without a time")
        elif point.get("type", "").strip() not in PROPOSED:
            self.n_without_zone += not time[1]
            fixes.add(time[0], as_number(point.get("lat")), as_number(point.get("lon")), _accuracy_m(point))


def _accuracy_m(point: dict[str, str]) -> float:
    if "accuracy" in point:
        return as_number(point["accuracy"])
    return as_number(point.get("hdop")) * HDOP_M
