"""Taking back what was written: a moved, renamed, re-sorted or copied album, one photo, one run, and dry runs."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from factories import album as album
from factories.album import make_photo
from tagging.test_writing import snapshot, tag, undo
from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import TaggingError
from landmark.metadata.edits import Edit, reverse_edits
from landmark.metadata.merging import read_metadata
from landmark.model.predictor import Predictor
from landmark.tagging import atomic_replace as atomic_replace_module
from landmark.tagging.atomic_replace import atomic_remove, atomic_replace, temporary_path
from landmark.tagging.journal import Journal, Run
from landmark.tagging.undo import undo_folder
from landmark.tagging.untag import untag

NAMES = ("a.jpg", "b.png", "sub/c.jpg", "sub/d.heic")
FORMATS = {".jpg": "JPEG", ".png": "PNG", ".heic": "HEIC"}


@pytest.fixture
def before(folder: Path) -> dict[str, tuple[str, int, int]]:
    for number, name in enumerate(NAMES):
        make_photo(folder / name, "Taj Mahal", minutes=number, format_name=FORMATS[Path(name).suffix])
    return snapshot(folder)


def contents(folder: Path) -> list[str]:
    return sorted(sha256 for sha256, *_ in snapshot(folder).values())


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_a_moved_album_is_found_by_content(
    target: str, folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]]
) -> None:
    tag(folder, predictor, target)
    moved = folder.rename(folder.with_name("moved"))
    results = list(undo_folder(moved))
    assert all(one.restored and f"written as {folder}" in one.reason for one in results) and len(results) == 4
    assert snapshot(moved) == before
    assert undo(moved) == {}
    with pytest.raises(TaggingError, match="nothing was written there"):
        undo(folder)


def test_renamed_and_re_sorted_photos_are_found_by_content(
    folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]]
) -> None:
    tag(folder, predictor)
    (folder / "2024/May").mkdir(parents=True)
    for number, path in enumerate(sorted(folder.rglob("*.*"))):
        path.rename(folder / f"2024/May/IMG_{number}{path.suffix.upper()}")
    dry = list(undo_folder(folder, dry_run=True))
    assert [(one.restored, one.restorable) for one in dry] == [(False, True)] * 4
    assert all(restored for restored, _ in undo(folder).values())
    assert contents(folder) == sorted(sha256 for sha256, *_ in before.values())
    assert undo(folder) == {} and list(undo_folder(folder, dry_run=True)) == []


def test_a_copy_and_its_original_are_both_restored_in_any_order(
    folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]]
) -> None:
    tag(folder, predictor)
    copies = [folder.with_name(name) for name in ("one", "two", "three")]
    for copy in copies:
        shutil.copytree(folder, copy)
    for path in (copies[0], folder, copies[1]):
        assert all(restored for restored, _ in undo(path).values())
        assert snapshot(path) == before and undo(path) == {}
    folder.rename(folder.with_name("away"))
    assert all(restored for restored, _ in undo(copies[2]).values()) and snapshot(copies[2]) == before


def test_one_photo_is_undone_by_its_name_or_that_of_its_sidecar(
    folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]]
) -> None:
    tag(folder, predictor, "sidecar")
    assert set(undo(folder / "a.jpg")) == {"a.jpg.xmp"} and not (folder / "a.jpg.xmp").exists()
    assert set(undo(folder / "b.png.xmp")) == {"b.png.xmp"} and not (folder / "b.png.xmp").exists()
    photo, sidecar = folder / "sub/c.jpg", folder / "sub/c.jpg.xmp"
    moved = photo.rename(folder / "new.jpg")
    sidecar.rename(folder / "new.jpg.xmp")
    assert set(undo(moved)) == {"new.jpg.xmp"} and contents(folder / "sub") and not (folder / "new.jpg.xmp").exists()
    with pytest.raises(TaggingError, match="no such file or folder"):
        undo(folder / "e.jpg")


def test_a_dry_run_changes_nothing(
    folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]], data_folder: Path
) -> None:
    tag(folder, predictor)
    (folder / "a.jpg").write_bytes((folder / "a.jpg").read_bytes() + b"edited")
    after = snapshot(folder)
    result = CliRunner().invoke(app, ["undo", str(folder), "--dry-run"])
    assert result.exit_code == 1 and snapshot(folder) == after
    assert "a.jpg: it was changed after" in result.stdout and result.stdout.count("restored, byte for byte") == 3
    assert "3 files would be restored, 1 left alone." in result.stderr


def test_photos_with_a_place_of_ours_are_never_told_to_have_none(
    folder: Path, predictor: Predictor, before: dict[str, tuple[str, int, int]], tmp_path: Path, data_folder: Path
) -> None:
    """Edited and moved, or written with another journal: exit code 1, and each is named."""
    tag(folder, predictor)
    tag(folder, predictor, "sidecar")
    moved = folder.rename(folder.with_name("moved"))
    for path in sorted(moved.rglob("*.*"))[:2]:
        path.write_bytes(path.read_bytes() + b"edited")
    result = CliRunner().invoke(app, ["undo", str(moved), "--json"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    left = {Path(row["file"]).name for row in rows if not row["restored"]}
    assert result.exit_code == 1 and left == {"a.jpg", "b.png"}
    assert list(rows[0])[:3] == ["file", "restored", "reason"]
    shutil.rmtree(data_folder)
    result = CliRunner().invoke(app, ["undo", str(moved)])
    assert result.exit_code == 1 and "0 files restored, 2 left alone" in result.stderr


def test_one_run_is_undone_and_a_later_one_first(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    make_photo(folder / "b.jpg", "Niagara Falls")
    before = snapshot(folder)
    files = [folder / "a.jpg", folder / "b.jpg"]
    for number, wanted in ((1, files), (2, files[:1])):
        with Journal() as journal:
            journal.start_run(Run("tag", folder))
            for file in wanted:
                content = file.read_bytes()
                after = content + bytes([number])

                back = reverse_edits([Edit(len(content), b"", bytes([number]))])
                entry = journal.begin(file, file, temporary_path(file), content, after, back, "Petra")
                atomic_replace(file, after, temporary_path(file), file.stat())
                journal.set_state(entry, "written")
    results = {Path(one.file).name: one for one in undo_folder(folder, run=1)}
    assert results["b.jpg"].restored and "a later run, 2, wrote into it" in results["a.jpg"].reason
    assert [one.restored for one in undo_folder(folder, run=2)] == [True]
    assert [one.restored for one in undo_folder(folder, run=1)] == [True] and snapshot(folder) == before
    result = CliRunner().invoke(app, ["history", "--json"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["run"], row["written"], row["undone"], row["left"]) for row in rows] == [(2, 1, 1, 0), (1, 2, 2, 0)]
    assert rows[0]["album"] == str(folder)
    assert "run  started" in CliRunner().invoke(app, ["history"]).stdout


def test_history_before_anything_was_written(data_folder: Path) -> None:
    assert CliRunner().invoke(app, ["history"]).stdout == "Nothing was written so far.\n"
    assert not data_folder.exists()


def test_history_while_a_run_is_writing(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    tag(folder, predictor)
    with Journal():
        assert "tag" in CliRunner().invoke(app, ["history"]).stdout


def test_two_photos_of_one_content_are_each_restored(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    shutil.copy2(folder / "a.jpg", folder / "b.jpg")
    before = snapshot(folder)
    tag(folder, predictor)
    moved = folder.rename(folder.with_name("moved"))
    assert all(restored for restored, _ in undo(moved).values()) and snapshot(moved) == before
    assert [one.n_left for one in Journal().runs()] == [0]


def test_a_restored_backup_of_a_tagged_photo_is_undone_again(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    before = photo.read_bytes()
    tag(folder, predictor)
    backup = photo.read_bytes()
    undo(folder)
    photo.write_bytes(backup)
    assert read_metadata(photo).recognised and undo(folder)["a.jpg"][0]
    assert photo.read_bytes() == before and os.listdir(folder) == ["a.jpg"]


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_after_an_undo_nothing_is_recognised_again(target: str, folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal", minutes=0)
    make_photo(folder / "b.jpg", album.DOUBTFUL_TAJ, minutes=5)
    make_photo(folder / "c.png", "Niagara Falls", minutes=900, format_name="PNG")
    session = predictor.session
    assert isinstance(session, album.ColourSession)
    first = tag(folder, predictor, target)
    for _ in range(2):
        undo(folder)
        again = tag(folder, predictor, target)
        assert {name: (row.status, row.reason) for name, row in again.items()} == {
            name: (row.status, row.reason) for name, row in first.items()
        }
    list(untag(folder))
    assert {row.status for row in tag(folder, predictor, target).values()} == {row.status for row in first.values()}
    assert session.n_photos == 3, "as many as there are"
    undo(folder)
    make_photo(folder / "a.jpg", "Niagara Falls", minutes=0, size=(80, 60))
    assert tag(folder, predictor, target)["a.jpg"].landmark == "Niagara Falls" and session.n_photos == 4


def test_a_folder_that_is_renamed_while_it_is_written_keeps_nothing_of_ours(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(folder / "sub/a.jpg", "Taj Mahal")
    before = contents(folder)
    copy = atomic_replace_module.copy_attributes

    def renamed_meanwhile(path: Path, temporary: Path, status: os.stat_result) -> None:
        copy(path, temporary, status)
        path.parent.rename(folder / "renamed")

    with monkeypatch.context() as patched:
        patched.setattr(atomic_replace_module, "copy_attributes", renamed_meanwhile)
        assert "No such file" in str(tag(folder, predictor)["a.jpg"].error)
    assert os.listdir(folder / "renamed") == ["a.jpg"] and contents(folder) == before and undo(folder) == {}


@pytest.mark.parametrize("is_written", [True, False])
def test_what_a_killed_writer_left_in_a_folder_that_was_moved_since_is_tidied_up(
    is_written: bool, folder: Path, predictor: Predictor
) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    before, after = photo.read_bytes(), photo.read_bytes() + b"x"
    temporary = temporary_path(photo)
    with Journal() as journal:
        journal.begin(photo, photo, temporary, before, after, [Edit(len(before), b"x", b"")], "Petra")
    photo.write_bytes(after if is_written else before)
    temporary.with_suffix(".new").write_bytes(before if is_written else after)
    moved = folder.rename(folder.with_name("moved"))
    results = undo(moved)
    assert (moved / "a.jpg").read_bytes() == before and os.listdir(moved) == ["a.jpg"]
    assert all(restored for restored, _ in results.values()) and undo(moved) == {}


def test_a_sidecar_that_cannot_be_read_when_it_is_removed_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar = tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(b"<x/>")

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")  # of a share in the network

    with monkeypatch.context() as context:
        context.setattr(Path, "read_bytes", fail)
        with pytest.raises(TaggingError, match="was not removed"):
            atomic_remove(sidecar, b"<x/>", temporary_path(sidecar))
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.jpg.xmp": b"<x/>"}
