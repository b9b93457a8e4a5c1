"""One at a time: a lock that a process holds while it works, and that ends with it, however it ends."""

import sqlite3
from pathlib import Path

from landmark.core.errors import TaggingError


def exclusive_lock(file: Path, taken: str) -> sqlite3.Connection:
    """Take a lock that is a file of its own, and hold it until the result is closed.

    A lock of SQLite's, since that works on every system. Raises `TaggingError` with the sentence `taken` where another
    process or object holds it, `sqlite3.Error` where the file cannot be made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exclusive_lock(Path(folder) / "a.lock", "Somebody else is at work.").close()
    """
    lock = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if "locked" not in str(error):
            raise
        raise TaggingError(taken) from error
    return lock
