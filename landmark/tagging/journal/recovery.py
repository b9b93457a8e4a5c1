"""What became of a file whose writer was killed: the hashes tell, and what lies about is tidied up."""

import os

from landmark.core.digests import sha256_bytes
from landmark.tagging.atomic_replace import put_back
from landmark.tagging.journal.entry import Entry


def happened(entry: Entry) -> str | None:
    """Return the state of an unfinished entry, None where its file tells neither; removes its temporary files.

    At the moment of a swap a version of somebody else may stand under our temporary name: it gets its place again.
    """
    try:
        entry.temporary.unlink(missing_ok=True)
        if entry.swapped.exists():
            _tidy(entry)
        found = sha256_bytes(entry.file.read_bytes())
    except FileNotFoundError:
        # A sidecar that was never made, or is removed again; one that was moved is found by its content all the same.
        if not entry.file.parent.is_dir() or not (entry.created or entry.removed):
            return None
        return "undone" if entry.created else "written"
    except OSError:  # on a disk that is not there now
        return None
    if found == entry.sha256_after:
        return "written"
    return "undone" if found == entry.sha256_before else None


def _tidy(entry: Entry) -> None:
    ours = {entry.sha256_before, entry.sha256_after}
    if sha256_bytes(entry.swapped.read_bytes()) in ours:
        entry.swapped.unlink()
        return
    if entry.file.is_file() and sha256_bytes(entry.file.read_bytes()) in ours:
        os.replace(entry.swapped, entry.file)  # ours was swapped in for it
    else:
        put_back(entry.swapped, entry.file)
