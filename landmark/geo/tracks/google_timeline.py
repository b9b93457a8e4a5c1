"""Google's location histories: `Records.json` and `Semantic Location History` of a Takeout, and what phones export.

Android exports one object with `semanticSegments` and `rawSignals`, an iPhone a bare list. A place that was visited
is a stay, whose position is the place's and not the phone's.
"""

import math
import re
from typing import Any

from landmark.core.unchecked import as_dict, as_list, as_number
from landmark.geo.tracks.times import read_number, read_time
from landmark.geo.tracks.track import FixCollector

STAY_M = 100.0  # how far from the middle of a place that they visit people are
PATH_M = 50.0  # of the points of a path, whose accuracy the file does not tell
_POINT = re.compile(r"\s*(?:geo:)?\s*([+-]?\d+(?:\.\d+)?)[^\d,+-]*,\s*([+-]?\d+(?:\.\d+)?)", re.ASCII)
_WRAPPED = 2**32  # some exports have added it to whole numbers of ten-millionths of a degree
_NO_POINT = (math.nan, math.nan)

Point = tuple[float, float]  # latitude and longitude, nan where there is none


class GoogleTimeline:
    """Add the items of a location history to `fixes`; ends of journeys to `journeys`, for files that hold no more."""

    def __init__(self, fixes: FixCollector) -> None:
        self.fixes, self.journeys = fixes, FixCollector(fixes.source)

    def add_record(self, record: Any) -> None:
        """Add an item of `locations` (Records.json), in the segment of its device."""
        record = as_dict(record)
        latitude, longitude = _point(record)
        if math.isnan(latitude):
            self.fixes.leave_out("record", "without a position")
            return
        self.fixes.resume_segment(str(record.get("deviceTag")))
        self._add(_time(record, "timestamp"), (latitude, longitude), as_number(record.get("accuracy")))

    def add_signal(self, signal: Any) -> None:
        """Add an item of `rawSignals`, most of which are no positions."""
        position = as_dict(as_dict(signal).get("position"))
        if position:
            self.fixes.resume_segment("signals")
            point, accuracy_m = _point(position.get("LatLng")), as_number(position.get("accuracyMeters"))
            self._add(_time(position, "timestamp"), point, accuracy_m)

    def add_segment(self, segment: Any) -> None:
        """Add an item of `semanticSegments`, or of an iPhone's list."""
        segment = as_dict(segment)
        start_s, end_s = _time(segment, "startTime"), _time(segment, "endTime")
        if path := as_list(segment.get("timelinePath")):
            self.fixes.start_segment()
            for one in map(as_dict, path):
                self._add(_path_time(one, start_s), _point(one.get("point")), PATH_M)
        visit = as_dict(segment.get("visit"))
        if visit and str(visit.get("hierarchyLevel", 0)) in ("0", "None"):  # others lie within it
            self._add_stay(_point(as_dict(visit.get("topCandidate")).get("placeLocation")), start_s, end_s)
        if activity := as_dict(segment.get("activity")):
            ends = (_point(activity.get("start")), start_s), (_point(activity.get("end")), end_s)
            self._add_journey(self.journeys, [(point, time_s, STAY_M) for point, time_s in ends])

    def add_object(self, item: Any) -> None:
        """Add an item of `timelineObjects` (Semantic Location History)."""
        visit, journey = (as_dict(as_dict(item).get(key)) for key in ("placeVisit", "activitySegment"))
        for found in filter(None, (visit, journey)):
            duration = as_dict(found.get("duration"))
            start_s, end_s = _time(duration, "startTimestamp"), _time(duration, "endTimestamp")
            if found is visit:
                self._add_stay(_point(found.get("location")), start_s, end_s)
                continue
            path = map(as_dict, as_list(as_dict(found.get("simplifiedRawPath")).get("points")))
            between = [(_point(one), _time(one, "timestamp"), as_number(one.get("accuracyMeters"))) for one in path]
            ends = ((_point(found.get(key)), STAY_M) for key in ("startLocation", "endLocation"))
            (first, first_m), (last, last_m) = ends
            self._add_journey(self.fixes, [(first, start_s, first_m), *between, (last, end_s, last_m)])

    def _add_journey(self, fixes: FixCollector, points: list[tuple[Point, float | None, float]]) -> None:
        fixes.start_segment()
        for (latitude, longitude), time_s, accuracy_m in points:
            if time_s is not None and not math.isnan(latitude):
                fixes.add(time_s, latitude, longitude, accuracy_m)

    def _add_stay(self, point: Point, start_s: float | None, end_s: float | None) -> None:
        if math.isnan(point[0]) or start_s is None or end_s is None or end_s < start_s:
            self.fixes.leave_out("visit", "without a place or a time")
            return
        self.fixes.start_segment()
        self.fixes.add(start_s, *point, STAY_M, stays=True)
        self.fixes.add(end_s, *point, STAY_M)

    def _add(self, time_s: float | None, point: Point, accuracy_m: float) -> None:
        if time_s is None:
            self.fixes.leave_out("point", "without a time")
        else:
            self.fixes.add(time_s, *point, accuracy_m)


def _time(found: dict[str, Any], key: str) -> float | None:
    """Return the time under a key, or under the same with Ms, as before 2022."""
    text = found.get(key)
    if isinstance(text, str) and (time := read_time(text)):
        return time[0]  # all have a zone
    return read_number(found.get(f"{key}Ms"))


def _path_time(point: dict[str, Any], start_s: float | None) -> float | None:
    """Return the time of a point of a path; an iPhone's is in minutes since its segment began."""
    if (offset := point.get("durationMinutesOffsetFromStartTime")) is None:
        return _time(point, "time")
    minutes = as_number(offset)
    return None if start_s is None or not math.isfinite(minutes) else start_s + 60 * minutes


def _point(found: Any) -> Point:
    """Return latitude and longitude in any of Google's notations; nan where there is none.

    >>> _point("48.8583701°, 2.2944813°"), _point("geo:48.85837,2.294481")
    ((48.8583701, 2.2944813), (48.85837, 2.294481))
    >>> _point({"latitudeE7": 488583701, "longitudeE7": 22944813}), _point({"latLng": "48.8°, 2.3°"})
    ((48.8583701, 2.2944813), (48.8, 2.3))
    """
    if isinstance(found, str):
        match = _POINT.match(found)
        return (float(match[1]), float(match[2])) if match else _NO_POINT
    if not isinstance(found, dict):
        return _NO_POINT
    if isinstance(text := found.get("latLng", found.get("LatLng")), str):
        return _point(text)
    for keys in (("latitudeE7", "longitudeE7"), ("latE7", "lngE7")):
        latitude, longitude = (_ten_millionths(found.get(key)) for key in keys)
        if not math.isnan(latitude) and not math.isnan(longitude):
            return latitude, longitude
    return _NO_POINT


def _ten_millionths(value: Any) -> float:
    number = as_number(value)
    if not abs(number) <= _WRAPPED:
        return math.nan
    return (number - _WRAPPED if number > _WRAPPED // 2 else number) / 1e7
