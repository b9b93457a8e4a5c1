"""The place of a landmark: its coordinates, how far it reaches, and its countries."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from landmark.core.errors import DataError
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates
from landmark.geo.countries import Country, find_country


@dataclass(frozen=True)
class Place:
    """Where a landmark stands: it lies within `radius_km` of the coordinates, in one or more countries.

    Coordinates and radius are None where nobody knows them. Several countries: a border runs through it, or it is
    claimed by each. Raises `DataError` for an empty name, or a radius that is not a positive number.

    >>> place = Place("Niagara Falls", Coordinates(43.0799, -79.0747), 1, (find_country("US"), find_country("CA")))
    >>> place.country
    ['United States', 'Canada']
    >>> place.map_link
    'https://www.openstreetmap.org/?mlat=43.07990&mlon=-79.07470#map=14/43.07990/-79.07470'
    """

    name: str
    coordinates: Coordinates | None
    radius_km: float | None
    countries: tuple[Country, ...] = ()
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DataError("A place without a name. Expected the name of a landmark.")
        if self.radius_km is not None and not (math.isfinite(self.radius_km) and self.radius_km > 0):
            raise DataError(f"{self.name}: radius_km {self.radius_km}: expected km above 0, e.g. 0.1 for a statue.")

    @property
    def country(self) -> str | list[str] | None:
        """The country as rows have it: None where unknown, the name, or a list of names where there are several."""
        names = [country.name for country in self.countries]
        return names if len(names) > 1 else next(iter(names), None)

    @property
    def map_link(self) -> str | None:
        """The place on openstreetmap.org, zoomed to its radius; None without coordinates. Makes no request."""
        if self.coordinates is None:
            return None
        latitude, longitude = self.coordinates.latitude, self.coordinates.longitude
        # A map tile is 256 px; at zoom 0 one spans the equator (40,075 km). The radius is to take about 200 px.
        km_in_view = (self.radius_km or 1) * 256 / 200
        equator_km = 2 * math.pi * EARTH_RADIUS_KM * max(0.01, math.cos(math.radians(latitude)))
        zoom = min(17, max(2, math.floor(math.log2(equator_km / km_in_view))))
        north, east = f"{latitude:.5f}", f"{longitude:.5f}"  # to a metre
        return f"https://www.openstreetmap.org/?mlat={north}&mlon={east}#map={zoom}/{north}/{east}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as in a bundle's landmark.json: plain values, countries by code.

        >>> Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5, (find_country("IN"),)).to_dict()
        {'name': 'Taj Mahal', 'latitude': 27.175, 'longitude': 78.0421, 'radius_km': 0.5, 'countries': ['IN'], \
'aliases': []}
        """
        return {
            "name": self.name,
            "latitude": self.coordinates.latitude if self.coordinates else None,
            "longitude": self.coordinates.longitude if self.coordinates else None,
            "radius_km": self.radius_km,
            "countries": [country.code for country in self.countries],
            "aliases": list(self.aliases),
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """Return the place that `to_dict` described. Raises `DataError` when a key is missing or a value cannot be."""
        try:
            latitude, longitude = found["latitude"], found["longitude"]
            coordinates = None if latitude is None and longitude is None else Coordinates(latitude, longitude)
            countries = tuple(find_country(code) for code in found["countries"])
            return cls(found["name"], coordinates, found["radius_km"], countries, tuple(found["aliases"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"Not a place ({type(error).__name__}: {error}). Expected an object with name, latitude, longitude, "
                "radius_km, countries and aliases."
            ) from error
