"""Find photos on a disk, recognised by their first bytes; nothing is decoded."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from landmark.core.errors import PhotoError
from landmark.core.text import one_line
from landmark.metadata.containers import identify_format
from landmark.metadata.formats.signatures import FORMATS, HEAD_BYTES, PHOTO_SUFFIXES, sniff_format
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

_NAMED = 10  # misnamed files in a note; the others are counted


@dataclass(frozen=True)
class FoundPhotos:
    """The photos that were found, and what is none."""

    photos: tuple[Path, ...]
    skipped: int = 0  # files that are not photos by their first bytes, and what is no file: pipes, broken links
    misnamed: tuple[Path, ...] = ()  # of those skipped the files that are named like photos: mostly copies that failed
    unopened: tuple[tuple[Path, str], ...] = ()  # folders and files that could not be opened, each with the reason
    folders: int = 0  # that were searched
    ignored: Ignored = NOTHING_IGNORED  # what was not looked at
    named: frozenset[str] = frozenset()  # of the photos those that were asked for by name, and not found in a folder

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The reasons alone, which name the files."""
        return tuple(reason for _, reason in self.unopened)

    @property
    def unopened_folders(self) -> tuple[Path, ...]:
        """Return the folders that could not be opened, in which photos may be."""
        return tuple(path for path, _ in self.unopened if path.is_dir())

    def notes(self) -> list[str]:
        """Return what a person should know beside the answers, a sentence each."""
        notes = list(self.unreadable)
        if self.skipped:
            one, several = "1 file that is not a photo", f"{self.skipped} files that are not photos"
            files = one if self.skipped == 1 else several
            misnamed = "; ".join(one_line(str(path)) for path in self.misnamed[:_NAMED])
            misnamed += f"; and {len(self.misnamed) - _NAMED} more" * (len(self.misnamed) > _NAMED)
            notes.append(f"Skipped {files}{misnamed and f', of these named like one: {misnamed}'}.")
        if ignored := self.ignored.note():
            notes.append(ignored)
        if self.folders and not self.photos:
            notes.append("No photos found.")
        return notes


def discover_photos(paths: Iterable[Path], rules: IgnoreRules = DEFAULT_RULES) -> FoundPhotos:
    """List the photos under paths, in their order; a path that is no folder stays in the list, readable or not.

    `rules` say what is left out in folders; a path itself never is.

    Example: `discover_photos([Path("holidays"), Path("a.jpg")]).photos`.
    """
    found = [
        find_photos(path, rules) if path.is_dir() else FoundPhotos((path,), named=frozenset({str(path)}))
        for path in paths
    ]
    return FoundPhotos(
        tuple(photo for one in found for photo in one.photos),
        sum(one.skipped for one in found),
        tuple(path for one in found for path in one.misnamed),
        tuple(pair for one in found for pair in one.unopened),
        sum(one.folders for one in found),
        sum((one.ignored for one in found), NOTHING_IGNORED),
        frozenset(name for one in found for name in one.named),
    )


def find_photos(folder: str | Path, rules: IgnoreRules = DEFAULT_RULES) -> FoundPhotos:
    """Find all photos under a folder, sorted by path, whatever their extension. Links are followed.

    What is hidden or belongs to the system or a photo library is left out and counted, as `rules` say.

    Raises `PhotoError` when `folder` is not a folder. Example: `for path in find_photos("holidays").photos: ...`.
    """
    root = Path(folder)
    if not root.is_dir():
        raise PhotoError(f"{root}: this is not a folder. Expected one that holds photos ({FORMATS}).")
    photos: list[Path] = []
    misnamed: list[Path] = []
    unopened: list[tuple[Path, str]] = []
    skipped, ignored = 0, NOTHING_IGNORED
    for listing in walk_folders(root, lambda path, reason: unopened.append((path, reason)), rules):
        ignored += listing.ignored
        for entry in listing.files:
            path = listing.folder / entry.name
            try:
                if path.is_file() and sniff_file(path):
                    photos.append(path)
                else:
                    skipped += 1
                    if is_named_like_a_photo(path) and path.is_file():
                        misnamed.append(path)
            except OSError as error:
                unopened.append((path, why_unopened(path, error)))
    return FoundPhotos(
        tuple(sorted(photos)), skipped, tuple(sorted(misnamed)), tuple(sorted(unopened)), folders=1, ignored=ignored
    )


@dataclass(frozen=True)
class FolderListing:
    """What lies in one folder: the names of all of it, and what is looked at, folders apart, sorted by name."""

    folder: Path
    names: tuple[str, ...]
    files: tuple[os.DirEntry[str], ...]  # and pipes, broken links
    folders: tuple[os.DirEntry[str], ...] = ()
    ignored: Ignored = NOTHING_IGNORED


def list_folder(folder: Path, rules: IgnoreRules = DEFAULT_RULES) -> FolderListing:
    """List one folder, without what the rules leave out. Raises `OSError` where it cannot be opened."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    names, path = frozenset(entry.name for entry in entries), os.path.abspath(folder)
    files, folders, ignored = list[os.DirEntry[str]](), list[os.DirEntry[str]](), NOTHING_IGNORED
    for entry in entries:
        is_folder = is_true(entry.is_dir)
        match rules.reason(path, entry.name, is_folder, names):
            case "hidden" | "never" as reason:
                ignored += Ignored(is_folder, not is_folder, names=(entry.name,), n_never=reason == "never")
            case "excluded":
                ignored += Ignored(n_excluded=1)
            case None:
                (folders if is_folder else files).append(entry)
    return FolderListing(folder, tuple(entry.name for entry in entries), tuple(files), tuple(folders), ignored)


def walk_folders(
    root: Path, on_unopened: Callable[[Path, str], None], rules: IgnoreRules = DEFAULT_RULES
) -> Iterator[FolderListing]:
    """List a folder and all folders within it, one after another; links are followed, no folder is entered twice.

    One listing is in memory at a time. `on_unopened` is called with each folder that cannot be opened, and the reason.
    """
    entered: set[tuple[int, int]] = set()
    folders, linked = [root], list[Path]()
    while folders or linked:
        # linked ones last, so that a photo goes by its own path and not by that of a link to its folder
        folder = folders.pop() if folders else linked.pop(0)
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            listing = list_folder(folder, rules)
        except OSError as error:
            on_unopened(folder, why_unopened(folder, error))
            continue
        yield listing
        linked += (folder / entry.name for entry in listing.folders if entry.is_symlink())
        folders += (folder / entry.name for entry in reversed(listing.folders) if not entry.is_symlink())


def is_true(question: Callable[[], bool]) -> bool:
    """Return whether a name is of a file or a folder; a link in a circle, or to where one may not go, is neither."""
    try:
        return question()
    except OSError:
        return False


def sniff_file(path: Path) -> str | None:
    """Return the format of a photo by the first bytes of its file, None for what is no photo. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        return sniff_format(file.read(HEAD_BYTES))


def identify_file(path: Path) -> str | None:
    """Return the format of a photo, a RAW file or a film by its content, None for what is none. Raises `OSError`."""
    with path.open("rb") as file:
        return identify_format(file)


def is_named_like_a_photo(path: Path) -> bool:
    """Return whether a file's name promises a photo; the notes that a Mac leaves on foreign disks promise none.

    >>> is_named_like_a_photo(Path("a.JPG")), is_named_like_a_photo(Path("._a.JPG"))
    (True, False)
    """
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith("._")


def why_unopened(path: Path, error: OSError) -> str:
    """Return why a file or folder could not be opened, in a sentence that names it."""
    return f"{path}: cannot be opened ({error.strerror or error})"
