"""The journal: what earlier versions wrote keeps its worth, what a later one wrote is left alone, and runs are told."""

import os
import sqlite3
from pathlib import Path

import pytest

from landmark.core.digests import sha256_bytes
from landmark.core.errors import TaggingError
from landmark.metadata.edits import Edit, pack
from landmark.tagging.journal import JOURNAL_FILE, Journal, Run
from landmark.tagging.undo import undo_folder

_FIRST_VERSION = """
CREATE TABLE entries (
  number INTEGER PRIMARY KEY, written_at TEXT NOT NULL, photo BLOB NOT NULL, file BLOB NOT NULL,
  temporary BLOB NOT NULL, created INTEGER NOT NULL, sha256_before TEXT NOT NULL, sha256_after TEXT NOT NULL,
  back BLOB NOT NULL, landmark TEXT, state TEXT NOT NULL CHECK (state IN ('begun', 'written', 'undone'))
);
CREATE INDEX entries_by_photo ON entries (photo);
CREATE INDEX entries_by_file ON entries (file);
"""


def write_old_journal(data_folder: Path, folder: Path) -> None:
    """As the first version left it: a photo that was written, and a sidecar that was made."""
    folder.mkdir(parents=True)
    data_folder.mkdir(parents=True, exist_ok=True)
    photo, sidecar = folder / "a.jpg", folder / "a.jpg.xmp"
    photo.write_bytes(b"a photo with a place")
    sidecar.write_bytes(b"a sidecar")
    rows = [
        (photo, photo, False, b"a photo", photo.read_bytes(), [Edit(7, b" with a place", b"")]),
        (photo, sidecar, True, b"", b"a sidecar", [Edit(0, b"a sidecar", b"")]),
    ]
    with sqlite3.connect(data_folder / JOURNAL_FILE) as table:
        table.executescript(_FIRST_VERSION)
        for of, file, created, before, after, back in rows:
            temporary = os.fsencode(file.with_name(".landmark-0.part"))
            table.execute(
                "INSERT INTO entries (written_at, photo, file, temporary, created, sha256_before, sha256_after, back,"
                " landmark, state) VALUES ('2026-05-06T12:00:00+00:00', ?, ?, ?, ?, ?, ?, ?, 'Petra', 'written')",
                (os.fsencode(of), os.fsencode(file), temporary, created, sha256_bytes(before), sha256_bytes(after),
                 pack(back)),
            )  # fmt: skip
    table.close()


def test_a_journal_of_the_first_version_undoes_as_before(data_folder: Path, folder: Path) -> None:
    write_old_journal(data_folder, folder)
    assert all(one.restored for one in undo_folder(folder))
    assert [path.name for path in folder.iterdir()] == ["a.jpg"] and (folder / "a.jpg").read_bytes() == b"a photo"


def test_a_journal_of_a_later_version_is_left_as_it_is(data_folder: Path, folder: Path) -> None:
    write_old_journal(data_folder, folder)
    file = data_folder / JOURNAL_FILE
    with sqlite3.connect(file) as table:
        table.execute("PRAGMA user_version = 99")
    table.close()
    for _ in range(2):  # and the lock is free again
        with pytest.raises(TaggingError, match=r"of a newer landmark .version 99; this one knows 2.*Update landmark"):
            Journal()
    with sqlite3.connect(file) as table:
        assert "run" not in [name for _, name, *_ in table.execute("PRAGMA table_info(entries)")]
    table.close()


def test_runs_are_told_the_latest_first_and_old_entries_by_day(data_folder: Path, folder: Path) -> None:
    write_old_journal(data_folder, folder)
    with Journal() as journal:
        journal.start_run(Run("tag", folder, "photo", "--names"))
        assert journal.run_number is None, "a run that writes nothing is none"
        photo = folder / "a.jpg"
        number = journal.begin(photo, photo, folder / ".landmark-1.part", b"x", b"xy", [Edit(1, b"y", b"")], "Petra")
        journal.set_state(number, "undone")
        new, old = journal.runs()
    assert (new.number, new.run.command, new.run.options, new.n_written, new.n_left) == (1, "tag", "--names", 1, 0)
    assert (old.number, old.started_at[:10], old.run.album, old.n_written, old.n_undone) == (
        None, "2026-05-06", folder, 2, 0,
    )  # fmt: skip
    assert new.to_row()["undone"] == 1
