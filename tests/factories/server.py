"""Servers for tests: real ones on real ports, in a thread of the test's own process or as the command runs them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.waiting import PATIENCE_S, wait_until
from numpy.typing import NDArray

pytest.importorskip("fastapi", reason="needs the extra serve")

import requests
import uvicorn

from landmark.model.predictor import Predictor
from landmark.server.app import create_app
from landmark.server.protocol import PatientProtocol
from landmark.server.settings import ServerSettings


@dataclass
class Served:
    """A server that answers at `url`."""

    url: str
    process: subprocess.Popen[str] | None = None

    def locate(self, *photos: tuple[str, bytes], **options: Any) -> requests.Response:
        """POST /v1/locate with photos, each a name and its bytes."""
        files = [("photo", photo) for photo in photos]
        return requests.post(f"{self.url}/v1/locate", files=files, timeout=PATIENCE_S, **options)

    def rows(self, *photos: tuple[str, bytes], **options: Any) -> list[dict[str, Any]]:
        """The answers."""
        response = self.locate(*photos, **options)
        assert response.status_code == 200, response.text
        answers: list[dict[str, Any]] = response.json()["answers"]
        return answers

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a path."""
        return requests.get(f"{self.url}{path}", timeout=PATIENCE_S, **options)


@contextlib.contextmanager
def serving(predictor: Predictor | None = None, **settings: Any) -> Iterator[Served]:
    """A server in a thread, on a free port of this machine; `settings` are `ServerSettings`'s."""
    asked = ServerSettings(**{"deadline_s": PATIENCE_S, "queue": 16} | settings)
    app = create_app(asked, predictor)
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, http=PatientProtocol, loop="asyncio", ws="none",
        server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


@contextlib.contextmanager
def command(*arguments: str | Path, log: Path, **environment: str) -> Iterator[Served]:
    """`landmark serve` on a free port, until the block ends; what it says on standard error goes to `log`."""
    line = [sys.executable, "-m", "landmark", "serve", "--port", "0", *map(str, arguments)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | environment, start_new_session=True
        )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, f"{said}{log.read_text()}"
        yield Served(found[0], process)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()


class SlowSession:
    """A network that takes its time, or waits to be let go, and says how many photos it was given at once."""

    photos_at_once = 16

    def __init__(self, session: Any, seconds: float = 0.0) -> None:
        self.session = session
        self.seconds = seconds
        self.let_go = threading.Event()
        self.let_go.set()
        self.batches: list[int] = []

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.batches.append(len(images))
        time.sleep(self.seconds)
        assert self.let_go.wait(PATIENCE_S)
        scores: tuple[NDArray[np.float32], NDArray[np.float32]] = self.session.run(images)
        return scores
