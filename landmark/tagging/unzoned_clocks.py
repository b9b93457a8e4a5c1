"""Estimates of the clocks of an album's cameras that tell no zone, by tracks and by photos that tell UTC.

`evidence.clock_estimation` decides; this brings visits of landmarks and times of presence together.
"""

from collections.abc import Iterable, Iterator, Mapping

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.place import Place
from landmark.tagging.evidence.clock_estimation import ClockEstimate, Interval, Visit, estimate_clock, group_visits
from landmark.tagging.evidence.time_table import TimeTable
from landmark.tagging.track_positions import Lines, TrackPositions

_AT_KM = 1.0  # beyond its edge, a landmark is looked at from there
_WIDEST_KM = 5.0  # to be somewhere in a region is no visit
_STAY_S = 1800.0  # of two times at a place, so far apart at most, one stay is made


def estimate_clocks(times: TimeTable, lines: Lines, tracks: TrackPositions | None) -> list[ClockEstimate]:
    """Return the estimates for cameras whose zone nobody tells, and which no other clock is compared with."""
    cameras = [name for (name, zoned), line in lines.items() if not zoned and line.line == name]
    seen = {name: group_visits(times.sights(name)) for name in cameras}
    wanted = {visit.landmark for visits in seen.values() for visit in visits}
    places = {name: place for name in wanted if (place := times.places.get(name)) and _is_point(place)}
    presence: dict[str, list[Interval]] = {name: [] for name in places}
    if tracks and tracks.zone is None:
        for name, place in places.items():
            if place.coordinates:
                near_s = tracks.tracks.times_near(place.coordinates, (place.radius_km or 0) + _AT_KM)
                presence[name] += _stays(sorted(near_s))
    for name, stays in _by_photos(times, places).items():
        presence[name] += stays
    return [one for name, visits in seen.items() for one in _estimates(name, visits, presence)]


def _estimates(camera: str, visits: list[Visit], presence: Mapping[str, list[Interval]]) -> Iterator[ClockEstimate]:
    yield from estimate_clock(camera, [visit for visit in visits if visit.landmark in presence], presence)


def _by_photos(times: TimeTable, places: Mapping[str, Place]) -> dict[str, list[Interval]]:
    """Return when photos that tell UTC were at these places."""
    if not places:
        return {}
    near: dict[tuple[int, int], list[str]] = {}  # a cell of a degree and those around it
    for name, place in places.items():
        assert place.coordinates
        row, column = _cell(place.coordinates)
        for cell in {(row + down, (column + across) % 360) for down in (-1, 0, 1) for across in (-1, 0, 1)}:
            near.setdefault(cell, []).append(name)
    found: dict[str, list[Interval]] = {}
    for at_s, at, landmark in times.known_in_utc():
        names = [landmark] if landmark and landmark in places else []
        if at:
            names = [name for name in near.get(_cell(at), ()) if _reaches(places[name], at)]
        for name in names:
            _extend(found.setdefault(name, []), at_s)
    return found


def _cell(at: Coordinates) -> tuple[int, int]:
    return round(at.latitude), round(at.longitude) % 360  # which goes on across 180 degrees


def _is_point(place: Place) -> bool:
    return place.coordinates is not None and (place.radius_km or 0) <= _WIDEST_KM


def _reaches(place: Place, at: Coordinates) -> bool:
    return place.coordinates is not None and distance_km(place.coordinates, at) <= (place.radius_km or 0) + _AT_KM


def _stays(times_s: Iterable[float]) -> list[Interval]:
    stays: list[Interval] = []
    for at_s in times_s:
        _extend(stays, at_s)
    return stays


def _extend(stays: list[Interval], at_s: float) -> None:
    """Add a time to the last stay, or begin another."""
    if stays and at_s - stays[-1][1] <= _STAY_S:
        stays[-1] = stays[-1][0], at_s
    else:
        stays.append((at_s, at_s))
