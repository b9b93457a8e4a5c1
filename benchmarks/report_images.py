"""Draws the pictures of docs/report.md into docs/images: charts, drawn postcards, networks read off the code.

    python benchmarks/report_images.py [--data ../shared/data/landmarks] [--out docs/images]

Needs the extra `train` and a Chrome or Chromium. Curves and confusions come from docs/runs/*.json, which
`landmark train` wrote as training.json. Where the data folder is absent, the three charts of it are left as they are.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from network_pictures import network_figure, outline_network, pictures_figure, steps_figure
from torchvision.transforms import v2

from landmark import Predictor, get_model_scratch, get_model_transfer
from landmark.dataset.inspection import inspect_data
from landmark.dataset.inspection.figures import dimensions_figure, file_sizes_figure, landmarks_figure
from landmark.dataset.places import known_places
from landmark.pages.figures.candidates import candidates_figure
from landmark.pages.figures.confusion import confusion_figure
from landmark.pages.figures.curves import learning_curves
from landmark.pages.figures.figure import write_png
from landmark.pages.figures.world import places_on_world
from landmark.photo import read_photo
from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Augmentation

ROOT = Path(__file__).resolve().parents[1]
POSTCARD = ROOT / "examples/postcard.jpg"


def main() -> None:
    """Draw all of them and name each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/landmarks")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    args = parser.parse_args()
    for name, figure in figures(args.data):
        write_png(figure, args.out / f"{name}.png")
        print(args.out / f"{name}.png")


def figures(data: Path) -> Iterator[tuple[str, Any]]:
    """Each picture's name and figure."""
    yield "problem", problem()
    yield (
        "pipeline",
        steps_figure(
            [
                ("photo", "any format, any size"),
                ("door", "limits, upright, RGB"),
                ("preprocessing", "resize, crop, normalise"),
                ("network", "logits and features"),
                ("calibration", "how sure, or none"),
                ("gazetteer", "name, place, radius"),
            ]
        ),
    )
    yield "loader-train", pictures_figure(training_steps())
    yield "loader-test", pictures_figure(evaluation_steps())
    yield "network-scratch", network_figure(outline_network(get_model_scratch()), title="NeuralNetworkScratch")
    yield "network-vgg16", network_figure(outline_network(get_model_transfer(weights=None)), title="VGG16, new head")
    yield "places", places_on_world([(place.name, place.coordinates) for place in _located_places()])
    for run in sorted((ROOT / "docs/runs").glob("*.json")):
        yield from run_figures(run)
    if data.is_dir():
        inspection = inspect_data(data)
        yield "photos-per-landmark", landmarks_figure(inspection)
        yield "file-sizes", file_sizes_figure(inspection)
        yield "dimensions", dimensions_figure(inspection)


def problem() -> Any:
    """What it is all about: a postcard, what it may show, and where that is."""
    [answer] = Predictor.load().locate([POSTCARD], top=3)
    best = answer.candidates[0].landmark
    place = next(place for place in _located_places() if place.name == best)
    return candidates_figure(
        read_photo(POSTCARD).pixels,
        [candidate.landmark for candidate in answer.candidates],
        [candidate.confidence for candidate in answer.candidates],
        (best, place.coordinates),
    )


def training_steps() -> list[tuple[str, np.ndarray]]:
    """A postcard on its way through the training loader, step by step."""
    torch.manual_seed(4)
    pixels = read_photo(POSTCARD).pixels
    steps = Augmentation().steps
    shown, picture = [("as read", pixels)], v2.functional.to_pil_image(pixels)
    titles = ("rotated by up to 30°", "a random crop, to 224 px", "flipped, or not")
    for title, step in zip(titles, steps, strict=False):
        picture = step(picture)
        shown.append((title, np.asarray(picture)))
    return [*shown, ("normalised (3, 224, 224)", _visible(steps, picture))]


def evaluation_steps() -> list[tuple[str, np.ndarray]]:
    """The same on its way through the loaders of validation and test."""
    pixels = read_photo(POSTCARD).pixels
    resized = v2.functional.resize(v2.functional.to_pil_image(pixels), 255)
    cropped = np.asarray(v2.functional.center_crop(resized, 224))
    normalised = Preprocessing()(pixels)
    return [
        ("as read", pixels),
        ("short side to 255 px", np.asarray(resized)),
        ("the centre, 224 px", cropped),
        ("normalised (3, 224, 224)", _stretch(normalised)),
    ]


def run_figures(run: Path) -> Iterator[tuple[str, Any]]:
    """Curves of each network of a training run, and the confusions of the one that was picked."""
    found = json.loads(run.read_text())
    for kind, network in found["networks"].items():
        name = f"curves-{run.stem}" + (f"-{kind}" if len(found["networks"]) > 1 else "")
        yield name, learning_curves(network["metrics"])
    if found["test"]:
        landmarks = [score["landmark"] for score in found["test"]["per_landmark"]]
        matrix = np.diag([score["n_correct"] for score in found["test"]["per_landmark"]])
        for confusion in found["test"]["confusions"]:
            row, column = landmarks.index(confusion["landmark"]), landmarks.index(confusion["taken_for"])
            matrix[row, column] = confusion["n_photos"]
        yield f"confusion-{run.stem}", confusion_figure(matrix, landmarks)


def _located_places() -> list[Any]:
    return [place for place, _ in known_places(Predictor.load().bundle) if place.coordinates]


def _visible(steps: list[Any], picture: Any) -> np.ndarray:
    for step in steps[3:]:
        picture = step(picture)
    return _stretch(picture.numpy())


def _stretch(array: np.ndarray) -> np.ndarray:
    """A normalised array (3, H, W) as a picture: its lowest value black, its highest white."""
    scaled = (array - array.min()) / (array.max() - array.min())
    picture: np.ndarray = (255 * scaled.transpose(1, 2, 0)).astype(np.uint8)
    return picture


if __name__ == "__main__":
    main()
