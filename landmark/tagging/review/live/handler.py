"""The routes of the review page. Whoever asks is checked first: the host, the cookie, and for changes the origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from landmark.core.errors import LandmarkError
from landmark.core.text import json_text
from landmark.tagging.review.decisions import FILE_NAME
from landmark.tagging.review.live.access import HEADERS, Access, is_local, is_same_origin
from landmark.tagging.review.live.carrying_out import CarryingOut
from landmark.tagging.review.live.pictures import Pictures
from landmark.tagging.review.live.session import ReviewSession, album_dict, read_json

MAX_BODY = 4_000_000  # bytes: the numbers of half a million photos
MAX_ROWS = 200  # of one reply
_PICTURE = re.compile(r"/(thumbnails|pictures)/(\d{1,9})$", re.ASCII)
_ENTRANCE = (  # not a redirect, whose request would carry no strict cookie where a link of another site led here
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>landmark review</title>'
    '<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Open the review</a></p></html>'
)
_WRONG = (
    "This is not the address of the review. Expected the one that landmark review has printed, with the whole of its "
    "token; it opens once."
)
_USED = (
    "This address has been used, and opens once only. The page that it opened still works. "
    "For a new address, end landmark review with Ctrl-C and start it again: all decisions are kept."
)


@dataclass(frozen=True)
class Review:
    """What the routes are about: `files` are the page and what belongs to it, by path, with their types."""

    session: ReviewSession
    carrying_out: CarryingOut
    files: Mapping[str, tuple[str, bytes]]
    access: Access = field(default_factory=Access)
    pictures: Pictures = field(default_factory=Pictures)


class HandlingServer(ThreadingHTTPServer):
    """A server that has a review for its handlers."""

    review: Review


class ReviewHandler(BaseHTTPRequestHandler):
    """One connection."""

    server: HandlingServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "landmark", ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer a request that changes nothing."""
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        if not is_local(self.headers["Host"]):
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to 127.0.0.1 and localhost only.")
        is_known = self.server.review.access.knows(self.headers["Cookie"], self.server.server_port)
        if address.path == "/" and "token" in query and not is_known:
            return self._enter(query["token"][0])
        if not is_known:
            return self._refuse(HTTPStatus.FORBIDDEN, self._closed())
        if address.path == "/" and "token" in query:
            return self._send(_ENTRANCE.encode(), "text/html; charset=utf-8")
        self._answer(address.path, query)

    def _answer(self, path: str, query: dict[str, list[str]]) -> None:
        session = self.server.review.session
        if path in self.server.review.files:
            kind, content = self.server.review.files[path]
            self._send(content, kind)
        elif found := _PICTURE.match(path):
            self._send_picture(found[1], int(found[2]))
        elif path == "/api/album":
            self._send_json(album_dict(session))
        elif path == "/api/rows":
            first, count = (_number(query, name) for name in ("first", "count"))
            end = min(first + min(count, MAX_ROWS), len(session.entries))
            self._send(session.rows_json(range(first, end)).encode(), "application/json")
        elif path == "/api/progress":
            self._send_json(self.server.review.carrying_out.progress())
        elif path == f"/api/{FILE_NAME}":
            saved = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
            self._send_json(session.complete().to_dict(), saved)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")

    def do_POST(self) -> None:
        """Answer a request that changes something."""
        if not is_local(self.headers["Host"]):
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to 127.0.0.1 and localhost only.")
        if not self.server.review.access.knows(self.headers["Cookie"], self.server.server_port):
            return self._refuse(HTTPStatus.FORBIDDEN, self._closed())
        if not is_same_origin(self.headers["Origin"], self.headers["Host"], self.headers["Sec-Fetch-Site"]):
            return self._refuse(HTTPStatus.FORBIDDEN, "This request comes from another page.")
        if self.headers.get_content_type() != "application/json":
            return self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Expected application/json.")
        length = self.headers["Content-Length"] or ""
        if not re.fullmatch(r"[0-9]{1,9}", length):
            return self._refuse(HTTPStatus.LENGTH_REQUIRED, "Expected the length of the body.")
        if int(length) > MAX_BODY:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Expected at most {MAX_BODY:,} bytes.")
        body = self.rfile.read(int(length))
        try:
            self._change(urlsplit(self.path).path, body)
        except LandmarkError as error:
            self._send_error(str(error), HTTPStatus.BAD_REQUEST)
        except OSError as error:  # no room for the decisions
            self._send_error(f"The decision was not kept: {error.strerror or error}.", HTTPStatus.CONFLICT)

    def _change(self, path: str, body: bytes) -> None:
        session, carrying_out = self.server.review.session, self.server.review.carrying_out
        if path == "/api/decisions":
            asked = read_json(body)
            numbers = asked.pop("numbers", None)
            if carrying_out.running:
                return self._send_error("Decisions are being written. Wait, or stop it.", HTTPStatus.CONFLICT)
            self._send_changed(session.decide(numbers if isinstance(numbers, list) else [], asked))
        elif path == "/api/undo":
            self._send_changed([] if carrying_out.running else session.undo())
        elif path == "/api/write":
            carrying_out.start(str(read_json(body).get("target")))
            self._send_json(carrying_out.progress())
        elif path == "/api/stop":
            carrying_out.stop()
            self._send_json(carrying_out.progress())
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _send_changed(self, numbers: list[int]) -> None:
        session = self.server.review.session
        text = f'{{"count": {json_text(session.count())}, "states": {session.states_json(numbers)}}}'
        self._send(text.encode(), "application/json")

    def _enter(self, token: str) -> None:
        cookie = self.server.review.access.exchange(token, self.server.server_port)
        if cookie is None:
            return self._refuse(HTTPStatus.FORBIDDEN, self._closed())
        self._send(_ENTRANCE.encode(), "text/html; charset=utf-8", {"Set-Cookie": cookie})

    def _closed(self) -> str:
        """Return why this browser is not let in, and what to do."""
        return _USED if self.server.review.access.is_spent else _WRONG

    def _send_picture(self, kind: str, number: int) -> None:
        session, pictures = self.server.review.session, self.server.review.pictures
        made = None
        if number < len(session.entries):
            photo = session.album / session.entries[number].photo
            made = pictures.thumbnail(photo) if kind == "thumbnails" else pictures.picture(photo)
        if made is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "There is no picture.")
        self._send(made, "image/jpeg", {"Cache-Control": "private, max-age=3600"})

    def _send_json(self, value: Any, more: dict[str, str] | None = None) -> None:
        self._send(json_text(value).encode(), "application/json", more)

    def _send_error(self, reason: str, status: HTTPStatus) -> None:
        self._send(json_text({"error": reason}).encode(), "application/json", status=status)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self.close_connection = True  # a body that was not read would be taken for the next request
        self._send(f"{reason}\n".encode(), "text/plain; charset=utf-8", {"Connection": "close"}, status)

    def _send(
        self, content: bytes, kind: str, more: dict[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"}
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Send the security headers with every reply."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal quiet, and addresses out of logs."""


def _number(query: dict[str, list[str]], name: str) -> int:
    text = query.get(name, ["0"])[0]
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
