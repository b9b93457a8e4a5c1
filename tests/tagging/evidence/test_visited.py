"""Where an album was on a journey: positions of other journeys say nothing of a photo."""

import numpy as np

from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.tagging.evidence.visited import LEAST_POSITIONS, DatedPositions, VisitedPlaces

DAY_S = 86400.0
TAJ_MAHAL = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
EIFFEL_TOWER = Place("Eiffel Tower", Coordinates(48.8584, 2.2945), 0.1)


def fixes(day: float, at: Coordinates, count: int = LEAST_POSITIONS) -> DatedPositions:
    times_s = day * DAY_S + np.arange(float(count))
    return DatedPositions.of_fixes(times_s, np.full(count, at.latitude), np.full(count, at.longitude))


def test_only_the_days_around_a_photo_count() -> None:
    visited = VisitedPlaces([fixes(100, Coordinates(27.17, 78.04)), fixes(900, Coordinates(48.86, 2.29))])
    in_agra, in_paris = visited.around(102 * DAY_S), visited.around(897.5 * DAY_S)
    assert in_agra and in_paris
    assert in_agra(TAJ_MAHAL) < 2 and in_agra(EIFFEL_TOWER) > 6000
    assert in_paris(EIFFEL_TOWER) < 2 and in_paris(TAJ_MAHAL) > 6000
    assert visited.around(500 * DAY_S) is None  # a journey of which nothing is known


def test_few_positions_say_nothing_and_photos_of_one_cell_are_counted() -> None:
    few = VisitedPlaces([fixes(100, Coordinates(27.17, 78.04), LEAST_POSITIONS - 1)])
    assert few.around(100 * DAY_S) is None
    assert VisitedPlaces([fixes(100, Coordinates(27.17, 78.04))]).around(100 * DAY_S)
    assert VisitedPlaces([]).around(0.0) is None
