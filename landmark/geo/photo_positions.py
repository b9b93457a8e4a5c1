"""Where a landmark stands, by the GPS positions of photos of it."""

import math
from collections.abc import Iterable, Sequence

from landmark.geo.coordinates import Coordinates, distance_km, unit_vector
from landmark.geo.place import Place

MIN_RADIUS_KM = 0.1  # a phone's GPS is off by tens of metres, and photographers stand apart


def place_from_photos(name: str, taken_at: Iterable[Coordinates]) -> Place | None:
    """Return the place of a landmark by the GPS of photos of it; None without any.

    Up to three photos in ten may have been taken, or tagged, somewhere else. The radius holds nine tenths of the
    others, in steps of 0.1 km. The country stays unknown.

    >>> at_home, at_the_tower = Coordinates(52.52, 13.40), Coordinates(48.8584, 2.2945)
    >>> place_from_photos("Eiffel Tower", [at_the_tower] * 7 + [at_home] * 3)
    Place(name='Eiffel Tower', coordinates=Coordinates(latitude=48.8584, longitude=2.2945), radius_km=0.1, \
countries=(), aliases=())
    """
    photos = list(taken_at)
    if not photos:
        return None
    rough = _geometric_median(photos)
    # With three outliers in ten, the median distance still belongs to a photo of the landmark, and three times as far
    # holds nearly all of these: the outliers' pull on the rough centre is gone from the second one.
    reach_km = 3 * max(MIN_RADIUS_KM, sorted(distance_km(rough, photo) for photo in photos)[len(photos) // 2])
    near = [photo for photo in photos if distance_km(rough, photo) <= reach_km]
    centre = _geometric_median(near)
    distances_km = sorted(distance_km(centre, photo) for photo in near)
    nine_tenths_km = distances_km[math.ceil(0.9 * len(near)) - 1]
    radius_km = max(MIN_RADIUS_KM, math.ceil(10 * nine_tenths_km) / 10)
    return Place(name, Coordinates(round(centre.latitude, 5), round(centre.longitude, 5)), radius_km)


def _geometric_median(points: Sequence[Coordinates]) -> Coordinates:
    """Return the point with the smallest sum of distances to all others: fewer than half of them cannot carry it away.

    Found as in Weiszfeld (1937), a mean whose weights are the inverse distances, taken again and again. Through the
    Earth and not on the map: so neither the antimeridian nor the poles are special.
    """
    vectors = [unit_vector(point) for point in points]
    middle = tuple(sorted(axis)[len(points) // 2] for axis in zip(*vectors, strict=True))
    for _ in range(100):
        weights = [1 / max(1e-9, math.dist(middle, vector)) for vector in vectors]  # 1e-9 of the Earth's radius: 6 mm
        total = sum(weights)
        before = middle
        middle = tuple(
            sum(weight * value for weight, value in zip(weights, axis, strict=True)) / total
            for axis in zip(*vectors, strict=True)
        )
        if math.dist(before, middle) < 1e-9:
            break
    x, y, z = middle
    return Coordinates(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))
