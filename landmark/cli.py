"""The `landmark` command: each subcommand parses, calls one function of the library, and prints its result.

Exit codes: 0 all answered, 1 some photos could not be read, 2 wrong usage, 130 interrupted.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from landmark.errors import LandmarkError
from landmark.recipe_options import given_settings, recipe_command

app = typer.Typer(
    name="landmark",
    help="Recognises the landmark in a photo and answers with the place: name, coordinates, how sure it is.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A trained model's folder. Default: the one that ships.", metavar="BUNDLE"),
]
NotLandmarksOption = Annotated[
    Path | None, typer.Option(help="A folder of photos of anything else: makes the refusal threshold.", metavar="DIR")
]
NameOption = Annotated[str | None, typer.Option(help="What the model is called. Default: the data folder's name.")]
_TRAIN_EPILOG = (
    "Examples:\n\n  landmark train my_photos\n\n  landmark train my_photos --epochs 30 --out runs/a\n\n"
    "  landmark train my_photos --model both\n\n"
    "  landmark train my_photos --config my-recipe.toml --learning-rate 1e-3 --train-px 128,160,192\n\n"
    "  landmark locate photo.jpg --model runs/a"
)
_INSPECT_EPILOG = (
    "Examples:\n\n  landmark inspect my_photos\n\n  landmark inspect my_photos --out report\n\n"
    "  landmark inspect my_photos --json > inspection.json"
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from landmark import __version__

        print(f"landmark {__version__}")
        raise typer.Exit


@app.callback()
def _landmark(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


@app.command(epilog="Examples:\n\n  landmark locate photo.jpg\n\n  landmark locate Holiday/ --json > answers.jsonl")
def locate(
    photos: Annotated[list[Path], typer.Argument(help="Photos, or folders of photos.", metavar="PHOTO|FOLDER...")],
    top: Annotated[int, typer.Option(help="How many candidates to name.", min=1)] = 5,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where photos were taken, by the landmark they show.

    A folder is walked with all folders in it; what is not a photo is skipped and counted. Below the confidence at
    which the model answers, the landmark is none and the candidates still show.
    """
    from landmark.answer_text import answer_card, write_answers
    from landmark.inference import Predictor
    from landmark.progress import track
    from landmark.walk import walk_photos

    predictor = Predictor.load(model)
    walk = walk_photos(photos)
    answers = predictor.locate_each(walk.photos, top=top)
    if len(photos) == len(walk.photos) == 1 and not as_json:
        answer = next(answers)
        print(answer_card(answer))
        unreadable = int(answer.error is not None)
    else:
        if not sys.stdout.isatty():  # on a terminal the answers themselves show how far it is
            answers = track(answers, "Locating", total=len(walk.photos))
        width = min(40, max((len(str(photo)) for photo in walk.photos), default=0))
        unreadable = write_answers(answers, as_json=as_json, photo_width=width)
    for note in walk.notes():
        print(note, file=sys.stderr)
    raise typer.Exit(1 if unreadable or walk.unreadable else 0)


@recipe_command(app, epilog=_TRAIN_EPILOG)
def train(
    data: Annotated[Path, typer.Argument(help="A folder of landmarks, or one with train/ and test/ in it.")],
    config: Annotated[Path | None, typer.Option(help="A recipe: a file, or a name: seed.", metavar="FILE")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Which network: scratch, residual, transfer, or both (scratch and transfer), compared."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the run keeps its files.", metavar="DIR")] = Path("landmark-run"),
    not_landmarks: NotLandmarksOption = None,
    name: NameOption = None,
    device: Annotated[str, typer.Option(help="cpu, or cuda for a GPU.")] = "cpu",
    track: Annotated[
        list[str] | None, typer.Option(help="Who else is told of each epoch: tensorboard, mlflow; may be repeated.")
    ] = None,
    **settings: Any,
) -> None:
    """Train a model on folders of landmarks; run again after a stop, it goes on.

    One folder per landmark, photos inside. Places come from places.csv in DATA, from the gazetteer, or from the GPS
    of the photos. Settings given here go before those of --config, and these before the defaults shown.
    """
    from landmark.errors import require
    from landmark.recipe_choice import choose_recipes

    asked = choose_recipes(model, config, given_settings(settings))  # before PyTorch: what is amiss is told at once
    require("torch", "train")
    from landmark.comparison import compare
    from landmark.interrupts import Interrupted

    try:
        compare(data, asked, out, not_landmarks=not_landmarks, device=device, name=name, track=track or ())
    except Interrupted as stop:  # it says what has been saved
        print(f"landmark: {stop}", file=sys.stderr)
        raise typer.Exit(130) from None


@recipe_command(app, epilog="Examples:\n\n  landmark tune my_photos --trials 20\n\n  landmark tune my_photos --views 1")
def tune(
    data: Annotated[Path, typer.Argument(help="A folder of landmarks, or one with train/ and test/ in it.")],
    trials: Annotated[int, typer.Option(help="How many to reach, those of earlier starts counted.", min=1)] = 50,
    config: Annotated[Path | None, typer.Option(help="The recipe to start from.", metavar="FILE")] = None,
    out: Annotated[Path, typer.Option(help="Where the search keeps its files.", metavar="DIR")] = Path("landmark-tune"),
    device: Annotated[str, typer.Option(help="cpu, or cuda for a GPU.")] = "cpu",
    **settings: Any,
) -> None:
    """Search for the best head on a frozen backbone, in seconds a trial; run again after a stop, it goes on.

    Tries heads, regularisation, rates and views on features that are computed once. Settings given here are kept as
    they are. Writes best.toml, for landmark train --config.
    """
    from landmark.errors import require
    from landmark.recipe import Recipe

    given = given_settings(settings)
    recipe = (Recipe.read(config) if config else Recipe()).replace(**given)
    require("torch", "train")
    from landmark.tuning import tune as search

    search(data, recipe, out, fixed=tuple(given), n_trials=trials, device=device)


@app.command(epilog="Example:\n\n  landmark test landmark-run my_photos")
def test(
    bundle: Annotated[Path, typer.Argument(help="A trained model's folder.")],
    data: Annotated[Path, typer.Argument(help="A folder of landmarks, or one with test/ in it.")],
    as_json: JsonOption = False,
) -> None:
    """Score a model on photos whose landmarks are known: accuracy with its 95 % interval, per landmark, confusions."""
    from landmark.inference import Predictor
    from landmark.scoring import score_bundle

    report = score_bundle(Predictor.load(bundle), data)
    print(json.dumps(report.to_dict(), ensure_ascii=False) if as_json else report)


@app.command(epilog="Example:\n\n  landmark export model_checkpoint.pt my_photos --backbone vgg16 --out my-model")
def export(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint that training wrote, or a run's folder.")],
    data: Annotated[Path, typer.Argument(help="The folder it was trained on.")],
    out: Annotated[Path, typer.Option(help="The bundle's folder.", metavar="DIR")] = Path("landmark-model"),
    config: Annotated[Path | None, typer.Option(help="The recipe it was trained with (TOML).", metavar="FILE")] = None,
    backbone: Annotated[str | None, typer.Option(help="Instead of the recipe's.")] = None,
    not_landmarks: NotLandmarksOption = None,
    name: NameOption = None,
) -> None:
    """Make a bundle of a checkpoint: calibrated on validation photos, tested once, checked against PyTorch."""
    from landmark.errors import require
    from landmark.recipe import Recipe

    require("torch", "train")
    from landmark.finetuning import export_checkpoint

    recipe = Recipe.read(config) if config else None
    made = export_checkpoint(
        checkpoint, data, out, recipe, backbone=backbone, not_landmarks=not_landmarks, name=name
    )
    print(f"Wrote {made.bundle.path}")


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


@app.command()
def places(model: ModelOption = None, as_json: JsonOption = False) -> None:
    """List the landmarks whose places are known; those that the model recognises are marked with a star."""
    from landmark.answer_text import write_places
    from landmark.bundle import load_bundle
    from landmark.places import known_places

    write_places(known_places(load_bundle(model)), as_json=as_json)


@app.command(epilog="Example:\n\n  landmark card --model my-model > my-model/README.md")
def card(model: ModelOption = None) -> None:
    """Print the card of a model as a README.md: what it knows, how well, how to use it, where it comes from.

    Training and export write it into the bundle; this makes it anew after landmark.json was edited.
    """
    from landmark.bundle import load_bundle
    from landmark.model_card import model_card

    print(model_card(load_bundle(model)), end="")


def main() -> None:
    """Run the command; errors of ours are told in a sentence, not as a traceback."""
    try:
        app()
    except LandmarkError as error:
        print(f"landmark: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # `landmark places | head`
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        print("landmark: interrupted", file=sys.stderr)
        sys.exit(130)
