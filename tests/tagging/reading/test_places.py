"""The places of an album: what counts where, and what a terminal of any width shows of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from landmark.core.terminal import display_width
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.place import Place
from landmark.geo.place_names import PlaceNames
from landmark.tagging import Status, TagRow, summarise_places
from landmark.tagging.reading.album_summary import AlbumSummary, places_table
from landmark.tagging.reading.places import PlaceSummary
from landmark.tagging.rows import DECLINED

TAJ = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5, (find_country("IN"),))
AT_TAJ = PlaceNames("Taj Mahal", "Agra", "Uttar Pradesh", "India", "IN")
BERLIN = PlaceNames("", "Berlin", "Berlin", "Germany", "DE")


def gps_row(photo: str, names: PlaceNames | None, day: int, status: Status = Status.HAS_GPS) -> TagRow:
    taken, known = datetime(2024, 5, day, 12, tzinfo=UTC), Coordinates(52.52, 13.405)
    return TagRow(photo, status, "its GPS is 5,778 km away", known=known, known_from="EXIF", names=names, taken=taken)


def taj_row(photo: str, status: Status, **more: Any) -> TagRow:
    row = TagRow(photo, status, "recognised 97 %", "Taj Mahal", 0.97, 0.97, TAJ, TAJ.coordinates, names=AT_TAJ)
    return replace(row, **more)


ROWS = [
    taj_row("new.jpg", Status.RECOGNISED, taken=datetime(2024, 5, 1)),
    taj_row("doubtful.jpg", Status.DOUBTFUL, names=None, against=("8,000 km from a.jpg, 5 minutes apart",)),
    gps_row("at the taj.jpg", AT_TAJ, 1),
    gps_row("berlin.jpg", BERLIN, 6),
    gps_row("also berlin.jpg", BERLIN, 9, Status.SUSPECT),
    TagRow("near.jpg", Status.NEAR_OTHERS, "7 minutes from c.jpg", coordinates=Coordinates(52.5, 13.4), names=BERLIN),
    TagRow("sea.jpg", Status.HAS_GPS, "has GPS", known=Coordinates(-42.2, -9.7), known_from="EXIF"),
    TagRow("hall.jpg", Status.UNKNOWN, "no landmark I know", warnings=("its GPS is 0, 0", DECLINED)),
    TagRow("empty.jpg", Status.UNREADABLE, "cannot be read", error="empty.jpg: the file is empty. Copy it again."),
    TagRow("film.mkv", Status.SKIPPED, "a video (MKV)"),
    taj_row("locked.jpg", Status.RECOGNISED, error="locked.jpg: it is read-only."),
]  # fmt: skip


def summary_of(rows: list[TagRow]) -> AlbumSummary:
    summary = AlbumSummary()
    for row in rows:
        summary.add(row)
    return summary


def test_photos_count_where_they_are_or_are_proposed() -> None:
    taj, berlin, sea = summarise_places(ROWS)
    assert (taj.label, berlin.label, sea.label) == ("Taj Mahal, Agra, India", "Berlin, Germany", "near 42° S, 10° W")
    assert (taj.n_photos, taj.n_new, taj.n_gps, taj.n_doubtful, taj.n_suspect) == (4, 2, 1, 1, 0)
    assert (berlin.n_photos, berlin.n_new, berlin.n_gps, berlin.n_suspect) == (3, 1, 2, 1)
    assert taj.days == {date(2024, 5, 1)} and taj.coordinates == TAJ.coordinates
    assert berlin.days == {date(2024, 5, 6), date(2024, 5, 9)}


def test_a_landmark_on_a_poster_is_no_place_of_a_photo_with_gps() -> None:
    [place] = summarise_places([
        replace(gps_row("poster.jpg", BERLIN, 6, Status.SUSPECT), landmark="Taj Mahal", place=TAJ)
    ])  # fmt: skip
    assert place.name == "Berlin" and place.n_suspect == 1


def test_the_table_has_a_column_for_what_there_is() -> None:
    lines = summary_of(ROWS).lines(100)
    assert lines[:2] == [
        "place                   photos  days             taken  new  had GPS  suspect  doubtful",
        "Taj Mahal, Agra, India       4     1        2024-05-01    2        1                  1",
    ]
    assert "taken" not in summary_of(ROWS).lines(70)[0], "days are the first to go"


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120])
def test_no_line_is_longer_than_the_terminal(columns: int) -> None:
    deep = [
        replace(row, photo=f"an album/of a long/way/東京/{row.photo}", names=None, landmark="国立西洋美術館" * 3)
        for row in ROWS
    ]
    assert max(map(display_width, summary_of([*ROWS, *deep]).lines(columns))) <= columns


def test_what_matters_is_named() -> None:
    text = "\n".join(summary_of(ROWS).lines(80))
    assert "GPS that does not fit what the photo shows: 1 photo\n  also berlin.jpg: its GPS is 5,778 km away" in text
    assert "Doubtful, for you to decide: 1 photo\n  doubtful.jpg: Taj Mahal, recognised 97 %; 8,000 km from" in text
    assert "Could not be read: 1 photo\n  empty.jpg: the file is empty. Copy it again." in text
    assert "Could not be written: 1 photo\n  locked.jpg: it is read-only." in text
    assert "Warnings: 1\n  1 x its GPS is 0, 0\n    hall.jpg" in text, "what was declined is counted elsewhere"
    assert "film.mkv" not in text and "hall.jpg: " not in text


def test_of_many_places_those_with_few_photos_are_counted() -> None:
    places = [PlaceSummary(f"Town {number:03}", n_photos=100 - number) for number in range(100)]
    lines = places_table(places, 80, at_most=10)
    assert len(lines) == 12 and lines[-1] == "and 90 places more, with 4,095 photos"
    assert places_table([], 80) == []


def test_a_doubtful_position_on_a_track_is_told_without_a_landmark() -> None:
    at, reason = Coordinates(48.8, 2.3), "on the track hike.gpx"
    row = TagRow("a.jpg", Status.DOUBTFUL, reason, coordinates=at, position_from="hike.gpx", against=("too far",))
    text = "\n".join(summary_of([row]).lines(80))
    assert "on the track hike.gpx; too far" in text and "None" not in text
