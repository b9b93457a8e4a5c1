"""The photos that a command line names: a file is taken as it is, a folder is walked with all folders in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from landmark.core.text import one_line
from landmark.photo.discovery import find_photos

_NAMED = 10  # the others are counted


@dataclass(frozen=True)
class Walk:
    """What was found, in the order of the arguments."""

    photos: tuple[Path, ...]
    skipped: int = 0  # files in folders that are not photos by their first bytes
    misnamed: tuple[Path, ...] = ()  # of these the ones that are named like photos
    unreadable: tuple[str, ...] = ()  # folders and files in folders that could not be opened, each with the reason
    folders: int = 0

    def notes(self) -> list[str]:
        """What a person should know beside the answers, a sentence each."""
        notes = list(self.unreadable)
        if self.skipped:
            files = "1 file that is" if self.skipped == 1 else f"{self.skipped} files that are"
            notes.append(f"Skipped {files} not a photo{self._misnamed()}.")
        if self.folders and not self.photos:
            notes.append("No photos found.")
        return notes

    def _misnamed(self) -> str:
        """Files that promise a photo deserve to be named: mostly they are copies that failed."""
        if not self.misnamed:
            return ""
        named = "; ".join(one_line(str(path)) for path in self.misnamed[:_NAMED])
        more = len(self.misnamed) - _NAMED
        return f", of these named like one: {named}" + (f"; and {more} more" if more > 0 else "")


def walk_photos(paths: Iterable[Path]) -> Walk:
    """List the photos under paths; a path that is no folder stays in the list, whether it can be read or not."""
    photos: list[Path] = []
    misnamed: list[Path] = []
    unreadable: list[str] = []
    skipped = folders = 0
    for path in paths:
        if path.is_dir():
            found = find_photos(path)
            photos += found.photos
            misnamed += found.misnamed
            unreadable += found.unreadable
            skipped += found.skipped
            folders += 1
        else:
            photos.append(path)
    return Walk(tuple(photos), skipped, tuple(misnamed), tuple(unreadable), folders)
