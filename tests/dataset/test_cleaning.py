"""Cleaning: what is left out and why, the originals byte for byte as they were, and training takes what is left."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from factories.scenes import draw_scene, make_scene_folders, save, scale
from PIL import Image

from landmark.core.errors import DataError
from landmark.dataset.inspection.cleaning import Decision, decide, write_cleaned
from landmark.dataset.inspection.examination import Examination, examine_data
from landmark.dataset.inspection.label_doubts import LabelDoubt
from landmark.dataset.splits import split_data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_scene_folders(tmp_path / "data", train=4, valid=2, test=2)


@pytest.fixture
def faulty(data: Path) -> Path:
    """With a cut photo, a smaller duplicate, leaks from test to train and valid, and a conflict within train."""
    petra, rialto = data / "train" / "0.Petra", data / "train" / "1.Rialto"
    (petra / "cut.jpg").write_bytes((petra / "1.jpg").read_bytes()[:-3000])
    save(scale(Image.open(rialto / "0.jpg"), 0.5), rialto / "smaller.jpg")
    save(scale(Image.open(data / "test" / "0.Petra" / "0.jpg"), 1.5), petra / "leak.jpg")  # larger, and not kept
    (data / "valid" / "0.Petra" / "leak.jpg").write_bytes((data / "test" / "0.Petra" / "0.jpg").read_bytes())
    (rialto / "conflict.jpg").write_bytes((petra / "2.jpg").read_bytes())
    (data / "places.csv").write_text("name,latitude,longitude,radius_km\nRialto,45.438,12.336,0.2\n")
    return data


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in files
    }


def journal_of(folder: Path) -> dict[str, tuple[str, str, str]]:
    with (folder / "journal.csv").open(newline="", encoding="utf-8") as file:
        return {row["path"]: (row["decision"], row["reason"], row["because_of"]) for row in csv.DictReader(file)}


def test_the_journal_says_why_for_each_file_and_originals_stay(faulty: Path, tmp_path: Path) -> None:
    before = snapshot(faulty)
    counts, _ = write_cleaned(examine_data(faulty, labels=False), tmp_path / "cleaned")
    assert snapshot(faulty) == before
    journal = journal_of(tmp_path / "cleaned")
    assert len(journal) == len(before) - 1, "all but places.csv"
    assert {path: entry for path, entry in journal.items() if entry[0] != "kept"} == {
        "train/0.Petra/cut.jpg": ("left out", "truncated", ""),
        "train/1.Rialto/smaller.jpg": ("left out", "duplicate (near)", "train/1.Rialto/0.jpg"),
        "train/0.Petra/leak.jpg": ("left out", "leak: also in test (near)", "test/0.Petra/0.jpg"),
        "valid/0.Petra/leak.jpg": ("left out", "leak: also in test (near)", "test/0.Petra/0.jpg"),
        "train/0.Petra/2.jpg": ("review", "conflicting labels: the same photo under Petra and Rialto", ""),
        "train/1.Rialto/conflict.jpg": (
            "review", "conflicting labels: the same photo under Petra and Rialto", "train/0.Petra/2.jpg",
        ),
    }  # fmt: skip
    assert counts == {Decision.KEPT: 15, Decision.LEFT_OUT: 4, Decision.REVIEW: 2}


def test_the_copy_is_a_sound_data_set(faulty: Path, tmp_path: Path) -> None:
    out = tmp_path / "cleaned"
    _, written = write_cleaned(examine_data(faulty, labels=False), out)
    assert set(written) == {out / name for name in ("data", "review", "journal.csv", "kept.txt", "left-out.txt",
                                                    "review.txt")}  # fmt: skip
    again = examine_data(out / "data", labels=False)
    assert not again.is_faulty and again.duplicates == ()
    assert (out / "data" / "places.csv").read_bytes() == (faulty / "places.csv").read_bytes()
    assert split_data(out / "data").counts() == {"train": 7, "valid": 4, "test": 4}
    kept = (out / "kept.txt").read_text("utf-8").splitlines()
    assert kept == [path for path, entry in journal_of(out).items() if entry[0] == "kept"]
    for path in kept:
        assert (out / "data" / path).read_bytes() == (faulty / path).read_bytes()
    assert sorted(path.name for path in (out / "review").rglob("*.jpg")) == ["2.jpg", "conflict.jpg"]


def test_suspects_are_set_aside_but_not_from_test(data: Path) -> None:
    found = examine_data(data, labels=False)
    headers = {photo.path.relative_to(data).as_posix(): photo for photo in found.inspection.photos}
    doubts = tuple(
        LabelDoubt(headers[path], "Rialto", 0.0, 0.9, 0.3, path != "train/0.Petra/2.jpg")
        for path in ("train/0.Petra/1.jpg", "test/0.Petra/1.jpg", "train/0.Petra/2.jpg")
    )
    verdicts = decide(Examination(found.inspection, (), (), (), doubts))
    by_path = {verdict.path.relative_to(data).as_posix(): verdict for verdict in verdicts}
    assert by_path["train/0.Petra/1.jpg"].decision == Decision.REVIEW
    assert by_path["train/0.Petra/1.jpg"].reason == "label in doubt: looks like Rialto (90 % to 0 %)"
    assert by_path["test/0.Petra/1.jpg"].decision == Decision.KEPT_REVIEW
    assert by_path["train/0.Petra/2.jpg"].decision == Decision.KEPT, "in doubt, and not enough to be set aside"


def test_a_stopped_cleaning_goes_on_and_lists_alone_copy_nothing(faulty: Path, tmp_path: Path) -> None:
    found = examine_data(faulty, labels=False)
    out = tmp_path / "cleaned"
    write_cleaned(found, out, copy=False)
    assert sorted(path.name for path in out.iterdir()) == ["journal.csv", "kept.txt", "left-out.txt", "review.txt"]
    write_cleaned(found, out)
    whole = snapshot(out)
    (out / "journal.csv").unlink()
    (out / "data" / "train" / "0.Petra" / "0.jpg").unlink()
    (out / "data" / "train" / "0.Petra" / ".0.jpg.abc.part").write_bytes(b"half")
    kept = out / "data" / "train" / "0.Petra" / "1.jpg"
    inode = kept.stat().st_ino
    write_cleaned(found, out)
    (out / "data" / "train" / "0.Petra" / ".0.jpg.abc.part").unlink()
    again = snapshot(out)
    assert {name: again[name][0] for name in again} == {name: whole[name][0] for name in whole}
    assert kept.stat().st_ino == inode, "not copied a second time"


@pytest.mark.parametrize("where", ["data", "data/cleaned", "."])
def test_it_never_writes_among_the_originals(data: Path, tmp_path: Path, where: str) -> None:
    before = snapshot(data)
    with pytest.raises(DataError, match="apart from the originals"):
        write_cleaned(examine_data(data, labels=False), tmp_path / where)
    assert snapshot(data) == before


def test_what_a_user_put_there_is_never_lost(data: Path, tmp_path: Path) -> None:
    found = examine_data(data, labels=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"thesis\.txt"):
        write_cleaned(found, tmp_path / "mine")
    write_cleaned(found, tmp_path / "cleaned")
    own = save(draw_scene(77), tmp_path / "cleaned" / "data" / "train" / "0.Petra" / "own.jpg")
    with pytest.raises(DataError, match=r"own\.jpg"):
        write_cleaned(found, tmp_path / "cleaned")
    assert own.exists()


def test_the_command_cleans(faulty: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "landmark", "inspect", str(faulty), "--no-labels", "--fix"]
    result = subprocess.run([*command, str(tmp_path / "cleaned")], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1, "the originals are as faulty as before"
    assert result.stderr.startswith("15 kept, 4 left out, 2 review\nWrote ")
    assert (tmp_path / "cleaned" / "data" / "test" / "1.Rialto" / "0.jpg").exists()
    refused = subprocess.run([*command, str(faulty), "--quick"], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2 and "--quick" in refused.stderr
