"""`landmark train` and `landmark tune`: a model of one's own landmarks."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from landmark.cli.common import MODELS, DataArgument, DeviceOption, NameOption, NotLandmarksOption
from landmark.cli.recipe_options import given_settings, recipe_command


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
    config: Annotated[Path | None, typer.Option(help="A recipe: a file, or a name: seed.", metavar="FILE")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Which network: scratch, residual, transfer, or both (scratch and transfer), compared."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the run keeps its files.", metavar="DIR")] = Path("landmark-run"),
    not_landmarks: NotLandmarksOption = None,
    name: NameOption = None,
    device: DeviceOption = "cpu",
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Resume a stopped run; or start afresh, keeping old files.")
    ] = True,
    track: Annotated[
        list[str] | None, typer.Option(help="Where each epoch is also logged: tensorboard, mlflow; may be repeated.")
    ] = None,
    **settings: Any,
) -> None:
    """Train a model on folders of landmarks; run again after a stop, it resumes.

    One folder per landmark, photos inside. Places come from places.csv in DATA, from the gazetteer, or from the GPS
    of the photos. Settings given here go before those of --config, and these before the defaults shown.
    """
    from landmark.core.errors import require
    from landmark.training.pipeline.preflight import check_paths
    from landmark.training.recipe.choice import choose_recipes

    # Before importing PyTorch, so that errors come at once.
    asked = choose_recipes(model, config, given_settings(settings))
    check_paths(data, out, not_landmarks)
    require("torch", "train")
    from landmark.core.signals import Interrupted
    from landmark.training.pipeline.bundling import BundleOptions
    from landmark.training.pipeline.comparison import compare

    try:
        options = BundleOptions(name, not_landmarks=not_landmarks)
        compare(data, asked, out, options=options, device=device, track=track or (), resume=resume)
    except Interrupted as stop:  # it says what has been saved
        print(f"landmark: {stop}", file=sys.stderr)
        raise typer.Exit(130) from None


@recipe_command(MODELS, "landmark tune my_photos --trials 20", "landmark tune my_photos --views 1")
def tune(
    data: DataArgument,
    trials: Annotated[int, typer.Option(help="How many to reach, including those of earlier starts.", min=1)] = 50,
    config: Annotated[Path | None, typer.Option(help="The recipe to start from.", metavar="FILE")] = None,
    out: Annotated[Path, typer.Option(help="Where the search keeps its files.", metavar="DIR")] = Path("landmark-tune"),
    device: DeviceOption = "cpu",
    **settings: Any,
) -> None:
    """Search for the best head on a frozen backbone, in seconds a trial; run again after a stop, it resumes.

    Tries heads, regularisation, rates and views on features that are computed once. Settings given here are kept as
    they are. Writes best.toml, for landmark train --config.
    """
    from landmark.core.errors import require
    from landmark.training.pipeline.preflight import check_paths
    from landmark.training.recipe import Recipe

    given = given_settings(settings)
    recipe = (Recipe.read(config) if config else Recipe()).replace(freeze_features=True).replace(**given)
    check_paths(data, out)
    require("torch", "train")
    from landmark.training.pipeline.tuning import tune as search

    search(data, recipe, out, fixed=tuple(given), n_trials=trials, device=device)
