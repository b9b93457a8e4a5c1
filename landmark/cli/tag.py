"""`landmark tag` and `landmark undo`: the places of an album's photos, and the way back."""

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.common import (
    JsonOption,
    MaxMegapixelsOption,
    ModelOption,
    OutputClosedError,
    app,
    leave_output,
    limits_of,
    path_argument,
)
from landmark.core.text import count_text, json_text

_TAG_EPILOG = (
    "Examples:\n\n  landmark tag Holiday\n\n  landmark tag Holiday --write sidecar\n\n"
    "  landmark tag --apply landmark-decisions.json\n\n"
    "  landmark tag Holiday --out places.csv --out places.kml\n\n  landmark undo Holiday"
)


_PHOTO_WIDTH = 40  # of the first column; longer names push theirs to the right


class Into(StrEnum):
    """Where places are written."""

    sidecar = "sidecar"
    photo = "photo"


@app.command(epilog=_TAG_EPILOG)
def tag(
    album: Annotated[
        Path | None, path_argument("A folder of photos; all folders in it are walked.", metavar="FOLDER")
    ] = None,
    write: Annotated[
        Into | None, typer.Option(help="Write what is proposed: beside each photo (photo.jpg.xmp), or into it.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Write what was decided on the review page.", metavar="DECISIONS")
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="Also write the rows to a file: .csv .geojson .kml .gpx .jsonl .parquet.", metavar="FILE"),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Where to write the review page.", metavar="FILE")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Confidence from which on a landmark is proposed. Default: the model's.")
    ] = None,
    neighbours: Annotated[
        float | None,
        typer.Option(help="Photos up to so many minutes apart are heard; 0: none. Default: 90.", metavar="MINUTES"),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Coordinates also for landmarks wider than 5 km.")] = False,
    clock: Annotated[
        list[str] | None,
        typer.Option(help="How far a camera's clock was behind the main one's.", metavar="CAMERA=+H:MM"),
    ] = None,
    model: ModelOption = None,
    max_megapixels: MaxMegapixelsOption = 100,
    as_json: JsonOption = False,
) -> None:
    """Say for each photo of an album where it was taken, and write it where asked.

    Photos with GPS keep it. Others get the landmark they show where the model is sure enough, or nearly so and photos
    taken minutes apart agree. Nothing is written unless --write or --apply says so; landmark undo takes it back.
    """
    from landmark.tagging.request import TagRequest, TagRun, make_policy
    from landmark.tagging.summary import row_lines

    policy = make_policy(threshold, neighbours, wide, clock or [])
    without_page = as_json and page is None
    outputs, limits = tuple(out or ()), limits_of(max_megapixels)
    run = TagRun(TagRequest(album, write, apply, outputs, page, without_page, model, policy, limits))
    is_for_readers = without_page and not (write or apply or outputs)
    try:
        for row in run.rows():
            _say([json_text(row.to_row())] if as_json else row_lines(row, _PHOTO_WIDTH), is_for_readers)
    except KeyboardInterrupt:
        if not run.n_written:
            raise
        written = f"{count_text(run.n_written, 'place')} had been written"
        print(f"landmark: interrupted; {written}. The same command goes on, landmark undo takes them back.",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(130) from None
    with suppress(BrokenPipeError):  # whoever closed both still asks for the exit code
        for note in run.notes():
            print(note, file=sys.stderr)
    raise typer.Exit(1 if run.failed else 0)


def _say(lines: Iterable[str], is_for_readers: bool) -> None:
    """Print; where nobody reads any more (`| head`), what is also written goes on, and is not told."""
    try:
        for line in lines:
            print(line)
    except BrokenPipeError:
        if is_for_readers:
            raise OutputClosedError from None
        leave_output()


@app.command(epilog="Example:\n\n  landmark undo Holiday")
def undo(
    album: Annotated[Path, path_argument("The folder that was tagged, or one in it.", metavar="FOLDER")],
    as_json: JsonOption = False,
) -> None:
    """Take back what landmark tag has written into a folder: the original bytes of photos, and no sidecars.

    A file that was changed since then is left alone, and named.
    """
    from landmark.core.directories import data_dir
    from landmark.tagging.journal import JOURNAL_FILE
    from landmark.tagging.undo import undo_folder

    n_restored = n_left = 0
    for one in undo_folder(album):
        n_restored, n_left = n_restored + one.restored, n_left + (not one.restored)
        if as_json:
            _say([json.dumps(one.to_row())], is_for_readers=False)
        elif not one.restored:
            _say([f"{one.file}: {one.reason}"], is_for_readers=False)
    if not n_restored and not n_left:
        journal = f"the journal {data_dir() / JOURNAL_FILE} (LANDMARK_DATA names the folder of another one)"
        print(f"Nothing that was written in {album} is left to undo, says {journal}.", file=sys.stderr)
    print(f"{n_restored:,} files restored, {n_left:,} left alone.", file=sys.stderr)
    raise typer.Exit(1 if n_left else 0)
