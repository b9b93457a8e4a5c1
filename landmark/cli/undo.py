"""`landmark undo`: restore what `landmark tag` has written."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.common import PHOTOS, JsonOption, command, path_argument, work_without_output
from landmark.core.text import count_text


@command(PHOTOS, "landmark undo Holiday")
def undo(
    album: Annotated[Path, path_argument("The folder that was tagged, or a subfolder of it.", metavar="FOLDER")],
    as_json: JsonOption = False,
) -> None:
    """Undo what landmark tag wrote in a folder: photos get their original bytes back, new sidecars are removed.

    A file that has changed since then is left alone and named.
    """
    from landmark.core.directories import data_dir
    from landmark.tagging.journal import JOURNAL_FILE
    from landmark.tagging.undo import undo_folder

    n_restored = n_left = 0
    for one in undo_folder(album):
        n_restored, n_left = n_restored + one.restored, n_left + (not one.restored)
        with work_without_output():
            if as_json:
                print(json.dumps(one.to_row()))
            elif not one.restored:
                print(f"{one.file}: {one.reason}")
    if not n_restored and not n_left:
        journal = f"the journal {data_dir() / JOURNAL_FILE} (LANDMARK_DATA names the folder of another one)"
        moved = "If the album was moved, move it back first."
        print(f"Nothing to undo in {album}, according to {journal}. {moved}", file=sys.stderr)
    print(f"{count_text(n_restored, 'file')} restored, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
