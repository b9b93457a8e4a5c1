"""The training photos that are most similar to a photo, by what the network makes of them.

Features come from `photo_features`, which keeps them on disk; no more than a few thousand are in memory at once.
"""

import heapq
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.errors import PhotoError
from landmark.folders import read_folder
from landmark.inference import PhotoSource, Predictor
from landmark.photo_features import PhotoFeatures, unit_vectors
from landmark.progress import track


@dataclass(frozen=True)
class SimilarPhoto:
    """A training photo, the landmark of its folder, and the cosine of its features with the photo's, -1 to 1."""

    path: Path
    landmark: str
    similarity: float

    def to_row(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"photo": str(self.path), "landmark": self.landmark, "similarity": round(self.similarity, 4)}


def find_similar(predictor: Predictor, photo: PhotoSource, data: Path | str, *, count: int = 6) -> list[SimilarPhoto]:
    """The `count` photos of a folder of landmarks, or of its `train` folder, that are most similar to a photo.

    The first time, the network looks at every photo of the folder, 60 a second on two cores; the features are kept, and
    later only what is new or has changed is looked at. Photos that cannot be read are passed over.

    Raises `PhotoError` when the photo itself cannot be read, `DataError` when the folder holds no landmarks.
    """
    data = Path(data)
    folder = read_folder(data / "train" if (data / "train").is_dir() else data)
    scores = predictor.scores([photo])
    if scores.errors:
        raise PhotoError(scores.errors[0])
    direction = unit_vectors(scores.features)[0]  # (D,)
    landmark_of = {one.path: folder.categories[one.label] for one in folder.photos}
    best: list[tuple[float, str, Path]] = []
    with PhotoFeatures.of(predictor) as kept:
        batches = kept.look_up(list(landmark_of))
        for paths, features in track(
            batches, "Comparing training photos", total=len(landmark_of), count=lambda batch: len(batch[0])
        ):
            near = features @ direction  # (n, D) x (D,) -> (n,)
            found = [(float(one), str(path), path) for one, path in zip(near, paths, strict=True)]
            best = heapq.nlargest(count, [*best, *found])
    return [SimilarPhoto(path, landmark_of[path], similarity) for similarity, _, path in best]
