"""`landmark inspect`: what is in a data folder."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.commands.app import JsonOption, app

_INSPECT_EPILOG = (
    "Examples:\n\n  landmark inspect my_photos\n\n  landmark inspect my_photos --out report\n\n"
    "  landmark inspect my_photos --json > inspection.json"
)


@app.command(epilog=_INSPECT_EPILOG)
def inspect(
    data: Annotated[Path, typer.Argument(help="A folder of landmarks, or one with train/ and test/ in it.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write inspection.html and inspection.json.", metavar="DIR")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is in a data folder: photos per part and landmark, sizes, formats, and what is odd about it.

    Headers are read, not pixels. With --out, a page shows figures and sample photos; it needs no network.
    """
    from landmark.errors import require
    from landmark.inspection import inspect_data

    if out:
        require("plotly", "plot")  # before many thousand photos are read in vain
    inspection = inspect_data(data)
    print(json.dumps(inspection.to_dict(), ensure_ascii=False) if as_json else inspection)
    if out:
        from landmark.inspection_report import write_inspection

        for path in write_inspection(inspection, out):
            print(f"Wrote {path}", file=sys.stderr)
    raise typer.Exit(1 if inspection.unreadable else 0)
