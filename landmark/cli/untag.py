"""`landmark untag`: take what landmark wrote out of photos that have changed since."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.common import PHOTOS, JsonOption, command, path_argument, print_lines, work_without_output
from landmark.cli.undo import DryRunOption
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
    from landmark.core.noted import NotedByReason
    from landmark.core.terminal import named_line, terminal_columns
    from landmark.tagging.untag import untag as untag_path

    n_removed = n_left = 0
    left = NotedByReason()
    columns = terminal_columns(sys.stdout)
    number = None
    for one in untag_path(path, dry_run=dry_run):
        n_removed, n_left = n_removed + one.removable, n_left + (not one.removable)
        number = one.run or number
        with work_without_output():
            if as_json:
                print(json.dumps(one.to_row()))
            elif columns and not one.removable:
                left.add(str(one.file), one.reason)
            elif dry_run or not one.removed:
                print(named_line(str(one.file), one.reason, columns))
    if columns:
        with work_without_output():
            print_lines(left.lines("Left alone", columns))
    if number is not None:
        print(f"To take this back: landmark undo {shlex.quote(str(path))} --run {number}", file=sys.stderr)
    print(f"{count_text(n_removed, 'file')} {'would be ' * dry_run}untagged, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
