"""Many answers at a glance: landmarks with their surest photos, and what could not be answered."""

from pathlib import Path

import pytest

from landmark.core.terminal import display_width
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.place import Place
from landmark.model.answer import Answer, Candidate
from landmark.model.answer_text import answer_line
from landmark.model.answers_map import AnswersMap
from landmark.model.answers_summary import AnswersSummary
from landmark.model.own_position import OwnPosition

PLACE = Place("東京タワー", None, None, (find_country("JP"),))
ANSWERS = [
    *(Answer(f"a/very/long/way/to/{number}.jpg", "東京タワー", 0.9 + number / 50, (), PLACE) for number in range(5)),
    Answer("a/petra.jpg", "Petra", 0.999, (), None, warnings=("it is truncated: 100 bytes",)),
    Answer("a/hall.jpg", None, 0.3, (Candidate("Petra", 0.3),), None, warnings=("it is truncated: 7 bytes",)),
    Answer("a/empty.jpg", None, None, (), None, error="a/empty.jpg: the file is empty. Copy it again from the camera."),
]


@pytest.fixture
def summary() -> AnswersSummary:
    summary = AnswersSummary(frozenset({"a/empty.jpg", "a/petra.jpg"}))
    assert list(summary.counted(ANSWERS)) == ANSWERS
    return summary


def test_landmarks_come_by_their_number_of_photos_with_the_surest_first(summary: AnswersSummary) -> None:
    lines = summary.lines(100)
    assert lines[0].split() == ["landmark", "photos", "how", "sure", "surest"]
    assert lines[1].startswith("東京タワー, Japan       5  90 % to 98 %  4.jpg, 3.jpg, 2.jpg")
    assert lines[2].split() == ["Petra", "1", ">", "99", "%", "petra.jpg"]


def test_what_was_not_answered_is_counted_and_named(summary: AnswersSummary) -> None:
    text = "\n".join(summary.lines(100))
    assert "No landmark I know: 1 photo\n  a/hall.jpg: nearest: Petra, 30 %" in text
    assert "Could not be read: 1 photo\n  a/empty.jpg: the file is empty. Copy it again from the camera." in text
    assert "Warnings: 2\n  2 x it is truncated: 100 bytes\n    a/petra.jpg, a/hall.jpg" in text
    assert summary.n_named_unreadable == 1 and summary.n_photos == 8


@pytest.mark.parametrize("columns", [20, 40, 60, 80])
def test_no_line_is_longer_than_the_terminal(columns: int, summary: AnswersSummary) -> None:
    assert max(map(display_width, summary.lines(columns))) <= columns
    for answer in ANSWERS:
        assert display_width(answer_line(answer, 40, columns)) <= columns


def test_a_photo_keeps_the_end_of_its_name() -> None:
    assert answer_line(ANSWERS[0], 40, 60) == "…long/way/to/0.jpg  東京タワー  90 %  Japan"


def test_photos_with_gps_are_counted_and_suspect_ones_named() -> None:
    taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5, (find_country("IN"),))
    there, berlin = (OwnPosition(Coordinates(*at), "EXIF") for at in ((27.17, 78.04), (52.52, 13.405)))
    summary = AnswersSummary()
    for answer in (
        Answer("there.jpg", "Taj Mahal", 0.97, (), taj, own=there),
        Answer("poster.jpg", "Taj Mahal", 0.99, (), taj, own=berlin),
        Answer("hall.jpg", None, 0.3, (Candidate("Petra", 0.3),), None, own=berlin),
    ):
        summary.add(answer)
    lines = summary.lines(100)
    assert lines[0].split("  ")[0] == "landmark" and "photos  had GPS  suspect      how sure" in lines[0]
    assert lines[1].startswith("Taj Mahal, India       2        2        1  97 % to 99 %")
    assert "GPS that does not fit what the photo shows: 1 photo" in lines and "  poster.jpg: " in "\n".join(lines)
    assert "No landmark I know: 1 photo (1 with GPS of their own)" in lines


def test_a_map_shows_photos_where_they_were_taken(tmp_path: Path) -> None:
    taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5, (find_country("IN"),))
    berlin = OwnPosition(Coordinates(52.52, 13.405), "EXIF")
    made = AnswersMap(tmp_path / "map.html")
    made.add(Answer("poster.jpg", "Taj Mahal", 0.99, (), taj, own=berlin))
    made.add(Answer("new.jpg", "Taj Mahal", 0.99, (), taj))
    made.add(Answer("hall.jpg", None, 0.3, (Candidate("Petra", 0.3),), None))
    page = made.write("3 photos").read_text()
    assert "Berlin, Germany" in page and "1 photo, 1 suspect" in page
    assert "Taj Mahal, India" in page and "1 photo, 1 recognised" in page and "hall.jpg" not in page


def test_the_nearest_misses_are_named_first() -> None:
    summary = AnswersSummary()
    for number, confidence in enumerate((0.1, 0.5, 0.2, 0.7, 0.3)):
        summary.add(Answer(f"{number}.jpg", None, confidence, (Candidate("Petra", confidence),), None))
    assert summary.lines(80) == [
        "No landmark I know: 5 photos",
        "  3.jpg: nearest: Petra, 70 %", "  1.jpg: nearest: Petra, 50 %", "  4.jpg: nearest: Petra, 30 %",
        "  and 2 more",
    ]  # fmt: skip
