"""`landmark undo`: restore what `landmark tag` has written."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.file_results import DryRunOption, print_each
from landmark.cli.printing import print_notes
from landmark.cli.shared_options import JsonOption, path_argument
from landmark.core.text import count_text


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
    from landmark.tagging.journal import JOURNAL_FILE
    from landmark.tagging.undo import undo_folder

    n_restored = n_left = 0
    for one in print_each(undo_folder(album, run=run, dry_run=dry_run), as_json=as_json, dry_run=dry_run):
        n_restored, n_left = n_restored + one.restorable, n_left + (not one.restorable)
    if not n_restored and not n_left:
        journal = f"the journal {data_dir() / JOURNAL_FILE} (LANDMARK_DATA names the folder of another one)"
        what = f"Nothing to undo in {album}" + (f" of run {run}" if run is not None else "")
        print_notes([f"{what}, according to {journal}."])
    restored = f"{count_text(n_restored, 'file')} {'would be ' * dry_run}restored"
    print(f"{restored}, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
