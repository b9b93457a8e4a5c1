"""A folder of landmarks: one folder per landmark, photos inside. Finds them, and leaves out what cannot be read.

`splits` decides which of them train, validate and test. Needs no PyTorch: scoring a bundle reads folders too.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from landmark.core.cpu import available_cpus
from landmark.core.errors import DataError, PhotoError
from landmark.core.progress import track
from landmark.dataset.categories import Categories
from landmark.photo import read_photo
from landmark.photo.discovery import find_photos

_EXPECTED = "Expected one folder per landmark, holding photos (.jpg, .png, .webp, .heic …)."


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo on disk and the index of its landmark."""

    path: Path
    label: int


@dataclass(frozen=True)
class LandmarkFolder:
    """What lies in a folder of landmarks: photos by landmark and path, and what was left out, with the reason."""

    path: Path
    categories: Categories
    photos: tuple[LabelledPhoto, ...]
    left_out: tuple[tuple[Path, str], ...] = ()
    n_skipped: int = 0  # files that are not photos by their first bytes
    misnamed: tuple[Path, ...] = ()  # of these the ones that are named like photos: mostly copies that failed


def read_folder(path: str | Path) -> LandmarkFolder:
    """List the landmarks of a folder and their photos, by content and not by extension; nothing is decoded.

    Raises `DataError` when the folder does not exist or holds no folders with photos.
    """
    root = Path(path)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. {_EXPECTED}")
    folders = subfolders(root)
    found = {folder: find_photos(root / folder) for folder in folders}
    categories = Categories.from_folders(folder for folder in folders if found[folder].photos)
    if not categories:
        raise DataError(f"{root}: no landmarks found (folders: {len(folders)}, with photos: none). {_EXPECTED}")
    photos = [
        LabelledPhoto(photo, label) for label, folder in enumerate(categories.folders) for photo in found[folder].photos
    ]
    unopened = tuple((path, why) for folder in folders for path, why in found[folder].unopened)
    n_skipped = sum(one.skipped for one in found.values())
    misnamed = tuple(path for folder in folders for path in found[folder].misnamed)
    return LandmarkFolder(root, categories, tuple(photos), unopened, n_skipped, misnamed)


def subfolders(path: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted, without hidden ones."""
    return sorted(entry.name for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith("."))


def usable_photos(folder: str | Path) -> list[Path]:
    """Find the photos of a folder without landmarks, at any depth, that can be read, in the order of their paths."""
    photos = find_photos(Path(folder)).photos
    usable = [photo for photo in photos if _why_unreadable(photo, 256) is None]
    if not usable:
        raise DataError(f"{folder}: no photos found that can be read. Expected a folder of photos.")
    return usable


def leave_out_unreadable(folder: LandmarkFolder, *, short_side_px: int = 256) -> LandmarkFolder:
    """Decode every photo once, and leave out those that cannot be read or are truncated, each with its reason.

    Misnamed files, which are no photos, are listed among them.

    Training must not stop at the thousandth photo of the third epoch, nor learn from half a picture.
    """
    with ThreadPoolExecutor(max_workers=available_cpus()) as readers:
        checked = readers.map(lambda photo: _why_unreadable(photo.path, short_side_px), folder.photos)
        reasons = list(track(checked, f"Checking photos in {folder.path.name}", total=len(folder.photos)))
    readable = tuple(photo for photo, why in zip(folder.photos, reasons, strict=True) if why is None)
    left_out = [(photo.path, why) for photo, why in zip(folder.photos, reasons, strict=True) if why is not None]
    misnamed = [(path, why) for path in folder.misnamed if (why := _why_unreadable(path, short_side_px)) is not None]
    labels = {photo.label for photo in readable}
    empty = [name for label, name in enumerate(folder.categories) if label not in labels]
    if empty:
        raise DataError(
            f"{folder.path}: no photo of {', '.join(empty)} can be read ({left_out[0][1]}). "
            "Expected at least one readable photo per landmark; remove the folder or add photos."
        )
    return replace(folder, photos=readable, left_out=(*folder.left_out, *left_out, *misnamed))


def _why_unreadable(photo: Path, short_side_px: int) -> str | None:
    try:
        read_photo(photo, short_side_px=short_side_px, allow_truncated=False)
    except PhotoError as error:
        return str(error)
    return None
