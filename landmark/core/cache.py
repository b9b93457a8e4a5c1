"""What was computed of photos, kept on disk under the SHA-256 of their bytes, so that stopped work resumes.

One SQLite file for all data folders, which may be deleted at any time.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from landmark.core.directories import cache_dir

_FILE = "photos.sqlite"
_WAIT_S = 30  # for another process that writes
_KEYS_AT_ONCE = 500


class PhotoCache:
    """Values under keys; `kind` names their sort and version, so that nothing stale is served.

    A cache that cannot be opened or written keeps nothing, and whoever uses it computes: a full disk or a home that is
    read-only costs time, not the answer.

    >>> import tempfile
    >>> cache = PhotoCache("lengths 1", folder=Path(tempfile.mkdtemp()))
    >>> cache.write({"a" * 64: b"12"})
    >>> cache.read(["a" * 64, "b" * 64]) == {"a" * 64: b"12"}
    True
    """

    def __init__(self, kind: str, *, folder: Path | None = None) -> None:
        self.kind = kind
        folder = folder or cache_dir()
        self._database: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(folder / _FILE, timeout=_WAIT_S)
            with self._database:
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS photos (kind TEXT, sha256 TEXT, value BLOB, PRIMARY KEY (kind, sha256))"
                    " WITHOUT ROWID"
                )
        except (OSError, sqlite3.Error):
            self._give_up()

    def read(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the values that are there."""
        found: dict[str, bytes] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            if self._database is None:
                break
            marks = ",".join("?" * len(some))
            try:
                rows = self._database.execute(
                    f"SELECT sha256, value FROM photos WHERE kind = ? AND sha256 IN ({marks})", (self.kind, *some)
                )
                found.update(rows)
            except sqlite3.Error:
                self._give_up()
        return found

    def write(self, values: Mapping[str, bytes]) -> None:
        """Keep values, all of them or none; they survive whatever happens to this process afterwards."""
        if self._database is None:
            return
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO photos VALUES (?, ?, ?)",
                    [(self.kind, key, value) for key, value in values.items()],
                )
        except sqlite3.Error:
            self._give_up()

    def _give_up(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None
