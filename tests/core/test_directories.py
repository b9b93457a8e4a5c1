"""The folders of a user: where they are on Linux, who may choose others, and that old journals are still found."""

import subprocess
import sys
from pathlib import Path

import pytest

from landmark.core.directories import cache_dir, data_dir


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LANDMARK_DATA", "LANDMARK_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="where the folders are on Linux")
def test_on_linux_they_are_where_they_have_always_been(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (data_dir(), cache_dir()) == (home / ".local/share/landmark", home / ".cache/landmark")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    assert (data_dir(), cache_dir()) == (home / "data/landmark", home / "cache/landmark")
    assert list(home.iterdir()) == [], "nobody has written anything yet"


def test_a_user_chooses_others(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("LANDMARK_DATA", "kept")
    monkeypatch.setenv("LANDMARK_CACHE", "computed")
    assert (data_dir(), cache_dir()) == (home / "kept", Path("computed"))


@pytest.mark.parametrize(("platform", "former"), [("darwin", "Library/Application Support"), ("win32", "Local")])
def test_a_journal_of_an_earlier_version_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, former: str
) -> None:
    monkeypatch.setenv("LOCALAPPDATA", str(home / "Local"))
    new = data_dir(platform)
    (home / former / "landmark").mkdir(parents=True)
    assert data_dir(platform) == home / former / "landmark"
    new.mkdir(parents=True)
    assert data_dir(platform) == new, "once there is a new folder, it is the one"


def test_a_start_does_not_pay_for_finding_them() -> None:
    code = "import landmark, landmark.core.directories, sys; print('platformdirs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
