"""`landmark review` as a process: where it is, what is kept when it is killed, and how it ends."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
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
    kept, acknowledged = kill_while_deciding(album, tmp_path, after_s=0.2)
    assert kept["a.jpg"]["by_hand"]["latitude"] in (acknowledged, acknowledged + 1), "or the one under way"


@pytest.mark.soak
def test_a_review_that_is_killed_again_and_again_has_lost_nothing(album: Path, tmp_path: Path) -> None:
    chance = random.Random(20261201)
    for _ in range(100):
        kept, acknowledged = kill_while_deciding(album, tmp_path, after_s=chance.uniform(0.01, 0.5))
        assert kept["a.jpg"]["by_hand"]["latitude"] in (acknowledged, acknowledged + 1)


def kill_while_deciding(album: Path, tmp_path: Path, *, after_s: float) -> tuple[dict[str, Any], int]:
    """What a review that is killed has on disk, and the last latitude that it said it had kept."""
    acknowledged = 0
    with review(album, tmp_path) as (process, url), suppress(OSError, http.client.HTTPException):
        host = urlsplit(url).netloc
        killer = threading.Timer(after_s, process.kill)
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            connection.request("GET", "/?" + urlsplit(url).query)
            entered = connection.getresponse()
            entered.read()
            cookie = str(entered.headers["Set-Cookie"]).partition(";")[0]
            sent = {"Cookie": cookie, "Origin": f"http://{host}", "Content-Type": "application/json"}
            for latitude in range(90):
                body = json.dumps({"numbers": [0], "place": f"{latitude}, 2.2945"})
                connection.request("POST", "/api/decisions", body, sent)
                reply = connection.getresponse()
                reply.read()
                assert reply.status == 200
                acknowledged = latitude
                if latitude == 0:
                    killer.start()
            process.kill()
    [file] = (tmp_path / "data" / "reviews").glob("album-*.json")
    return json.loads(file.read_text())["photos"], acknowledged


def test_ctrl_c_ends_it_well_and_a_second_review_of_the_album_is_refused(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with review(album, tmp_path) as (process, url):
        assert url.startswith("http://127.0.0.1:") and process.stdout is not None
        monkeypatch.setenv("LANDMARK_DATA", str(tmp_path / "data"))
        second = CliRunner().invoke(app, ["review", str(album), "--model", str(tmp_path / "model")])
        assert "is being reviewed already" in str(second.exception)
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
