"""Folders of data: what ships, what must not be lost (the journal of changed photos), what may be computed again.

What is in the folder of data says where somebody's photos were taken: only its owner can read it.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

PACKAGE_DATA = Path(__file__).parents[1] / "data"  # what ships inside the package
_NAME = "landmark"
SQLITE_ENDS = ("-wal", "-shm", "-journal")  # of the files that SQLite keeps beside its own
_OF_OTHERS = 0o077  # rights of the group and of everybody


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


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into, where there is none. Raises `OSError` where it cannot be made.

    One that is there is kept private if it is this program's own. A folder that the user chose may be for more.
    """
    is_new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    if is_new or (folder == data_dir() and not os.environ.get("LANDMARK_DATA")):
        keep_private(folder)


def open_data_subfolder(name: str) -> Path:
    """Return a folder in that of data, made where there is none; what is in it is kept private.

    Raises `OSError` where it cannot be made.
    """
    make_private_folder(data_dir())
    folder = data_dir() / name
    folder.mkdir(exist_ok=True)
    for path in (folder, *folder.iterdir()):  # earlier versions let others read them
        keep_private(path)
    return folder


def keep_private(path: Path) -> None:
    """Take from all but its owner the rights to a file or folder; what is not there, or another's, stays as it is.

    Windows has no such rights: there a user's folders are private as they are.
    """
    if os.name == "nt":
        return
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & _OF_OTHERS:
            path.chmod(mode & 0o700)


def open_private(file: Path, *beside: str) -> None:
    """Make a file that only its owner can read where there is none; those that end in `beside` are kept private too.

    Raises `OSError` where it cannot be made.
    """
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    for one in (file, *(file.with_name(file.name + end) for end in beside)):
        keep_private(one)


def _former_data_dir(platform: str) -> Path | None:
    """Return where versions up to 0.1 kept data, on systems where it may be another folder today."""
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / _NAME
    if platform == "darwin":
        return Path.home() / "Library/Application Support" / _NAME
    return None
