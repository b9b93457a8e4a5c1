"""Which photos train, which validate and which test: as their folders say, or split by landmark.

Needs no PyTorch; `training.data` makes batches of the photos.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.digests import sha256_file
from landmark.core.errors import DataError
from landmark.core.text import count_text
from landmark.dataset.categories import Categories
from landmark.dataset.folders import LabelledPhoto, LandmarkFolder, leave_out_unreadable, read_folder
from landmark.dataset.split_folders import find_splits, read_splits
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

logger = logging.getLogger(__name__)

VALID_RATIO = 0.25  # of the training photos
FLAT_SHARES = {"train": 0.6, "valid": 0.2, "test": 0.2}  # of a folder that has no train and test


@dataclass(frozen=True)
class Split:
    """The splits of a data set, "train", "valid" and mostly "test", and the photos that were left out."""

    root: Path
    categories: Categories
    photos: dict[str, tuple[LabelledPhoto, ...]]
    left_out: tuple[tuple[Path, str], ...] = ()
    ignored: Ignored = NOTHING_IGNORED  # what was not looked at
    rules: IgnoreRules = DEFAULT_RULES  # by which that was decided

    def to_dict(self) -> dict[str, Any]:
        """Return a record of the split: the photos of each by their path under the root."""
        return {
            split: [photo.path.relative_to(self.root).as_posix() for photo in photos]
            for split, photos in self.photos.items()
        }

    def photos_per_landmark(self, split: str) -> list[int]:
        """Return how many photos each landmark has in a split, by index."""
        labels = [photo.label for photo in self.photos[split]]
        return [labels.count(label) for label in range(len(self.categories))]

    def counts(self) -> dict[str, int]:
        """Return how many photos each split holds."""
        return {split: len(photos) for split, photos in self.photos.items()}


def split_data(
    root: str | Path, *, valid_ratio: float = VALID_RATIO, seed: int = 0, rules: IgnoreRules = DEFAULT_RULES
) -> Split:
    """Find the splits of a data set.

    A folder with `train/` (and `valid/`, `test/`) is taken as it is, validation being carved from train where it is
    missing; a flat folder of landmarks is split 60-20-20. Logs what the rules leave out.
    """
    folders = read_labelled(root, rules)
    root = Path(root)
    if "all" in folders:
        folder = leave_out_unreadable(folders["all"])
        photos = dict(
            zip(FLAT_SHARES, split_photos(folder.photos, tuple(FLAT_SHARES.values()), seed=seed), strict=True)
        )
        split = Split(root, folder.categories, photos, folder.left_out, folder.ignored, rules)
    else:
        split = _join(root, folders, valid_ratio, seed, rules)
    if note := split.ignored.note():
        logger.info(note)
    return split


def read_labelled(root: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> dict[str, LandmarkFolder]:
    """Read the splits of a data set that can be trained on, "train" first, or "all" of a flat one; decodes nothing.

    Raises `DataError` where they hold different landmarks, or the folders are no landmarks.

    Example: `read_labelled("my_photos")["train"].categories`.
    """
    found = find_splits(root, rules)
    if doubt := found.doubt():
        raise DataError(doubt)
    folders = read_splits(found, rules)
    first, *others = folders.values()
    for other in others:
        check_same_landmarks(first, other)
    return folders


def check_enough(split: Split) -> None:
    """Raise `DataError` where there are fewer than two landmarks, or where a split has no photos."""
    counts = split.counts()
    if len(split.categories) < 2 or not all(counts.values()):
        raise DataError(
            f"{split.root}: found {count_text(len(split.categories), 'landmark')}, photos: {counts}. Expected at least "
            "2 landmarks for a model to distinguish, and photos in each split: give three of a landmark, or more."
        )


def join_folders(
    root: Path,
    paths: Mapping[str, str | Path],
    *,
    valid_ratio: float = VALID_RATIO,
    seed: int = 0,
    rules: IgnoreRules = DEFAULT_RULES,
) -> Split:
    """Make a split of folders of their own, "train" first; without "valid", a share of train is held out for it."""
    folders = {split: read_folder(path, rules) for split, path in paths.items()}
    return _join(root, folders, valid_ratio, seed, rules)


def _join(root: Path, found: Mapping[str, LandmarkFolder], valid_ratio: float, seed: int, rules: IgnoreRules) -> Split:
    if not 0 < valid_ratio < 1:
        raise DataError(f"ratio is {valid_ratio}. Expected the share of training photos to validate on, such as 0.25.")
    folders = {split: leave_out_unreadable(folder) for split, folder in found.items()}
    train = folders["train"]
    for folder in folders.values():
        check_same_landmarks(train, folder)
    photos = {split: folder.photos for split, folder in folders.items()}
    if "valid" not in photos:
        kept, held_out = split_photos(train.photos, (1 - valid_ratio, valid_ratio), seed=seed)
        photos = {"train": kept, "valid": held_out, **{split: photos[split] for split in photos if split != "train"}}
    left_out = tuple(entry for folder in folders.values() for entry in folder.left_out)
    ignored = sum((folder.ignored for folder in folders.values()), NOTHING_IGNORED)
    return Split(root, train.categories, photos, left_out, ignored, rules)


def check_same_landmarks(train: LandmarkFolder, other: LandmarkFolder) -> None:
    """Raise `DataError`, listing the difference, unless two folders hold the same landmarks in the same order."""
    missing = [name for name in train.categories if name not in other.categories.names]
    unknown = [name for name in other.categories if name not in train.categories.names]
    if train.categories.names != other.categories.names:
        raise DataError(
            f"{train.path} and {other.path} hold different landmarks. "
            f"Only in the first: {', '.join(missing) or 'none'}. Only in the second: {', '.join(unknown) or 'none'}. "
            "Expected the same folders, with the same numbers."
        )


def group_identical(photos: Iterable[LabelledPhoto]) -> list[list[LabelledPhoto]]:
    """Group photos that are byte for byte the same file; most groups hold one. Only files of equal size are hashed."""
    by_size: defaultdict[int, list[LabelledPhoto]] = defaultdict(list)
    for photo in photos:
        by_size[photo.path.stat().st_size].append(photo)
    groups: defaultdict[tuple[int, str], list[LabelledPhoto]] = defaultdict(list)
    for size, same_size in by_size.items():
        for photo in same_size:
            groups[size, sha256_file(photo.path) if len(same_size) > 1 else ""].append(photo)
    return list(groups.values())


def split_photos(
    photos: Sequence[LabelledPhoto], shares: Sequence[float], *, seed: int = 0
) -> tuple[tuple[LabelledPhoto, ...], ...]:
    """Split photos by the given shares, landmark by landmark (stratified), the same way for the same seed.

    Byte-identical photos always land in the same split, also when they lie under two landmarks. A landmark with at
    least as many different photos as there are splits is in every split.

    Example: `train, valid, test = split_photos(folder.photos, (0.6, 0.2, 0.2))`.
    """
    groups = sorted(group_identical(photos), key=lambda group: (group[0].label, str(group[0].path)))
    by_label: defaultdict[int, list[list[LabelledPhoto]]] = defaultdict(list)
    for group in groups:
        by_label[group[0].label].append(group)
    splits: list[list[LabelledPhoto]] = [[] for _ in shares]
    for label, of_label in sorted(by_label.items()):
        random.Random(f"{seed} {label}").shuffle(of_label)
        total = sum(map(len, of_label))
        wanted = [share * total / sum(shares) for share in shares]
        placed = [0] * len(shares)
        for rest, group in zip(range(len(of_label), 0, -1), of_label, strict=True):
            split = _split_for_next(wanted, placed, rest)
            splits[split] += group
            placed[split] += len(group)
    order = {photo: position for position, photo in enumerate(photos)}
    return tuple(tuple(sorted(split, key=order.__getitem__)) for split in splits)


def _split_for_next(wanted: Sequence[float], placed: Sequence[int], n_rest: int) -> int:
    """Return the split furthest behind its share; with as many groups left as splits are empty, an empty one."""
    empty = [split for split, count in enumerate(placed) if count == 0]
    candidates = empty if empty and n_rest <= len(empty) else range(len(wanted))
    return max(candidates, key=lambda split: wanted[split] - placed[split])
