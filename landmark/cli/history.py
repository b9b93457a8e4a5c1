"""`landmark history`: the runs that wrote into photos."""

import json
import sys
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.printing import end_with_output
from landmark.cli.shared_options import JsonOption


@command(PHOTOS, "landmark history", "landmark history --last 5", "landmark history --json")
def history(
    last: Annotated[int | None, typer.Option(help="Only so many runs.", min=1, metavar="NUMBER")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs that wrote into photos, the latest first: when, where, how many files, and how many are undone.

    Runs of versions before 0.2 have no number: they are told by day.
    """
    from itertools import islice

    from landmark.core.terminal import cut_text, terminal_columns
    from landmark.tagging.history import history_lines, read_history

    runs = list(islice(read_history(), last))
    with end_with_output():
        if as_json:
            for one in runs:
                print(json.dumps(one.to_row()))
        else:
            columns = terminal_columns(sys.stdout)
            lines = history_lines(runs)
            print(*(lines if columns is None else [cut_text(line, columns) for line in lines]), sep="\n")
