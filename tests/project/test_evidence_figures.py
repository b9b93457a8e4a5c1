"""How the benchmark of evidence counts: what is right, how far off, and how well probabilities hold."""

import math
import random
from datetime import datetime
from itertools import pairwise

import pytest
from albums.making import Kind, Shot
from albums.measuring import (
    Belief,
    Placed,
    answer_rate,
    beliefs_of,
    calibration,
    error_km,
    placed_by,
    share_off,
)
from albums.sites import known_sites, moved

TAJ = next(site for site in known_sites() if site.landmark == "Taj Mahal")


def shot(apart_km: float) -> Shot:
    at = moved(TAJ.at, apart_km, random.Random(0))
    return Shot("a.jpg", Kind.VISIT, at, datetime(2024, 5, 6), (("Taj Mahal", 0.9),), "Taj Mahal")


def row(status: str = "recognised") -> dict[str, object]:
    place = {"latitude": TAJ.at.latitude, "longitude": TAJ.at.longitude, "radius_km": TAJ.radius_km}
    return place | {"status": status, "beliefs": [["Taj Mahal", 0.8]]}


@pytest.mark.parametrize(("apart_km", "is_right"), [(0.0, True), (1.4, True), (1.6, False), (900.0, False)])
def test_a_place_is_right_within_its_radius_and_a_kilometre(apart_km: float, is_right: bool) -> None:
    placed = placed_by(row(), shot(apart_km), 0)
    assert placed.error_km == pytest.approx(apart_km, rel=0.05, abs=0.01)
    assert placed.is_right is is_right
    assert [one.is_right for one in beliefs_of(row(), shot(apart_km), 0)] == [is_right]


def test_doubtful_places_are_none_and_those_of_nearby_photos_are_no_default() -> None:
    assert placed_by(row("doubtful"), shot(0), 0).error_km is None
    near = placed_by(row("near_others"), shot(0), 0)
    assert near.error_km is not None and not near.is_by_default


def test_shares_and_errors() -> None:
    placed = [Placed(0, "recognised", 0.2, 0.1), Placed(0, "recognised", 30.0, 0.1), Placed(1, "unknown", None, 0.0)]
    placed.append(Placed(1, "near_others", 50.0, 0.1))
    assert share_off(placed).value == 0.5
    assert error_km(placed)[0] == 30.0
    rate = answer_rate(placed)
    assert (rate.low, rate.value, rate.high) == (0.5, 0.75, 1.0)
    assert str(rate) == "75.0 % (50.0 to 100.0)"
    assert math.isnan(share_off([]).value)


def test_calibration_has_bins_of_equal_count() -> None:
    rng = random.Random(0)
    beliefs = []
    for number in range(5000):
        probability = rng.random()
        beliefs.append(Belief(number % 20, probability, rng.random() < probability))
    bins = calibration(beliefs)
    assert len(bins) == 10
    assert all(abs(one.gap) < 0.05 and one.right.low <= one.right.value <= one.right.high for one in bins)
    assert all(before.believed < after.believed for before, after in pairwise(bins))
