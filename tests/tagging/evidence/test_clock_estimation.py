"""The offset of a clock without a zone: estimated where three visits agree on one, and nowhere else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from factories import tracks
from factories.album import NIAGARA, TAJ, by_name, make_photo

from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.model.predictor import Predictor
from landmark.tagging import Policy, Status, TagRow, tag_folder
from landmark.tagging.evidence.clock_estimation import Visit, estimate_clock, group_visits
from landmark.tagging.evidence.clocks import Timeline
from landmark.tagging.evidence.time_table import TimeTable
from landmark.tagging.unzoned_clocks import estimate_clocks

HOUR = 3600.0
DAY = 24 * HOUR


def seen(*visits: tuple[str, float], ahead_s: float, stay_s: float = 1800.0) -> list[Visit]:
    return [Visit(name, at_s + ahead_s + 300, at_s + ahead_s + stay_s - 300) for name, at_s in visits]


WAY = (("A", 0.0), ("B", 3 * HOUR), ("C", 7 * HOUR), ("A", DAY), ("D", DAY + 5 * HOUR))
PRESENCE = {name: [(at_s, at_s + 1800.0) for other, at_s in WAY if other == name] for name in "ABCD"}


@pytest.mark.parametrize("hours", [-8, 0, 2, 5.5])
def test_three_visits_tell_the_zone(hours: float) -> None:
    [found] = estimate_clock("Compact", seen(*WAY[:3], ahead_s=hours * HOUR + 100), PRESENCE)
    assert (found.ahead_s, found.n_visits) == (hours * HOUR, 3)
    assert found.uncertainty_s >= 100


def test_two_visits_or_two_offsets_tell_nothing() -> None:
    assert list(estimate_clock("Compact", seen(*WAY[:2], ahead_s=0.0), PRESENCE)) == []
    daily = {"A": [(day * DAY, day * DAY + 1800.0) for day in range(3)]}
    same = seen(("A", 0.0), ("A", DAY), ahead_s=0.0)
    assert list(estimate_clock("Compact", same, daily)) == []
    everywhere = {name: [(0.0, DAY)] for name in "ABC"}
    assert list(estimate_clock("Compact", seen(*WAY[:3], ahead_s=0.0), everywhere)) == [], "any of many hours fits"
    years_off = seen(*WAY, ahead_s=-400 * DAY)
    assert list(estimate_clock("Compact", years_off, PRESENCE)) == []


def test_each_journey_has_an_offset_of_its_own() -> None:
    later = [(name, at_s + 90 * DAY) for name, at_s in WAY]
    presence = {
        name: stays + [(from_s + 90 * DAY, to_s + 90 * DAY) for from_s, to_s in stays]
        for name, stays in PRESENCE.items()
    }
    visits = [*seen(*WAY, ahead_s=HOUR), *seen(*later, ahead_s=-5 * HOUR)]
    assert [one.ahead_s for one in estimate_clock("Compact", visits, presence)] == [HOUR, -5 * HOUR]


def test_photos_of_one_visit_are_one() -> None:
    sights = [("A", 0.0), ("B", 60.0), ("A", 120.0), ("A", 5 * HOUR)]
    assert [(one.landmark, one.to_s) for one in group_visits(sights)] == [("A", 120.0), ("B", 60.0), ("A", 5 * HOUR)]


def rows_of(folder: Path, predictor: Predictor, walk: Path) -> dict[str, TagRow]:
    return by_name(list(tag_folder(folder, predictor=predictor, policy=Policy(tracks=(str(walk),)))))


def test_a_compact_is_put_on_the_track_that_its_landmarks_were_seen_on(
    folder: Path, predictor: Predictor, tmp_path: Path
) -> None:
    stays = [(0, TAJ), (1440, TAJ), (2 * 1440 + 240, TAJ)]  # minutes after noon by the clock, which is 10:00 UTC
    fixes = [(60 * (start + minute), *at) for start, at in stays for minute in range(0, 40, 2)]
    fixes += [(60 * (start + minute), *NIAGARA) for start in (700, 2100) for minute in range(0, 40, 2)]
    walk = tmp_path / "walk.gpx"
    walk.write_bytes(tracks.gpx(sorted(fixes)))
    for number, (start, _) in enumerate(stays):
        for minute in (5, 20, 35):
            shows = "Taj Mahal" if minute != 20 else None
            make_photo(folder / f"{number}-{minute}.jpg", shows, minutes=start + minute, camera="Compact")
    found = rows_of(folder, predictor, walk)
    assert {row.status for row in found.values()} == {Status.ON_TRACK}
    assert found["0-20.jpg"].reason.endswith("; clock estimated: UTC+2, by 3 visits of landmarks")
    for photo in folder.glob("2-*.jpg"):
        photo.unlink()
    found = rows_of(folder, predictor, walk)
    assert "its time has no zone" in found["0-20.jpg"].reason, "two visits do not suffice"


class TimesAcrossTheDateLine(TimeTable):
    """Landmarks at 180 degrees east, and photos with GPS just across the line."""

    def __init__(self, table: sqlite3.Connection) -> None:
        at = {name: Coordinates(float(row), 179.999) for row, name in enumerate("ABC")}
        places = {name: Place(name, position, 0.1) for name, position in at.items()}
        super().__init__(table, b"", 1, places, 0.7)

    def sights(self, camera: str) -> Iterator[tuple[str, float]]:
        yield from ((name, at_s + 2 * HOUR + 600) for name, at_s in WAY[:3])

    def known_in_utc(self) -> Iterator[tuple[float, Coordinates | None, str | None]]:
        yield from ((at_s + 600, Coordinates(float(row), -179.999), None) for row, (_, at_s) in enumerate(WAY[:3]))


def test_a_clock_is_estimated_across_the_date_line() -> None:
    with closing(sqlite3.connect(":memory:")) as table:
        [found] = estimate_clocks(TimesAcrossTheDateLine(table), {("Compact", False): Timeline("Compact")}, None)
    assert found.ahead_s == 2 * HOUR
