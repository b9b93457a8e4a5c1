"""How far answers lie from where the photos were taken."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import as_vector

LIMITS_KM = (1.0, 25.0, 200.0)  # the street, the city, the region


def share_within(distances_km: ArrayLike, limits_km: Sequence[float] = LIMITS_KM) -> tuple[float, ...]:
    """Return the share of photos whose answer lies within each distance; (N,) km, infinite where it has no place.

    The limits are those by which photo geolocation is compared: J. Hays and A. Efros, IM2GPS, CVPR 2008, and
    N. Vo et al., Revisiting IM2GPS in the deep learning era, ICCV 2017 (who go on to 750 and 2500 km).

    >>> share_within([0.0, 0.0, 30.0, float("inf")])
    (0.5, 0.5, 0.75)
    """
    distances = as_vector(distances_km, "distances_km")
    if distances.min() < 0:
        raise LandmarkError(f"Found a distance of {distances.min()} km. Expected 0 or more.")
    return tuple(float(np.mean(distances <= limit)) for limit in limits_km)
