"""The files of an album, one after another: photos, RAW files and films by content; others are counted.

One folder is held in memory at a time, whatever the album's size. Links are followed; no folder is entered twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landmark.core.errors import PhotoError
from landmark.core.progress import track
from landmark.core.text import count_text, one_line
from landmark.metadata.containers import read_blocks
from landmark.metadata.formats.signatures import (
    FORMATS,
    MOVIE_FORMATS,
    MOVIE_SUFFIXES,
    OTHER_VIDEO_SUFFIXES,
    PHOTO_SUFFIXES,
    RAW_SUFFIXES,
)
from landmark.metadata.sidecars import FolderNames
from landmark.photo.discovery import identify_file, is_true, walk_folders, why_unopened
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

_ARCHIVES = (".zip", ".tgz", ".gz")  # as Google gives a Takeout
_NAMED = 10  # of the films without a row; the others are counted


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
    n_files: int = 0  # that have a row, so far
    others: int = 0
    ignored: Ignored = NOTHING_IGNORED
    n_broken_films: int = 0
    broken_films: list[Path] = field(default_factory=list)  # the first of them
    unreadable: list[str] = field(default_factory=list)  # folders that could not be opened, each with the reason

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            hint = " Unpack the archive first." if self.root.suffix.lower() in _ARCHIVES else ""
            found = "this is not a folder" if self.root.exists() else "no such folder"
            raise PhotoError(f"{self.root}: {found}. Expected an album: one that holds photos ({FORMATS}).{hint}")

    def files(self) -> Iterator[AlbumFile]:
        """Yield the files, folder after folder."""
        for listing in walk_folders(self.root, lambda _, reason: self.unreadable.append(reason), self.rules):
            self.ignored += listing.ignored
            names = FolderNames(listing.names, listing.folder)
            for entry in listing.files:
                if (file := self._file(listing.folder / entry.name, names, is_true(entry.is_file))) is not None:
                    self.n_files += 1
                    yield file

    def files_with_progress(self, label: str) -> Iterator[AlbumFile]:
        """Yield the files, with progress on a terminal."""
        ahead = AlbumWalk(self.root, self.rules)  # of its own, for a walk counts what it skips
        yield from track(self.files(), label, total=lambda: sum(1 for _ in ahead.files()), unit="files")

    def _file(self, path: Path, names: FolderNames, is_file: bool) -> AlbumFile | None:
        suffix = path.suffix.lower()
        if is_file and (suffix == ".xmp" or (suffix == ".json" and names.takeout.is_read(path.name))):
            return None  # it is read with its photo, and may be ours
        if not is_file:  # a pipe would be waited for without end
            if suffix in PHOTO_SUFFIXES or suffix in RAW_SUFFIXES:
                return AlbumFile(path, names, error=f"{path}: a broken link, a pipe or a device, and no photo.")
            self.others += 1
            return None
        if suffix in PHOTO_SUFFIXES:  # a misnamed file too: its row says what is wrong
            return AlbumFile(path, names)
        try:
            format_name = identify_file(path)  # phones call a HEIC .MOV at times
            if format_name in MOVIE_FORMATS or (format_name is None and suffix in MOVIE_SUFFIXES):
                return self._film(path, names)
        except OSError as error:
            return AlbumFile(path, names, error=why_unopened(path, error))
        if format_name:
            return AlbumFile(path, names)
        if suffix in RAW_SUFFIXES or suffix in OTHER_VIDEO_SUFFIXES:
            kind = "video" if suffix in OTHER_VIDEO_SUFFIXES else "RAW file"
            return AlbumFile(path, names, skipped=f"a {kind} ({suffix[1:].upper()})")
        self.others += 1
        return None

    def _film(self, path: Path, names: FolderNames) -> AlbumFile | None:
        """Return a film; count one that is cut off before what describes it, or has no pictures."""
        with path.open("rb") as file:
            movie = read_blocks(file)[1].movie
        if movie is not None and movie.has_pictures is not False:
            return AlbumFile(path, names)
        self.n_broken_films += 1
        if self.n_broken_films <= _NAMED:
            self.broken_films.append(path)
        return None

    def films_note(self) -> str | None:
        """Return a note on the films that have no row, or None."""
        if not self.broken_films:
            return None
        more = self.n_broken_films - len(self.broken_films)
        named = "; ".join(one_line(str(path)) for path in self.broken_films) + (f"; and {more:,} more" if more else "")
        videos = count_text(self.n_broken_films, "video")
        return f"Skipped {videos} in which nothing can be read (cut off, or without pictures): {named}."
