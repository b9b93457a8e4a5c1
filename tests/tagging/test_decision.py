"""What is proposed: GPS is respected, nearby photos raise and lower a candidate, and give no place alone."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.metadata.merging import PhotoMetadata
from landmark.model.answer import Answer, Candidate
from landmark.tagging.decision import decide
from landmark.tagging.evidence.clocks import UTC_LINE, CameraClock, Timeline, parse_offset, timelines
from landmark.tagging.evidence.heard import Surroundings
from landmark.tagging.evidence.nearby import NearbyPhoto
from landmark.tagging.policy import Policy
from landmark.tagging.rows import Status, TagRow

TAJ, PARIS = Coordinates(27.175, 78.0421), Coordinates(48.8584, 2.2945)
NEAR_TAJ = Coordinates(27.1738, 78.0451)  # 0.3 km away
PLACES = {
    "Taj Mahal": Place("Taj Mahal", TAJ, 0.5),
    "Eiffel Tower": Place("Eiffel Tower", PARIS, 0.1),
    "Great Wall of China": Place("Great Wall of China", Coordinates(40.35, 116.0), 1500.0),
    "My House": Place("My House", None, None),
}
THRESHOLD = 0.7


def answer(**confidences: float) -> Answer:
    candidates = tuple(Candidate(name.replace("_", " "), value) for name, value in confidences.items())
    return Answer("a.jpg", None, candidates[0].confidence, candidates, None)


def row_for(
    said: Answer,
    *nearby: NearbyPhoto,
    gps: Coordinates | None = None,
    policy: Policy | None = None,
    recognised: bool = False,
) -> TagRow:
    metadata = PhotoMetadata(gps, "EXIF" if gps else None, recognised=recognised)
    return decide("a.jpg", metadata, said, Surroundings(nearby), PLACES, THRESHOLD, policy or Policy())


def near(minutes: float, at: Coordinates, certainty: float = 0.999) -> NearbyPhoto:
    return NearbyPhoto("IMG_0042", minutes, at, certainty)


def test_above_the_threshold_the_models_answer_is_proposed() -> None:
    row = row_for(answer(Taj_Mahal=0.97, Eiffel_Tower=0.01))
    assert (row.status, row.landmark, row.coordinates, row.reason) == (
        Status.RECOGNISED, "Taj Mahal", TAJ, "recognised 97 %"
    )  # fmt: skip
    below = row_for(answer(Taj_Mahal=0.69))
    assert (below.status, below.landmark, below.coordinates) == (Status.UNKNOWN, None, None)
    assert below.reason == "no landmark I know (nearest: Taj Mahal, 69 %)"


def test_gps_is_never_replaced_only_compared() -> None:
    at_it = row_for(answer(Taj_Mahal=0.97), gps=NEAR_TAJ)
    assert (at_it.status, at_it.known, at_it.coordinates) == (Status.HAS_GPS, NEAR_TAJ, None)
    assert at_it.distance_km == pytest.approx(0.3, abs=0.1)
    far = row_for(answer(Taj_Mahal=0.97), gps=Coordinates(23.0, 78.0))
    assert far.status is Status.SUSPECT and far.coordinates is None and far.proposed is False
    assert far.reason == "its GPS from EXIF is 464 km away from the recognised Taj Mahal (97 %)"
    unsure = row_for(answer(Taj_Mahal=0.5), gps=PARIS)
    assert unsure.status is Status.HAS_GPS


def test_a_neighbour_nearby_raises_a_candidate() -> None:
    row = row_for(answer(Taj_Mahal=0.41, Eiffel_Tower=0.2), near(12, NEAR_TAJ))
    assert row.status is Status.RECOGNISED_WITH_NEIGHBOURS and row.coordinates == TAJ
    assert row.reason == "recognised 41 %; 12 minutes and 0.3 km from IMG_0042"
    assert row.confidence == 0.41 and row.belief is not None and 0.7 < row.belief < 0.97


def test_what_a_neighbour_on_another_continent_rules_out_is_doubtful() -> None:
    row = row_for(answer(Taj_Mahal=0.4), near(60, PARIS))
    assert row.status is Status.UNKNOWN and row.coordinates is None
    for confidence in (0.75, 0.97):
        row = row_for(answer(Taj_Mahal=confidence), near(60, PARIS))
        assert row.status is Status.DOUBTFUL and not row.proposed
        assert (row.landmark, row.coordinates, row.confidence) == ("Taj Mahal", TAJ, confidence)
        assert row.belief is not None and row.belief < THRESHOLD
    assert row.reason == "recognised 97 %, and contradicted"
    assert row.against == ("60 minutes and 6,759 km from IMG_0042",)


def test_what_is_doubtful_always_says_why() -> None:
    """A landmark that nothing contradicts, but that is not sure enough by all that is known."""
    in_town = near(-200, Coordinates(27.175, 78.0825))  # 4 km away, hours before: it says next to nothing
    row = decide("a.jpg", PhotoMetadata(), answer(Taj_Mahal=0.84), Surroundings([in_town]), PLACES, 0.83, Policy())
    assert row.status is Status.DOUBTFUL and row.reason.endswith(", and not confirmed")
    assert row.belief is not None and row.belief < 0.83
    assert len(row.against) == 1 and row.against[0].endswith("are needed")


def test_of_two_candidates_the_one_where_the_neighbours_are_is_believed() -> None:
    row = row_for(answer(Eiffel_Tower=0.45, Taj_Mahal=0.4), near(-5, NEAR_TAJ))
    assert (row.landmark, row.status) == ("Taj Mahal", Status.RECOGNISED_WITH_NEIGHBOURS)


@pytest.mark.parametrize("confidence", [0.0, 0.05, 0.29])
def test_neighbours_give_no_place_alone(confidence: float) -> None:
    """However many there are, and however near: a photo taken at home on the way is not tagged."""
    many = [near(minutes, NEAR_TAJ, 1.0) for minutes in range(1, 60)]
    row = row_for(answer(Taj_Mahal=confidence, Eiffel_Tower=0.0), *many)
    assert row.status is Status.UNKNOWN and row.coordinates is None and row.landmark is None


def beside(*nearby: NearbyPhoto, has_positions: bool) -> TagRow:
    """Return the row of a sure Taj Mahal beside others, on a journey that has positions or none."""
    away_km = (lambda place: 0.2) if has_positions else None
    around = Surroundings(nearby, is_among_others=True, away_km=away_km)
    return decide("a.jpg", PhotoMetadata(), answer(Taj_Mahal=0.9), around, PLACES, THRESHOLD, Policy())


def test_a_landmark_that_no_photo_around_shows_is_doubtful_where_the_journey_has_positions() -> None:
    row = beside(has_positions=True)
    assert row.status is Status.DOUBTFUL
    assert row.against == ("no photo taken shortly before or after shows it",)
    alone = decide("a.jpg", PhotoMetadata(), answer(Taj_Mahal=0.9), Surroundings(), PLACES, THRESHOLD, Policy())
    assert alone.status is Status.RECOGNISED


def test_who_photographs_each_landmark_once_keeps_them_without_positions() -> None:
    in_delhi = replace(near(150, Coordinates(28.6129, 77.2295), 0.95), recognised=True)  # by road in two hours
    for row in (beside(has_positions=False), beside(in_delhi, has_positions=False)):
        assert (row.status, row.landmark) == (Status.RECOGNISED, "Taj Mahal")
        assert row.belief == row.confidence and row.against == ()


def test_what_nobody_could_have_seen_between_is_doubtful_without_positions_too() -> None:
    row = beside(replace(near(150, PARIS, 0.95), recognised=True), has_positions=False)
    assert row.status is Status.DOUBTFUL and row.against == ("2.5 hours from IMG_0042, recognised elsewhere",)


@pytest.mark.parametrize("confidence", [0.5, 0.72, 0.9, 0.97, 0.9999])
def test_what_agrees_never_lowers_a_belief(confidence: float) -> None:
    around = Surroundings(away_km=lambda place: 0.0)
    row = decide("a.jpg", PhotoMetadata(), answer(Taj_Mahal=confidence), around, PLACES, THRESHOLD, Policy())
    if confidence >= THRESHOLD:
        assert row.status is Status.RECOGNISED and row.belief is not None and row.belief >= confidence


def test_a_picture_of_a_screen_is_doubtful() -> None:
    row = decide(
        "x/Screenshot_2024.png", PhotoMetadata(), answer(Taj_Mahal=0.9), Surroundings(), PLACES, THRESHOLD, Policy()
    )
    assert row.status is Status.DOUBTFUL and row.against == ("its name is that of a picture of a screen",)


def test_neighbours_between_say_nothing() -> None:
    row = row_for(answer(Taj_Mahal=0.41), near(60, Coordinates(28.6, 77.2)))  # Delhi, 180 km away
    assert row.status is Status.UNKNOWN
    row = row_for(answer(Taj_Mahal=0.97), near(180, Coordinates(28.6, 77.2)))
    assert row.reason == "recognised 97 %"


def test_wide_landmarks_give_names_and_coordinates_only_on_request() -> None:
    row = row_for(answer(Great_Wall_of_China=0.9))
    assert row.proposed and row.coordinates is None and "3000 km wide: names only" in row.reason
    row = row_for(answer(Great_Wall_of_China=0.9), policy=Policy(wide=True))
    assert row.coordinates == Coordinates(40.35, 116.0)
    assert row_for(answer(My_House=0.9)).coordinates is None


def test_what_an_earlier_run_wrote_is_left_alone() -> None:
    row = row_for(answer(Eiffel_Tower=0.99), gps=TAJ, recognised=True)
    assert row.status is Status.TAGGED and not row.proposed


def test_a_policy_is_checked() -> None:
    for wrong in ({"threshold": 1.5}, {"neighbours_min": -1}, {"suspect_km": float("nan")}):
        with pytest.raises(ConfigurationError):
            Policy(**wrong)
    of_other_kinds: list[dict[str, Any]] = [
        {"tracks": "walk.gpx"}, {"tracks": [1]}, {"zone": 2}, {"clocks_s": 60}, {"zones_s": {"Canon": "UTC"}}
    ]  # fmt: skip
    for wrong_kind in of_other_kinds:  # as a file of decisions may hold
        with pytest.raises(ConfigurationError, match=f"Found {next(iter(wrong_kind))} = "):
            Policy(**wrong_kind)


def test_clocks_are_told_by_gps_by_common_landmarks_or_by_the_user() -> None:
    phone = CameraClock("Phone", True, 900, visits={"A": (0, 60), "B": (4000, 4100), "C": (9000, 9100)})
    by_gps = CameraClock("Compact", False, 90, gps_lag_s=(7200.0, 7201.0, 7203.0))
    unsteady = CameraClock("Wanderer", False, 80, gps_lag_s=(3600.0, 7200.0, 10800.0))
    by_landmarks = CameraClock(
        "Old", False, 70, visits={"A": (-3600, -3500), "B": (500, 520), "C": (5500, 5540), "D": (0, 9)}
    )
    years_off = CameraClock("Geotagged", False, 75, gps_lag_s=(-1.6e8, -1.6e8, -1.6e8))
    lonely = CameraClock("Lonely", False, 5, visits={"A": (1, 2), "B": (3, 4)})
    found = timelines([phone, by_gps, unsteady, years_off, by_landmarks, lonely], {})
    assert found[phone.key] == Timeline(UTC_LINE, is_told=True)
    assert found[by_gps.key] == Timeline(UTC_LINE, -7201.0)
    assert found[unsteady.key].line == "Wanderer" and found[lonely.key].line == "Lonely"
    assert found[years_off.key].line == "Geotagged", "positions that were given years later are no measure of a clock"
    assert found[by_landmarks.key].line == UTC_LINE
    assert found[by_landmarks.key].shift_s == pytest.approx(3550, abs=100)
    given = timelines([phone, lonely], {"lone": -90.0})
    assert given[lonely.key] == Timeline(UTC_LINE, -90.0, is_told=True)
    abroad = replace(phone, zone_s=5.5 * 3600)  # its clock shows 12:00 where the other shows 11:00, and UTC is 6:30
    told = timelines([abroad, lonely], {"Lonely": 3600.0})
    assert told[lonely.key] == Timeline(UTC_LINE, -4.5 * 3600, is_told=True)
    with pytest.raises(ConfigurationError, match="Phone; Lonely"):
        timelines([phone, lonely], {"Nikon": 1.0})
    for wrong in ("Phone", "Phone=1", "=+1:00", "Phone=+1:99", "Phone=x:10"):
        with pytest.raises(ConfigurationError, match="--clock"):
            parse_offset(wrong)


def test_rows_always_have_the_same_keys() -> None:
    rows = [row_for(answer(Taj_Mahal=0.97)), row_for(answer(Taj_Mahal=0.1), gps=PARIS), TagRow("a", Status.SKIPPED, "")]
    assert len({tuple(row.to_row()) for row in rows}) == 1
    assert rows[0].to_row()["taken"] is None
    assert TagRow("a", Status.UNKNOWN, "", taken=datetime(2024, 1, 2)).to_row()["taken"] == "2024-01-02T00:00:00"
