"""`landmark export`, `calibrate`, `quantize` and `card`: from a checkpoint to a bundle, and what a bundle says."""

from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import MODELS, app, command
from landmark.cli.printing import end_with_output, print_no_longer_used
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    ModelOption,
    NameOption,
    NotLandmarksOption,
    TrainedOnArgument,
    path_argument,
    read_share,
    rules_of,
)
from landmark.core.logs import messages_to


@command(MODELS, "landmark export model_checkpoint.pt my_photos --backbone vgg16 --out my-model")
def export(
    checkpoint: Annotated[
        Path, path_argument("A checkpoint that training wrote, or the folder of a run.", must_exist=True)
    ],
    data: TrainedOnArgument,
    out: Annotated[Path, typer.Option(help="Where to write the bundle.", metavar="DIR")] = Path("landmark-model"),
    config: Annotated[
        Path | None, typer.Option(help="The recipe it was trained with, as for landmark train.", metavar="FILE|NAME")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="The backbone, instead of that of the recipe.")] = None,
    not_landmarks: NotLandmarksOption = None,
    name: NameOption = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
) -> None:
    """Make a bundle of a checkpoint: calibrate it on validation photos, test it, and compare it with PyTorch."""
    from landmark.core.errors import require
    from landmark.training.recipe import Recipe

    require("torch", "train")
    from landmark.training.pipeline.exporting import export_checkpoint

    recipe = Recipe.read(config) if config else None
    with messages_to(print):
        made = export_checkpoint(
            checkpoint,
            data,
            out,
            recipe,
            backbone=backbone,
            not_landmarks=not_landmarks,
            name=name,
            rules=rules_of(include_hidden, exclude),
        )
    print(f"Wrote {made.bundle.path}")


@command(MODELS, "landmark calibrate my-run my_photos --not-landmarks other_photos")
def calibrate(
    bundle: Annotated[
        Path, path_argument("The folder of a trained model; the model in it is replaced.", must_exist=True)
    ],
    data: TrainedOnArgument,
    not_landmarks: NotLandmarksOption = None,
    false_places: Annotated[
        float,
        typer.Option(
            parser=read_share,
            help="The false-positive rate: the share of photos of no landmark that may be given a place.",
            metavar="SHARE",
        ),
    ] = "1%",  # type: ignore[assignment]  # as --help shows it; it is read as well
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
) -> None:
    """Fit a model's confidences and its threshold again, to validation photos and negatives."""
    from landmark.fitting.calibrate import calibrate as fit
    from landmark.fitting.calibrate import split_of
    from landmark.model.predictor import Predictor

    predictor = Predictor.load(bundle)
    with messages_to(print):
        split = split_of(predictor.bundle, data, rules_of(include_hidden, exclude))
        fit(predictor, split, not_landmarks=not_landmarks, false_positive_rate=false_places)


@app.command("quantise", hidden=True)  # its name before 0.2
@command(MODELS, "landmark quantize my-run my_photos --out my-model-int8 --not-landmarks other_photos")
def quantize(
    context: typer.Context,
    bundle: Annotated[Path, path_argument("The folder of a trained model.", must_exist=True)],
    data: TrainedOnArgument,
    out: Annotated[Path, typer.Option(help="Where to write the new bundle.", metavar="DIR")] = Path(
        "landmark-model-int8"
    ),
    not_landmarks: NotLandmarksOption = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
) -> None:
    """Make an 8-bit version of a model, smaller and mostly faster; calibrate it again, compare both on validation."""
    if context.info_name == "quantise":
        print_no_longer_used("quantise", instead="quantize")
    from landmark.fitting.calibrate import split_of
    from landmark.fitting.quantize import quantize as make_small
    from landmark.model.bundle import load_bundle

    whole = load_bundle(bundle)
    with messages_to(print):
        made = make_small(
            whole, split_of(whole, data, rules_of(include_hidden, exclude)), out, not_landmarks=not_landmarks
        )
    print(made)
    print(f"Wrote {made.bundle.path}")


@command(MODELS, "landmark card --model my-model > my-model/README.md")
def card(model: ModelOption = None) -> None:
    """Print the model card, a README.md: what the model knows, how well, how to use it, where it comes from.

    Training and export write it into the bundle. Print it again after you have edited landmark.json.
    """
    from landmark.model.bundle import load_bundle
    from landmark.model.bundle.model_card.document import model_card

    with end_with_output():
        print(model_card(load_bundle(model)), end="")
