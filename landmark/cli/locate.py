"""`landmark locate`: where photos were taken."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.printing import end_with_output, more_note, print_no_longer_used, print_notes
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    MapOption,
    MaxMegapixelsOption,
    ModelOption,
    StrictOption,
    VerboseOption,
    limits_of,
    path_argument,
    read_share,
    rules_of,
)


@command(
    PHOTOS,
    "landmark locate photo.jpg",
    "landmark locate Holiday/ --map map.html",
    "landmark locate Holiday/ --json > answers.jsonl",
)
def locate(
    photos: Annotated[list[Path], path_argument("Photos, or folders of photos.", metavar="PHOTO|FOLDER...")],
    top: Annotated[int, typer.Option(help="How many candidates to show.", min=1)] = 5,
    model: ModelOption = None,
    false_places: Annotated[
        float | None,
        typer.Option(
            parser=read_share,
            help="The false-positive rate: the share of photos of no landmark that may be given a place, such as 1%. A "
            "lower rate gives fewer answers. For photos of unknown landmarks the share is larger. Default: as "
            "calibrated.",
            metavar="SHARE",
        ),
    ] = None,
    coverage: Annotated[
        float | None,
        typer.Option(
            "--set",
            parser=read_share,
            help="Also show a set of landmarks for each photo that contains the right one with this probability, such "
            "as 95%, if the model knows it.",
            metavar="SHARE",
        ),
    ] = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    max_megapixels: MaxMegapixelsOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
    strict: StrictOption = False,
    map_page: MapOption = None,
    careful: Annotated[bool, typer.Option("--careful", hidden=True)] = False,
) -> None:
    """Say where photos were taken, by the landmark they show.

    Folders are searched with their subfolders; files that are not photos are skipped and counted, and so is what is
    hidden or belongs to the system or a photo program. If the model is not sure enough, the answer is "no landmark I
    know", and the candidates are still shown. Only landmarks that the model knows are recognised: it never guesses a
    place from people, rooms or streets.

    On a terminal, several photos are summed up by landmark. A photo that you name and that cannot be read ends the
    command with 1; broken photos in a folder are counted and named.
    """
    from landmark.core.progress import track
    from landmark.core.terminal import display_width, terminal_columns
    from landmark.model.answer_text import write_answers
    from landmark.model.answers_summary import AnswersSummary
    from landmark.model.predictor import Predictor
    from landmark.photo.discovery import discover_photos

    if careful:
        print_no_longer_used("--careful")
    predictor = Predictor.load(model, limits=limits_of(max_megapixels))
    found = discover_photos(photos, rules_of(include_hidden, exclude))
    summary = AnswersSummary(found.named)
    if map_page:
        from landmark.model.answers_map import AnswersMap

        summary.map = AnswersMap(map_page)
    answers = summary.counted(
        predictor.locate_each(
            found.photos,
            top=top,
            false_positive_rate=false_places,
            coverage=coverage,
        )
    )
    columns = None if as_json else terminal_columns(sys.stdout)
    in_full = len(photos) == len(found.photos) == 1 and not as_json
    in_short = columns is not None and not (verbose or in_full)
    if not in_full and (in_short or columns is None):  # lines on a terminal show themselves how far it is
        answers = track(answers, "Locating", total=len(found.photos))
    with end_with_output():
        if in_short and columns:
            print(*summary.read(answers).lines(columns), sep="\n")
        else:
            width = min(40, max((display_width(str(photo)) for photo in found.photos), default=0))
            write_answers(answers, as_json=as_json, in_full=in_full, photo_width=width, columns=columns)
        if map_page:
            summary.write_map()
        more = f"{more_note(map_page)} Places for an album: landmark tag FOLDER."
        notes = [*found.notes(), *([f"Wrote {map_page}"] if map_page else [])]
        print_notes([*notes, *([more] if in_short and summary.n_photos else [])])
    failed = summary.n_named_unreadable or found.unopened_folders
    raise typer.Exit(1 if failed or (strict and (summary.unreadable.n or found.misnamed or found.unopened)) else 0)
