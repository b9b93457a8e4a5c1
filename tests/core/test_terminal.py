"""Text on a terminal: no line is longer than asked for, whatever letters it holds."""

import io

import pytest

from landmark.core.terminal import (
    Cell,
    cut_text,
    display_width,
    fit_cells,
    pad_text,
    terminal_columns,
    wrap_text,
)
from landmark.core.text import text_table

TEXTS = [
    "plain.jpg",
    "東京タワー 2024年5月.jpg",
    "Cafe\u0301 no\u0308rdlich.jpg",
    "\u1112\u1161\u11ab글.jpg",
    "नमस्ते.jpg",
    "🗼🗼.jpg",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_cut_to_the_columns_that_it_takes(text: str) -> None:
    for columns in range(display_width(text) + 3):
        for keep_end in (False, True):
            cut = cut_text(text, columns, keep_end=keep_end)
            assert display_width(cut) <= columns
            assert cut == text or columns == 0 or "…" in cut
            assert (cut == text) == (display_width(text) <= columns)


def test_the_end_of_a_name_stays() -> None:
    assert cut_text("Holiday/2024/IMG_0042.jpg", 13, keep_end=True) == "…IMG_0042.jpg"
    assert cut_text("日\u0301x", 2, keep_end=True) == "…x", "no accent without its letter"


def test_tables_stand_straight_with_wide_letters() -> None:
    lines = text_table([["place", "photos"], ["東京", "12"], ["Agra", "3"]])
    assert [display_width(line) for line in lines] == [len("place  photos")] * 3
    assert pad_text("東京", 6) == "東京  "


def test_cells_give_way_in_order() -> None:
    cells = [Cell("a/long/path/IMG_0042.jpg", 12, keep_end=True), Cell("unknown"), Cell("no landmark I know", 5)]
    assert fit_cells(cells, 80, [2, 0]) == "a/long/path/IMG_0042.jpg  unknown  no landmark I know"
    assert fit_cells(cells, 45, [2, 0]) == "a/long/path/IMG_0042.jpg  unknown  no landma…"
    assert fit_cells(cells, 32, [2, 0]) == "…th/IMG_0042.jpg  unknown  no l…"
    assert fit_cells(cells, 20, [2, 0]) == "…MG_0042.jpg  unkno…"
    assert fit_cells([Cell("a.jpg"), Cell("left out whole", 0)], 12, [1]) == "a.jpg"


def test_prose_breaks_between_words_and_paths_stay_whole() -> None:
    lines = wrap_text("Wrote /a/path/that/is/longer/than/the/line and nothing else.", 20, "  ")
    assert lines == ["  Wrote", "  /a/path/that/is/longer/than/the/line", "  and nothing else."]
    assert wrap_text("recognised 41 %, at 0.3 km", 14) == ["recognised", "41 %, at", "0.3 km"], "units stay"
    assert wrap_text("one line", None) == ["one line"] and wrap_text("", 10) == [""]


def test_what_is_no_terminal_has_no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal_columns(io.StringIO()) is None

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "57")
    assert terminal_columns(Terminal()) == 57
    monkeypatch.setenv("COLUMNS", "wide")
    assert (terminal_columns(Terminal()) or 0) > 0
