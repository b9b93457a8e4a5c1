"""A folder of landmarks: one folder per landmark, photos inside. Finds them, and leaves out what cannot be read.

`splits` decides which of them train, validate and test. Needs no PyTorch: scoring a bundle reads folders too.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from landmark.core.cpu import available_cpus
from landmark.core.errors import DataError, PhotoError
from landmark.core.progress import track
from landmark.dataset.categories import Categories
from landmark.photo import read_photo
from landmark.photo.discovery import find_photos, list_folder
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

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
    empty: tuple[str, ...] = ()  # folders without photos
    ignored: Ignored = NOTHING_IGNORED  # what was not looked at


def read_folder(path: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> LandmarkFolder:
    """List the landmarks of a folder and their photos, by content and not by extension; nothing is decoded.

    What is hidden or belongs to the system or a photo program is no landmark and no photo, as `rules` say.

    Raises `DataError` when the folder does not exist or holds no folders with photos.
    """
    root = Path(path)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. {_EXPECTED}")
    try:
        listing = list_folder(root, rules)
    except OSError as error:
        raise DataError(f"{root}: cannot be opened ({error.strerror or error}). {_EXPECTED}") from error
    folders = [entry.name for entry in listing.folders]
    found = {folder: find_photos(root / folder, rules) for folder in folders}
    categories = Categories.from_folders(folder for folder in folders if found[folder].photos)
    if not categories:
        raise DataError(f"{root}: no landmarks found (folders: {len(folders)}, with photos: none). {_EXPECTED}")
    photos = [
        LabelledPhoto(photo, label) for label, folder in enumerate(categories.folders) for photo in found[folder].photos
    ]
    return LandmarkFolder(
        root,
        categories,
        tuple(photos),
        tuple(pair for one in found.values() for pair in one.unopened),
        sum(one.skipped for one in found.values()),
        tuple(path for one in found.values() for path in one.misnamed),
        tuple(folder for folder in folders if not found[folder].photos),
        sum((one.ignored for one in found.values()), listing.ignored),
    )


def usable_photos(folder: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> list[Path]:
    """Find the photos of a folder without landmarks, at any depth, that can be read, in the order of their paths."""
    photos = find_photos(Path(folder), rules).photos
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
