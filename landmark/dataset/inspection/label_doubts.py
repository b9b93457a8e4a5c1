"""Photos whose label the other photos contradict: they show another landmark, or nothing of their own.

Confident learning (C. Northcutt, L. Jiang, I. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
2021) finds the first kind: each photo is judged by a classifier that has not seen it, nor any duplicate of it. Of a
T-shirt or a floor plan such a classifier has to say something, and mostly says what the label says; those have no photo
of their landmark that is like them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.progress import track
from landmark.core.text import percent_text
from landmark.dataset.inspection.duplicates import DuplicateGroup
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.metrics.logistic import fit_logistic, logistic_probabilities, principal_components

N_FOLDS = 5
MIN_PHOTOS = 5  # different ones of a landmark; of fewer, what is left out of a fold cannot be separated from the rest
SUSPECT_MARGIN = -0.5
UNLIKE = 0.5  # of `similarity`; half of the photos of a landmark are above 0.9
_MARGIN_COUNTS = 0.1  # beside the similarity: with more of it, fewer of the first 50 were really wrong
_N_NEAREST = 3
_BLOCK = 1024
# Of the squared weights, shared by the photos: where they are few, one wrong label must not bend the rest. With 4,000
# photos it is near the lowest held-out loss.
_DECAY, _LEAST_DECAY = 0.12, 1e-5
_N_COMPONENTS = 128  # of the features: 91 % of how they differ, and the same probabilities as 256

_Integers = NDArray[np.int64]


@dataclass(frozen=True)
class LabelDoubt:
    """A photo that looks more like another landmark than like its own, or like no other photo of its own."""

    photo: PhotoHeader
    most_like: str  # of the other landmarks
    own_probability: float
    other_probability: float  # of the other landmark
    similarity: float  # mean cosine to the three photos of its landmark that are most like it
    is_suspect: bool  # a person should look at it before it is trained on

    @property
    def belief(self) -> float:
        """Return how far its label is believed; what the list is ordered by."""
        return self.similarity + _MARGIN_COUNTS * (self.own_probability - self.other_probability)

    @property
    def reason(self) -> str:
        """Return why it is in doubt, in words.

        >>> header = PhotoHeader("train", "Petra", Path("a.jpg"), 1, 1, 1, "JPEG")
        >>> LabelDoubt(header, "Rialto", 0.1, 0.8, 0.7, True).reason
        'looks like Rialto (80 % to 10 %)'
        """
        if self.own_probability < self.other_probability:
            other, own = percent_text(self.other_probability, 0), percent_text(self.own_probability, 0)
            return f"looks like {self.most_like} ({other} to {own})"
        return f"unlike the other photos of {self.photo.landmark} (similarity {self.similarity:.2f})"

    def to_dict(self, name_of: Callable[[Path], str]) -> dict[str, Any]:
        """Return plain JSON values; `name_of` turns a path into what it is called."""
        return {
            "path": name_of(self.photo.path),
            "landmark": self.photo.landmark,
            "most_like": self.most_like,
            "own_probability": round(self.own_probability, 4),
            "other_probability": round(self.other_probability, 4),
            "similarity": round(self.similarity, 4),
            "suspect": self.is_suspect,
        }


def find_label_doubts(
    photos: Sequence[PhotoHeader],
    features: NDArray[np.float32],
    duplicates: Iterable[DuplicateGroup] = (),
    *,
    seed: int = 0,
) -> tuple[LabelDoubt, ...]:
    """Find photos that look more like another landmark, or like none of their own, the least believed label first.

    `features` (N, D) are of unit length, rows of NaN are not judged; nor are landmarks with fewer than `MIN_PHOTOS`
    different photos. Duplicates are always judged by a classifier that has seen none of them.

    A photo is a suspect when the other landmark is at least as probable as for the photos labelled so, on average; when
    it is half a probability ahead of its own; or when its similarity is below `UNLIKE`. The same photos and seed give
    the same list.
    """
    group_of = group_numbers(photos, duplicates)
    judged = _judgeable(photos, group_of, np.isfinite(features[:, 0]))
    landmarks = sorted({photos[index].landmark for index in judged.tolist()})
    if len(landmarks) < 2:
        return ()
    labels = np.array([landmarks.index(photos[index].landmark) for index in judged.tolist()], dtype=np.int64)
    groups, known = group_of[judged], features[judged]
    similarity = _similarity_to_own(known, labels, groups)
    folds = assign_folds(labels, groups, seed)
    own, other, most_like = _cross_validate(principal_components(known, _N_COMPONENTS), labels, folds, len(landmarks))
    usual = np.array([own[labels == label].mean() for label in range(len(landmarks))])  # (C,)
    contradicted, unlike = own < other, similarity < UNLIKE
    suspect = unlike | (contradicted & ((other >= usual[most_like]) | (own - other <= SUSPECT_MARGIN)))
    doubts = [
        LabelDoubt(
            photos[judged[row]], landmarks[most_like[row]], float(own[row]), float(other[row]), float(similarity[row]),
            bool(suspect[row]),
        )
        for row in np.flatnonzero(contradicted | unlike)
    ]  # fmt: skip
    return tuple(sorted(doubts, key=lambda doubt: (doubt.belief, str(doubt.photo.path))))


def group_numbers(photos: Sequence[PhotoHeader], duplicates: Iterable[DuplicateGroup]) -> _Integers:
    """Return the number of each photo's group (N,); photos without duplicates are groups of their own."""
    index_of = {photo.path: index for index, photo in enumerate(photos)}
    group_of = np.arange(len(photos))
    for group in duplicates:
        indices = [index_of[photo.path] for photo in group.photos]
        group_of[indices] = indices[0]
    return group_of


def _judgeable(photos: Sequence[PhotoHeader], group_of: _Integers, usable: NDArray[np.bool_]) -> _Integers:
    different: dict[str, set[int]] = {}
    indices = np.flatnonzero(usable).tolist()
    for index in indices:
        different.setdefault(photos[index].landmark, set()).add(int(group_of[index]))
    enough = {landmark for landmark, groups in different.items() if len(groups) >= MIN_PHOTOS}
    return np.array([index for index in indices if photos[index].landmark in enough], dtype=np.int64)


def _similarity_to_own(features: NDArray[np.float32], labels: _Integers, groups: _Integers) -> NDArray[np.float32]:
    """Return each photo's mean cosine (N,) to its nearest neighbours of its landmark, without its duplicates."""
    similarity = np.empty(len(labels), np.float32)
    for label in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == label)
        different = members[np.unique(groups[members], return_index=True)[1]]  # copies of a photo count once
        for start in range(0, len(members), _BLOCK):
            block = members[start : start + _BLOCK]
            cosines = features[block] @ features[different].T  # (B, n)
            cosines[groups[block][:, None] == groups[different][None, :]] = -1
            similarity[block] = np.partition(cosines, -_N_NEAREST, axis=1)[:, -_N_NEAREST:].mean(axis=1)
    return similarity


def assign_folds(labels: _Integers, groups: _Integers, seed: int) -> _Integers:
    """Assign each photo (N,) to a fold: each landmark's groups dealt out in turn (stratified), groups whole."""
    rng = np.random.default_rng(seed)
    fold_of: dict[int, int] = {}
    for label in range(int(labels.max()) + 1):
        of_label = [group for group in np.unique(groups[labels == label]).tolist() if group not in fold_of]
        for position, group in enumerate(rng.permutation(np.array(of_label, dtype=np.int64)).tolist()):
            fold_of[group] = position % N_FOLDS
    return np.array([fold_of[group] for group in groups.tolist()], dtype=np.int64)


def _cross_validate(
    features: NDArray[np.float32], labels: _Integers, folds: _Integers, n_classes: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], _Integers]:
    """Return how probable each label is, the next best and which that is, by classifiers that did not see the photo."""
    own, other = np.zeros(len(labels), np.float32), np.zeros(len(labels), np.float32)
    most_like = np.zeros(len(labels), np.int64)
    for fold in track(range(N_FOLDS), "Judging labels", total=N_FOLDS, unit="folds"):
        held_out = np.flatnonzero(folds == fold)
        others = folds != fold
        decay = max(_LEAST_DECAY, _DECAY / others.sum())
        weights = fit_logistic(features[others], labels[others], n_classes, decay=decay)
        probabilities = logistic_probabilities(features[held_out], weights)  # (n, C)
        rows = np.arange(len(held_out))
        own[held_out] = probabilities[rows, labels[held_out]]
        probabilities[rows, labels[held_out]] = -1
        most_like[held_out] = probabilities.argmax(axis=1)
        other[held_out] = probabilities[rows, most_like[held_out]]
    return own, other, most_like
