"""Where an album was at all, whenever that was: how far a landmark is from its nearest known position."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landmark.geo.coordinates import EARTH_RADIUS_KM, unit_vector
from landmark.geo.place import Place

LEAST_POSITIONS = 10  # of an album: fewer say nothing of where the others were taken

Degrees = NDArray[np.float64]


class VisitedPlaces:
    """Known positions of an album's photos and tracks, in degrees; asked for one landmark again and again.

    >>> paris = VisitedPlaces([(np.full(10, 48.86), np.full(10, 2.29))])
    >>> from landmark.geo.coordinates import Coordinates
    >>> round(paris.away_km(Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)))
    6760
    """

    def __init__(self, positions: Sequence[tuple[Degrees, Degrees]]) -> None:
        self._positions = positions
        self._away_km: dict[str, float] = {}

    def away_km(self, place: Place) -> float:
        """Return the distance from a landmark's middle to the nearest position, in km."""
        if place.name not in self._away_km:
            self._away_km[place.name] = self._measure(place)
        return self._away_km[place.name]

    def _measure(self, place: Place) -> float:
        assert place.coordinates
        x, y, z = unit_vector(place.coordinates)
        nearest = np.inf
        for latitudes, longitudes in self._positions:
            north, east = np.radians(latitudes), np.radians(longitudes)
            chord = (np.cos(north) * np.cos(east) - x) ** 2 + (np.cos(north) * np.sin(east) - y) ** 2
            nearest = min(nearest, float((chord + (np.sin(north) - z) ** 2).min(initial=np.inf)))
        return float(2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(nearest) / 2)))
