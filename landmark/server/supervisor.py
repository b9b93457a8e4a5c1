"""Server processes that share one listening socket: begun, watched, begun again when one dies, and drained at the end.

The watching is uvicorn's. SIGTERM and Ctrl-C end a server when what it has taken on is answered; SIGHUP puts new
processes, with the model as it is on disk by then, in the place of the old ones, one after the other.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from multiprocessing import parent_process, reduction
from multiprocessing.connection import wait
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors.multiprocess import Multiprocess

from landmark.core.errors import ConfigurationError, LandmarkError
from landmark.model.bundle import load_bundle
from landmark.server.metrics import forget_process, shared_folder
from landmark.server.settings import ServerSettings

_BACKLOG = 1024  # connections that the system keeps until a process takes them
_CONNECTIONS = 512  # that a process keeps open at once
_HEADERS_S = 10.0  # from connecting until a request's headers are there
_START_S = 60  # for a process to begin, on a machine with other things to do


def serve(settings: ServerSettings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises `LandmarkError` for a model, host or port that cannot be used."""
    bundle = load_bundle(settings.model)  # told here in a sentence, and not by each process
    listener = _listen(settings)
    config = uvicorn.Config(
        partial(_create_worker_app, settings),
        factory=True,
        workers=settings.workers,
        loop="asyncio",  # whose listening asks the socket itself: see `_OneByOne`
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        access_log=False,  # it would hold queries, and with them tokens
        log_config=_log_config(settings),
        server_header=False,
        proxy_headers=False,  # nothing here believes them
        backlog=_BACKLOG,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=max(1, int(settings.deadline_s * settings.max_photos) + 1),
        timeout_worker_healthcheck=_START_S,
    )
    banner = f"{bundle.name} {bundle.version} on {address(settings, listener)}"
    with listener, shared_folder():
        supervisor = _Supervisor(config, [listener], banner)
        supervisor.run()
    if supervisor.has_failed:
        raise LandmarkError("A server process did not begin. Expected it within a minute; the lines above say why.")


def address(settings: ServerSettings, listener: socket.socket) -> str:
    """Where a server is reached, as a URL."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


class _Supervisor(Multiprocess):
    """uvicorn's, which also says when the server is ready, and settles the accounts of processes that have died."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], banner: str) -> None:
        super().__init__(config, sockets)
        self._banner = banner
        self.has_failed = False

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(_START_S, self.should_exit) for process in self.processes):
            processes = "1 process" if len(self.processes) == 1 else f"{len(self.processes)} processes"
            print(f"Serving {self._banner} ({processes}; API: /docs; Ctrl-C ends it)", flush=True)
        elif not self.should_exit.is_set():
            self.has_failed = True  # what fails now would fail again, without end
            self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            if pid is not None:
                forget_process(pid)


def _create_worker_app(settings: ServerSettings) -> ASGIApp:
    """The application, within a process of its own, which does not outlive the one that watches it."""
    from landmark.server.app import create_app  # half a second, which the watching process can do without

    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        return create_app(settings)
    except LandmarkError as error:
        print(f"landmark: {error}", file=sys.stderr)
        sys.exit(uvicorn.config.STARTUP_FAILURE)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's, whose patience with connections that do not get to the point has an end.

    uvicorn waits for good once bytes have come that are no whole request: half a head, or a body after its refusal.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection, for so long."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; where that is no request, wait for one, however slowly the rest may drip."""
        super().data_received(data)
        self._wait()

    def _wait(self) -> None:
        if self._waiting is None and self._is_idle():
            self._waiting = self.loop.call_later(_HEADERS_S, self._close_unless_asked, self.cycle)

    def _close_unless_asked(self, last: Any) -> None:
        self._waiting = None
        if self._is_idle() and self.cycle is last:
            self.transport.close()
        else:  # it has asked since; what it may have begun to send then gets as long
            self._wait()

    def _is_idle(self) -> bool:
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing()


class _OneByOne(socket.socket):
    """A listening socket that gives a process one connection each time it looks.

    An event loop takes all that are waiting, as many as the backlog holds; of several processes one would then have
    them all, and refuse most, while the others have nothing to do.
    """

    _has_given = False

    def accept(self) -> tuple[socket.socket, Any]:
        self._has_given = not self._has_given
        if not self._has_given:
            raise BlockingIOError
        return super().accept()

    def __reduce__(self) -> Any:
        return _adopt, (reduction.DupFd(self.fileno()),)


def _adopt(handle: Any) -> _OneByOne:
    return _OneByOne(fileno=handle.detach())


def _listen(settings: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    kind = _OneByOne if os.name == "posix" else socket.socket  # elsewhere sockets travel another way
    listener = kind(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror or error}). Expected an address "
            "of this machine and a free port; choose another with --port, or any free one with --port 0."
        ) from error
    listener.set_inheritable(True)
    return listener


def _log_config(settings: ServerSettings) -> dict[str, Any]:
    """Lines on standard error: time, level, message."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "landmark.server": {"handlers": ["stderr"], "level": "INFO"},
            "landmark.server.photos": {"level": logging.INFO if settings.log_photos else logging.WARNING},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING"},
        },
    }
