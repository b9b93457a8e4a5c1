"""Untag: what landmark wrote goes out of photos and sidecars that others have changed since; all else stays.

A file that is still as it was written gets its original bytes back. Each change is in the journal: `undo --run` takes
it back.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from landmark.core.digests import sha256_bytes
from landmark.core.errors import TaggingError
from landmark.core.progress import track
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.containers import identify_format
from landmark.metadata.edits import apply_edits, smallest_edit
from landmark.metadata.merging import read_embedded
from landmark.metadata.people_wrote import holds_only
from landmark.metadata.reading import Reading
from landmark.metadata.removing import is_empty, remove_from_photo, remove_from_sidecar
from landmark.metadata.sidecars import FolderNames, find_sidecars, list_folder
from landmark.metadata.writing import MAX_BYTES, is_written_into
from landmark.metadata.written_fields import WrittenFields
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_writing import new_packet
from landmark.tagging.atomic_replace import check_writable
from landmark.tagging.file_changes import FileChanges
from landmark.tagging.journal import Entry, Journal, Run
from landmark.tagging.journal.entry import TAG, UNTAG
from landmark.tagging.moving import known_fields, sidecar_start_of
from landmark.tagging.undo.candidates import files_below

_LABEL = "untag"
NamesOf: TypeAlias = Callable[[Path], FolderNames]


@dataclass(frozen=True)
class Untagged:
    """The result for one file: what landmark wrote is out of it (`removed`), or why it was left.

    In a dry run nothing is removed; `removable` says what would be. `run` is the number to undo it by.
    """

    file: str
    removed: bool
    reason: str
    removable: bool
    run: int | None = None

    @property
    def is_done(self) -> bool:
        """Return whether something was taken out of the file."""
        return self.removed

    @property
    def is_possible(self) -> bool:
        """Return whether something was taken out, or would be without the dry run."""
        return self.removable

    def to_row(self) -> dict[str, Any]:
        """Return it as `landmark untag --json` prints it."""
        return vars(self)


def untag(path: str | Path, *, dry_run: bool = False) -> Iterator[Untagged]:
    """Take what landmark wrote out of a photo and its sidecars, or out of all in a folder; one result for each file.

    Files in which nothing is ours have no result. Raises `TaggingError` where there is no such path.

    Example: `for one in untag("Holiday"): print(one.file, one.reason)`.
    """
    path = Path(path)
    if not path.exists():
        raise TaggingError(f"{path}: no such file or folder. Expected a photo, or a folder of photos.")
    with Journal() as journal:
        if not dry_run:
            journal.recover()
        journal.start_run(Run("untag", path))
        changes, names_of = FileChanges(journal, UNTAG), lru_cache(maxsize=4)(list_folder)
        for file in track(files_below(path, journal, dry_run=dry_run), "Looking", unit="files"):
            try:
                reason = _untag_file(changes, file, names_of, dry_run)
            except (TaggingError, NotWritableError, OSError) as error:
                why = str(getattr(error, "strerror", None) or error).removeprefix(f"{file}: ")
                yield Untagged(str(file), False, f"nothing was removed: {why}", False)
            else:
                if reason:
                    yield Untagged(str(file), not dry_run, reason, True, journal.run_number)


def _untag_file(changes: FileChanges, file: Path, names_of: NamesOf, dry_run: bool) -> str | None:
    """Take what is ours out of one file; return how, or None where nothing of it is."""
    is_sidecar = file.suffix.lower() == ".xmp"
    real = Path(os.path.realpath(file))
    if not is_sidecar and not _is_photo(file):
        return None
    status = real.stat()
    readings, fields = _readings(file, is_sidecar, names_of), known_fields(changes, real)
    marks = [reading.own_mark for reading in readings if reading.own_mark]
    is_known = fields != WrittenFields() or changes.journal.may_be_written(status.st_size, real.suffix)
    if not (is_known or marks or any(reading.has_own_names for reading in readings)):
        return None
    content = real.read_bytes()  # after its status: a change in between shows
    photo = _photo_of(file) if is_sidecar else file
    if (exact := _original(changes.journal, content)) is not None:
        edits, reason = [smallest_edit(0, content, exact)], "its original bytes are back"
        is_gone = is_sidecar and not exact
    else:
        remove = remove_from_sidecar if is_sidecar else remove_from_photo
        edits, reason = remove(content, fields, marks), "what landmark wrote is out of it"
        left = apply_edits(content, edits)
        is_gone = bool(edits) and is_sidecar and _is_made_by_us(changes.journal, real, left, photo)
    if not edits:
        return None
    check_writable(real)
    if dry_run:
        return "the sidecar would be removed" if is_gone else f"it would be so: {reason}"
    if is_gone:
        changes.remove(photo, real, content, _LABEL)
        return "the sidecar was removed: it held nothing else"
    changes.replace(photo, real, (status, content), edits, _LABEL)
    return reason


def _is_photo(file: Path) -> bool:
    """Return whether a file is of a format into which places are written, and no larger than these may be."""
    with file.open("rb") as opened:
        return is_written_into(identify_format(opened)) and opened.seek(0, io.SEEK_END) <= MAX_BYTES


def _photo_of(sidecar: Path) -> Path:
    """Return the photo that a sidecar is of, whether it is there or not: a.jpg for a.jpg.xmp."""
    return sidecar.with_name(sidecar.name[: -len(".xmp")])


def _readings(file: Path, is_sidecar: bool, names_of: NamesOf) -> list[Reading]:
    """Return all that is read of a photo: a copy of our position may stand beside it, without a mark."""
    photo = _photo_of(file) if is_sidecar else file
    names = find_sidecars(photo.name, names_of(photo.parent))
    sidecars = {*map(photo.with_name, names), *([file] if is_sidecar else [])}
    return [*read_embedded(photo), *(read_xmp(one.read_bytes()) for one in sidecars if one.is_file())]


def _original(journal: Journal, content: bytes) -> bytes | None:
    """Return what a file was before landmark wrote it, if it still is as it was written; empty for a new sidecar."""
    found, last = None, None
    while entry := _writer_of(journal.written_as(sha256_bytes(content), before=last)):
        original = apply_edits(content, entry.back)
        if sha256_bytes(original) != entry.sha256_before:
            break
        found, content, last = original, original, entry.number
        if entry.created:
            break
    return found


def _writer_of(entries: Iterable[Entry]) -> Entry | None:
    return next((entry for entry in entries if entry.kind == TAG), None)


def _is_made_by_us(journal: Journal, sidecar: Path, left: bytes, photo: Path) -> bool:
    """Return whether a sidecar was made by landmark, by the journal or by its frame, and holds nothing of its own."""
    if any(entry.created for entry in journal.entries_of(sidecar, with_undone=True)):
        return is_empty(left) or holds_only(left, sidecar_start_of(photo, sidecar.name, list_folder(photo.parent)))
    return left.split() == new_packet().split()
