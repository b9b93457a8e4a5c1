"""`landmark tag` and `landmark undo`: the places of an album's photos, and the way back."""

import json
import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from landmark.commands.app import JsonOption, ModelOption, app

_TAG_EPILOG = (
    "Examples:\n\n  landmark tag Holiday\n\n  landmark tag Holiday --write sidecar\n\n"
    "  landmark tag Holiday --json > rows.jsonl\n\n  landmark undo Holiday"
)


class Into(StrEnum):
    """Where places are written."""

    sidecar = "sidecar"
    photo = "photo"


@app.command(epilog=_TAG_EPILOG)
def tag(
    album: Annotated[Path, typer.Argument(help="A folder of photos; all folders in it are walked.", metavar="FOLDER")],
    write: Annotated[
        Into | None, typer.Option(help="Write what is proposed: beside each photo (photo.jpg.xmp), or into it.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Confidence from which on a landmark is proposed. Default: the model's.")
    ] = None,
    neighbours: Annotated[
        float, typer.Option(help="Photos up to so many minutes apart are heard; 0: none.", min=0, metavar="MINUTES")
    ] = 90,
    wide: Annotated[bool, typer.Option("--wide", help="Coordinates also for landmarks wider than 5 km.")] = False,
    clock: Annotated[
        list[str] | None,
        typer.Option(help="How far a camera's clock was behind the main one's.", metavar="CAMERA=+H:MM"),
    ] = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say for each photo of an album where it was taken, and write it where asked.

    Photos with GPS keep it. Others get the landmark they show where the model is sure enough, or nearly so and photos
    taken minutes apart agree. Nothing is written unless --write says so; landmark undo takes it back.
    """
    from landmark.inference import Predictor
    from landmark.tagging import AlbumTagging, Policy
    from landmark.tagging.clocks import parse_offset
    from landmark.tagging.journal import Journal
    from landmark.tagging.rows import json_line
    from landmark.tagging.summary import Summary, row_line
    from landmark.tagging.writing import PlaceWriter, Target

    policy = Policy(threshold, neighbours, wide, clocks_s=dict(map(parse_offset, clock or ())))
    summary = Summary()
    with ExitStack() as stack:
        writer = PlaceWriter(Target(write.value), stack.enter_context(Journal())) if write else None
        tagging = AlbumTagging(album, Predictor.load(model), policy, writer)
        for row in tagging.rows():
            summary.count(row)
            print(json_line(row) if as_json else row_line(row))
    for note in (*summary.notes(tagging.walk.others, tagging.walk.unreadable), str(summary)):
        print(note, file=sys.stderr)
    raise typer.Exit(1 if summary.failed else 0)


@app.command(epilog="Example:\n\n  landmark undo Holiday")
def undo(
    album: Annotated[Path, typer.Argument(help="The folder that was tagged, or one in it.", metavar="FOLDER")],
    as_json: JsonOption = False,
) -> None:
    """Take back what landmark tag has written into a folder: the original bytes of photos, and no sidecars.

    A file that was changed since then is left alone, and named.
    """
    from landmark.tagging.undo import undo_folder

    n_restored = n_left = 0
    for one in undo_folder(album):
        n_restored, n_left = n_restored + one.restored, n_left + (not one.restored)
        if as_json:
            print(json.dumps(one.to_row()))
        elif not one.restored:
            print(f"{one.file}: {one.reason}")
    print(f"{n_restored:,} files restored, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
