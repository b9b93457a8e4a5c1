"""Where an album was on a journey: how far a landmark is from the nearest known position of the days around a photo.

Other journeys say nothing: for years a camera has no GPS, and then a phone has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from landmark.geo.chords import Floats, squared_chords
from landmark.geo.coordinates import EARTH_RADIUS_KM
from landmark.geo.place import Place

LEAST_POSITIONS = 10  # of a journey: fewer say nothing of where its other photos were taken
_DAYS_AROUND = 3  # before and after a photo
_DAY_S = 86400.0
CELLS_PER_DEGREE = 500  # 200 m: positions of one day and cell are one


@dataclass(frozen=True)
class DatedPositions:
    """Positions by day: `days` since 1970 (N), rising; `latitudes` and `longitudes` in degrees; `counts` of photos."""

    days: Floats
    latitudes: Floats
    longitudes: Floats
    counts: Floats

    @classmethod
    def of_fixes(cls, times_s: Floats, latitudes: Floats, longitudes: Floats) -> Self:
        """Return the positions of fixes, the first of each day and cell of 200 m.

        >>> found = DatedPositions.of_fixes(np.array([0.0, 60.0, 90000.0]), np.zeros(3), np.zeros(3))
        >>> found.days.tolist(), found.counts.tolist()
        ([0.0, 1.0], [2.0, 1.0])
        """
        north, east = np.round(latitudes * CELLS_PER_DEGREE), np.round(longitudes * CELLS_PER_DEGREE)
        cells = np.stack([np.floor(times_s / _DAY_S), north, east])
        (days, _, _), first, counts = np.unique(cells, axis=1, return_index=True, return_counts=True)
        return cls(days, latitudes[first], longitudes[first], counts.astype(np.float64))


class VisitedPlaces:
    """Known positions of an album's photos and tracks, asked for the same landmarks and days again and again.

    >>> paris = VisitedPlaces([DatedPositions.of_fixes(np.arange(10.0), np.full(10, 48.86), np.full(10, 2.29))])
    >>> from landmark.geo.coordinates import Coordinates
    >>> taj_mahal = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
    >>> round(paris.around(3600.0)(taj_mahal)), paris.around(30 * 86400.0)
    (6760, None)
    """

    def __init__(self, positions: Sequence[DatedPositions]) -> None:
        self._positions = positions
        self._away_km: dict[tuple[str, float], float] = {}
        self._numbers: dict[float, float] = {}

    def around(self, at_s: float) -> Callable[[Place], float] | None:
        """Return what measures the distance from a landmark's middle to the nearest position of those days, in km.

        `at_s` are seconds since 1970. None where too few positions are known.
        """
        day = float(at_s // _DAY_S)
        if day not in self._numbers:
            self._numbers[day] = float(sum(one.counts[_days(one, day)].sum() for one in self._positions))
        return partial(self._away, day) if self._numbers[day] >= LEAST_POSITIONS else None

    def _away(self, day: float, place: Place) -> float:
        if (place.name, day) not in self._away_km:
            self._away_km[place.name, day] = self._measure(place, day)
        return self._away_km[place.name, day]

    def _measure(self, place: Place, day: float) -> float:
        assert place.coordinates
        nearest = np.inf
        for one in self._positions:
            days = _days(one, day)
            chords = squared_chords(place.coordinates, one.latitudes[days], one.longitudes[days])
            nearest = min(nearest, float(chords.min(initial=np.inf)))
        return float(2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(nearest) / 2)))


def _days(positions: DatedPositions, day: float) -> slice:
    """Return which positions are of the days around one."""
    first, last = np.searchsorted(positions.days, [day - _DAYS_AROUND, day + _DAYS_AROUND + 1])
    return slice(int(first), int(last))
