"""`landmark train` and `landmark tune`: a model of one's own landmarks."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from landmark.cli.commands import MODELS
from landmark.cli.recipe_options import given_settings, recipe_command
from landmark.cli.shared_options import (
    DataArgument,
    DeviceOption,
    ExcludeOption,
    IncludeHiddenOption,
    NameOption,
    NotLandmarksOption,
    rules_of,
)


@recipe_command(
    MODELS,
    "landmark train my_photos",
    "landmark train my_photos --epochs 30 --out runs/a",
    "landmark train my_photos --model both",
    "landmark train my_photos --config my-recipe.toml --learning-rate 1e-3 --train-px 128,160,192",
    "landmark locate photo.jpg --model runs/a",
)
def train(
    data: DataArgument,
    config: Annotated[
        Path | None,
        typer.Option(
            help="A recipe: a TOML file, or the name of one in the package (residual, scratch, seed, shipped).",
            metavar="FILE|NAME",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The network: scratch, residual, transfer (the default), or both (compares scratch and transfer)."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the files of the run.", metavar="DIR")] = Path(
        "landmark-run"
    ),
    not_landmarks: NotLandmarksOption = None,
    name: NameOption = None,
    device: DeviceOption = "cpu",
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Resume a stopped run, or start again and keep the old files.")
    ] = True,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    track: Annotated[
        list[str] | None, typer.Option(help="Also log each epoch to tensorboard or mlflow; may be repeated.")
    ] = None,
    **settings: Any,
) -> None:
    """Train a model on folders of landmarks. If it is stopped, the same command resumes it.

    DATA has one folder per landmark with its photos. Places come from places.csv in DATA, from the gazetteer, or from
    the GPS of the photos. Options override the settings of --config, which override the defaults shown.
    """
    from landmark.core.errors import require
    from landmark.training.pipeline.preflight import check_paths
    from landmark.training.recipe.choice import choose_recipes

    # Before importing PyTorch, so that errors come at once.
    asked = choose_recipes(model, config, given_settings(settings))
    rules = rules_of(include_hidden, exclude)
    check_paths(data, out, not_landmarks, rules=rules)
    require("torch", "train")
    from landmark.core.signals import Interrupted
    from landmark.training.pipeline.bundling import BundleOptions
    from landmark.training.pipeline.comparison import compare

    try:
        options = BundleOptions(name, not_landmarks=not_landmarks)
        compare(data, asked, out, options=options, device=device, track=track or (), resume=resume, rules=rules)
    except Interrupted as stop:  # it says what has been saved
        print(f"landmark: {stop}", file=sys.stderr)
        raise typer.Exit(130) from None


@recipe_command(MODELS, "landmark tune my_photos --trials 20", "landmark tune my_photos --views 1")
def tune(
    data: DataArgument,
    trials: Annotated[int, typer.Option(help="How many trials in all, including those of earlier starts.", min=1)] = 50,
    config: Annotated[
        Path | None, typer.Option(help="The recipe to start from, as for landmark train.", metavar="FILE|NAME")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the files of the search.", metavar="DIR")] = Path(
        "landmark-tune"
    ),
    device: DeviceOption = "cpu",
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    **settings: Any,
) -> None:
    """Search for the best head on a frozen backbone. If it is stopped, the same command resumes it.

    Tries heads, regularisation, learning rates and views on features that are computed once, so a trial takes seconds.
    Settings that you give stay fixed. Writes best.toml, for landmark train --config.
    """
    from landmark.core.errors import require
    from landmark.training.pipeline.preflight import check_paths
    from landmark.training.recipe import Recipe

    given = given_settings(settings)
    recipe = (Recipe.read(config) if config else Recipe()).replace(freeze_features=True).replace(**given)
    rules = rules_of(include_hidden, exclude)
    check_paths(data, out, rules=rules)
    require("torch", "train")
    from landmark.training.pipeline.tuning import tune as search

    search(data, recipe, out, fixed=tuple(given), n_trials=trials, device=device, rules=rules)
