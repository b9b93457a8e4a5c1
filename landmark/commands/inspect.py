"""`landmark inspect`: what is in a data folder, and what is wrong with it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.commands.app import JsonOption, app

_INSPECT_EPILOG = (
    "Exit codes: 0 all is well, 1 broken photos or leaks between train, valid and test.\n\n"
    "Examples:\n\n  landmark inspect my_photos\n\n  landmark inspect my_photos --out report\n\n"
    "  landmark inspect my_photos --json > inspection.json"
)


@app.command(epilog=_INSPECT_EPILOG)
def inspect(
    data: Annotated[Path, typer.Argument(help="A folder of landmarks, or one with train/ and test/ in it.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write inspection.html and inspection.json.", metavar="DIR")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Read headers only, in seconds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what is in a data folder and what is wrong with it: broken photos, duplicates, leaks between the parts.

    Every photo is decoded once; a second look, or one that was stopped, starts from what is known. With --out, a page
    shows the photos of every finding, figures and samples; it needs no network.
    """
    from landmark.errors import require
    from landmark.examination import examine_data
    from landmark.inspection import inspect_data

    if out:
        require("plotly", "plot")  # before many thousand photos are read in vain
    found = inspect_data(data) if quick else examine_data(data)
    print(json.dumps(found.to_dict(), ensure_ascii=False) if as_json else found)
    if out:
        from landmark.inspection_report import write_inspection

        for path in write_inspection(found, out):
            print(f"Wrote {path}", file=sys.stderr)
    raise typer.Exit(1 if found.is_faulty else 0)
