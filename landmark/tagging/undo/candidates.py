"""Files that may have been written and moved since: those below a folder, or one photo and its sidecars."""

import os
from collections.abc import Iterator
from pathlib import Path

from landmark.core.digests import sha256_file
from landmark.metadata.formats.signatures import PHOTO_SUFFIXES
from landmark.metadata.merging import read_embedded
from landmark.metadata.own_mark import own_method
from landmark.metadata.reading import Reading
from landmark.metadata.sidecars import find_sidecars, list_folder
from landmark.metadata.xmp import read_xmp
from landmark.photo.discovery import is_true, walk_folders
from landmark.photo.ignore_rules import TEMPORARY_PREFIX, IgnoreRules
from landmark.tagging.journal import Journal

_ALL = IgnoreRules(include_hidden=True)  # what was tagged may lie in a bin by now
_MAX_SIDECAR_BYTES = 16_000_000


def files_below(path: Path, journal: Journal, *, dry_run: bool) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders; of a photo, itself and its sidecars. Links to files are left out.

    On the way, what a killed writer left in a folder that was moved since is tidied up.
    """
    if not path.is_dir():
        sidecars = find_sidecars(path.name, list_folder(path.parent))
        yield from (one for one in (path, *map(path.with_name, sidecars)) if one.is_file() and not one.is_symlink())
        return
    for listing in walk_folders(path, lambda *_: None, _ALL):
        if not dry_run:
            for name in listing.names:
                if name.startswith(TEMPORARY_PREFIX):
                    _tidy_moved(listing.folder, name, journal)
        for entry in listing.files:
            if is_true(entry.is_file) and not entry.is_symlink():
                yield listing.folder / entry.name


def _tidy_moved(folder: Path, name: str, journal: Journal) -> None:
    entry = journal.begun_with(name)
    here = Path(os.path.realpath(folder))
    if entry and entry.temporary.parent != here:
        photo = Path(os.path.abspath(folder)) / entry.photo.name
        journal.relocate(entry.number, photo, here / entry.file.name, here / entry.temporary.name)
        journal.recover_entry(entry.number)
        journal.commit()


def hash_if_written(file: Path, journal: Journal) -> str | None:
    """Return the SHA-256 of a file whose size is one that was written; None for others, which are not read."""
    try:
        if journal.may_be_written(file.stat().st_size, file.suffix):
            return sha256_file(file)
    except OSError:
        pass
    return None


def holds_our_tag(file: Path) -> bool:
    """Return whether a photo or a sidecar says that this program wrote its place."""
    suffix = file.suffix.lower()
    if suffix == ".xmp":
        try:
            with file.open("rb") as opened:
                readings = [read_xmp(opened.read(_MAX_SIDECAR_BYTES))]
        except OSError:
            return False
    else:
        readings = read_embedded(file) if suffix in PHOTO_SUFFIXES else []
    return any(reading.has_own_names or _is_ours(reading) for reading in readings)


def _is_ours(reading: Reading) -> bool:
    return bool(reading.own_mark and reading.coordinates and own_method(reading.coordinates, [reading.own_mark]))
