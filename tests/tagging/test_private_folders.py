"""What is kept of photos is for its owner's eyes: folders 0700, files 0600, also those that are there already."""

import os
import stat
import sys
from pathlib import Path

import pytest
from factories import album

from landmark.core.directories import data_dir
from landmark.tagging.journal import Journal
from landmark.tagging.request import TagRun

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such rights")


def modes(folder: Path) -> dict[str, str]:
    found = {".": folder, **{str(path.relative_to(folder)): path for path in folder.rglob("*")}}
    return {name: oct(stat.S_IMODE(path.stat().st_mode))[2:] for name, path in sorted(found.items())}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LANDMARK_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("landmark.model.predictor.Predictor.load", lambda *_, **__: album.make_predictor(tmp_path))
    album.make_photo(tmp_path / "album/a.jpg", "Taj Mahal")
    return tmp_path


def tag(home: Path) -> None:
    assert [row.landmark for row in TagRun(home / "album").rows()] == ["Taj Mahal"]
    with Journal():  # while its files are open
        assert {mode for name, mode in modes(data_dir()).items() if "sqlite" in name} == {"600"}


def test_journal_observations_and_pages_are_for_their_owner(home: Path) -> None:
    old = os.umask(0o022)
    try:
        tag(home)
    finally:
        os.umask(old)
    found = modes(data_dir())
    assert found.pop(".") == found.pop("reviews") == "700"
    assert len(found) >= 4 and set(found.values()) == {"600"}, found
    assert modes(home / "album")["a.jpg"] != "600", "and photos keep the rights that they have"


def test_what_earlier_versions_left_open_is_closed(home: Path) -> None:
    tag(home)
    for path in (data_dir(), *data_dir().rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    tag(home)
    assert set(modes(data_dir()).values()) == {"700", "600"}


def test_a_shared_folder_that_somebody_chose_keeps_its_rights(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = home / "shared"
    shared.mkdir(mode=0o755)
    (shared / "of somebody else.txt").touch(mode=0o644)
    os.chmod(shared, 0o755)
    monkeypatch.setenv("LANDMARK_DATA", str(shared))
    tag(home)
    found = modes(shared)
    assert (found.pop("."), found.pop("of somebody else.txt"), found.pop("reviews")) == ("755", "644", "700")
    assert set(found.values()) == {"600"}


def test_a_page_elsewhere_is_as_readable_as_any_file(home: Path) -> None:
    page = home / "page.html"
    assert list(TagRun(home / "album", page=page).rows())
    assert stat.S_IMODE(page.stat().st_mode) & 0o400 and not (data_dir() / "reviews").exists()
