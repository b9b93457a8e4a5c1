"""`landmark explain`: why a photo got its answer."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    MaxMegapixelsOption,
    ModelOption,
    check_exists,
    limits_of,
    path_argument,
    rules_of,
)
from landmark.core.text import json_text


@command(
    PHOTOS,
    "landmark explain photo.jpg",
    "landmark explain photo.jpg --out why.html --data my_photos",
    "landmark explain photo.jpg --landmark Petra",
)
def explain(
    photo: Annotated[Path, path_argument("A photo.")],
    out: Annotated[
        Path,
        typer.Option(help="Where to write: a .png or .html file, or a folder for both.", metavar="DIR|FILE"),
    ] = Path("."),
    landmark: Annotated[
        str | None, typer.Option(help="The candidate to explain. Default: the best one.", metavar="NAME")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder of training photos, of which the most similar are shown.",
            metavar="DIR",
            callback=check_exists,
        ),
    ] = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    model: ModelOption = None,
    max_megapixels: MaxMegapixelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which part of a photo led to its answer: a heat map over the photo, as a picture and a page.

    It takes about a second. The first time, --data takes as long as locating those photos; their features are kept.
    """
    from landmark.core.errors import PhotoError
    from landmark.dataset.similar_photos import find_similar
    from landmark.model.answer_text import answer_text
    from landmark.model.explanation.page import write_explanation
    from landmark.model.predictor import Predictor

    predictor = Predictor.load(model, limits=limits_of(max_megapixels))
    try:
        explanation = predictor.explain(photo, landmark=landmark)
    except PhotoError as error:
        print(f"landmark: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    similar = find_similar(predictor, photo, data, rules=rules_of(include_hidden, exclude)) if data else []
    written = write_explanation(explanation, out, similar)
    if as_json:
        row = {**explanation.to_row(), "similar": [one.to_row() for one in similar], "files": [*map(str, written)]}
        print(json_text(row))
        return
    print(f"{answer_text(explanation.answer)}\n\n  {explanation.marked_text()}")
    for one in similar:
        print(f"  {one.similarity:.2f}  {one.landmark}  {one.path}")
    for path in written:
        print(f"Wrote {path}", file=sys.stderr)
