"""uvicorn's HTTP protocol, with a time limit for connections that never send a whole request."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PatientProtocol(HttpToolsProtocol):
    """Close connections that have not sent a whole request head within `headers_s` seconds.

    uvicorn waits for good once bytes have come that are no whole request: half a head, or a body after its refusal.
    """

    headers_s = 10.0
    last_request_s = 0.5  # for a connection that was made just before the server ends: its request may be on its way
    _waiting: asyncio.TimerHandle | None = None
    _is_ending = False

    def connection_made(self, transport: Any) -> None:
        """Take a connection, for so long."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; where that is no request, wait for one, however slowly the rest may drip."""
        super().data_received(data)
        if self._is_ending and self.cycle is not None:
            self.cycle.keep_alive = False
        self._wait()

    def shutdown(self) -> None:
        """End with the server: at once, after the answer, or, where nothing was asked yet, after a moment."""
        if self.cycle is None and not self.transport.is_closing():
            self._is_ending = True
            self.loop.call_later(self.last_request_s, self._close_unless_asked, None)
        else:
            super().shutdown()

    def _wait(self) -> None:
        if self._waiting is None and self._is_idle():
            self._waiting = self.loop.call_later(self.headers_s, self._close_unless_asked, self.cycle)

    def _close_unless_asked(self, last: Any) -> None:
        self._waiting = None
        if self._is_idle() and self.cycle is last:
            self.transport.close()
        else:  # a request has come since; the next one gets as long
            self._wait()

    def _is_idle(self) -> bool:
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing()
