"""`landmark export`, `places` and `card`: what a trained model holds and says of itself."""

from pathlib import Path
from typing import Annotated

import typer

from landmark.commands.app import JsonOption, ModelOption, NameOption, NotLandmarksOption, app


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
