"""What people see on a terminal of 80 columns: a summary, no row that wraps, and what is broken by name."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from factories.bundle import COLOURS, make_bundle
from PIL import Image

from landmark.core.terminal import display_width

if sys.platform == "win32":
    pytest.skip("needs pseudo terminals, which Windows has not", allow_module_level=True)
from factories.terminal import run_at_terminal

NAMES = (
    "IMG_0042 the whole family in front of the mausoleum at sunrise, edited version 3 (1).jpg",
    "東京タワー 2024年5月.jpg",
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("model") / "colours").path


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Photos with long and wide names in a deep folder, some of no landmark, some broken."""
    album = tmp_path / "album"
    deep = album / "2024 A summer of travelling" / "05 India, from Delhi to Agra and back"
    deep.mkdir(parents=True)
    for name in NAMES:
        Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]).save(deep / name)
    Image.new("RGB", (64, 48), COLOURS[None]).save(deep / f"un{NAMES[0]}")
    for number in range(5):
        (album / f"broken {number}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    return album


def test_locate_sums_up_a_folder_on_a_terminal(album: Path, bundle: Path) -> None:
    shown = run_at_terminal("locate", "album", "--model", bundle, cwd=album.parent)
    assert shown.returncode == 0, "broken photos found in a folder are counted"
    assert max(map(display_width, [*shown.lines, *shown.notes])) <= 80
    assert shown.lines[0].split() == ["landmark", "photos", "how", "sure", "surest"]
    assert shown.lines[1].startswith("Taj Mahal, India       2")
    assert "No landmark I know: 1 photo" in shown.lines
    assert "Could not be read: 5 photos" in shown.lines and "  and 2 more" in shown.lines
    assert any("album/broken 0.jpg" in line for line in shown.lines)


def test_every_photo_has_its_line_where_asked_for_and_none_wraps(album: Path, bundle: Path) -> None:
    shown = run_at_terminal("locate", "album", "-v", "--model", bundle, cwd=album.parent)
    assert max(map(display_width, shown.lines)) <= 80
    assert sum("edited version 3 (1).jpg"[-20:] in line for line in shown.lines) == 2
    assert sum("cannot be read" in line for line in shown.lines) == 5
    narrow = run_at_terminal("locate", "album", "-v", "--model", bundle, cwd=album.parent, columns=40)
    assert max(map(display_width, narrow.lines)) <= 40


def test_one_photo_is_answered_in_full_on_a_terminal(album: Path, bundle: Path) -> None:
    [photo] = album.rglob(NAMES[1])
    assert "  Taj Mahal, India" in run_at_terminal("locate", photo, "--model", bundle).lines


def locate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", "locate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_what_is_piped_is_never_cut(album: Path, bundle: Path) -> None:
    lines = locate(album, "--model", bundle).stdout.splitlines()
    assert len(lines) == 8 and sum(NAMES[0] in line and str(album) in line for line in lines) == 2


def test_broken_photos_fail_only_what_names_them(album: Path, bundle: Path, tmp_path: Path) -> None:
    named = locate(album, album / "broken 1.jpg", "--json", "--model", bundle)
    assert named.returncode == 1 and len(named.stdout.splitlines()) == 9
    assert locate(album, "--json", "--model", bundle).returncode == 0
    assert locate(album, "--json", "--model", bundle, "--strict").returncode == 1
    shutil.copytree(album / "2024 A summer of travelling", tmp_path / "whole")
    whole = locate(tmp_path / "whole", "--json", "--model", bundle, "--strict")
    assert whole.returncode == 0 and all(json.loads(line)["error"] is None for line in whole.stdout.splitlines())
    (tmp_path / "whole" / "failed copy.jpg").touch()
    assert locate(tmp_path / "whole", "--model", bundle).returncode == 0
    assert locate(tmp_path / "whole", "--model", bundle, "--strict").returncode == 1


def test_tag_sums_up_an_album_by_place(album: Path, bundle: Path, tmp_path: Path) -> None:
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    shown = run_at_terminal("tag", "album", "--model", bundle, cwd=album.parent, environment=data)
    assert shown.returncode == 0
    assert shown.lines[0].split() == ["place", "photos", "new"]
    assert shown.lines[1].split() == ["Taj", "Mahal,", "Agra,", "India", "2", "2"]
    assert "Could not be read: 5 photos" in shown.lines
    commands = [line for line in shown.notes if line.startswith(("  landmark ", "Wrote "))]
    assert max(map(display_width, [*shown.lines, *(set(shown.notes) - set(commands))])) <= 80
    assert f"  landmark tag album --model {bundle} --write sidecar" in commands, "whole, to be copied"


def test_tag_has_a_line_for_each_photo_where_asked_for(album: Path, bundle: Path, tmp_path: Path) -> None:
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    shown = run_at_terminal("tag", "album", "-v", "--model", bundle, cwd=album.parent, environment=data)
    rows = [line for line in shown.lines if line]
    assert len(rows) == 8 and max(map(display_width, rows)) <= 80
    assert sum("unreadable" in line for line in rows) == 5
    assert "Placing" not in shown.stderr
    written = run_at_terminal(
        "tag", "album", "--write", "sidecar", "--model", bundle, cwd=album.parent, environment=data
    )
    assert "  landmark undo album" in written.notes and written.returncode == 0
    assert "8/8" in written.stderr and "/?" not in written.stderr, "how far it is, of how many"


def test_a_map_of_what_was_found(album: Path, bundle: Path, tmp_path: Path) -> None:
    shown = run_at_terminal("locate", "album", "--map", "map.html", "--model", bundle, cwd=album.parent)
    assert "Wrote map.html" in shown.notes
    page = (album.parent / "map.html").read_text()
    assert "Taj Mahal, India" in page and "8 photos, 2 of them of a landmark." in page
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    run_at_terminal("tag", "album", "--map", "m.html", "--model", bundle, cwd=album.parent, environment=data)
    assert "Taj Mahal, Agra, India" in (album.parent / "m.html").read_text()
    refused = locate(album, "--map", tmp_path / "places.kml", "--model", bundle)
    assert refused.returncode == 2 and "--out writes .kml" in refused.stderr and "Traceback" not in refused.stderr


def test_the_other_commands_for_photos_wrap_no_row(album: Path, bundle: Path, tmp_path: Path) -> None:
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    subprocess.run(
        [sys.executable, "-m", "landmark", "tag", str(album), "--write", "sidecar", "--model", str(bundle)],
        env=os.environ | data, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    for command in (["history"], ["undo", album, "--dry-run"], ["untag", album, "--dry-run"], ["places"]):
        shown = run_at_terminal(*command, environment=data)
        lines = [*shown.lines, *shown.notes]  # what is printed while a bar is shown goes the bar's way
        assert shown.returncode == 0 and len(lines) > 3, command
        assert max(map(display_width, lines)) <= 80, command
    refused = run_at_terminal("tag", album / "broken 0.jpg", environment=data)
    too_long = [note for note in refused.notes if display_width(note) > 80 and str(tmp_path) not in note]
    assert refused.returncode == 2 and not too_long  # a path stays whole


def test_what_undo_leaves_alone_is_told_in_full(album: Path, bundle: Path, tmp_path: Path) -> None:
    """Files of one reason stand together, so that what to do can be read on 80 columns."""
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    subprocess.run(
        [sys.executable, "-m", "landmark", "tag", str(album), "--write", "photo", "--model", str(bundle)],
        env=os.environ | data, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    for name in NAMES:
        photo = next(album.rglob(name))
        photo.write_bytes(photo.read_bytes() + b"edited")
    shown = run_at_terminal("undo", album, environment=data)
    assert shown.returncode == 1 and max(map(display_width, shown.lines)) <= 80
    text = " ".join(line.strip() for line in shown.lines)
    assert "Left alone: 2 files, it was changed after the place was written" in text
    assert "landmark untag" in text, "what to do is not cut off"
    assert sum(line.endswith(tuple(name[-20:] for name in NAMES)) for line in shown.lines) == 2
    album.rename(album.with_name("moved"))
    gone = run_at_terminal("undo", album, environment=data)
    assert gone.returncode == 1 and "If it was moved" in " ".join(line.strip() for line in gone.lines)


def test_what_could_not_be_written_is_named_once(album: Path, bundle: Path, tmp_path: Path) -> None:
    for photo in album.rglob("*.jpg"):
        photo.chmod(0o444)
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    shown = run_at_terminal(
        "tag", "album", "--write", "photo", "--model", bundle, cwd=album.parent, environment=data
    )  # fmt: skip
    assert shown.returncode == 1 and "Could not be written: 2 photos" in shown.lines
    assert any(line.startswith("    read-only.") for line in shown.lines)
    assert not any(str(album) in line for line in shown.lines)


def test_after_writing_what_is_left_to_decide_is_told(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "album").mkdir()
    for name in ("a.png", "Screenshot_20240506-100102.png"):
        Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]).save(tmp_path / "album" / name)
    command = ("tag", "album", "--write", "sidecar", "--model", bundle)
    shown = run_at_terminal(*command, cwd=tmp_path, environment={"LANDMARK_DATA": str(tmp_path / "data")})
    assert shown.returncode == 0 and "  landmark undo album" in shown.notes
    assert "To decide on 1 doubtful photo in the browser:" in shown.notes
    assert f"  landmark review album --model {bundle}" in shown.notes


def test_an_empty_folder_has_no_photos(tmp_path: Path, bundle: Path) -> None:
    data = {"LANDMARK_DATA": str(tmp_path / "data")}
    (tmp_path / "empty").mkdir()
    for name in ("tag", "locate"):
        shown = run_at_terminal(name, "empty", "--model", bundle, cwd=tmp_path, environment=data)
        assert shown.returncode == 0 and "No photos found." in shown.notes
        assert not any("--verbose" in note for note in shown.notes), "there is nothing to tell more of"
    missing = run_at_terminal("tag", "emtpy", "--model", bundle, cwd=tmp_path, environment=data)
    assert missing.returncode == 2 and "emtpy: no such folder." in " ".join(missing.notes)


def test_the_answer_for_one_photo_wraps_its_sentences(tmp_path: Path, bundle: Path) -> None:
    text = tmp_path / "notes of the journey through India, and of what we ate there.jpg"
    text.write_text("no photo")
    shown = run_at_terminal("locate", text.name, "--model", bundle, cwd=tmp_path)
    assert shown.returncode == 1 and max(map(display_width, shown.lines)) <= 80
    assert "JPEG" in " ".join(shown.lines)
