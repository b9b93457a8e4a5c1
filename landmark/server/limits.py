"""Limits of requests, checked before any work is done: bytes, time, and whether the server is full.

A pure ASGI layer in front of the routes. Parts of a form, pixels, frames and metadata are counted where they are read:
in `multipart` and in `landmark.photo`.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from landmark.server.bodies import Body
from landmark.server.replies import RequestError, busy

_BODIES = 8  # of the largest size allowed; what a process keeps in memory at most


class BodyLimits:
    """Refuse bodies that are too large or too slow, and, unread and at once, any body while the server is full."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, is_full: Callable[[], bool], upload_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._is_full = is_full
        self._upload_s = upload_s
        self._held_bytes = 0  # of all bodies that are being received or answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        body = Body(receive, send, self._upload_s)
        held_bytes = 0

        def hold(n_bytes: int) -> None:
            nonlocal held_bytes
            held_bytes += n_bytes
            self._held_bytes += n_bytes

        async def receive_within_limits() -> Message:
            message = await body.receive()
            hold(len(message.get("body", b"")))
            try:
                self._check_received(body.n_bytes)
            except RequestError:
                hold(-held_bytes)  # at once, and not only when the client has read why
                raise
            return message

        try:
            self._refuse_unread(scope)
            await self._app(scope, receive_within_limits, body.send)
        except RequestError as error:
            await error.response()(scope, receive, body.send)
        finally:
            hold(-held_bytes)

    def _refuse_unread(self, scope: Scope) -> None:
        """Raise `RequestError` for what the headers say already."""
        length = int(dict(scope["headers"]).get(b"content-length", b"0"))
        if length > self._max_bytes:
            raise self._too_large(f"{length / 1e6:,.1f} MB")
        if self._is_full():
            raise busy("The server has as much to do as it can do in time.")

    def _check_received(self, n_bytes: int) -> None:
        if n_bytes > self._max_bytes:
            raise self._too_large(f"over {self._max_bytes / 1e6:,.1f} MB")
        if self._held_bytes > _BODIES * self._max_bytes:
            raise busy("The server holds as many uploads as it has memory for.")

    def _too_large(self, found: str) -> RequestError:
        most = f"at most {self._max_bytes / 1e6:,.1f} MB"
        return RequestError(413, f"The body has {found}. Expected {most}; send fewer or smaller photos.")
