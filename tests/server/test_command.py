"""`landmark serve` as it is run: one process or several that share a port, how they stop, restart and reload."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from factories.bundle import COLOURS, make_bundle
from factories.photos import encode
from factories.server import Served, command
from factories.waiting import wait_until
from PIL import Image

from landmark.server.process import listen
from landmark.server.settings import ServerSettings

TAJ = encode(Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]), "JPEG", quality=95)


def children(served: Served) -> list[int]:
    """The server processes: those that Python's spawning began, and not its tracker of resources."""
    assert served.process is not None
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == served.process.pid and b"spawn_main" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except (OSError, IndexError):
            continue
    return found


IN_FLIGHT = re.compile("^landmark_places_taken [1-9]", re.MULTILINE)


def answers(served: Served) -> bool:
    """Whether a new connection gets a whole answer."""
    try:
        return bool(served.rows(("a", TAJ))[0]["landmark"] == "Taj Mahal")
    except requests.RequestException:
        return False


def version(served: Served) -> str | None:
    """Return the version of the model that answers; None where the connection met the end of a server."""
    try:
        return str(served.get("/v1/model").json()["version"])
    except requests.RequestException:
        return None


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc, as on Linux")


def test_a_killed_process_loses_only_what_it_held_and_the_service_goes_on(bundle: Path, tmp_path: Path) -> None:
    with command("--model", bundle, "--workers", "2", log=tmp_path / "log") as served:
        before = children(served)
        assert len(before) == 2
        stop, outcomes = threading.Event(), []

        def ask_on() -> None:
            while not stop.is_set():
                outcomes.append(answers(served))

        with ThreadPoolExecutor(2) as clients:
            asking = [clients.submit(ask_on) for _ in range(2)]
            wait_until(lambda: len(outcomes) > 10)
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: len(children(served)) == 2 and before[0] not in children(served))
            asked = len(outcomes)
            wait_until(lambda: len(outcomes) > asked + 10)
            stop.set()
            for future in asking:
                future.result()
        assert outcomes.count(False) <= 2, "each client had one request at most in the process that was killed"
        assert before[1] in children(served)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_answers_what_is_in_flight(workers: str, bundle: Path, tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    arguments = ("--model", bundle, "--workers", workers, "--deadline", "60")
    with command(*arguments, log=tmp_path / "log", PROMETHEUS_MULTIPROC_DIR=str(counts)) as served:
        huge = encode(Image.new("L", (9_900, 9_900)), "PNG", compress_level=1)
        with ThreadPoolExecutor(1) as clients:
            slow = clients.submit(served.rows, ("huge", huge), ("taj", TAJ))
            wait_until(lambda: slow.done() or IN_FLIGHT.search(served.get("/metrics").text))
            assert not slow.done(), f"answered before it was asked to stop: {slow.result()}"
            assert served.process is not None
            served.process.send_signal(signal.SIGTERM)
            rows = slow.result()
        assert rows[1]["landmark"] == "Taj Mahal" and rows[0]["error"] is None
        assert served.process.wait(60) == 0
        with pytest.raises(requests.ConnectionError):
            served.get("/healthz")


def test_processes_do_not_outlive_the_one_that_watches_them(bundle: Path, tmp_path: Path) -> None:
    with command("--model", bundle, "--workers", "2", log=tmp_path / "log") as served:
        assert served.process is not None
        left = children(served)
        served.process.kill()
        served.process.wait()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sighup_loads_the_model_on_disk_without_a_gap(workers: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    make_bundle(folder)
    with command("--model", folder, "--workers", workers, log=tmp_path / "log") as served:
        assert served.get("/v1/model").json()["version"] == "1"
        make_bundle(folder, version="2")
        assert served.process is not None
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: version(served) == "2")
        assert answers(served)


def test_a_model_that_cannot_be_loaded_again_leaves_the_one_in_use(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    make_bundle(folder)
    with command("--model", folder, log=tmp_path / "log") as served:
        whole = (folder / "landmark.json").read_text()
        (folder / "landmark.json").write_text("{")
        assert served.process is not None
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "not loaded again" in (tmp_path / "log").read_text())
        assert answers(served) and served.get("/v1/model").json()["version"] == "1"
        (folder / "landmark.json").write_text(whole)
        make_bundle(folder, version="2")
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: version(served) == "2")


def test_a_token_from_a_file_or_the_environment(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("correct-horse\n")
    arguments = ("--model", bundle, "--host", "0.0.0.0", "--token-file", tmp_path / "token")
    with command(*arguments, log=tmp_path / "log") as served:
        served.url = served.url.replace("0.0.0.0", "127.0.0.1")
        assert served.locate(("a", TAJ)).status_code == 401
        assert served.rows(("a", TAJ), params={"key": "correct-horse"})[0]["landmark"] == "Taj Mahal"
    assert "correct-horse" not in (tmp_path / "log").read_text()


def test_counts_of_several_processes_are_one_account_in_a_folder_of_theirs(bundle: Path, tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    arguments = ("--model", bundle, "--workers", "2")
    with command(*arguments, log=tmp_path / "log", PROMETHEUS_MULTIPROC_DIR=str(counts)) as served:
        for _ in range(6):
            assert answers(served)
        assert 'landmark_photos_total{outcome="recognised"} 6.0' in served.get("/metrics").text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "no token is set"),
        (["--host", "photos.example"], "no token is set"),
        (["--host", "::"], "no token is set"),
        (["--token", "a b"], "spaces"),
        (["--token-file", "gone"], "gone: cannot be read"),
        (["--model", "gone"], "gone: no such folder"),
        (["--host", "127.0.0.1", "--port", "70000"], "70000"),
        (["--deadline", "0"], "deadline_s is 0"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(arguments: list[str], said: str, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "LANDMARK_TOKEN"}
    result = subprocess.run(
        [sys.executable, "-m", "landmark", "serve", *arguments], capture_output=True, text=True, cwd=tmp_path,
        env=clean, timeout=120,
    )  # fmt: skip
    assert result.returncode == 2 and said in result.stderr
    assert "Traceback" not in result.stderr


def test_replies_are_sent_at_once() -> None:
    """A socket that does not know its protocol would get none of asyncio's TCP_NODELAY: 40 ms more for each reply."""
    with listen(ServerSettings(port=0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with client, accepted, listener.dup() as of_the_next_server:
            assert {one.proto for one in (listener, accepted, of_the_next_server)} == {socket.IPPROTO_TCP}


def test_a_taken_port_is_refused_in_a_sentence(bundle: Path, tmp_path: Path) -> None:
    with command("--model", bundle, log=tmp_path / "log") as served:
        port = served.url.rsplit(":", 1)[1]
        start = time.monotonic()
        result = subprocess.run(
            [sys.executable, "-m", "landmark", "serve", "--port", port], capture_output=True, text=True, timeout=120
        )
        assert result.returncode == 2 and "cannot be listened on" in result.stderr
        assert time.monotonic() - start < 60
