"""`landmark explain` as people use it: files that appear, words on the terminal, exit codes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from factories.bundle import COLOURS, make_bundle, make_photo

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("model") / "colours").path


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", "explain", *map(str, arguments)]
    path = f"{Path(__file__).parents[2]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120,
                          env=os.environ | {"PYTHONPATH": path})  # fmt: skip


def test_a_picture_and_a_page_appear_beside_the_prompt(bundle: Path, tmp_path: Path) -> None:
    make_photo(tmp_path / "album/taj.jpg", "Taj Mahal")
    before = (tmp_path / "album/taj.jpg").read_bytes()
    result = run("album/taj.jpg", "--model", bundle, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Taj Mahal, India" in result.stdout and "Taj Mahal with the outlined fifth blurred: " in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["album", "taj.why.html", "taj.why.png"]
    assert [path.name for path in (tmp_path / "album").iterdir()] == ["taj.jpg"]
    assert (tmp_path / "album/taj.jpg").read_bytes() == before
    assert "Wrote taj.why.png" in result.stderr


@pytest.mark.parametrize("name", ["why.png", "why.html", "new/folder/why.PNG"])
def test_one_file_when_one_is_asked_for(bundle: Path, tmp_path: Path, name: str) -> None:
    photo = make_photo(tmp_path / "a.jpg", None)
    result = run(photo, "--out", tmp_path / name, "--model", bundle, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    head = (tmp_path / name).read_bytes()[:15]
    assert head == b"<!doctype html>" if name.endswith("html") else head.startswith(b"\x89PNG")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_programs_get_a_row_with_similar_photos(bundle: Path, tmp_path: Path) -> None:
    for index, landmark in enumerate(name for name in COLOURS if name):
        make_photo(tmp_path / "data/train" / f"{index}.{landmark.replace(' ', '_')}" / "a.png", landmark)
    photo = make_photo(tmp_path / "falls.jpg", "Niagara Falls")
    result = run(photo, "--data", tmp_path / "data", "--json", "--model", bundle, cwd=tmp_path)
    row = json.loads(result.stdout)
    assert row["landmark"] == row["explained"] == row["similar"][0]["landmark"] == "Niagara Falls"
    assert 0 <= row["confidence_without_marked"] <= 1 and row["marked_share"] == 0.2
    assert row["files"] == ["falls.why.png", "falls.why.html"]
    page = (tmp_path / "falls.why.html").read_text()
    assert "Most similar training photos" in page and "Niagara Falls, a.png" in page


def test_another_candidate_can_be_asked_about(bundle: Path, tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "a.jpg", "Taj Mahal")
    row = json.loads(run(photo, "--landmark", "niagara falls", "--json", "--model", bundle, cwd=tmp_path).stdout)
    assert (row["landmark"], row["explained"]) == ("Taj Mahal", "Niagara Falls")
    refused = run(photo, "--landmark", "Niagra Falls", "--model", bundle, cwd=tmp_path)
    assert refused.returncode == 2 and "Did you mean Niagara Falls?" in refused.stderr


def test_a_photo_that_cannot_be_read_exits_with_1(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("Dear diary,")
    result = run("a.jpg", "--model", bundle, cwd=tmp_path)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("landmark: a.jpg: this is text") and "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chrome or Chromium on this machine")
def test_a_browser_shows_the_page_and_loads_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    assert run(root / "examples/postcard.jpg", "--out", tmp_path / "why.html", cwd=tmp_path).returncode == 0
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
               "--dump-dom", f"file://{tmp_path / 'why.html'}"]  # fmt: skip
    dom = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=True)
    assert "Taj Mahal" in dom.stdout and "Refused to load" not in dom.stderr
