"""GeoJSON: lines with a time for each place, and points with a time, as togeojson, loggers and `landmark tag` write it.

GeoJSON has no times of its own (RFC 7946), so each program has put them elsewhere.
"""

import math
from typing import Any

from landmark.core.unchecked import as_dict, as_list, as_number
from landmark.geo.tracks.times import read_number, read_time
from landmark.geo.tracks.track import PROPOSED, FixCollector

_POINT_TIMES = ("time", "timestamp", "taken", "datetime", "date_time", "tst")  # tst is OwnTracks'
_LINE_TIMES = ("coordTimes", "times", "time")  # togeojson's of old, Leaflet.TimeDimension's
_ACCURACIES = ("accuracy", "horizontal_accuracy", "acc")


def add_feature(feature: Any, fixes: FixCollector) -> None:
    """Add the fixes of a feature."""
    feature = as_dict(feature)
    geometry, properties = as_dict(feature.get("geometry")), as_dict(feature.get("properties"))
    kind, places = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        _add_point(places, properties, fixes)
    elif kind in ("LineString", "MultiPoint", "MultiLineString"):
        times = _line_times(properties)
        if times is None:
            fixes.leave_out("line", "without times")
        elif kind == "MultiLineString":
            for line, its_times in zip(as_list(places), times, strict=False):
                _add_line(line, its_times, fixes)
        else:
            _add_line(places, times, fixes)


def _add_point(place: Any, properties: dict[str, Any], fixes: FixCollector) -> None:
    if str(properties.get("status")) in PROPOSED:
        fixes.leave_out("point", "that stands where a recognised landmark does")
        return
    time = next((properties[key] for key in _POINT_TIMES if properties.get(key) is not None), None)
    accuracy_m = next((as_number(properties[key]) for key in _ACCURACIES if key in properties), math.nan)
    _add(place, time, accuracy_m, fixes)


def _line_times(properties: dict[str, Any]) -> list[Any] | None:
    for found in (as_dict(properties.get("coordinateProperties")), properties):
        for key in _LINE_TIMES:
            if isinstance(found.get(key), list):
                return list(found[key])
    return None


def _add_line(places: Any, times: Any, fixes: FixCollector) -> None:
    places, times = as_list(places), as_list(times)
    if len(places) != len(times):
        fixes.notes.append(f"a line has {len(places):,} places and {len(times):,} times: left out.")
        return
    fixes.start_segment()
    for place, time in zip(places, times, strict=True):
        _add(place, time, math.nan, fixes)
    fixes.start_segment()


def _add(place: Any, time: Any, accuracy_m: float, fixes: FixCollector) -> None:
    found = read_time(time) if isinstance(time, str) else None
    seconds = found[0] if found else read_number(time)
    if seconds is None:
        fixes.leave_out("point", "without a time")
    elif found and not found[1]:
        fixes.leave_out("point", "whose time has no zone")
    elif not isinstance(place, list) or len(place) < 2:
        fixes.leave_out("point", "without a place")
    else:
        fixes.add(seconds, as_number(place[1]), as_number(place[0]), accuracy_m)
