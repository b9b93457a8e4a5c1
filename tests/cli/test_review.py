"""`landmark review` as a process: where it is, what is kept when it is killed, and how it ends."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from factories.album import make_photo
from factories.bundle import make_bundle
from typer.testing import CliRunner

from landmark.cli import app
from landmark.tagging.reviewing import has_browser


@pytest.fixture
def album(tmp_path: Path) -> Path:
    make_photo(tmp_path / "album" / "a.jpg", "Taj Mahal")
    return tmp_path / "album"


@contextmanager
def review(album: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command, and yield it with the address that it prints."""
    command = [sys.executable, "-m", "landmark", "review", str(album), "--no-open", "--model"]
    command.append(str(make_bundle(tmp_path / "model").path))
    environment = os.environ | {"LANDMARK_DATA": str(tmp_path / "data"), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().removeprefix("Review: ").strip()
        finally:
            process.kill()


def test_a_killed_review_has_lost_nothing(album: Path, tmp_path: Path) -> None:
    with review(album, tmp_path) as (process, url):
        host = urlsplit(url).netloc
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            connection.request("GET", "/?" + urlsplit(url).query)
            entered = connection.getresponse()
            entered.read()
            cookie = str(entered.headers["Set-Cookie"]).partition(";")[0]
            sent = {"Cookie": cookie, "Origin": f"http://{host}", "Content-Type": "application/json"}
            connection.request("POST", "/api/decisions", '{"numbers": [0], "place": "48.8584, 2.2945"}', sent)
            reply = connection.getresponse()
            reply.read()
            assert reply.status == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
    [kept] = (tmp_path / "data" / "reviews").glob("album-*.json")
    assert json.loads(kept.read_text())["photos"]["a.jpg"]["by_hand"] == {"latitude": 48.8584, "longitude": 2.2945}


def test_ctrl_c_ends_it_well(album: Path, tmp_path: Path) -> None:
    with review(album, tmp_path) as (process, url):
        assert url.startswith("http://127.0.0.1:") and process.stdout is not None
        while "Ctrl-C ends the review" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert "the same command goes on with them" in process.stdout.read()
        assert process.wait() == 0


def test_an_album_with_nothing_to_decide_on_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDMARK_DATA", str(tmp_path / "data"))
    (tmp_path / "album").mkdir()
    model = str(make_bundle(tmp_path / "model").path)
    result = CliRunner().invoke(app, ["review", str(tmp_path / "album"), "--model", model])
    assert result.exit_code == 0 and "There is nothing to decide on." in result.output


@pytest.mark.parametrize("options", [["--page", "p.html"], ["--apply", "d.json"], ["--from", "takeout"]])
def test_a_review_is_of_proposals_alone(options: list[str], album: Path) -> None:
    result = CliRunner().invoke(app, ["tag", str(album), "--review", *options])
    assert result.exit_code != 0 and "A review is for proposals of its own" in str(result.exception)


def test_a_window_is_opened_only_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    assert not has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_browser()
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22")
    assert not has_browser()
