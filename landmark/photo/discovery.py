"""The photos under a folder, recognised by their first bytes; nothing is decoded, that is the business of `photo`."""

from dataclasses import dataclass
from pathlib import Path

from landmark.core.errors import PhotoError
from landmark.metadata.formats.signatures import FORMATS, HEAD_BYTES, PHOTO_SUFFIXES, sniff_format


@dataclass(frozen=True)
class PhotoFolder:
    """What lies in a folder and the folders within: photos sorted by path, and what is none."""

    photos: tuple[Path, ...]
    skipped: int = 0  # files that are not photos by their first bytes, and what is no file: pipes, broken links
    misnamed: tuple[Path, ...] = ()  # of those skipped the files that are named like photos
    unopened: tuple[tuple[Path, str], ...] = ()  # folders and files that could not be opened, each with the reason

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The reasons alone, which name the files."""
        return tuple(why for _, why in self.unopened)


def find_photos(folder: str | Path) -> PhotoFolder:
    """Find all photos under a folder, whatever their extension. Links are followed; no folder is entered twice.

    Raises `PhotoError` when `folder` is not a folder. Example: `for path in find_photos("holidays").photos: ...`.
    """
    root = Path(folder)
    if not root.is_dir():
        raise PhotoError(f"{root}: this is not a folder. Expected one that holds photos ({FORMATS}).")
    photos: list[Path] = []
    misnamed: list[Path] = []
    unopened: list[tuple[Path, str]] = []
    skipped = 0
    entered: set[tuple[int, int]] = set()
    folders, linked_folders = [root], list[Path]()
    while folders or linked_folders:
        # linked ones last, so that a photo goes by its own path and not by that of a link to its folder
        path = folders.pop() if folders else linked_folders.pop(0)
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            children = sorted(path.iterdir())
        except OSError as error:
            unopened.append((path, _why(path, error)))
            continue
        for child in children:
            try:
                if child.is_dir():
                    (linked_folders if child.is_symlink() else folders).append(child)
                elif child.is_file() and sniff_format(_head(child)):
                    photos.append(child)
                else:
                    skipped += 1
                    if is_named_like_a_photo(child) and child.is_file():
                        misnamed.append(child)
            except OSError as error:
                unopened.append((child, _why(child, error)))
    return PhotoFolder(tuple(sorted(photos)), skipped, tuple(sorted(misnamed)), tuple(sorted(unopened)))


def is_named_like_a_photo(path: Path) -> bool:
    """Whether a file's name promises a photo; the notes that a Mac leaves beside files on foreign disks promise none.

    >>> is_named_like_a_photo(Path("a.JPG")), is_named_like_a_photo(Path("._a.JPG"))
    (True, False)
    """
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith("._")


def _head(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        return file.read(HEAD_BYTES)


def _why(path: Path, error: OSError) -> str:
    return f"{path}: cannot be opened ({error.strerror or error})"
