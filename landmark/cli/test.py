"""`landmark test`: how well a model does on photos whose landmarks are known."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import MODELS, command
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    check_exists,
    path_argument,
    rules_of,
)
from landmark.core.text import json_text


@command(
    MODELS,
    "landmark test landmark-run my_photos",
    "landmark test landmark-run my_photos --not-landmarks other_photos --out evaluation",
    "landmark test new-run my_photos --against old-run",
    "landmark test landmark-run my_photos --json > evaluation.json",
)
def test(
    bundle: Annotated[Path, path_argument("The folder of a trained model.", must_exist=True)],
    data: Annotated[Path, path_argument("A folder of landmarks, or one with test/ in it.", must_exist=True)],
    out: Annotated[
        Path | None, typer.Option(help="Where to write evaluation.html and evaluation.json.", metavar="DIR")
    ] = None,
    not_landmarks: Annotated[
        Path | None,
        typer.Option(
            help="A folder of negatives, photos that show none of the landmarks; not those used in training.",
            metavar="DIR",
            callback=check_exists,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Another model, to compare on the same photos.", metavar="BUNDLE", callback=check_exists),
    ] = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a model on labelled photos: how accurate it is, whether its confidences are right, and where it fails.

    --out writes a page with charts and the photos it got wrong. The page loads nothing from the network.
    """
    from landmark.core.logs import messages_to
    from landmark.model.predictor import Predictor
    from landmark.scoring import score_bundle
    from landmark.scoring.text import scorecard_text

    if out:
        from landmark.scoring.page import prepare_folder

        prepare_folder(out)  # before many thousand photos are read in vain
    with messages_to(lambda line: print(line, file=sys.stderr)):
        card = score_bundle(
            Predictor.load(bundle),
            data,
            not_landmarks=not_landmarks,
            against=Predictor.load(against) if against else None,
            rules=rules_of(include_hidden, exclude),
        )
    print(json_text(card.to_dict()) if as_json else scorecard_text(card))
    if out:
        from landmark.scoring.page import write_scorecard

        for path in write_scorecard(card, out):
            print(f"Wrote {path}", file=sys.stderr)
    raise typer.Exit(1 if card.unreadable else 0)
