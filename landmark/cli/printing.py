"""What commands print: results on standard output, which may be closed early, and notes on standard error."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class OutputClosedError(Exception):
    """Standard output was closed, as by `| head`; typer would call that a failure."""


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output, which may be none."""
    for line in lines:
        print(line)


def print_notes(notes: Iterable[str]) -> None:
    """Print sentences on standard error; on a terminal they break between words, and no path is broken."""
    from landmark.core.terminal import terminal_columns, wrap_text

    columns = terminal_columns(sys.stderr)
    for note in notes:
        lines = [note] if columns is None or note.startswith("Wrote ") else wrap_text(note, columns)
        print(*lines, sep="\n", file=sys.stderr)


def more_note(map_page: Path | None) -> str:
    """Return which options tell more than a summary, without the one that was given.

    >>> more_note(None), more_note(Path("map.html"))
    ('A line for each photo: --verbose. On a map: --map map.html.', 'A line for each photo: --verbose.')
    """
    return "A line for each photo: --verbose." + " On a map: --map map.html." * (map_page is None)


def print_steps(steps: Iterable[tuple[str, str]]) -> None:
    """Print what to do next on standard error: a sentence, and on a line of its own the command, which is never cut."""
    for why, what in steps:
        print_notes(["", why] if what else [why])
        if what:
            print(f"  {what}", file=sys.stderr)


@contextmanager
def end_with_output() -> Iterator[None]:
    """End the command well when standard output is closed inside, where it only prints."""
    try:
        yield
    except BrokenPipeError:
        raise OutputClosedError from None


def discard_output() -> None:
    """Drop what is still printed, since standard output is closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def work_without_output() -> Iterator[None]:
    """Keep the command at its other work when standard output is closed inside (`| head`)."""
    try:
        yield
    except BrokenPipeError:
        discard_output()


def print_no_longer_used(name: str, *, instead: str | None = None) -> None:
    """Say on standard error that an option is ignored, or which name an option or command has now."""
    found = f"is now called {instead}" if instead else "is no longer used"
    print(f"landmark: {name} {found}; the next release will not accept it.", file=sys.stderr)
