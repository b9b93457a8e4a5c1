"""`landmark undo`: restore what `landmark tag` has written."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.common import (
    PHOTOS,
    JsonOption,
    command,
    path_argument,
    print_lines,
    print_notes,
    work_without_output,
)
from landmark.core.text import count_text

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only list the files; change nothing.")]


@command(
    PHOTOS,
    "landmark undo Holiday",
    "landmark undo Holiday/IMG_0001.jpg",
    "landmark undo Holiday --dry-run",
    "landmark undo Holiday --run 12",
)
def undo(
    album: Annotated[
        Path,
        path_argument("The folder that was tagged, wherever it is by now, or one photo or sidecar.", metavar="PATH"),
    ],
    dry_run: DryRunOption = False,
    run: Annotated[
        int | None,
        typer.Option(help="Only what this run wrote; landmark history lists them.", metavar="NUMBER"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Undo what landmark tag wrote: photos get their original bytes back, new sidecars are removed.

    Files that were moved, renamed or copied are found by their content. A file that has changed since then is left
    alone and named; landmark untag takes only our fields out of it. Ends with 1 where a file was left.
    """
    from landmark.core.directories import data_dir
    from landmark.core.noted import NotedByReason
    from landmark.core.terminal import named_line, terminal_columns
    from landmark.tagging.journal import JOURNAL_FILE
    from landmark.tagging.undo import undo_folder

    n_restored = n_left = 0
    left = NotedByReason()
    columns = terminal_columns(sys.stdout)
    for one in undo_folder(album, run=run, dry_run=dry_run):
        n_restored, n_left = n_restored + one.restorable, n_left + (not one.restorable)
        with work_without_output():
            if as_json:
                print(json.dumps(one.to_row()))
            elif columns and not one.restorable:
                left.add(str(one.file), one.reason)
            elif dry_run or not one.restored:
                print(named_line(str(one.file), one.reason, columns))
    if columns:
        with work_without_output():
            print_lines(left.lines("Left alone", columns))
    if not n_restored and not n_left:
        journal = f"the journal {data_dir() / JOURNAL_FILE} (LANDMARK_DATA names the folder of another one)"
        what = f"Nothing to undo in {album}" + (f" of run {run}" if run is not None else "")
        print_notes([f"{what}, according to {journal}."])
    restored = f"{count_text(n_restored, 'file')} {'would be ' * dry_run}restored"
    print(f"{restored}, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
