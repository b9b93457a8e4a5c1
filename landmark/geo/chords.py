"""Distances from one point to many positions at once, as straight lines through the Earth: quicker than along it."""

import numpy as np
from numpy.typing import NDArray

from landmark.geo.coordinates import Coordinates, unit_vector

Floats = NDArray[np.float64]


def squared_chords(at: Coordinates, latitudes: Floats, longitudes: Floats) -> Floats:
    """Return the squares of the straight distances to positions in degrees, in Earth radii: (N,), (N,) -> (N,).

    >>> squared_chords(Coordinates(0, 0), np.array([0.0, 90.0]), np.array([180.0, 0.0])).round(6).tolist()
    [4.0, 2.0]
    """
    x, y, z = unit_vector(at)
    north, east = np.radians(latitudes), np.radians(longitudes)
    across = np.cos(north)
    chords: Floats = (across * np.cos(east) - x) ** 2 + (across * np.sin(east) - y) ** 2
    chords += (np.sin(north) - z) ** 2
    return chords
