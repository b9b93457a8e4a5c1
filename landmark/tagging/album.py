"""The files of an album, one after another: photos, videos and RAW files by name, the rest counted.

One folder is held in memory at a time, whatever the album's size. Links are followed; no folder is entered twice.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landmark.core.errors import PhotoError
from landmark.metadata.formats.signatures import FORMATS, HEAD_BYTES, PHOTO_SUFFIXES, RAW_SUFFIXES, sniff_format
from landmark.metadata.sidecars import FolderNames

TEMPORARY_PREFIX = ".landmark-"  # of files that are on their way to become photos
# fmt: off
_VIDEOS = frozenset({
    ".mov", ".mp4", ".m4v", ".avi", ".mts", ".m2ts", ".3gp", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".insv", ".lrv",
})
# fmt: on


@dataclass(frozen=True)
class AlbumFile:
    """A photo, with the names in its folder; or a file that is not looked at, and why; or one that is unreadable."""

    path: Path
    names: FolderNames
    skipped: str | None = None
    error: str | None = None


@dataclass
class AlbumWalk:
    """Walks an album, and counts on the way what is neither photo nor video.

    Raises `PhotoError` when `root` is no folder. Example: `for file in AlbumWalk(Path("holidays")).files(): ...`.
    """

    root: Path
    others: int = 0
    unreadable: list[str] = field(default_factory=list)  # folders that could not be opened, each with the reason

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            raise PhotoError(
                f"{self.root}: this is not a folder. Expected an album: one that holds photos ({FORMATS})."
            )

    def files(self) -> Iterator[AlbumFile]:
        """The files, folder after folder."""
        entered: set[tuple[int, int]] = set()
        folders, linked = [self.root], list[Path]()
        while folders or linked:
            # linked ones last, so that a photo goes by its own path and not by that of a link to its folder
            folder = folders.pop() if folders else linked.pop(0)
            try:
                status = folder.stat()
                if (status.st_dev, status.st_ino) in entered:
                    continue
                entered.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as found:
                    entries = sorted((one.name, *_kind(one)) for one in found)
            except OSError as error:
                self.unreadable.append(f"{folder}: cannot be opened ({error.strerror or error})")
                continue
            names, below = FolderNames(name for name, *_ in entries), list[Path]()
            for name, is_folder, is_link, is_file in entries:
                path = folder / name
                if is_folder:
                    (linked if is_link else below).append(path)
                elif (file := self._file(path, names, is_file)) is not None:
                    yield file
            folders += reversed(below)

    def _file(self, path: Path, names: FolderNames, is_file: bool) -> AlbumFile | None:
        if path.name.startswith(("._", TEMPORARY_PREFIX)):  # a Mac's notes on foreign disks; what a stopped run left
            return None
        suffix = path.suffix.lower()
        if suffix in _VIDEOS or suffix in RAW_SUFFIXES:
            kind = "video" if suffix in _VIDEOS else "RAW file"
            return AlbumFile(path, names, skipped=f"a {kind} ({suffix[1:].upper()})")
        if suffix == ".xmp" and is_file:
            return None  # it is read with its photo, and may be ours
        if not is_file:  # a pipe would be waited for without end
            if suffix in PHOTO_SUFFIXES:
                return AlbumFile(path, names, error=f"{path}: a broken link, a pipe or a device, and no photo.")
            self.others += 1
            return None
        if suffix in PHOTO_SUFFIXES:  # one that is named like a photo and is none deserves to be told, by who opens it
            return AlbumFile(path, names)
        try:
            with path.open("rb", buffering=0) as file:
                if sniff_format(file.read(HEAD_BYTES)):
                    return AlbumFile(path, names)
        except OSError as error:
            return AlbumFile(path, names, error=f"{path}: cannot be opened ({error.strerror or error})")
        self.others += 1
        return None


def _kind(entry: os.DirEntry[str]) -> tuple[bool, bool, bool]:
    """Whether it is a folder, a link, a file; a link in a circle, or to where one may not go, leads to neither."""
    try:
        return entry.is_dir(), entry.is_symlink(), entry.is_file()
    except OSError:
        return False, True, False
