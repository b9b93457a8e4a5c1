"""The files of an album, one after another: photos, videos and RAW files by name; others are counted.

One folder is held in memory at a time, whatever the album's size. Links are followed; no folder is entered twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landmark.core.errors import PhotoError
from landmark.metadata.formats.signatures import FORMATS, PHOTO_SUFFIXES, RAW_SUFFIXES
from landmark.metadata.sidecars import FolderNames
from landmark.photo.discovery import is_true, sniff_file, walk_folders, why_unopened
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

# fmt: off
_VIDEOS = frozenset({
    ".mov", ".mp4", ".m4v", ".avi", ".mts", ".m2ts", ".3gp", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".insv", ".lrv",
})
# fmt: on


@dataclass(frozen=True)
class AlbumFile:
    """A photo, with the names in its folder; or a file that is skipped, and why; or one that is unreadable."""

    path: Path
    names: FolderNames
    skipped: str | None = None
    error: str | None = None


@dataclass
class AlbumWalk:
    """Walk an album, and count on the way what is neither photo nor video, and what the rules leave out.

    Raises `PhotoError` when `root` is no folder. Example: `for file in AlbumWalk(Path("holidays")).files(): ...`.
    """

    root: Path
    rules: IgnoreRules = DEFAULT_RULES
    others: int = 0
    ignored: Ignored = NOTHING_IGNORED
    unreadable: list[str] = field(default_factory=list)  # folders that could not be opened, each with the reason

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            raise PhotoError(
                f"{self.root}: this is not a folder. Expected an album: one that holds photos ({FORMATS})."
            )

    def files(self) -> Iterator[AlbumFile]:
        """Yield the files, folder after folder."""
        for listing in walk_folders(self.root, lambda _, reason: self.unreadable.append(reason), self.rules):
            self.ignored += listing.ignored
            names = FolderNames(listing.names, listing.folder)
            for entry in listing.files:
                if (file := self._file(listing.folder / entry.name, names, is_true(entry.is_file))) is not None:
                    yield file

    def _file(self, path: Path, names: FolderNames, is_file: bool) -> AlbumFile | None:
        suffix = path.suffix.lower()
        # Phones call a HEIC .MOV at times; a RAW file begins like a TIFF, so that its content does not tell.
        if suffix in RAW_SUFFIXES or (suffix in _VIDEOS and not (is_file and is_true(lambda: bool(sniff_file(path))))):
            kind = "video" if suffix in _VIDEOS else "RAW file"
            return AlbumFile(path, names, skipped=f"a {kind} ({suffix[1:].upper()})")
        if is_file and (suffix == ".xmp" or (suffix == ".json" and names.takeout.is_read(path.name))):
            return None  # it is read with its photo, and may be ours
        if not is_file:  # a pipe would be waited for without end
            if suffix in PHOTO_SUFFIXES:
                return AlbumFile(path, names, error=f"{path}: a broken link, a pipe or a device, and no photo.")
            self.others += 1
            return None
        if suffix in PHOTO_SUFFIXES or suffix in _VIDEOS:  # a misnamed file too: its row says what is wrong
            return AlbumFile(path, names)
        try:
            if sniff_file(path):
                return AlbumFile(path, names)
        except OSError as error:
            return AlbumFile(path, names, error=why_unopened(path, error))
        self.others += 1
        return None
