"""Positions of other geodetic datums moved to WGS 84, the one of satellites and maps.

By geocentric translation (EPSG method 9603): from the datum's ellipsoid to a point in space, three lengths added, and
back to the ellipsoid of WGS 84. Formulas after IOGP Guidance Note 373-7-2, parameters from the EPSG Geodetic Parameter
Dataset. One translation for a whole country is good to some tens of metres.
"""

import math
from dataclasses import dataclass
from functools import cache

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import name_key

CONVERTED_RADIUS_KM = 0.1  # how wrong a converted position may be, where the parameters fit worst
UNKNOWN_RADIUS_KM = 1.0  # within which nearly all datums lie of WGS 84; a few islands have others

_Ellipsoid = tuple[float, float]  # semi-major axis in m, inverse flattening
_WGS_84: _Ellipsoid = (6378137.0, 298.257223563)
_BESSEL: _Ellipsoid = (6377397.155, 299.1528128)
_INTERNATIONAL: _Ellipsoid = (6378388.0, 297.0)
_AUSTRALIAN: _Ellipsoid = (6378160.0, 298.25)


@dataclass(frozen=True)
class Datum:
    """A datum: its ellipsoid, what to add to its x, y and z to reach WGS 84, the transformation's EPSG code, names."""

    ellipsoid: _Ellipsoid
    shift_m: tuple[float, float, float]
    epsg: int
    names: tuple[str, ...]


DATUMS = (
    Datum(_BESSEL, (-146.414, 507.337, 680.507), 15484, ("Tokyo", "Tokyo datum", "Tokyo mean", "TKY")),
    Datum(
        (6378206.4, 294.978698213898), (-8, 160, 176), 1173,
        ("NAD27", "NAD 1927", "NAD27 CONUS", "North American 1927", "North American Datum 1927"),
    ),
    Datum(_INTERNATIONAL, (-87, -98, -121), 1133, ("ED50", "European 1950", "European Datum 1950", "ED 1950")),
    Datum((6377563.396, 299.3249646), (375, -111, 431), 1195,
          ("OSGB36", "OSGB 1936", "OSGB", "OSGB36 GB", "Ordnance Survey 1936", "Ord Srvy Grt Britn")),
    Datum(_AUSTRALIAN, (-127.8, -52.3, 152.9), 15788, ("AGD66", "Australian Geodetic 1966", "Aust Geodetic 66")),
    Datum(_AUSTRALIAN, (-134, -48, 149), 1109, ("AGD84", "Australian Geodetic 1984", "Aust Geodetic 84")),
    Datum(_INTERNATIONAL, (84, -22, 209), 1151, ("NZGD49", "Geodetic Datum 1949", "New Zealand 1949")),
    Datum((6378160.0, 298.25), (-57, 1, -41), 1864, ("SAD69", "South American 1969", "South American Datum 1969")),
    Datum((6378245.0, 298.3), (28, -130, -95), 1254, ("Pulkovo 1942", "Pulkovo 42", "SK-42", "SK42", "S-42")),
    Datum(_BESSEL, (674.374, 15.056, 405.346), 1766, ("CH1903", "CH-1903", "Swiss")),
)  # fmt: skip
# How the names of WGS 84 begin, and of what is less than 3 m away from it, which no receiver of a camera can tell.
_SAME = (
    "wgs84", "wgs1984", "worldgeodetic", "epsg4326", "nad83", "nad1983", "northamerican1983", "etrs", "euref", "jgd",
    "gda94", "gda2020", "nzgd2000", "sirgas2000", "cgcs2000", "pz90", "itrf", "grs80",
)  # fmt: skip
_SHORT = frozenset({"wgs", "w84", "gps"})  # GPS has no datum but this one
_NOT_SAID = frozenset({"", "-", "unknown", "undefined", "none", "na", "notset"})


@dataclass(frozen=True)
class Moved:
    """Coordinates in WGS 84, how wrong they may be for their datum (None: not at all), and what is to be said of it."""

    coordinates: Coordinates
    radius_km: float | None = None
    note: str = ""


def to_wgs84(at: Coordinates, datum: str) -> Moved:
    """Return a position of a datum, by whatever name, in WGS 84; one of an unknown datum stays where it is.

    >>> to_wgs84(Coordinates(35.6586, 139.7454), "TOKYO").coordinates
    Coordinates(latitude=35.6618408, longitude=139.7421688)
    >>> to_wgs84(Coordinates(48.853, 2.3499), "WGS-84").note, to_wgs84(Coordinates(48.853, 2.3499), "Mars").radius_km
    ('', 1.0)
    """
    if is_wgs84(datum):
        return Moved(at)
    shown = " ".join(datum.strip("\0 ").split())[:30]
    if (known := _by_name().get(_key(datum))) is None:
        note = f"position of the datum {shown!r}, which is not known here: up to {UNKNOWN_RADIUS_KM:g} km off"
        return Moved(at, UNKNOWN_RADIUS_KM, note)
    note = f"position moved from the datum {shown!r} to WGS 84 (EPSG:{known.epsg})"
    return Moved(_translate(at, known), CONVERTED_RADIUS_KM, note)


def is_wgs84(datum: str) -> bool:
    """Return whether a name is one of WGS 84, or of what is as good as it, or says nothing.

    >>> is_wgs84("WGS84"), is_wgs84(""), is_wgs84("Tokyo")
    (True, True, False)
    """
    key = _key(datum)
    return key in _NOT_SAID or key in _SHORT or key.startswith(_SAME)


def _translate(at: Coordinates, datum: Datum) -> Coordinates:
    vector = _to_space(at, datum.ellipsoid)
    latitude, longitude = _from_space([value + shift for value, shift in zip(vector, datum.shift_m, strict=True)])
    try:
        return Coordinates(round(latitude, 7), round(longitude, 7))
    except DataError:  # rounded beyond 180 degrees
        return at


def _to_space(at: Coordinates, ellipsoid: _Ellipsoid) -> list[float]:
    """Return x, y, z in m of a point on an ellipsoid."""
    semi_major_m, inverse_flattening = ellipsoid
    eccentricity_2 = (2 - 1 / inverse_flattening) / inverse_flattening
    latitude, longitude = math.radians(at.latitude), math.radians(at.longitude)
    normal_m = semi_major_m / math.sqrt(1 - eccentricity_2 * math.sin(latitude) ** 2)
    across_m = normal_m * math.cos(latitude)
    return [
        across_m * math.cos(longitude),
        across_m * math.sin(longitude),
        normal_m * (1 - eccentricity_2) * math.sin(latitude),
    ]


def _from_space(point: list[float]) -> tuple[float, float]:
    """Return latitude and longitude in degrees on WGS 84's ellipsoid (after Bowring 1976: exact to a millimetre)."""
    semi_major_m, inverse_flattening = _WGS_84
    flattening = 1 / inverse_flattening
    semi_minor_m = semi_major_m * (1 - flattening)
    eccentricity_2 = (2 - flattening) * flattening
    second_2 = eccentricity_2 / (1 - eccentricity_2)
    x, y, z = point
    across_m = math.hypot(x, y)
    angle = math.atan2(z * semi_major_m, across_m * semi_minor_m)
    above = z + second_2 * semi_minor_m * math.sin(angle) ** 3
    latitude = math.atan2(above, across_m - eccentricity_2 * semi_major_m * math.cos(angle) ** 3)
    return math.degrees(latitude), math.degrees(math.atan2(y, x))


def _key(name: str) -> str:
    key = name_key(name.strip("\0 "))
    return key.removesuffix("datum") or key


@cache
def _by_name() -> dict[str, Datum]:
    return {_key(name): datum for datum in DATUMS for name in datum.names}
