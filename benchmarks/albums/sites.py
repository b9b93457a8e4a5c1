"""Where albums are made: the model's landmarks, other landmarks of the gazetteer, and towns, with real distances."""

import math
import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from albums.parameters import Parameters
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates, distance_km
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.geo.towns import builtin_towns
from landmark.model.bundle import load_bundle

# They are photographed from all over a town: two towers, a statue and a church on hills or plains.
TOWERS = frozenset({"Christ the Redeemer", "Petronas Towers", "Cologne Cathedral", "Great Pyramid of Giza"})
WIDE_KM = 5.0  # visitors of a wide landmark stand somewhere in it, of another at its edge
_FARTHEST_KM = 40.0  # from the middle of a wide landmark: of a long wall, where the buses go


@dataclass(frozen=True)
class Site:
    """A place to stop at; `landmark` is the model's name of it, None where the model does not know it."""

    at: Coordinates
    radius_km: float = 1.0
    landmark: str | None = None


@dataclass(frozen=True)
class Region:
    """What can be reached by car from its middle."""

    middle: Coordinates
    known: tuple[Site, ...]
    others: tuple[Site, ...]


@cache
def known_sites() -> tuple[Site, ...]:
    """Return the landmarks of the model that ships."""
    bundle = load_bundle()
    return tuple(
        Site(place.coordinates, place.radius_km or 1.0, name)
        for name, place in zip(bundle.categories, bundle.places, strict=True)
        if place and place.coordinates
    )


@cache
def other_sites() -> tuple[Site, ...]:
    """Return the landmarks of the gazetteer that the model does not know."""
    known = {site.at for site in known_sites()}
    return tuple(
        Site(place.coordinates, place.radius_km or 1.0)
        for place in builtin_gazetteer()
        if place.coordinates and place.coordinates not in known
    )


def make_region(rng: random.Random, parameters: Parameters) -> Region:
    """Choose a region: around a known landmark, or around another one or a town."""
    if rng.random() < parameters.known_region_share:
        middle = rng.choice(known_sites()).at
    else:
        middle = rng.choice(other_sites()).at if rng.random() < 0.5 else random_town(rng)
    known = tuple(site for site in known_sites() if distance_km(site.at, middle) <= parameters.region_km)
    others = [site for site in other_sites() if distance_km(site.at, middle) <= parameters.region_km]
    towns = _towns_within(middle, parameters.region_km)
    wanted = max(2, round(parameters.towns_per_region))
    others += [Site(at) for at in rng.sample(towns, min(wanted, len(towns)))]
    return Region(middle, known, tuple(others) or (Site(middle),))


def random_town(rng: random.Random) -> Coordinates:
    """Return a town anywhere; where there are many, people live."""
    towns = builtin_towns()
    number = rng.randrange(len(towns.latitudes))
    return Coordinates(float(towns.latitudes[number]), float(towns.longitudes[number]))


def view_of(site: Site, rng: random.Random, parameters: Parameters) -> Coordinates:
    """Return where a photo of a site is taken from."""
    if site.landmark in TOWERS and rng.random() < parameters.tower_afar_share:
        return moved(site.at, math.exp(rng.uniform(math.log(0.4), math.log(max(0.5, parameters.tower_afar_km)))), rng)
    beyond_km = rng.expovariate(1 / parameters.view_km_mean)
    if site.radius_km > WIDE_KM:
        return moved(site.at, math.sqrt(rng.random()) * min(site.radius_km, _FARTHEST_KM) + beyond_km, rng)
    return moved(site.at, math.sqrt(rng.random()) * site.radius_km + beyond_km, rng)


def moved(at: Coordinates, by_km: float, rng: random.Random) -> Coordinates:
    """Return a point so far away, in any direction."""
    bearing, turn = rng.uniform(0, 2 * math.pi), math.degrees(by_km / EARTH_RADIUS_KM)
    latitude = max(-89.0, min(89.0, at.latitude + turn * math.cos(bearing)))
    longitude = at.longitude + turn * math.sin(bearing) / math.cos(math.radians(latitude))
    return Coordinates(round(latitude, 7), round((longitude + 540) % 360 - 180, 7))


def zone_hours(at: Coordinates) -> int:
    """Return the hours that a place's clocks are ahead of UTC: by its meridian, which borders bend a little."""
    return round(at.longitude / 15)


def _towns_within(middle: Coordinates, within_km: float) -> list[Coordinates]:
    towns = builtin_towns()
    box = np.abs(towns.latitudes - middle.latitude) <= within_km / 111
    near = [Coordinates(float(towns.latitudes[i]), float(towns.longitudes[i])) for i in np.flatnonzero(box)]
    return [at for at in near if distance_km(at, middle) <= within_km]
