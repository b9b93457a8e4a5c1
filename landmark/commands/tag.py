"""`landmark tag` and `landmark undo`: the places of an album's photos, and the way back."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.commands.app import JsonOption, ModelOption, app

_TAG_EPILOG = "Examples:\n\n  landmark tag Holiday\n\n  landmark tag Holiday --json > rows.jsonl"


@app.command(epilog=_TAG_EPILOG)
def tag(
    album: Annotated[Path, typer.Argument(help="A folder of photos; all folders in it are walked.", metavar="FOLDER")],
    threshold: Annotated[
        float | None, typer.Option(help="Confidence from which on a landmark is proposed. Default: the model's.")
    ] = None,
    neighbours: Annotated[
        float, typer.Option(help="Photos up to so many minutes apart are heard; 0: none.", min=0, metavar="MINUTES")
    ] = 90,
    wide: Annotated[bool, typer.Option(help="Coordinates also for landmarks wider than 5 km.")] = False,
    clock: Annotated[
        list[str] | None,
        typer.Option(
            help="How far a camera's clock was behind the main one's; may be repeated.", metavar="CAMERA=+H:MM"
        ),
    ] = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say for each photo of an album where it was taken, and write it where asked.

    Photos with GPS keep it. Others get the landmark they show where the model is sure enough, or nearly so and photos
    taken minutes apart agree. Nothing is written unless --write says so.
    """
    from landmark.inference import Predictor
    from landmark.tagging import AlbumTagging, Policy
    from landmark.tagging.clocks import parse_offset
    from landmark.tagging.rows import json_line
    from landmark.tagging.summary import Summary, row_line

    policy = Policy(threshold, neighbours, wide, clocks_s=dict(map(parse_offset, clock or ())))
    tagging = AlbumTagging(album, Predictor.load(model), policy)
    summary = Summary()
    for row in tagging.rows():
        summary.count(row)
        print(json_line(row) if as_json else row_line(row))
    for note in (*summary.notes(tagging.walk.others, tagging.walk.unreadable), str(summary)):
        print(note, file=sys.stderr)
    raise typer.Exit(1 if summary.failed else 0)
