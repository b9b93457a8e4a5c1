"""Where things are kept for a user that must not be lost: the journal of what was written into photos.

What may be deleted at any time is in the cache, which is another folder.
"""

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """Return the folder of computed things that may be deleted: `$LANDMARK_CACHE`, else `~/.cache/landmark`."""
    if chosen := os.environ.get("LANDMARK_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "landmark"


def data_dir() -> Path:
    """`$LANDMARK_DATA`, else the folder that the system has for a program's data of this user. May not exist yet.

    >>> data_dir().is_absolute()
    True
    """
    if chosen := os.environ.get("LANDMARK_DATA"):
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "landmark"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/landmark"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "landmark"
