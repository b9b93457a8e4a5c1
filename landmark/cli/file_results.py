"""What `landmark undo` and `landmark untag` print of each file: what was done to it, or why it was left alone."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Protocol, TypeVar

import typer

from landmark.cli.printing import print_lines, work_without_output

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only list the files; change nothing.")]


class FileResult(Protocol):
    """The result for one file, of `landmark.tagging`."""

    @property
    def file(self) -> str:
        """Return the path of the file."""

    @property
    def reason(self) -> str:
        """Return what was done to it, or why it was left alone."""

    @property
    def is_done(self) -> bool:
        """Return whether it was changed."""

    @property
    def is_possible(self) -> bool:
        """Return whether it was changed, or would be without the dry run."""

    def to_row(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""


Result = TypeVar("Result", bound=FileResult)


def print_each(results: Iterable[Result], *, as_json: bool, dry_run: bool) -> Iterator[Result]:
    """Print results as they come, and hand them on; on a terminal those that were left alone come last, by reason."""
    from landmark.core.noted import NotedByReason
    from landmark.core.terminal import named_line, terminal_columns

    left = NotedByReason()
    columns = terminal_columns(sys.stdout)
    for one in results:
        with work_without_output():
            if as_json:
                print(json.dumps(one.to_row()))
            elif columns and not one.is_possible:
                left.add(one.file, one.reason)
            elif dry_run or not one.is_done:
                print(named_line(one.file, one.reason, columns))
        yield one
    if columns:
        with work_without_output():
            print_lines(left.lines("Left alone", columns))
