"""Points on Earth, and the distance between two of them."""

import math
from dataclasses import dataclass

from landmark.core.errors import DataError

EARTH_RADIUS_KM = 6371.0088  # the mean radius; a sphere is within 0.6 % of the ellipsoid everywhere


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
    """Return the distance over the Earth's surface in km (great circle).

    >>> round(distance_km(Coordinates(48.8584, 2.2945), Coordinates(27.1750, 78.0421)))  # Eiffel Tower, Taj Mahal
    6759
    """
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    across = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    # The haversine formula: exact for points a metre apart, where the arc cosine of a dot product is not.
    half = math.sin((latitude_b - latitude_a) / 2) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * across
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


def point_between(a: Coordinates, b: Coordinates, share: float) -> Coordinates:
    """Return the point at a share of the way from one point to another: 0 is `a`, 1 is `b` (great circle).

    >>> point_between(Coordinates(0, 179), Coordinates(0, -179), 0.75)  # over the antimeridian
    Coordinates(latitude=0.0, longitude=-179.5)
    """
    angle = distance_km(a, b) / EARTH_RADIUS_KM
    if angle == 0 or math.sin(angle) < 1e-12:  # one point, or opposite ones, which every great circle joins
        return a if share < 0.5 else b
    of_a, of_b = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
    x, y, z = (of_a * part_a + of_b * part_b for part_a, part_b in zip(unit_vector(a), unit_vector(b), strict=True))
    latitude, longitude = math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))
    return Coordinates(round(latitude, 9), round(longitude, 9))  # 0.1 mm


def unit_vector(point: Coordinates) -> tuple[float, float, float]:
    """Return the vector from the Earth's centre to a point on its surface, in Earth radii."""
    latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)
