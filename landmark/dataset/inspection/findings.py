"""Warnings about a data folder, a sentence each: for a person to judge, so nothing here raises.

`contents` reports them. `folders` and `splits` raise where nothing can be trained.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from landmark.core.errors import DataError
from landmark.core.text import list_text
from landmark.dataset.folders import LandmarkFolder
from landmark.dataset.split_folders import EXPECTED, SplitFolders
from landmark.dataset.splits import check_same_landmarks, group_identical

_NAMES_SHOWN = 5  # of folders and photos in a sentence


def find_warnings(found: SplitFolders, folders: Mapping[str, LandmarkFolder]) -> tuple[str, ...]:
    """Find what is odd about the folders that are the splits of a data set, a sentence each."""
    first, *others = folders.values()
    warnings = [
        found.doubt() if found.is_flat else _unknown_splits(found.others),
        *(_folders_without_photos(folder) for folder in folders.values()),
        *(_different_landmarks(first, other) for other in others),
    ]
    return tuple(sentence for sentence in warnings if sentence)


def find_leaks(folders: Mapping[str, LandmarkFolder]) -> tuple[tuple[Path, ...], ...]:
    """Find groups of photos that are one, byte for byte, and stand in several splits.

    What has been trained on makes a test easier than the world is.
    """
    split_of = {photo: split for split, folder in folders.items() for photo in folder.photos}
    groups = group_identical(split_of)
    leaks = [group for group in groups if len({split_of[photo] for photo in group}) > 1]
    return tuple(tuple(photo.path for photo in group) for group in leaks)


def leak_sentence(root: Path, leaks: Sequence[Sequence[Path]]) -> str:
    """Return the leaks as a finding; one at least."""
    names = [" = ".join(path.relative_to(root).as_posix() for path in group) for group in leaks]
    photos_are = "1 photo is" if len(leaks) == 1 else f"{len(leaks):,} photos are"
    listed = list_text(names, _NAMES_SHOWN)
    return f"{photos_are} in several splits, byte for byte: {listed}. Expected each in one split only."


def _unknown_splits(others: Sequence[str]) -> str | None:
    return f"Not looked at: {list_text(others, _NAMES_SHOWN)}. Expected splits called {EXPECTED}." if others else None


def _folders_without_photos(folder: LandmarkFolder) -> str | None:
    return (
        f"No photos under {folder.path} in: {list_text(folder.empty, _NAMES_SHOWN)}. Expected some, or no folder."
        if folder.empty
        else None
    )


def _different_landmarks(train: LandmarkFolder, other: LandmarkFolder) -> str | None:
    try:
        check_same_landmarks(train, other)
    except DataError as error:
        return str(error)
    return None
