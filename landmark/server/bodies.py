"""Bodies of requests as they arrive, and replies that do not get lost meanwhile."""

import asyncio
import time

from starlette.types import Message, Receive, Send

from landmark.server.replies import RequestError

_CLOSING = (401, 403, 408, 413)  # replies after which a connection with an unfinished body is closed


class Body:
    """A request's body as it arrives, and the reply, which waits for it.

    A client loses the reply if the connection is closed while it is still sending. So the end of a reply is held back
    until the body has arrived, for a while; the body itself is dropped.
    """

    drain_s = 2.0  # how long a refused body is still received, so that its sender gets to read why

    def __init__(self, receive: Receive, send: Send, upload_s: float) -> None:
        self._receive = receive
        self._send = send
        self._end = time.monotonic() + upload_s
        self._upload_s = upload_s
        self._is_whole = False
        self.n_bytes = 0

    async def receive(self) -> Message:
        """Receive the next piece. Raises `RequestError` (408) where the body takes too long."""
        if self._is_whole:
            return await self._receive()  # waits until the client goes away
        try:
            async with asyncio.timeout(max(0.0, self._end - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            found = f"The body had not arrived after {self._upload_s:g} s"
            raise RequestError(408, f"{found}. Expected it by then; send fewer or smaller photos.") from None
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        self.n_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the reply; the last one waits for the body."""
        if message["type"] == "http.response.start" and not self._is_whole and message["status"] in _CLOSING:
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        ends = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not ends or self._is_whole:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        await self._drain()
        await self._send({"type": "http.response.body", "body": b""})

    async def _drain(self) -> None:
        self._end = time.monotonic() + self.drain_s
        try:
            while not self._is_whole:
                await self.receive()
        except RequestError:
            pass
