"""The posterior: no evidence leaves the confidence as it is, and its numbers come from a file that is checked."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.model.answer import Candidate
from landmark.tagging.evidence.heard import Surroundings, hear
from landmark.tagging.evidence.nearby import NearbyPhoto, nearest_of_each, propose_near
from landmark.tagging.evidence.posterior import judge
from landmark.tagging.evidence.weights import FILE, read_weights

TAJ = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
NEAR_TAJ, DELHI, PARIS = Coordinates(27.1738, 78.0451), Coordinates(28.6, 77.2), Coordinates(48.8584, 2.2945)
WEIGHTS = read_weights()


def belief(confidence: float, *nearby: NearbyPhoto) -> float:
    [found] = judge([Candidate("Taj Mahal", confidence)], {"Taj Mahal": TAJ}, hear(Surroundings(nearby), 240), WEIGHTS)
    return found.belief


@given(st.floats(0, 1))
def test_without_evidence_the_belief_is_the_confidence(confidence: float) -> None:
    assert belief(confidence) == confidence


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-240, 240))
def test_surer_recognition_is_surer_with_the_same_evidence(one: float, other: float, minutes: float) -> None:
    nearby = NearbyPhoto("a", minutes, NEAR_TAJ, 0.999)
    assert (belief(one, nearby) <= belief(other, nearby)) is (one <= other) or abs(one - other) < 1e-6


def test_what_is_near_raises_and_what_is_out_of_reach_lowers() -> None:
    near, far = (belief(0.5, NearbyPhoto("a", 5, at, 0.999)) for at in (NEAR_TAJ, PARIS))
    assert near > 0.6 and far < 0.1


def test_the_nearest_of_each_source_on_each_side_counts_and_no_poster() -> None:
    walk = [NearbyPhoto(f"{minutes}", minutes, NEAR_TAJ, 0.999) for minutes in range(-30, 31, 5)]
    poster = NearbyPhoto("poster", 2, PARIS, 0.98, 0.1, True)
    assert [one.minutes for one in nearest_of_each([*walk, poster])] == [-5, 0]


def test_one_position_that_several_photos_rule_out_and_none_confirms_does_not_count() -> None:
    at_home = NearbyPhoto("geotagged later", -60, PARIS, 0.999)
    walk = [NearbyPhoto(f"{minutes}", minutes, TAJ.coordinates or PARIS, 0.95, 0.5, True) for minutes in (-9, 9, 20)]
    assert at_home not in list(nearest_of_each([at_home, *walk]))
    other = NearbyPhoto("the same day", -70, PARIS, 0.999)
    assert at_home in list(nearest_of_each([at_home, other, *walk]))


def test_a_place_between_two_photos_is_proposed_and_none_between_two_cities() -> None:
    before, after = NearbyPhoto("before", -3, NEAR_TAJ, 0.999), NearbyPhoto("after", 4, NEAR_TAJ, 0.999)
    found = propose_near([before, after], 15, WEIGHTS)
    assert found is not None and found.coordinates == NEAR_TAJ and 0 < found.radius_km <= 5
    assert found.probability >= 0.9 and found.reason.startswith("3 minutes after before and 4 minutes before after")
    assert propose_near([before, after], 2, WEIGHTS) is None
    assert propose_near([], 15, WEIGHTS) is None


def test_weights_fall_with_the_distance() -> None:
    for table in WEIGHTS.weights.values():
        for row in table:
            assert list(row) == sorted(row, reverse=True)
    for none_elsewhere, some_elsewhere in WEIGHTS.landmark:
        assert none_elsewhere >= some_elsewhere


BROKEN: dict[str, Any] = {
    "schema_version": 99, "slope": "1", "gaps_min": [3, 1], "weights": {}, "near": None, "right": {"alone": [0]},
    "track_right": {"agrees": 2, "alone": 1, "contradicts": 0}, "beyond_km": [],
}  # fmt: skip


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_file_is_refused_with_what_to_do(key: str, tmp_path: Path) -> None:
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    file = tmp_path / f"{key}.json"
    file.write_text(json.dumps(whole | {key: BROKEN[key]}))
    with pytest.raises(DataError, match=r"found no weights of evidence .*make refit"):
        read_weights(file)
    file.with_suffix(".cut").write_text(json.dumps(whole)[:-9])
    with pytest.raises(DataError, match="make refit"):
        read_weights(file.with_suffix(".cut"))
    with pytest.raises(DataError, match="cannot be read"):
        read_weights(tmp_path / "none.json")


def test_weights_that_were_fitted_for_another_model_are_used(tmp_path: Path) -> None:
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(whole | {"fitted_on": {"model": "another"}}))
    assert read_weights(file).slope == WEIGHTS.slope
