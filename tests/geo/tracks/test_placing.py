"""Places on tracks by time: at fixes, between them, never outside the limits."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates, distance_km, point_between
from landmark.geo.tracks.placing import AGREE_KM, TrackLimits, TrackPosition, Tracks
from landmark.geo.tracks.track import FixCollector, Track

MINUTE = 60.0
TAJ, GATE = (27.1750, 78.0421), (27.1706, 78.0423)


def track(*fixes: Sequence[float], source: str = "walk.gpx", stays: bool = False) -> Track:
    """A track of fixes (seconds, latitude, longitude, accuracy), in one segment."""
    collected = FixCollector(source)
    for number, fix in enumerate(fixes):
        time_s, latitude, longitude, *accuracy_m = fix
        collected.add(time_s, latitude, longitude, [*accuracy_m, math.nan][0], stays and number % 2 == 0)
    return collected.finish()


def place(tracks: Tracks, time_s: float) -> TrackPosition:
    found = tracks.locate(time_s)
    assert isinstance(found, TrackPosition), found
    return found


def test_a_place_at_a_fix_between_two_and_near_the_ends() -> None:
    tracks = Tracks([track((0, *GATE), (600, *TAJ))])
    at_fix = place(tracks, 600)
    assert (at_fix.coordinates, at_fix.radius_km, str(at_fix)) == (Coordinates(*TAJ), 0.01, "from walk.gpx, at a fix")
    half = place(tracks, 300)
    assert half.coordinates.latitude == pytest.approx((TAJ[0] + GATE[0]) / 2, abs=1e-6)
    assert str(half) == "from walk.gpx, 5 minutes from a fix" and half.radius_km == pytest.approx(0.46, abs=0.01)
    after = place(tracks, 640)
    assert after.coordinates == Coordinates(*TAJ) and after.radius_km == pytest.approx(0.61)
    assert place(tracks, -300).coordinates == Coordinates(*GATE)
    assert tracks.locate(-301) == "5 minutes before the first fix of walk.gpx"
    assert tracks.locate(600 + 7 * 86400) == "7 days after the last fix of walk.gpx"


def test_the_radius_grows_with_the_gap() -> None:
    radii = [place(Tracks([track((0, *TAJ), (gap, *TAJ))]), gap / 2).radius_km for gap in (10, 60, 300, 1800)]
    assert radii == sorted(radii) and radii[0] < 0.02 and radii[-1] > 1
    inaccurate = Tracks([track((0, *TAJ, 200.0), (10, *TAJ, 200.0))])
    assert place(inaccurate, 5).radius_km > 0.2


def test_a_gap_beyond_the_limit_is_not_bridged() -> None:
    tracks = Tracks([track((0, *GATE), (7200, *TAJ))])
    assert tracks.locate(3600) == "between two fixes of walk.gpx that are 2 hours apart"
    assert place(tracks, 60).coordinates == Coordinates(*GATE)  # but near a fix it counts
    assert place(tracks, 7150).coordinates == Coordinates(*TAJ)
    wider = Tracks([track((0, *GATE), (7200, *TAJ))], TrackLimits(max_gap_min=120))
    assert isinstance(wider.locate(1800), TrackPosition)
    none = TrackLimits(max_gap_min=0, max_outside_min=0)
    exact = Tracks([track((0, *GATE), (10, *TAJ))], none)
    assert isinstance(exact.locate(5), str) and place(exact, 10).radius_km == 0.01


def test_nobody_travels_faster_than_the_limit() -> None:
    jump = Tracks([track((0, *TAJ), (60, 28.6, 77.2))])
    found = jump.locate(30)
    assert isinstance(found, str) and "contradict each other" in found and "km/h" in found
    assert place(jump, 60).coordinates == Coordinates(28.6, 77.2)
    flight = Tracks([track((0, 48.0, 2.0), (1700, 50.0, 7.0))])
    too_wide = flight.locate(850)
    assert isinstance(too_wide, str) and "radius" in too_wide
    noise = Tracks([track((0, *TAJ, 300.0), (1, 27.1790, 78.0421, 300.0))])  # 440 m in a second
    assert isinstance(noise.locate(0.5), TrackPosition)


def test_a_stay_has_no_gap() -> None:
    stay = Tracks([track((0, *TAJ, 100.0), (5 * 3600, *TAJ, 100.0), stays=True)])
    found = place(stay, 2.5 * 3600)
    assert found.coordinates == Coordinates(*TAJ) and found.radius_km == 0.1


def test_files_that_continue_each_other_are_one() -> None:
    first, second = track((0, *GATE), (60, *GATE), source="a.gpx"), track((120, *TAJ), (180, *TAJ), source="b.gpx")
    for order in ([first, second], [second, first]):
        assert place(Tracks(order), 90).coordinates.latitude == pytest.approx((TAJ[0] + GATE[0]) / 2, abs=1e-6)


def test_two_receivers_at_one_time_are_not_mixed() -> None:
    phone = track((0, *TAJ), (60, *TAJ), (120, *TAJ), source="phone.gpx")
    watch = track((30, *GATE), (90, *GATE), (150, *GATE), source="watch.fit")
    both = Tracks([phone, watch])
    assert place(both, 60).coordinates == Coordinates(*TAJ)  # the nearer fix counts
    assert place(both, 90).coordinates == Coordinates(*GATE)
    far = track((30, 28.6, 77.2), (90, 28.6, 77.2), source="watch.fit")
    found = Tracks([phone, far]).locate(61)
    assert found == "the tracks disagree: phone.gpx and watch.fit are 179 km apart at its time"


def test_a_fix_on_each_side_goes_before_one_alone() -> None:
    """After a visit the way is told by a path, however near the end of the visit is."""
    visit = track((0, *TAJ, 100.0), (3600, *TAJ, 100.0), source="Timeline.json", stays=True)
    path = track((3500, *TAJ, 50.0), (3860, 27.24, 78.0421, 50.0), source="Timeline.json")
    found = place(Tracks([visit, path]), 3780)
    assert found.coordinates.latitude == pytest.approx(27.2256, abs=1e-3) and not found.is_beyond
    alone = place(Tracks([visit]), 3780)
    assert alone.coordinates == Coordinates(*TAJ) and alone.is_beyond


def test_the_same_file_twice_changes_nothing() -> None:
    one = track((0, *GATE), (600, *TAJ))
    for time_s in (0.0, 100.0, 640.0, 4000.0):
        assert Tracks([one, one]).locate(time_s) == Tracks([one]).locate(time_s)


def test_fixes_of_the_telephone_network_alone_are_left_out() -> None:
    tracks = Tracks([track((0, *TAJ), (60, 28.0, 78.0, 3000.0), (120, *TAJ))])
    assert place(tracks, 60).coordinates.latitude == pytest.approx(TAJ[0])
    assert "left out: 1" in tracks.notes[0]
    assert Tracks([track((0, *TAJ, 5000.0))]).locate(0) == "the tracks hold no accurate fix"


def test_over_the_antimeridian_and_the_pole() -> None:
    tracks = Tracks([track((0, -17.0, 179.999), (60, -17.0, -179.999))])
    assert abs(place(tracks, 30).coordinates.longitude) == pytest.approx(180)
    polar = Tracks([track((0, 89.999, 0.0), (60, 89.999, 180.0))])
    assert place(polar, 30).coordinates.latitude == pytest.approx(90)


def test_limits_are_checked() -> None:
    for name in vars(TrackLimits()):
        with pytest.raises(ConfigurationError, match=name):
            TrackLimits(**{name: math.nan})


def test_a_hundred_tracks_at_one_time_are_too_many() -> None:
    tracks = Tracks([track((0, *TAJ), (60, *TAJ), source=f"{number}.gpx") for number in range(40)])
    assert "Left out 16 fixes" in tracks.notes[-1] and isinstance(tracks.locate(30), TrackPosition)


LATITUDES, LONGITUDES = st.floats(-89.9, 89.9), st.floats(-180, 180)
FIXES = st.lists(
    st.tuples(st.integers(0, 10_000).map(float), LATITUDES, LONGITUDES),
    min_size=1,
    max_size=12,
    unique_by=lambda f: f[0],
).filter(lambda fixes: all(latitude or longitude for _, latitude, longitude in fixes))


@given(FIXES)
def test_at_the_time_of_a_fix_there_is_that_fix(fixes: list[tuple[float, float, float]]) -> None:
    tracks = Tracks([track(*fixes)])
    for time_s, latitude, longitude in fixes:
        found = place(tracks, time_s)
        assert (found.coordinates, found.from_fix_s) == (Coordinates(latitude, longitude), 0)


@given(LATITUDES, LONGITUDES, st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(1, 1800), st.floats(0.001, 0.999))
def test_between_two_fixes_the_place_lies_on_the_way(
    latitude: float, longitude: float, north: float, east: float, gap_s: float, share: float
) -> None:
    a = Coordinates(latitude, longitude)
    b = Coordinates(max(-90.0, min(90.0, latitude + north)), (longitude + east + 180) % 360 - 180)
    if (0, 0) in ((a.latitude, a.longitude), (b.latitude, b.longitude)):
        return
    limits = TrackLimits(max_speed_km_h=math.inf, max_radius_km=math.inf)
    found = place(
        Tracks([track((0, a.latitude, a.longitude), (gap_s, b.latitude, b.longitude))], limits), share * gap_s
    )
    whole = distance_km(a, b)
    assert distance_km(a, found.coordinates) == pytest.approx(share * whole, abs=1e-5)
    assert distance_km(found.coordinates, b) == pytest.approx((1 - share) * whole, abs=1e-5)


@given(FIXES, st.floats(-5000, 15_000))
def test_never_outside_of_the_limits(fixes: list[tuple[float, float, float]], time_s: float) -> None:
    limits = TrackLimits()
    found = Tracks([track(*fixes)], limits).locate(time_s)
    if isinstance(found, str):
        assert found and not found[0].isupper()
        return
    apart = sorted(abs(time_s - fix[0]) for fix in fixes)
    assert found.from_fix_s == pytest.approx(apart[0], abs=1e-6)
    assert found.radius_km <= limits.max_radius_km
    before = [fix for fix in fixes if fix[0] <= time_s]
    after = [fix for fix in fixes if fix[0] >= time_s]
    if apart[0] > 60 * limits.max_outside_min:
        assert before and after and min(f[0] for f in after) - max(f[0] for f in before) <= 60 * limits.max_gap_min


@given(st.permutations(range(6)), st.floats(-100, 700))
def test_the_order_of_fixes_does_not_matter(order: list[int], time_s: float) -> None:
    fixes = [(number * 100.0, 48.0 + number / 1000, 2.0) for number in range(6)]
    expected = Tracks([track(*fixes)]).locate(time_s)
    assert Tracks([track(*(fixes[number] for number in order))]).locate(time_s) == expected


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, st.floats(0, 1))
def test_a_point_between_lies_between(a: float, b: float, c: float, d: float, share: float) -> None:
    one, other = Coordinates(a, b), Coordinates(c, d)
    between = point_between(one, other, share)
    if distance_km(one, other) < 20_000:  # opposite points have no one way
        together = distance_km(one, between) + distance_km(between, other)
        assert together == pytest.approx(distance_km(one, other), abs=1e-3)


def test_sequences_hold_all_fixes_in_order() -> None:
    rng = np.random.default_rng(0)
    collected = FixCollector("many")
    for name in range(20):
        collected.resume_segment(name)
        start = rng.uniform(0, 1e5)
        for second in range(20):
            collected.add(start + 60 * second, 48 + name / 1e4, 2)
    tracks = Tracks([collected.finish()])
    assert all((np.diff(fixes.times_s) >= 0).all() for fixes in tracks.sequences)
    assert sum(len(fixes.times_s) for fixes in tracks.sequences) == 400
    assert AGREE_KM > 0
