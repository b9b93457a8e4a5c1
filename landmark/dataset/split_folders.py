"""Which folders of a data set are its splits: train, valid and test by the names that people give them.

`val` and `Train` are understood; two folders for one split are refused. `splits` divides what is not divided yet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from landmark.core.errors import DataError
from landmark.core.text import list_text
from landmark.dataset.folders import LandmarkFolder, read_folder
from landmark.photo.discovery import list_folder
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules

SPLITS = ("train", "valid", "test")
_NAMES = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation", "dev"),
    "test": ("test", "testing"),
}
_SPLIT_OF_NAME = {name: split for split, names in _NAMES.items() for name in names}
_LIKE_A_SPLIT = re.compile(rf"(?<![a-z])({'|'.join(_SPLIT_OF_NAME)}|eval|evaluation)(?![a-z])")
EXPECTED = "train, valid (or val, validation, dev) and test"
_NAMED = 5


@dataclass(frozen=True)
class SplitFolders:
    """The folders of a data set: those of its splits by "train", "valid" and "test", and the others by name.

    Where there is no train, `folders` is a flat folder of landmarks as a rule: then only `test` may be in `splits`.
    """

    root: Path
    splits: Mapping[str, Path]
    others: tuple[str, ...]

    @property
    def is_flat(self) -> bool:
        """Return whether the folders are landmarks: there is no train, and not nothing but other splits."""
        return "train" not in self.splits and not (self.splits and not self.others)

    @property
    def training(self) -> Path:
        """Return the folder of the landmarks to learn: train, or the whole where it is flat."""
        return self.splits.get("train", self.root)

    def doubt(self) -> str:
        """Return why a flat folder does not seem to hold landmarks, a sentence; empty where it does.

        >>> print(SplitFolders(Path("data"), {}, ("train2017", "val2017")).doubt())
        data: train2017, val2017 look like splits, not like landmarks. Expected splits called train, valid (or val, \
validation, dev) and test, or one folder per landmark.
        """
        names = [*(path.name for path in self.splits.values()), *self.others]
        if "train" in self.splits or not names or not all(_LIKE_A_SPLIT.search(name.casefold()) for name in names):
            return ""
        look = "look like splits, not like landmarks" if len(names) > 1 else "looks like a split, not like a landmark"
        found = list_text(sorted(names), _NAMED)
        return f"{self.root}: {found} {look}. Expected splits called {EXPECTED}, or one folder per landmark."


def find_splits(root: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> SplitFolders:
    """Find the folders of the splits of a data set, by their usual names, in capitals or not.

    Raises `DataError` where there is no such folder, or where two stand for one split beside each other.

    Example: `find_splits("my_photos").splits["train"]`.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Expected splits called {EXPECTED}, or one folder per landmark.")
    try:
        names = [entry.name for entry in list_folder(root, rules).folders]
    except OSError as error:
        raise DataError(
            f"{root}: cannot be opened ({error.strerror or error}). Expected a folder of photos."
        ) from error
    found: dict[str, list[str]] = {split: [] for split in SPLITS}
    for name in names:
        if (split := _SPLIT_OF_NAME.get(name.casefold())) is not None:
            found[split].append(name)
    doubled = [named for named in found.values() if len(named) > 1]
    if doubled and found["train"]:
        raise DataError(
            f"{root}: {' and '.join(doubled[0])} are two folders for one split. Expected one of them: move the photos "
            "of one into the other, or rename it."
        )
    splits = {split: root / named[0] for split, named in found.items() if len(named) == 1}
    if not found["train"] and (doubled or len(splits) < len(names)):  # then val may be a landmark's name
        splits = {split: path for split, path in splits.items() if split == "test" and path.name.casefold() == "test"}
    taken = {path.name for path in splits.values()}
    return SplitFolders(root, splits, tuple(name for name in names if name not in taken))


def read_splits(folders: SplitFolders, rules: IgnoreRules = DEFAULT_RULES) -> dict[str, LandmarkFolder]:
    """List the landmarks and photos of each split; of a flat folder of landmarks as one, "all".

    Example: `read_splits(find_splits("my_photos"))["train"].photos`.
    """
    paths = {"all": folders.root} if folders.is_flat else folders.splits
    return {split: read_folder(path, rules) for split, path in paths.items()}
