"""The log and the counts of requests: never a photo's content, and its name only where asked for.

The outermost ASGI layer, so that it also sees what fails and what is refused.
"""

import logging
import time
import traceback
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from landmark.server.metrics import Metrics
from landmark.server.replies import RequestError

logger = logging.getLogger("landmark.server")

CLIENT_GONE = 499  # what proxies log, too, for a client that did not wait
UNEXPECTED = RequestError(500, "Something unexpected happened, and the log says where. Please report it.")


class RequestLog:
    """Time, count and log each request. An unexpected error becomes a reply, and a line about where it happened."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, paths: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status: int | None = None

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:  # its text is not logged: it might hold what was sent
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s, unexpected:\n%s", type(error).__name__, frames.rstrip())
            if status is None:
                await UNEXPECTED.response()(scope, receive, send_and_note)
        finally:
            self._note(scope, status or CLIENT_GONE, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # Known paths only: others may hold a name, and there is no end of them.
        route = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        level = logging.DEBUG if route in ("/healthz", "/readyz", "/metrics") else logging.INFO
        logger.log(level, "%s %s %d %.0f ms", scope["method"], route, status, 1000 * seconds)
