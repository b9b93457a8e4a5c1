"""A line for each photo: in full for a pipe, and never wider than a terminal."""

from dataclasses import replace

import pytest

from landmark.core.terminal import display_width
from landmark.geo.coordinates import Coordinates
from landmark.geo.place_names import PlaceNames
from landmark.tagging import Status, TagRow
from landmark.tagging.reading.row_lines import row_lines

NAMES = PlaceNames("Taj Mahal", "Agra", "Uttar Pradesh", "India", "IN")
PATH = "Holiday/2024 A summer of travelling/05 India, from Delhi to Agra and back/IMG_0042.jpg"
RECOGNISED = TagRow(PATH, Status.RECOGNISED_WITH_NEIGHBOURS, "recognised 41 %; 12 minutes and 0.3 km from IMG_0041.jpg",
                    "Taj Mahal", 0.41, 0.9, coordinates=Coordinates(27.175, 78.0421), names=NAMES,
                    probability=0.93)  # fmt: skip
SUSPECT = TagRow(PATH, Status.SUSPECT, "its GPS from EXIF is 5,778 km away from the recognised Taj Mahal (97 %)",
                 "Taj Mahal", names=PlaceNames("", "Berlin", "Berlin", "Germany", "DE"))  # fmt: skip
DOUBTFUL = TagRow(PATH, Status.DOUBTFUL, "recognised 97 %, and contradicted", "国立西洋美術館",
                  coordinates=Coordinates(1, 2), against=("8,000 km from 東京.jpg, 5 minutes apart",))  # fmt: skip


def test_a_pipe_gets_everything() -> None:
    [line] = row_lines(RECOGNISED, 40)
    assert line == (
        f"{PATH}  helped      Taj Mahal  27.1750, 78.0421  93 % sure  recognised 41 %; 12 minutes and 0.3 km from "
        "IMG_0041.jpg  (Agra, Uttar Pradesh, India)"
    )
    first, against = row_lines(DOUBTFUL, 10)
    assert "doubtful    国立西洋美術館  recognised 97 %, and contradicted" in first and "1.0000" not in first
    assert against == f"{'':10}  - 8,000 km from 東京.jpg, 5 minutes apart"


@pytest.mark.parametrize("row", [RECOGNISED, SUSPECT, DOUBTFUL])
@pytest.mark.parametrize("columns", [30, 60, 80, 100, 200])
def test_no_line_wraps(row: TagRow, columns: int) -> None:
    lines = row_lines(row, 40, columns)
    assert max(map(display_width, lines)) <= columns
    if columns >= 80:
        assert "IMG_0042.jpg" in lines[0], "the end of the name stays"


def test_what_matters_of_a_row_stays_at_80_columns() -> None:
    assert "helped      Taj Mahal  27.1750, 78.0421  93 %" in row_lines(RECOGNISED, 40, 80)[0]
    assert "its GPS from EXIF is 5,778 km away" in row_lines(SUSPECT, 40, 80)[0], "the reason before the names"
    known = TagRow(PATH, Status.HAS_GPS, "has GPS from EXIF, a long way to say so", names=NAMES)
    assert "(Taj Mahal, Agra" in row_lines(known, 40, 80)[0], "the names before the reason"


def test_a_path_is_not_told_twice() -> None:
    """What could not be written is told by its whole path, which the row begins with in another form."""
    row = TagRow(
        "Holiday/a.jpg", Status.RECOGNISED, "recognised 97 %", "Petra", error="/disk/Holiday/a.jpg: read-only."
    )
    [line] = row_lines(row, 40, None)
    assert line.endswith("not written: read-only.") and "/disk" not in line


def test_recognition_alone_tells_one_percentage() -> None:
    row = TagRow("a.jpg", Status.RECOGNISED, "recognised 97 %", "Petra", 0.97, 0.97, probability=0.71)
    assert "recognised 97 %" in row_lines(row)[0] and "sure" not in row_lines(row)[0]
    assert "71 % sure" in row_lines(replace(row, belief=0.9))[0]
