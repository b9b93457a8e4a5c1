"""What is wrong with a data set: found, named, told as text, as JSON, as a page, and as an exit code."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from factories.photos import animation
from factories.scenes import draw_scene, make_scene_folders, save, scale
from PIL import Image

from landmark.dataset.inspection.examination import Examination, examine_data
from landmark.dataset.inspection.label_doubts import LabelDoubt
from landmark.dataset.inspection.photo_headers import PhotoHeader


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A sound data set: two landmarks, 4 scenes each in train and 2 in test."""
    return make_scene_folders(tmp_path / "data", train=4, test=2)


@pytest.fixture
def faulty(data: Path) -> Path:
    """The same with one of everything."""
    petra, rialto, test = data / "train" / "0.Petra", data / "train" / "1.Rialto", data / "test" / "0.Petra"
    whole = (petra / "0.jpg").read_bytes()
    (petra / "cut.jpg").write_bytes((petra / "1.jpg").read_bytes()[:-3000])
    (petra / "stump.jpg").write_bytes(whole[:700])
    (petra / "page.jpg").write_text("<!doctype html>404")
    save(scale(draw_scene(90), 0.1), petra / "icon.png")
    save(Image.new("RGB", (200, 200), "white"), petra / "white.png")
    save(draw_scene(91), petra / "lies.img", format="WebP")
    (petra / "moves.gif").write_bytes(animation("GIF"))
    save(scale(Image.open(petra / "0.jpg"), 0.7), test / "leak.jpg")
    (rialto / "conflict.jpg").write_bytes((petra / "2.jpg").read_bytes())
    (rialto / "twice.jpg").write_bytes((rialto / "0.jpg").read_bytes())
    return data


def inspect_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", "inspect", "--no-labels", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def kinds(found: Examination) -> dict[str, str]:
    return {flaw.path.name: flaw.kind for flaw in (*found.broken, *found.no_faults)}


def test_a_sound_data_set_has_no_findings(data: Path) -> None:
    found = examine_data(data, labels=False)
    assert (found.broken, found.no_faults, found.duplicates, found.leaks) == ((), (), (), ())
    assert not found.is_faulty
    assert "Broken: none" in str(found) and "Leaks between the splits: none" in str(found)


def test_broken_photos_are_listed_by_kind_and_odd_ones_apart(faulty: Path) -> None:
    found = examine_data(faulty, labels=False)
    assert kinds(found) == {
        "cut.jpg": "truncated", "stump.jpg": "unreadable", "page.jpg": "not a photo", "icon.png": "too small",
        "white.png": "blank", "lies.img": "wrong extension", "moves.gif": "animated",
    }  # fmt: skip
    assert [flaw.path.name for flaw in found.no_faults] == ["lies.img", "moves.gif"]
    assert all(str(flaw.path) in flaw.why for flaw in found.broken)
    text = str(found)
    assert "Broken: 1 unreadable, 1 not a photo, 1 truncated, 1 too small, 1 blank" in text
    assert "Odd and no fault: 1 wrong extension, 1 animated" in text


def test_duplicates_leaks_and_conflicts(faulty: Path) -> None:
    found = examine_data(faulty, labels=False)
    sets = [{photo.path.relative_to(faulty).as_posix() for photo in group.photos} for group in found.duplicates]
    assert len(sets) == 3
    assert {"train/0.Petra/0.jpg", "test/0.Petra/leak.jpg"} in sets
    assert [group.is_conflict for group in found.leaks] == [False]
    [conflict] = found.conflicts
    assert {photo.path.name for photo in conflict.photos} == {"2.jpg", "conflict.jpg"}
    assert found.is_faulty


def test_the_dictionary_names_photos_from_the_root(faulty: Path) -> None:
    found = json.loads(json.dumps(examine_data(faulty, labels=False).to_dict()))
    assert (found["n_leaks"], found["n_conflicting_labels"], len(found["duplicates"])) == (1, 1, 3)
    leak = next(group for group in found["duplicates"] if group["leak"])
    assert leak == {
        "kinship": "near", "leak": True, "conflicting_labels": False,
        "photos": ["train/0.Petra/0.jpg", "test/0.Petra/leak.jpg"],
    }  # fmt: skip
    [cut] = [flaw for flaw in found["broken"] if flaw["kind"] == "truncated"]
    assert cut["path"] == "train/0.Petra/cut.jpg" and "could be read" in cut["why"]


def test_the_command_exits_with_1_for_leaks_and_for_broken_photos_only(data: Path) -> None:
    sound = inspect_command(data, "--json")
    assert sound.returncode == 0 and sound.stderr == "" and json.loads(sound.stdout)["n_leaks"] == 0
    petra, test = data / "train" / "0.Petra", data / "test" / "0.Petra"
    (petra / "twice.jpg").write_bytes((petra / "0.jpg").read_bytes())
    assert inspect_command(data).returncode == 0, "a duplicate within a split does no harm to a test"
    save(scale(Image.open(petra / "0.jpg"), 0.8), test / "leak.jpg", quality=60)
    leaking = inspect_command(data)
    assert leaking.returncode == 1 and "Leaks between the splits: 1" in leaking.stdout
    assert inspect_command(data, "--quick").returncode == 0, "headers do not tell"
    (test / "leak.jpg").unlink()
    (test / "empty.jpg").touch()
    assert inspect_command(data).returncode == 1


def test_every_finding_shows_its_photos(faulty: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    result = inspect_command(faulty, "--out", tmp_path / "report")
    assert result.returncode == 1, result.stderr
    page = (tmp_path / "report" / "inspection.html").read_text("utf-8")
    findings = page[page.index("<h2>Leaks") : page.index("<h2>Splits")]
    shown: dict[str, str] = {}
    for caption, pictures in re.findall(r"<figcaption>(.*?)</figcaption><div>(.*?)</div>", findings, re.DOTALL):
        for name in re.findall(r'title="(.*?)"', pictures):
            shown.setdefault(name, unescape(caption))
    found = examine_data(faulty, labels=False)
    expected = {flaw.path.name for flaw in (*found.broken, *found.no_faults)}
    expected |= {photo.path.name for group in found.duplicates for photo in group.photos}
    assert {bias.kind for bias in found.biases} == {"few photos"}
    expected |= {path.name for bias in found.biases for paths in bias.examples.values() for path in paths}
    assert set(shown) == expected
    assert shown["leak.jpg"] == "train/0.Petra/0.jpg = test/0.Petra/leak.jpg (near)"
    assert "this is a web page, not a photo" in shown["page.jpg"]
    rows = json.loads((tmp_path / "report" / "inspection.json").read_text("utf-8"))
    assert rows["duplicates"] == found.to_dict()["duplicates"] and len(rows["photos"]) > 10


def test_doubted_labels_are_listed_with_their_photos(data: Path) -> None:
    pytest.importorskip("plotly")
    from landmark.dataset.inspection.findings_page import finding_sections

    found = examine_data(data, labels=False)
    assert "Labels: not judged (--labels)" in str(found) and found.to_dict()["label_doubts"] is None
    doubts = (
        LabelDoubt(found.inspection.photos[0], "Rialto", 0.1, 0.8, 0.6, True),
        LabelDoubt(found.inspection.photos[1], "Rialto", 0.6, 0.3, 0.2, True),
        LabelDoubt(found.inspection.photos[5], "Petra", 0.4, 0.5, 0.8, False),
    )
    judged = replace(found, doubts=doubts)
    assert len(judged.suspects) == 2 and not judged.is_faulty
    text = str(judged)
    assert "Labels worth a look: 3, of them 2 before training" in text
    assert "  train/0.Petra/0.jpg looks like Rialto (80 % to 10 %)" in text
    assert "  train/0.Petra/1.jpg unlike the other photos of Petra (similarity 0.20)" in text
    assert [row["path"] for row in judged.to_dict()["label_doubts"]] == [
        "train/0.Petra/0.jpg", "train/0.Petra/1.jpg", "train/1.Rialto/1.jpg",
    ]  # fmt: skip
    [section] = [one for one in finding_sections(judged) if one.heading == "Labels worth a look: 3"]
    [(_, photos)] = section.groups
    assert len(photos) == 3 and "1. Petra? looks like Rialto (80 % to 10 %): train/0.Petra/0.jpg" in photos


def test_the_real_photos_hold_the_planted_leak_and_one_more(shared: Path) -> None:
    found = examine_data(shared / "data" / "landmarks", labels=False)
    assert found.broken == ()
    planted, marked = sorted(found.leaks, key=lambda group: group.match)
    assert str(planted.match) == "same file" and planted.landmarks == ("Haleakala National Park",)
    # seen by eye: a stock photo of a pavilion, in train without and in test with its seller's bar below
    assert str(marked.match) == "near" and marked.landmarks == ("Forbidden City",)
    assert found.conflicts == ()
    assert [str(group.match) for group in found.duplicates].count("near") == 11
    assert all(len(group.photos) == 2 for group in found.duplicates)


def test_a_scraped_folder_s_duplicates_are_those_seen_by_eye(shared: Path) -> None:
    found = examine_data(shared / "data" / "messy")
    groups, n_photos = found.duplicates, len(found.inspection.photos)
    assert n_photos == 175
    # 73 different pictures, seen side by side on a contact sheet; of 52 of them there are copies of the file alone, and
    # of two photos of the columns, seen side by side, one with its seller's bar below as well
    assert n_photos - sum(len(group.photos) - 1 for group in groups) == 73
    near = [group for group in groups if str(group.match) == "near"]
    assert len(groups) == 54 and len(near) == 2 and len(groups) - len(near) == 52
    assert {photo.path.name[:8] for group in near for photo in group.photos} >= {"52e0c36d", "577a3b25"}
    assert found.conflicts == () and found.broken == ()
    # of what a person would throw out: a beach, a cave under water, a drawn stamp; another country's pyramid passes
    assert {"58686eec", "cf0dec89", "533a34d9"} <= {doubt.photo.path.name[:8] for doubt in found.suspects}
    assert len(found.no_faults) == 78 and {flaw.kind for flaw in found.no_faults} == {"wrong extension"}


def test_photos_are_told_by_header(data: Path) -> None:
    assert all(isinstance(photo, PhotoHeader) for photo in examine_data(data, labels=False).inspection.photos)
