"""What a model of few photos a landmark says: of its landmarks, of others, and of anything else.

    python benchmarks/few_photos.py ../shared/data --backbone mobilenet_edgetpu_100 \\
        --weights ../shared/weights/mobilenet_edgetpu_100.imagenet1k.safetensors

For each number of photos, the first so many of each landmark under `landmarks/train` are trained on as `landmark train
--freeze` does, without photos of anything else. The model is then asked about `landmarks/test`, `few_shot` (landmarks
that it does not know) and `not_landmarks`: who gets a place, and whether it is right. Nothing is chosen by it.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from landmark.dataset.categories import order_folders
from landmark.dataset.folders import read_folder
from landmark.metrics import auroc
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos
from landmark.training.pipeline.comparison import fine_tune
from landmark.training.recipe import Recipe


def few_of_each(data: Path, n_photos: int, out: Path) -> Path:
    """A folder of links to the first photos of each landmark."""
    for folder in order_folders(entry.name for entry in data.iterdir() if entry.is_dir()):
        (out / "train" / folder).mkdir(parents=True)
        for photo in sorted((data / folder).iterdir())[:n_photos]:
            (out / "train" / folder / photo.name).symlink_to(photo.resolve())
    return out


def ask(bundle: Path, data: Path) -> str:
    """One line of the table."""
    predictor = Predictor.load(bundle)
    tested = read_folder(data / "landmarks/test")
    scores = predictor.scores(photo.path for photo in tested.photos)
    labels = np.array([photo.label for photo in tested.photos])[scores.readable]
    known = predictor.bundle.confidences(scores.logits, scores.features).max(axis=1)
    right, threshold = scores.logits.argmax(axis=1) == labels, predictor.bundle.calibration.threshold
    said = [f"{right.mean():.1%}", f"{(known >= threshold).mean():.1%}", f"{right[known >= threshold].mean():.1%}"]
    for folder in ("few_shot", "not_landmarks"):
        of_others = predictor.scores(find_photos(data / folder).photos)
        others = predictor.bundle.confidences(of_others.logits, of_others.features).max(axis=1)
        said += [f"{(others >= threshold).mean():.1%}", f"{auroc(known, others):.3f}"]
    return " | ".join([*said, f"{known.mean() - right.mean():+.1%}"])


def main() -> None:
    """Train a model for each number of photos, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds landmarks, few_shot and not_landmarks")
    parser.add_argument("--backbone", default="mobilenet_edgetpu_100")
    parser.add_argument("--weights", default="imagenet", help="not those that ship: they have seen these photos")
    parser.add_argument("--photos", type=int, nargs="+", default=[4, 7, 12, 20])
    asked = parser.parse_args()
    recipe = Recipe(backbone=asked.backbone, weights=asked.weights, freeze_features=True)
    print("photos | right | get a place | of these right | unknown that get one | AUROC | anything else that gets one "
          "| AUROC | confidence less accuracy")  # fmt: skip
    for n_photos in asked.photos:
        with tempfile.TemporaryDirectory() as folder:
            few = few_of_each(asked.data / "landmarks/train", n_photos, Path(folder) / "data")
            made = fine_tune(few, recipe, Path(folder) / "run", log=lambda line: None)
            print(f"{n_photos} | {ask(made.bundle.path, asked.data)}", flush=True)


if __name__ == "__main__":
    main()
