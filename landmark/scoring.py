"""How well a bundle recognises the photos of a folder of landmarks, without PyTorch: `landmark test`.

Figures are `report`'s and `metrics`', folders `folders`'; here the folder's landmarks are matched with the bundle's.
"""

from pathlib import Path

import numpy as np

from landmark.bundle import Bundle
from landmark.errors import DataError
from landmark.folders import LandmarkFolder, read_folder
from landmark.geo import name_key
from landmark.inference import Predictor
from landmark.progress import track
from landmark.report import Report, build_report


def score_bundle(predictor: Predictor, data_folder: Path | str) -> Report:
    """Locate every photo of a folder of landmarks and compare: its `test` folder where it has one, else itself.

    Landmarks are matched by name; case, accents, punctuation and numbers in front do not matter. Photos that cannot be
    read are left out and named in the report.

    A folder may lack landmarks of the bundle. Raises `DataError` when it has others, or none of the photos can be read.
    """
    data_folder = Path(data_folder)
    test = data_folder / "test"
    folder = read_folder(test if test.is_dir() else data_folder)
    index_of = _match(folder, predictor.bundle)
    labels = np.array([index_of[photo.label] for photo in folder.photos])
    photos = track((photo.path for photo in folder.photos), "Scoring", total=len(folder.photos))
    scores = predictor.scores(photos)
    if not scores.readable.any():
        raise DataError(f"{folder.path}: none of {len(labels)} photos can be read; the first: {scores.errors[0]}")
    return build_report(scores.logits, labels[scores.readable], predictor.bundle.categories, unreadable=scores.errors)


def _match(folder: LandmarkFolder, bundle: Bundle) -> list[int]:
    """For each category of the folder, its index in the bundle."""
    in_bundle = {name_key(name): index for index, name in enumerate(bundle.categories)}
    unknown = [name for name in folder.categories if name_key(name) not in in_bundle]
    if unknown:
        in_folder = {name_key(name) for name in folder.categories}
        missing = [name for name in bundle.categories if name_key(name) not in in_folder]
        raise DataError(
            f"{folder.path} holds landmarks that the model {bundle.name} does not know: {', '.join(unknown)}. "
            f"Expected folders named after its landmarks; without a folder yet: {', '.join(missing) or 'none'}."
        )
    return [in_bundle[name_key(name)] for name in folder.categories]
