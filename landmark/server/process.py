"""The server process: it listens, says when it is ready, answers what is in flight when stopped, and reloads.

One process with a thread for each core is the default; with `workers`, uvicorn watches several that share the port.
SIGTERM and Ctrl-C end the server once everything in flight is answered. SIGHUP loads the model as it is on disk by
then, while the old one still answers.
"""

import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess

from landmark.core.errors import ConfigurationError, LandmarkError
from landmark.model.bundle import load_bundle
from landmark.server.protocol import PatientProtocol
from landmark.server.settings import ServerSettings

logger = logging.getLogger("landmark.server")

_BACKLOG = 1024  # connections that the system keeps until a process accepts them
_CONNECTIONS = 512  # that a process keeps open at once
_START_S = 60  # for a process to start, on a busy machine


def serve(settings: ServerSettings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises `LandmarkError` for a model, host or port that cannot be used."""
    bundle = load_bundle(settings.model)  # checked before anything listens, and once for all processes
    with listen(settings) as listener:
        processes = "1 process" if settings.workers == 1 else f"{settings.workers} processes"
        where = f"{bundle.name} {bundle.version} on {address(settings, listener)}"
        banner = f"Serving {where} ({processes}; API: /docs; Ctrl-C ends it)"
        if settings.workers == 1:
            _serve_alone(settings, listener, banner)
        else:
            workers = _Workers(_uvicorn_config(partial(create_worker_app, settings), settings), listener, banner)
            workers.run()
            if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
                raise LandmarkError("A server process could not start. The lines above say why.")


def address(settings: ServerSettings, listener: socket.socket) -> str:
    """Return the URL under which a server is reached."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def create_worker_app(settings: ServerSettings) -> ASGIApp:
    """Create the application in a worker process, which ends together with the process that started it."""
    from landmark.server.app import create_app  # half a second, which the watching process can do without

    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        return create_app(settings)
    except LandmarkError as error:
        print(f"landmark: {error}", file=sys.stderr)
        sys.exit(STARTUP_FAILURE)


def _serve_alone(settings: ServerSettings, listener: socket.socket, banner: str) -> None:
    """Serve in this process; after a SIGHUP another server takes over the socket, with the model as it is by then."""
    # Threads that decode hold Python's lock for 5 ms at a time by default, and requests wait for it.
    sys.setswitchinterval(0.0005)
    for stop in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them again when everything is answered
        signal.signal(stop, lambda *_: sys.exit(0))
    server: _Server | None = _Server(settings)
    while server is not None:
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, server.reload)
        server.banner, banner = banner, ""
        server.run(sockets=[listener.dup()])  # closed at the end; meanwhile connections wait in the backlog
        server = server.following


class _Server(uvicorn.Server):
    """uvicorn's server, which also says when it is ready, and can load another to follow it."""

    def __init__(self, settings: ServerSettings) -> None:
        from landmark.server.app import create_app

        super().__init__(_uvicorn_config(create_app(settings), settings))
        self.settings = settings
        self.banner = ""
        self.following: _Server | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.banner:
            print(self.banner, flush=True)

    def reload(self, *_: object) -> None:
        """Load the server that follows, in a thread; this one answers until it is there."""
        threading.Thread(target=self._load, daemon=True).start()

    def _load(self) -> None:
        try:
            self.following = _Server(self.settings)
            self.should_exit = True
        except (LandmarkError, OSError) as error:
            logger.error("The model was not loaded again, and the one in use stays. %s", error)


class _Workers(Multiprocess):
    """uvicorn's processes, of which it is also said when all are ready."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, banner: str) -> None:
        super().__init__(config, [listener])
        self._banner = banner

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(_START_S, self.should_exit) for process in self.processes):
            print(self._banner, flush=True)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _uvicorn_config(app: Any, settings: ServerSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, partial),
        workers=settings.workers,
        loop="asyncio",
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        access_log=False,  # it would hold queries, and with them tokens
        log_config=_log_config(settings),
        server_header=False,
        proxy_headers=False,  # they can be forged
        backlog=_BACKLOG,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=max(1, int(settings.deadline_s * settings.max_photos) + 1),
        timeout_worker_healthcheck=_START_S,
    )


def listen(settings: ServerSettings) -> socket.socket:
    """Return a listening socket. Raises `ConfigurationError` where the address or the port is not available."""
    family, dual = socket.AF_INET, False
    if ":" in settings.host:
        family, dual = socket.AF_INET6, socket.has_dualstack_ipv6()  # "::" is reached by IPv4 as well
    try:
        listener = socket.create_server(
            (settings.host, settings.port), family=family, backlog=_BACKLOG, dualstack_ipv6=dual
        )
    except OSError as error:
        raise ConfigurationError(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror or error}. Expected an address "
            "of this machine and a free port; choose another with --port, or any free one with --port 0."
        ) from error
    # Asked for by its number alone, a socket knows that it is TCP's; only then asyncio sends replies at once
    # (TCP_NODELAY) instead of 40 ms later.
    listener = socket.socket(fileno=listener.detach())
    listener.set_inheritable(True)
    return listener


def _log_config(settings: ServerSettings) -> dict[str, Any]:
    """Return a logging configuration of lines on standard error: time, level, message."""
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
