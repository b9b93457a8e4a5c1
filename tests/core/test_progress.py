"""The bar on long work: what people at a terminal see, and that pipes see nothing."""

import io
from collections.abc import Iterator

import pytest
from factories.terminal import at_a_terminal

from landmark.core.progress import track, track_after_first


def test_a_terminal_sees_how_far_it_is_of_a_total_that_is_counted_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    assert list(track("abc", "Reading", total=lambda: 3)) == ["a", "b", "c"]
    assert "Reading" in terminal.getvalue() and "3/3" in terminal.getvalue()


def test_each_may_count_for_several(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    assert len(list(track(["ab", "cd"], "Reading", total=4, count=len))) == 2
    assert "4/4" in terminal.getvalue()


def test_a_pipe_sees_nothing_and_nothing_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def count() -> int:
        raise AssertionError("nobody sees the total")

    assert list(track("abc", "Reading", total=count)) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_of_several_processes_the_first_alone_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setenv("RANK", "1")
    assert list(track("abc", "Reading", total=3)) == ["a", "b", "c"]
    assert terminal.getvalue() == ""


def test_leaving_the_loop_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)

    def work() -> Iterator[str]:
        yield from track("abc", "Reading", total=3)

    for _ in work():
        break
    again = list(track("abc", "Anew", total=3))  # rich allows one bar at a time
    assert again == ["a", "b", "c"] and "Anew" in terminal.getvalue()


def test_what_is_printed_meanwhile_reaches_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    for item in track("abc", "Reading", total=3):
        print(item)
    assert printed.getvalue() == "a\nb\nc\n"


def test_the_last_item_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    items = track("abc", "Reading", total=3)
    assert [next(items) for _ in range(3)] == ["a", "b", "c"]
    assert "3/3" in terminal.getvalue() and "\x1b[?25h" in terminal.getvalue(), "the cursor is back"
    assert list(items) == []


def test_work_before_the_first_item_may_have_its_own_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)

    def work() -> Iterator[str]:
        yield from list(track("ab", "Looking", total=2))

    assert list(track_after_first(work(), "Placing")) == ["a", "b"]
    assert terminal.getvalue().index("Looking") < terminal.getvalue().index("Placing")
    assert list(track_after_first([], "Placing")) == []
