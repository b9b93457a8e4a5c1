"""The training photos that are most similar to a photo, by what the network makes of them.

Features come from `neighbours`, which keeps them on disk; no more than a few thousand are in memory at once.
"""

import heapq
from pathlib import Path

import numpy as np

from landmark.core.digests import digest_photos
from landmark.core.errors import PhotoError
from landmark.dataset.folders import read_folder
from landmark.dataset.split_folders import find_splits
from landmark.model.describer import photo_features
from landmark.model.explanation.page import SimilarPhoto
from landmark.model.predictor import Predictor
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.photo.prepared import PhotoSource

BLOCK_PHOTOS = 4096  # whose features are in memory at once: 42 MB where each photo has 2,560


def find_similar(
    predictor: Predictor,
    photo: PhotoSource,
    data: Path | str,
    *,
    count: int = 6,
    rules: IgnoreRules = DEFAULT_RULES,
) -> list[SimilarPhoto]:
    """Find the `count` photos of a folder of landmarks, or of its `train` folder, that are most similar to a photo.

    The first time, the network sees every photo of the folder, 60 a second on two cores; the features are kept, and
    later only what is new or has changed is computed. Photos that cannot be read are skipped.

    Raises `PhotoError` when the photo itself cannot be read, `DataError` when the folder holds no landmarks.
    """
    folder = read_folder(find_splits(data, rules).training, rules)
    scores = predictor.scores([photo])
    if scores.errors:
        raise PhotoError(scores.errors[0])
    direction = scores.features[0] / (np.linalg.norm(scores.features[0]) or 1)  # (D,)
    best: list[tuple[float, str, int]] = []
    for start in range(0, len(folder.photos), BLOCK_PHOTOS):
        paths = [one.path for one in folder.photos[start : start + BLOCK_PHOTOS]]
        near = photo_features(paths, digest_photos(paths), predictor) @ direction  # (n, D) x (D,) -> (n,)
        found = [(float(near[row]), str(paths[row]), start + int(row)) for row in np.flatnonzero(np.isfinite(near))]
        best = heapq.nlargest(count, [*best, *found])
    photos = [(folder.photos[index], similarity) for similarity, _, index in best]
    return [SimilarPhoto(one.path, folder.categories[one.label], similarity) for one, similarity in photos]
