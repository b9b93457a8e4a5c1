"""`landmark untag`: take what landmark wrote out of photos that have changed since."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.file_results import DryRunOption, print_each
from landmark.cli.shared_options import JsonOption, path_argument
from landmark.core.text import count_text


@command(PHOTOS, "landmark untag Holiday", "landmark untag Holiday/IMG_0001.jpg", "landmark untag Holiday --dry-run")
def untag(
    path: Annotated[Path, path_argument("A photo, a sidecar, or a folder of photos.", metavar="PATH")],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take our position, keywords and names out of photos and sidecars, also where others have changed them since.

    Ratings, keywords and positions of others stay. Sidecars that landmark made and that then hold nothing are removed.
    landmark tag can propose a place again afterwards. Ends with 1 where a file was left.
    """
    from landmark.tagging.untag import untag as untag_path

    n_removed = n_left = 0
    number = None
    for one in print_each(untag_path(path, dry_run=dry_run), as_json=as_json, dry_run=dry_run):
        n_removed, n_left = n_removed + one.removable, n_left + (not one.removable)
        number = one.run or number
    if number is not None:
        print(f"To take this back: landmark undo {shlex.quote(str(path))} --run {number}", file=sys.stderr)
    print(f"{count_text(n_removed, 'file')} {'would be ' * dry_run}untagged, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
