"""Does a model tell landmarks by the shape of their files? Photos squeezed to the shape of other landmarks, and back.

    python benchmarks/shortcut.py ../shared/data/landmarks

`landmark inspect` finds which landmarks come in a shape of their own: in ../shared ten of them as squares of 128 px. If
a model had learned that, photos of the other landmarks, squeezed to such squares, would move to those ten; and photos
of the ten, stretched to the shape of an ordinary photo, would move away. A part of the first effect is lost pixels: a
control has as few of them at its own proportions. Photos of the test part only.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from landmark.dataset.inspection import inspect_data
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.dataset.inspection.shortcuts import find_biases
from landmark.metrics import wilson_interval
from landmark.model.predictor import Predictor
from landmark.photo import Photo, read_photo

SIDE_PX = 128
Change = Callable[[Image.Image], Image.Image]


def squeeze(picture: Image.Image) -> Image.Image:
    """To the square, whatever its proportions."""
    return picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)


def shrink(picture: Image.Image) -> Image.Image:
    """To as few pixels, at its own proportions."""
    factor = SIDE_PX / min(picture.size)
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)


def squeeze_and_restore(picture: Image.Image) -> Image.Image:
    """Through the square and back: what is lost by that alone."""
    return squeeze(picture).resize(picture.size, Image.Resampling.BICUBIC)


def stretch(picture: Image.Image) -> Image.Image:
    """A square to the 4:3 that most cameras take: the shape that it had, most likely."""
    return picture.resize((256, 192), Image.Resampling.BICUBIC)


def predict(predictor: Predictor, photos: Sequence[PhotoHeader], change: Change | None) -> np.ndarray:
    """The landmark of each photo, by index, whatever the confidence."""

    def changed(path: Path) -> Photo:
        photo = read_photo(path)
        if change is None:
            return photo
        return Photo(np.asarray(change(Image.fromarray(photo.pixels))), photo.source, "JPEG", photo.original_size_px)

    return predictor.scores(changed(photo.path) for photo in photos).logits.argmax(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    predictor = Predictor.load(arguments.model)
    inspection = inspect_data(arguments.data, with_leaks=False)
    biases = find_biases(inspection.photos, inspection.root)
    [marked] = {bias.landmarks for bias in biases if bias.kind == "shortcut"}
    names = list(predictor.bundle.categories)
    of_marked = np.array([name in marked for name in names])
    test = [photo for photo in inspection.photos if photo.part == "test"]
    squares = [photo for photo in test if photo.landmark in marked and photo.width_px == photo.height_px]
    others = [photo for photo in test if photo.landmark not in marked]
    print(f"{len(marked)} landmarks have the shortcut, {len(names) - len(marked)} do not")
    print("| photos | shown | right | answers among those with the shortcut |\n|---|---|---|---|")
    for kind, photos, changes in (
        (f"{len(others)} of the others", others,
         {"as they are": None, "128 px, own proportions": shrink, "128 px square": squeeze,
          "128 px square, restored": squeeze_and_restore}),
        (f"{len(squares)} squares of the ten", squares, {"as they are": None, "stretched to 4:3": stretch}),
    ):  # fmt: skip
        labels = np.array([names.index(photo.landmark) for photo in photos])
        for name, change in changes.items():
            answers = predict(predictor, photos, change)
            n_right, n_marked = int((answers == labels).sum()), int(of_marked[answers].sum())
            low, high = wilson_interval(n_right, len(photos))
            print(
                f"| {kind} | {name} | {100 * n_right / len(photos):.1f} % ({100 * low:.1f} to {100 * high:.1f}) "
                f"| {100 * n_marked / len(photos):.1f} % ({n_marked}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
