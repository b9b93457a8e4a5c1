"""Itineraries: which places a trip stops at and when, the drives and flights between, and moments for photos."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from albums.parameters import Parameters
from albums.sites import Region, Site, make_region, moved, view_of, zone_hours
from landmark.geo.coordinates import Coordinates, distance_km, point_between

_DAY_BEGINS_H, _DAY_ENDS_H = 9.0, 20.0
_FLIGHT_FROM_KM = 500.0


@dataclass(frozen=True)
class Moment:
    """A press of the button: when (UTC) and where; `burst` numbers the photos of one subject within seconds."""

    utc: datetime
    at: Coordinates
    burst: int = 0


@dataclass(frozen=True)
class Stop:
    """Some photos at one place; `site` is None on the way."""

    site: Site | None
    moments: tuple[Moment, ...]
    is_model_village: bool = False


@dataclass(frozen=True)
class Trip:
    """Stops in order; `path` is where the travellers were, at times between which they moved evenly."""

    name: str
    stops: tuple[Stop, ...]
    path: tuple[tuple[datetime, Coordinates], ...]
    local_hours: int  # of its first region

    @property
    def starts(self) -> datetime:
        """Return when it begins (UTC)."""
        return self.path[0][0]

    @property
    def ends(self) -> datetime:
        """Return when it ends (UTC)."""
        return self.path[-1][0]


def make_trip(name: str, day: datetime, rng: random.Random, parameters: Parameters) -> Trip:
    """Make a trip that begins on a day: its regions one after another, with a flight or drive between."""
    stops: list[Stop] = []
    path: list[tuple[datetime, Coordinates]] = []
    regions = [make_region(rng, parameters) for _ in range(count(parameters.regions_per_trip_mean, rng))]
    for region in regions:
        hours = zone_hours(region.middle)
        for _ in range(count(parameters.days_per_trip_mean / len(regions), rng)):
            morning = day + timedelta(hours=_DAY_BEGINS_H - hours + rng.uniform(-1, 1.5))
            if path:
                morning = max(morning, path[-1][0] + timedelta(hours=travel_h(path[-1][1], region.middle, parameters)))
            _make_day(region, morning, day + timedelta(hours=_DAY_ENDS_H - hours), stops, path, rng, parameters)
            day += timedelta(days=1)
    return Trip(name, tuple(stops), tuple(path), zone_hours(regions[0].middle))


def make_home_days(name: str, home: Site, days: list[datetime], rng: random.Random, parameters: Parameters) -> Trip:
    """Make days at home, with photos of anything around it."""
    stops, path = [], []
    for day in days:
        utc = day + timedelta(hours=rng.uniform(_DAY_BEGINS_H, _DAY_ENDS_H) - zone_hours(home.at))
        around = Site(moved(home.at, rng.expovariate(0.5), rng))
        stop = _photograph(around, utc, parameters.photos_per_home_day_mean, rng, parameters)
        stops.append(stop)
        path += [(moment.utc, moment.at) for moment in stop.moments]
    return Trip(name, tuple(stops), tuple(path), zone_hours(home.at))


def travel_h(a: Coordinates, b: Coordinates, parameters: Parameters) -> float:
    """Return how long a way takes, in hours."""
    apart_km = distance_km(a, b)
    if apart_km > _FLIGHT_FROM_KM:
        return parameters.airport_h + apart_km / parameters.flight_km_h
    return apart_km * parameters.detour / parameters.drive_km_h


def count(mean: float, rng: random.Random) -> int:
    """Return a random count with about that mean, at least one."""
    return 1 + (int(rng.expovariate(1 / (mean - 0.5))) if mean > 0.5 else 0)


def _make_day(
    region: Region,
    utc: datetime,
    evening: datetime,
    stops: list[Stop],
    path: list[tuple[datetime, Coordinates]],
    rng: random.Random,
    parameters: Parameters,
) -> None:
    for _ in range(count(parameters.stops_per_day_mean, rng)):
        is_known = bool(region.known) and rng.random() < parameters.known_stop_share
        site = rng.choice(region.known if is_known else region.others)
        view = view_of(site, rng, parameters)
        if path:
            before, at = path[-1]
            way = timedelta(hours=travel_h(at, view, parameters))
            arrives = max(utc, before + way + timedelta(minutes=rng.expovariate(1 / parameters.pause_min_mean)))
            if rng.random() < parameters.on_the_way_share:
                share = rng.random()
                there = point_between(at, view, share)
                leaves = arrives - way
                stops.append(Stop(None, (Moment(leaves + way * share, there),)))
                path += [(leaves, at), (leaves + way * share, there)]
            else:
                path.append((arrives - way, at))
            utc = arrives
        if utc > evening and path:
            return
        mean = parameters.photos_per_known_stop_mean if is_known else parameters.photos_per_other_stop_mean
        stop = _photograph(site, utc, mean, rng, parameters, view)
        stops.append(stop)
        path += [(utc, view), *((moment.utc, moment.at) for moment in stop.moments)]
        utc = path[-1][0]


def _photograph(
    site: Site,
    utc: datetime,
    mean: float,
    rng: random.Random,
    parameters: Parameters,
    view: Coordinates | None = None,
) -> Stop:
    view = view or view_of(site, rng, parameters)
    moments: list[Moment] = []
    for number in range(count(mean, rng)):
        gap_min = rng.expovariate(1 / parameters.gap_min_mean)
        utc += timedelta(minutes=gap_min)
        at = moved(view, rng.expovariate(1 / parameters.wander_km) if parameters.wander_km else 0.0, rng)
        moments.append(Moment(utc, at, number))
        if rng.random() < parameters.burst_share:
            for _ in range(count(parameters.burst_photos_mean, rng)):
                utc += timedelta(seconds=rng.uniform(0.3, 2.5))
                moments.append(Moment(utc, at, number))
    return Stop(site, tuple(moments))
