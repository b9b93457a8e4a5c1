"""What can be checked in an instant, before PyTorch is imported: the paths that a command was given."""

import os
from pathlib import Path

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.text import list_text
from landmark.dataset.splits import read_labelled
from landmark.model.bundle.folder import refuse_to_lose
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules

_NAMED = 5  # of the folders without photos


def check_paths(
    data: Path, out: Path, not_landmarks: Path | None = None, *, rules: IgnoreRules = DEFAULT_RULES
) -> None:
    """Check that there are landmarks to learn, two at least and the same in all splits, and that `out` may be written.

    Raises `DataError` for data that are missing or hold no landmarks, `BundleError` where a bundle would replace other
    files, `ConfigurationError` where nothing can be written.

    Example: `check_paths(Path("my_photos"), Path("my-run"))`.
    """
    first = next(iter(read_labelled(data, rules).values()))
    if len(first.categories) < 2:
        empty = f" (no photos in: {list_text(first.empty, _NAMED)})" if first.empty else ""
        raise DataError(
            f"{first.path}: found one landmark, {first.categories[0]}{empty}. Expected at least 2 landmarks, a folder "
            "each, for a model to distinguish."
        )
    if not_landmarks is not None and not not_landmarks.is_dir():
        raise DataError(f"{not_landmarks}: no such folder. Expected a folder of photos of anything but the landmarks.")
    nearest = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise ConfigurationError(f"{out}: {nearest} is a file. Expected a folder, or a path where one can be made.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{out}: {nearest} cannot be written. Choose another folder with --out.")
    refuse_to_lose(out / "bundle")
