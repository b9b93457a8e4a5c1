"""One file taken back to what it was before an entry of the journal, unless somebody has changed it since."""

import os
from pathlib import Path

from landmark.core.digests import sha256_bytes, sha256_file
from landmark.core.errors import TaggingError
from landmark.metadata.edits import apply_edits
from landmark.tagging.atomic_replace import atomic_remove, atomic_replace, check_writable
from landmark.tagging.journal import Entry


class ElsewhereError(TaggingError):
    """A file that is not, or not as it was written, where the journal says: it may have been moved or changed."""


def restore(entry: Entry, *, dry_run: bool = False) -> str:
    """Take back one entry, and return how; with `dry_run` return how it would be, and change nothing.

    Raises `ElsewhereError` or another `TaggingError` where the file is left alone.
    """
    if entry.removed:
        return _restore_removed(entry, dry_run)
    if not os.path.lexists(entry.file):
        if entry.created and os.path.lexists(entry.photo):
            return "the sidecar was removed already"
        raise ElsewhereError("it is no longer there. If it was moved, undo the folder, or the photo, where it is now.")
    if entry.file.is_symlink():  # what was written was no link
        raise TaggingError("a link stands in its place. It is left as it is; put the file back, and undo again.")
    status, content = entry.file.stat(), entry.file.read_bytes()  # in this order: a later change shows
    found = sha256_bytes(content)
    if found == entry.sha256_before and not entry.created:
        return "it was the original already"
    if found != entry.sha256_after:
        raise ElsewhereError(
            "it was changed after the place was written, by somebody else. It is left as it is. To take out only what "
            "landmark wrote: landmark untag."
        )
    if entry.created:
        if not dry_run:
            atomic_remove(entry.file, content, entry.temporary)
        return "the sidecar was removed"
    original = apply_edits(content, entry.back)
    if sha256_bytes(original) != entry.sha256_before:
        raise TaggingError("the journal does not restore the original bytes. It is left as it is.")
    check_writable(entry.file)
    if not dry_run:
        atomic_replace(entry.file, original, entry.temporary, status)
    return "restored, byte for byte"


def _restore_removed(entry: Entry, dry_run: bool) -> str:
    """Write a sidecar again that was removed."""
    if os.path.lexists(entry.file):
        if holds(entry.file, entry.sha256_before):
            return "the sidecar is there already"
        raise TaggingError("another sidecar stands in its place. It is left as it is; move it away, and undo again.")
    if not os.path.lexists(entry.photo):
        raise ElsewhereError(f"its photo {entry.photo.name} is no longer there. Undo the folder where it is now.")
    content = apply_edits(b"", entry.back)
    if not dry_run:
        mode = {} if entry.mode is None else {"mode": entry.mode}
        atomic_replace(entry.file, content, entry.temporary, None, mtime_ns=entry.mtime_ns, **mode)
    return "the sidecar is there again"


def holds(file: Path, sha256: str) -> bool:
    """Return whether a file is there and has this content."""
    try:
        return file.is_file() and not file.is_symlink() and sha256_file(file) == sha256
    except OSError:
        return False
