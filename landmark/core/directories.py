"""Folders of data: what ships, what must not be lost (the journal of changed photos), what may be computed again."""

import os
import sys
from pathlib import Path

PACKAGE_DATA = Path(__file__).parents[1] / "data"  # what ships inside the package
_NAME = "landmark"


def cache_dir() -> Path:
    """Return the folder of what may be deleted at any time: `$LANDMARK_CACHE`, else the system's for a user's caches.

    >>> cache_dir().is_absolute()
    True
    """
    if chosen := os.environ.get("LANDMARK_CACHE"):
        return Path(chosen)
    import platformdirs  # not above: most commands keep nothing

    return platformdirs.user_cache_path(_NAME, appauthor=False)


def data_dir(platform: str = sys.platform) -> Path:
    """Return the folder of what must be kept: `$LANDMARK_DATA`, else the system's for a user's data. May not exist yet.

    Where there is none yet, but one that earlier versions made, it is that one, so that their journals are found.

    >>> data_dir().is_absolute()
    True
    """
    if chosen := os.environ.get("LANDMARK_DATA"):
        return Path(chosen).absolute()
    import platformdirs

    folder = platformdirs.user_data_path(_NAME, appauthor=False)
    former = _former_data_dir(platform)
    return former if former and former.is_dir() and not folder.exists() else folder


def _former_data_dir(platform: str) -> Path | None:
    """Return where versions up to 0.1 kept data, on systems where it may be another folder today."""
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / _NAME
    if platform == "darwin":
        return Path.home() / "Library/Application Support" / _NAME
    return None
