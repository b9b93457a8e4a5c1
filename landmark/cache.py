"""Where computed things are kept between runs, which may be deleted at any time."""

import os
import shutil
from pathlib import Path


def cache_folder() -> Path:
    """`$LANDMARK_CACHE`, else `~/.cache/landmark`; it may not exist yet."""
    if chosen := os.environ.get("LANDMARK_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "landmark"


def free_bytes(folder: Path) -> int:
    """The room on the disk where a folder is or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
