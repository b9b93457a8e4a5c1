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
