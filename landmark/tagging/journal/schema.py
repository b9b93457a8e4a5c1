"""The tables of the journal, and how a journal of an earlier version gets them, with all that it holds."""

import sqlite3
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.metadata.edits import unpack

VERSION = 2  # PRAGMA user_version; the first version had 0
_ENTRIES = """
CREATE TABLE IF NOT EXISTS entries (
  number INTEGER PRIMARY KEY, written_at TEXT NOT NULL, photo BLOB NOT NULL, file BLOB NOT NULL,
  temporary BLOB NOT NULL, created INTEGER NOT NULL, sha256_before TEXT NOT NULL, sha256_after TEXT NOT NULL,
  back BLOB NOT NULL, landmark TEXT, state TEXT NOT NULL CHECK (state IN ('begun', 'written', 'undone'))
)
"""
_ADDED = {  # by version 2
    "size_after": "INTEGER",  # NULL: not known
    "run": "INTEGER",
    "kind": "TEXT NOT NULL DEFAULT 'tag'",
    "removed": "INTEGER NOT NULL DEFAULT 0",
    "mtime_ns": "INTEGER",
    "mode": "INTEGER",
    "fields": "TEXT",
    "taken_by": "INTEGER",  # the entry of an untag that took this one back
    "copy_of": "INTEGER",
}
_REST = (
    "CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY, started_at TEXT NOT NULL, command TEXT NOT NULL,"
    " album BLOB NOT NULL, target TEXT, options TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS entries_by_photo ON entries (photo)",
    "CREATE INDEX IF NOT EXISTS entries_by_file ON entries (file)",
    "CREATE INDEX IF NOT EXISTS entries_by_hash ON entries (sha256_after)",
    "CREATE INDEX IF NOT EXISTS entries_by_size ON entries (size_after)",
    "CREATE INDEX IF NOT EXISTS entries_by_run ON entries (run)",
    "CREATE INDEX IF NOT EXISTS entries_begun ON entries (state) WHERE state = 'begun'",
)


def is_present_version(table: sqlite3.Connection) -> bool:
    """Return whether a journal has the tables of this version."""
    return bool(table.execute("PRAGMA user_version").fetchone() == (VERSION,))


def prepare(table: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or bring those of an earlier version up to date, whole or not at all.

    Raises `TaggingError` for a journal of a later version, which is left as it is.
    """
    (version,) = table.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise TaggingError(
            f"{path}: this journal is of a newer landmark (version {version}; this one knows {VERSION}). It is left as "
            "it is, and nothing is written. Update landmark, or set LANDMARK_DATA to another folder."
        )
    if version == VERSION:
        return
    table.execute("BEGIN IMMEDIATE")
    try:
        table.execute(_ENTRIES)
        there = {name for _, name, *_ in table.execute("PRAGMA table_info(entries)")}
        for name, kind in _ADDED.items():
            if name not in there:
                table.execute(f"ALTER TABLE entries ADD COLUMN {name} {kind}")
        for statement in _REST:
            table.execute(statement)
        _fill_sizes(table)
        table.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        table.rollback()
        raise
    table.commit()


def _fill_sizes(table: sqlite3.Connection) -> None:
    """Store the sizes of sidecars that were made, which are known from the way back; those of photos are not."""
    made = table.execute("SELECT number, back FROM entries WHERE created AND size_after IS NULL").fetchall()
    sizes = [(sum(len(edit.removed) for edit in unpack(back)), number) for number, back in made]
    table.executemany("UPDATE entries SET size_after = ? WHERE number = ?", sizes)
