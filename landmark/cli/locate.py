"""`landmark locate`: where photos were taken."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.common import (
    PHOTOS,
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    MaxMegapixelsOption,
    ModelOption,
    command,
    end_with_output,
    limits_of,
    path_argument,
    print_no_longer_used,
    read_share,
    rules_of,
)


@command(PHOTOS, "landmark locate photo.jpg", "landmark locate Holiday/ --json > answers.jsonl")
def locate(
    photos: Annotated[list[Path], path_argument("Photos, or folders of photos.", metavar="PHOTO|FOLDER...")],
    top: Annotated[int, typer.Option(help="How many candidates to show.", min=1)] = 5,
    model: ModelOption = None,
    false_places: Annotated[
        str | None,
        typer.Option(
            help="The false-positive rate: the share of photos of no landmark that may be given a place, such as 1%. A "
            "lower rate gives fewer answers. For photos of unknown landmarks the share is larger. Default: as "
            "calibrated.",
            metavar="SHARE",
        ),
    ] = None,
    coverage: Annotated[
        str | None,
        typer.Option(
            "--set",
            help="Also show a set of landmarks for each photo that contains the right one with this probability, such "
            "as 95%, if the model knows it.",
            metavar="SHARE",
        ),
    ] = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    max_megapixels: MaxMegapixelsOption = 100,
    as_json: JsonOption = False,
    careful: Annotated[bool, typer.Option("--careful", hidden=True)] = False,
) -> None:
    """Say where photos were taken, by the landmark they show.

    Folders are searched with their subfolders; files that are not photos are skipped and counted, and so is what is
    hidden or belongs to the system or a photo program. If the model is not sure enough, the answer is "no landmark I
    know", and the candidates are still shown. Only landmarks that the model knows are recognised: it never guesses a
    place from people, rooms or streets.
    """
    from landmark.core.progress import track
    from landmark.model.answer_text import write_answers
    from landmark.model.predictor import Predictor
    from landmark.photo.discovery import discover_photos

    if careful:
        print_no_longer_used("--careful")
    predictor = Predictor.load(model, limits=limits_of(max_megapixels))
    found = discover_photos(photos, rules_of(include_hidden, exclude))
    answers = predictor.locate_each(
        found.photos,
        top=top,
        false_positive_rate=None if false_places is None else read_share(false_places),
        coverage=None if coverage is None else read_share(coverage),
    )
    in_full = len(photos) == len(found.photos) == 1 and not as_json
    if not in_full and not sys.stdout.isatty():  # on a terminal the answers themselves show how far it is
        answers = track(answers, "Locating", total=len(found.photos))
    width = min(40, max((len(str(photo)) for photo in found.photos), default=0))
    with end_with_output():
        unreadable = write_answers(answers, as_json=as_json, in_full=in_full, photo_width=width)
        for note in found.notes():
            print(note, file=sys.stderr)
    raise typer.Exit(1 if unreadable or found.unreadable else 0)
