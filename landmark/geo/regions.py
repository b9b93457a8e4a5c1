"""Names for positions, offline: the nearest town, its region, and the country.

The country is that of the map, and the town one of this country: so a photo at a border or a coast has no town of the
neighbour's. Where the data comes from, and how right it is: docs/place-names.md.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.country_map import country_map
from landmark.geo.place_names import PlaceNames
from landmark.geo.towns import builtin_towns

CITY_KM = 50.0  # farther away, a town says nothing about a photo; its region may still, up to `towns.FAR_KM`


@dataclass(frozen=True)
class NamesOfPositions:
    """The names of N positions: arrays (N,) of texts, empty where there is no name, and of km to the town."""

    cities: np.ndarray
    states: np.ndarray
    country_codes: np.ndarray
    distances_km: np.ndarray

    def __len__(self) -> int:
        return len(self.cities)

    def __getitem__(self, index: int) -> PlaceNames:
        code = self.country_codes[index]
        country = find_country(code).name if code else ""
        return PlaceNames("", self.cities[index], self.states[index], country, code)


def name_positions(latitudes: Any, longitudes: Any) -> NamesOfPositions:
    """Return the names of positions in degrees, two arrays (N,) of numbers.

    The country reaches 12 nautical miles out to sea; beyond it, nothing has a name. A town is named up to 50 km away,
    the region of a town up to 100 km. Raises `DataError` for what is no position.

    >>> names = name_positions([48.8584, 0.0], [2.2945, -30.0])  # the Eiffel Tower; the Atlantic
    >>> list(names.cities), list(names.states), list(names.country_codes)
    (['Paris', ''], ['Île-de-France', ''], ['FR', ''])
    """
    latitude, longitude = _degrees("latitudes", latitudes, 90), _degrees("longitudes", longitudes, 180)
    if latitude.shape != longitude.shape:
        raise DataError(f"Found {len(latitude)} latitudes and {len(longitude)} longitudes. Expected as many of each.")
    borders, towns = country_map(), builtin_towns()
    countries = borders.look_up(latitude, longitude)
    town, distance_km = towns.nearest(latitude, longitude, countries)
    return NamesOfPositions(
        np.where(distance_km <= CITY_KM, towns.texts_of_names[towns.names[town]], ""),
        np.where(town >= 0, towns.texts_of_regions[towns.regions[town]], ""),
        borders.codes[countries],
        distance_km,
    )


@lru_cache(10_000)  # photos of one place often have one position
def name_position(coordinates: Coordinates) -> PlaceNames:
    """Return the names of a position.

    >>> name_position(Coordinates(27.175, 78.0421))
    PlaceNames(location='', city='Agra', state='Uttar Pradesh', country='India', country_code='IN')
    """
    return name_positions([coordinates.latitude], [coordinates.longitude])[0]


def _degrees(what: str, values: Any, limit: int) -> np.ndarray:
    degrees = np.asarray(values, np.float64)
    if degrees.ndim != 1:
        raise DataError(f"Found {what} of the shape {degrees.shape}. Expected one row of numbers.")
    wrong = np.flatnonzero(~(np.abs(degrees) <= limit))
    if len(wrong):
        raise DataError(f"{what}, number {wrong[0]}: {degrees[wrong[0]]}: expected degrees from -{limit} to {limit}.")
    return degrees
