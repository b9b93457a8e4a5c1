"""Undo: files that were written get their original bytes back, unless somebody has changed them since.

First where the journal says that they are; then, of those that are not there, wherever their content is found.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.digests import sha256_if_readable
from landmark.core.errors import TaggingError
from landmark.core.progress import track
from landmark.tagging.atomic_replace import temporary_path
from landmark.tagging.journal import Entry, Journal
from landmark.tagging.journal.entry import UNTAG
from landmark.tagging.undo.candidates import files_below, hash_if_written, holds_our_tag
from landmark.tagging.undo.restoring import ElsewhereError, holds, restore


@dataclass(frozen=True)
class Undone:
    """The result for one file: it is as it was (`restored`), or why it was left alone.

    In a dry run nothing is restored; `restorable` says what would be.
    """

    file: str
    restored: bool
    reason: str
    restorable: bool

    @property
    def is_done(self) -> bool:
        """Return whether the file was restored."""
        return self.restored

    @property
    def is_possible(self) -> bool:
        """Return whether it was restored, or would be without the dry run."""
        return self.restorable

    def to_row(self) -> dict[str, Any]:
        """Return it as `landmark undo --json` prints it."""
        return vars(self)


def undo_folder(folder: str | Path, *, run: int | None = None, dry_run: bool = False) -> Iterator[Undone]:
    """Restore the files in a folder that were written, or those of one photo; one result for each file.

    Files that were moved, renamed or copied are found by their content. A file that was changed after it was written
    is left alone, and its result says so. Restored bytes are compared with the SHA-256 of the original before the file
    is touched. `run` restores what one run wrote, and nothing else; `dry_run` changes nothing.

    Example: `for one in undo_folder("Holiday"): print(one.reason)`.
    """
    with Journal() as journal:
        if not dry_run:
            journal.recover()
        yield from _Undoing(journal, Path(folder), run, dry_run).results()


class _Undoing:
    def __init__(self, journal: Journal, path: Path, run: int | None, dry_run: bool) -> None:
        self.journal, self.path, self.run, self.dry_run = journal, path, run, dry_run
        self._waiting: list[int] = []  # entries whose files are not as they were written where they were
        self._seen: set[int] = set()  # entries that were tried, or that a dry run would undo
        self._begun: dict[str, Entry] = {}  # by what their files were, of writers that were killed
        self._sidecars: list[Undone] = []  # the results of those that go with a photo

    def results(self) -> Iterator[Undone]:
        numbers = self.journal.entries_under(self.path, self.run)
        if not numbers and not os.path.lexists(self.path):
            raise TaggingError(
                f"{self.path}: no such file or folder, and nothing was written there. Expected a tagged one."
            )
        for number in numbers:
            yield from self._by_path(self.journal.entry(number))
        if os.path.lexists(self.path):
            yield from self._by_content()
        for number in self._waiting:
            yield from self._left(self.journal.entry(number))

    def _by_path(self, entry: Entry) -> Iterator[Undone]:
        """Restore a file where it was written; of one that was written several times the last step gives its result."""
        others = [
            one
            for one in self.journal.entries_of(entry.file)
            if one.number != entry.number and (self.run is not None or one.kind != UNTAG)
        ]
        if later := [one for one in others if one.number > entry.number]:
            if self.run is not None and later[0].run != self.run:
                yield self._result(
                    entry.file,
                    f"a later run, {later[0].run or 'of an earlier version'}, wrote into it as well: undo that first",
                    is_restored=False,
                )
            return  # it has its result
        try:
            reason = self._restore(entry)
        except ElsewhereError:
            self._waiting.append(entry.number)
            self._seen.discard(entry.number)
        except (TaggingError, OSError) as error:
            yield self._result(entry.file, _reason(error, entry.file), is_restored=False)
        else:
            if self.dry_run or not any(self.run in (None, one.run) for one in others):
                yield self._result(entry.file, reason)

    def _by_content(self) -> Iterator[Undone]:
        """Restore files that are elsewhere by now; say of others that hold a tag of ours that they are left."""
        entries = [self.journal.entry(number) for number in self._waiting]
        waiting = {entry.file for entry in entries}
        self._begun = {entry.sha256_before: entry for entry in entries if entry.state == "begun" and not entry.created}
        files = files_below(self.path, self.journal, dry_run=self.dry_run)
        for file in track(files, "Searching", unit="files"):
            real = Path(os.path.realpath(file))
            photo = Path(os.path.abspath(file))
            if self._is_as_before(file):
                continue
            found = hash_if_written(file, self.journal)
            if found and (result := self._chain(photo, real, found)):
                yield from (result, *self._sidecars)
                self._sidecars.clear()
            elif self.run is None and real not in waiting and not self._was_tried(real) and holds_our_tag(file):
                yield self._result(
                    real,
                    "landmark wrote a place into it, and the journal does not know it as it is now: it was changed "
                    "since, or written with another journal. To take out what landmark wrote: landmark untag.",
                    is_restored=False,
                )

    def _is_as_before(self, file: Path) -> bool:
        """Return whether a file is one that a killed writer was about to change when somebody moved it away."""
        if not any(entry.file.suffix == file.suffix for entry in self._begun.values()):
            return False
        if (entry := self._begun.pop(sha256_if_readable(file), None)) is None:
            return False
        self._seen.add(entry.number)
        if not self.dry_run:
            self.journal.set_state(entry.number, "undone")
        return True

    def _was_tried(self, file: Path) -> bool:
        return any(one.number in self._seen for one in self.journal.entries_of(file, with_undone=True))

    def _chain(self, photo: Path, file: Path, sha256: str) -> Undone | None:
        """Take a file that was found by its content back through all entries that led there; None if there are none."""
        result, last = None, None
        while (entry := self._choose(file, sha256, last)) is not None:
            said = self._whence(entry, file)
            former_photo = entry.photo
            try:
                entry = entry if self.dry_run else self._at(entry, photo, file, sha256)
                reason = self._restore(entry, found_elsewhere=True)
            except (TaggingError, OSError) as error:
                return self._result(file, _reason(error, entry.file), is_restored=False)
            result = self._result(file, f"{reason}{said}")
            if not (entry.is_sidecar or self.dry_run):
                self._restore_removals(former_photo, photo)
            last, sha256 = entry.number if entry.copy_of is None else entry.copy_of, entry.sha256_before
            if entry.created:
                break
        return result

    def _choose(self, file: Path, sha256: str, last: int | None) -> Entry | None:
        """Return the entry of a file with this content: of this very file, of one that was moved, or of its original.

        None where there is none, or where the file has its result already.
        """
        entries = self.journal.written_as(sha256, self.run, last)
        here = next((one for one in entries if one.file == file), None)
        if here:
            return None if here.number in self._seen else here
        moved = (
            one
            for one in entries
            if one.state != "undone" and one.number not in self._seen and not holds(one.file, sha256)
        )
        return next(moved, entries[0] if entries else None)

    def _at(self, entry: Entry, photo: Path, file: Path, sha256: str) -> Entry:
        """Return the entry for a file at its present path: the entry itself, or a new one for a copy of the file."""
        photo = photo if not entry.is_sidecar else photo.with_name(photo.name[: -len(".xmp")])
        is_copy = entry.file != file and (entry.state == "undone" or holds(entry.file, sha256))
        if is_copy:
            number = self.journal.add_copy(entry.number, photo, file, temporary_path(file))
        else:
            number = entry.number
            self.journal.relocate(number, photo, file, temporary_path(file))
        return self.journal.entry(number)

    def _whence(self, entry: Entry, file: Path) -> str:
        return "" if entry.file == file else f" (found by its content; it was written as {entry.file})"

    def _restore_removals(self, former_photo: Path, photo: Path) -> None:
        """Bring back, beside a photo that is elsewhere by now, the sidecars that were removed when it was written."""
        for removal in self.journal.removals_of(former_photo, self.run):
            name = removal.file.name
            name = f"{photo.name}.xmp" if name == f"{former_photo.name}.xmp" else name
            sidecar = photo.with_name(name)
            file = Path(os.path.realpath(photo.parent)) / name
            if os.path.lexists(former_photo):
                number = self.journal.add_copy(removal.number, photo, file, temporary_path(file))
            else:
                number = removal.number
                self.journal.relocate(number, photo, file, temporary_path(file))
            try:
                result = self._result(file, self._restore(self.journal.entry(number)))
            except (TaggingError, OSError) as error:
                result = self._result(file, _reason(error, file), is_restored=False)
            self._sidecars.append(self._chain(sidecar, file, removal.sha256_before) or result)

    def _restore(self, entry: Entry, *, found_elsewhere: bool = False) -> str:
        self._seen.add(entry.number)
        if self.dry_run:
            if found_elsewhere:
                return "the sidecar would be removed" if entry.created else "would be restored, byte for byte"
            return _would(restore(entry, dry_run=True))
        self.journal.set_state(entry.number, "begun")
        self.journal.commit()
        try:
            reason = restore(entry)
        except (TaggingError, OSError):
            self.journal.set_state(entry.number, entry.state)
            raise
        self.journal.set_state(entry.number, "undone")
        return reason

    def _left(self, entry: Entry) -> Iterator[Undone]:
        if entry.state == "undone" or entry.number in self._seen:
            return
        try:
            reason = restore(entry, dry_run=True)
        except (TaggingError, OSError) as error:
            reason = _reason(error, entry.file)
        yield self._result(entry.file, reason, is_restored=False)

    def _result(self, file: Path, reason: str, *, is_restored: bool = True) -> Undone:
        return Undone(str(file), is_restored and not self.dry_run, reason, is_restored)


def _would(reason: str) -> str:
    return f"it would be: {reason}"


def _reason(error: Exception, file: Path) -> str:
    return getattr(error, "strerror", None) or str(error).removeprefix(f"{file}: ")
