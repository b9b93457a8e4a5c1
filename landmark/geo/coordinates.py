"""Where on Earth: coordinates and the distance between them, countries, and the place where a landmark stands.

Tables of places, looking them up, and finding a place from photos are `gazetteer`'s.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self

from landmark.core.errors import DataError
from landmark.core.resources import DATA_DIR

EARTH_RADIUS_KM = 6371.0088  # the mean radius; a sphere is within 0.6 % of the ellipsoid everywhere

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})


def name_key(name: str) -> str:
    """What stays of a name when case, accents, punctuation, spaces and underscores do not matter.

    >>> name_key("Museu_Nacional_d_Art_de_Catalunya") == name_key("Museu Nacional d'Art de Catalunya")
    True
    >>> name_key("Wrocław's Dwarves"), name_key("故宫")
    ('wroclawsdwarves', '故宫')
    """
    folded = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN)
    # Letters, digits and the vowel signs of Indian scripts, which are marks (M) but no accents (combining class 0).
    kept = (sign for sign in folded if unicodedata.category(sign)[0] in "LNM" and not unicodedata.combining(sign))
    return "".join(kept) or folded.strip()


@dataclass(frozen=True)
class Coordinates:
    """A point on Earth in degrees (WGS 84): latitude -90 to 90, north positive; longitude -180 to 180, east positive.

    Raises `DataError` for anything else.

    >>> Coordinates(-33.8568, 151.2153)
    Coordinates(latitude=-33.8568, longitude=151.2153)
    >>> Coordinates(151.2153, -33.8568)
    Traceback (most recent call last):
        ...
    landmark.core.errors.DataError: latitude 151.2153: expected degrees from -90 to 90. Are latitude and longitude \
swapped?
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        for name, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise DataError(f"{name} {value!r}: expected a number of degrees from -{limit} to {limit}.")
            if not -limit <= value <= limit:
                hint = " Are latitude and longitude swapped?" if abs(value) <= 180 else ""
                raise DataError(f"{name} {value}: expected degrees from -{limit} to {limit}.{hint}")


def distance_km(a: Coordinates, b: Coordinates) -> float:
    """The distance over the Earth's surface in km (great circle).

    >>> round(distance_km(Coordinates(48.8584, 2.2945), Coordinates(27.1750, 78.0421)))  # Eiffel Tower, Taj Mahal
    6759
    """
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    across = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    # The haversine formula: exact for points a metre apart, where the arc cosine of a dot product is not.
    half = math.sin((latitude_b - latitude_a) / 2) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * across
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


@dataclass(frozen=True)
class Country:
    """A country or territory: its ISO 3166-1 alpha-2 code and its common English name."""

    code: str
    name: str


class _Countries(NamedTuple):
    by_code: dict[str, Country]
    by_key: dict[str, Country]  # by what `name_key` leaves of names and other names


@cache
def _countries() -> _Countries:
    import csv  # only where a table is read: this module is imported by every command

    table = _Countries({}, {})
    with (DATA_DIR / "countries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            country = Country(row["code"], row["name"])
            table.by_code[country.code] = country
            for name in (country.name, *filter(None, row["aliases"].split(";"))):
                table.by_key[name_key(name)] = country
    return table


def find_country(code_or_name: str) -> Country:
    """The country of an ISO code or an English name, in any case. Raises `DataError` when there is none.

    >>> find_country("in"), find_country("Turkiye").code, find_country("USA").name
    (Country(code='IN', name='India'), 'TR', 'United States')
    """
    table = _countries()
    wanted = code_or_name.strip()
    found = table.by_code.get(wanted.upper()) or table.by_key.get(name_key(wanted))
    if found is None:
        import difflib

        close = difflib.get_close_matches(name_key(wanted), table.by_key, n=1)
        hint = f" Did you mean {table.by_key[close[0]].name} ({table.by_key[close[0]].code})?" if close else ""
        raise DataError(f"country {wanted!r}: expected an ISO 3166-1 code like IN or an English name like India.{hint}")
    return found


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
        """The country as rows tell it: None where unknown, the name, or a list of names where there are several."""
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
        """As in a bundle's landmark.json: plain values, countries by code.

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
        """The place that `to_dict` described. Raises `DataError` when a key is missing or a value cannot be."""
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
