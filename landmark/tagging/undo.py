"""Undo: files that were written get their original bytes back, unless somebody has changed them since."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.digests import sha256_bytes
from landmark.core.errors import TaggingError
from landmark.metadata.edits import apply_edits
from landmark.tagging.atomic_replace import atomic_replace, check_writable
from landmark.tagging.journal import Entry, Journal


@dataclass(frozen=True)
class Undone:
    """The result for one file: it is as it was (`restored`), or why it was left alone."""

    file: str
    restored: bool
    reason: str

    def to_row(self) -> dict[str, Any]:
        """Return it as `landmark undo --json` prints it."""
        return {"file": self.file, "restored": self.restored, "reason": self.reason}


def undo_folder(folder: str | Path) -> Iterator[Undone]:
    """Restore the files in a folder that were written, the latest change first; one result for each.

    A file that was changed after it was written is left alone, and its result says so. Restored bytes are compared
    with the SHA-256 of the original before the file is touched.

    Example: `for one in undo_folder("Holiday"): print(one.reason)`.
    """
    with Journal() as journal:
        journal.recover()
        numbers = journal.entries_under(Path(folder))
        if not numbers and not os.path.lexists(folder):
            raise TaggingError(f"{folder}: no such folder, and nothing was written there. Expected a tagged one.")
        for number in numbers:
            entry = journal.entry(number)
            journal.set_state(number, "begun")
            journal.commit()
            try:
                reason = _undo(entry)
            except (TaggingError, OSError) as error:
                reason = getattr(error, "strerror", None) or str(error).removeprefix(f"{entry.file}: ")
                yield Undone(str(entry.file), False, reason)
            else:
                journal.set_state(number, "undone")
                yield Undone(str(entry.file), True, reason)


def _undo(entry: Entry) -> str:
    """Restore one file, and return how. Raises `TaggingError` where it was left alone."""
    if not os.path.lexists(entry.file):
        if entry.created and os.path.lexists(entry.photo):
            return "the sidecar was removed already"
        raise TaggingError("it is no longer there. Was the album moved? Move it back, and undo again.")
    if entry.file.is_symlink():  # what was written was no link
        raise TaggingError("a link stands in its place. It is left as it is; put the file back, and undo again.")
    content = entry.file.read_bytes()
    found = sha256_bytes(content)
    if found == entry.sha256_before and not entry.created:
        return "it was the original already"
    if found != entry.sha256_after:
        raise TaggingError("it was changed after the place was written, by somebody else. It is left as it is.")
    if entry.created:
        entry.file.unlink()
        return "the sidecar was removed"
    original = apply_edits(content, entry.back)
    if sha256_bytes(original) != entry.sha256_before:
        raise TaggingError("the journal does not restore the original bytes. It is left as it is.")
    atomic_replace(entry.file, original, entry.temporary, check_writable(entry.file))
    return "restored, byte for byte"
