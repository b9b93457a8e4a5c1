"""The server of the review page: standard library, this machine alone, its own routes, photos by number and no path."""

import os
import sys
import threading
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from landmark.pages.coastline import land_path
from landmark.pages.rendering import page_bytes
from landmark.tagging.review.live.carrying_out import CarryingOut
from landmark.tagging.review.live.handler import HandlingServer, Review, ReviewHandler
from landmark.tagging.review.live.session import ReviewSession

HOST = "127.0.0.1"
_MAX_CONNECTIONS = 64  # a browser has six; each has a thread
_TEMPLATES = Path(__file__).with_name("templates")


class ReviewServer(HandlingServer):
    """Serves one review. Raises `OSError` where the port is taken; port 0 takes a free one.

    Example: `server = ReviewServer(session, carrying_out)`, open `server.url`, `server.serve_forever()`.
    """

    allow_reuse_address = os.name != "nt"  # where it would let another program take the port as well
    daemon_threads = True
    block_on_close = False  # a browser keeps connections open

    def __init__(self, session: ReviewSession, carrying_out: CarryingOut, port: int = 0) -> None:
        name = session.album.resolve().name or "album"
        page = page_bytes(_TEMPLATES / "live.html", name=name, land=land_path())
        files = {"/": ("text/html; charset=utf-8", page)}
        files["/page/live.css"] = "text/css; charset=utf-8", page_bytes(_TEMPLATES / "live.css")
        for file in _TEMPLATES.glob("*.js"):
            files[f"/page/{file.name}"] = "text/javascript; charset=utf-8", file.read_bytes()
        self.review = Review(session, carrying_out, files)
        self._room = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        super().__init__((HOST, port), ReviewHandler)

    def server_bind(self) -> None:
        """Take the port, without asking for this machine's name, which takes seconds on some networks."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def url(self) -> str:
        """Return the address that opens the page, once."""
        return f"http://{HOST}:{self.server_port}/?token={self.review.access.token}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or close it where there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone away."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)
