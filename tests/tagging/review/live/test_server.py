"""The server of the review over real HTTP: who may ask, what is served, and what no request can reach."""

import http.client
import json
import threading
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from factories.review import begin_review, make_album

from landmark.photo.ignore_rules import IgnoreRules
from landmark.tagging.review.live.carrying_out import CarryingOut
from landmark.tagging.review.live.handler import MAX_BODY
from landmark.tagging.review.live.server import ReviewServer
from landmark.tagging.review.paths import review_path
from landmark.tagging.rows import Status, TagRow
from landmark.tagging.writing import Target


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Browser:
    """Asks as a browser would that has our cookie, unless told otherwise."""

    def __init__(self, server: ReviewServer) -> None:
        self.server, self.host = server, f"127.0.0.1:{server.server_port}"
        self.cookie = ""

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str | None] | None = None, method: str = ""
    ) -> Reply:
        given: dict[str, str | None] = {"Host": self.host, "Cookie": self.cookie}
        if body is not None:
            given |= {"Origin": f"http://{self.host}", "Content-Type": "application/json"}
        given |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        sent = {name: value for name, value in given.items() if value is not None}
        connection.request(method or ("POST" if body is not None else "GET"), path, body, sent)
        reply = connection.getresponse()
        found = Reply(reply.status, reply.headers, reply.read())
        connection.close()
        return found

    def enter(self) -> Reply:
        reply = self.ask("/?token=" + self.server.review.access.token)
        self.cookie = reply.headers["Set-Cookie"].partition(";")[0]
        return reply

    def post(self, path: str, value: Any) -> Reply:
        return self.ask(path, json.dumps(value).encode())


@pytest.fixture
def album(tmp_path: Path) -> Path:
    return make_album(tmp_path / "album")


@pytest.fixture
def browser(album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with begin_review(album, tmp_path, monkeypatch) as server:
        yield Browser(server)


def test_the_token_opens_once_and_leaves_a_strict_cookie(browser: Browser) -> None:
    for address in ("/", "/?token=wrong"):
        refused = browser.ask(address)
        assert refused.status == 403 and b"This is not the address" in refused.content, "nobody has used it so far"
    reply = browser.enter()
    assert reply.status == 200 and 'http-equiv="refresh"' in reply.content.decode()
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and browser.server.review.access.token not in cookie
    page = browser.ask("/")
    assert page.status == 200 and b"Where was album/ taken?" in page.content
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.headers["Access-Control-Allow-Origin"] is None and page.headers["Cache-Control"] == "no-store"
    spent = Browser(browser.server).ask("/?token=" + browser.server.review.access.token)
    assert spent.status == 403 and b"opens once only" in spent.content


def test_requests_by_another_name_are_refused(browser: Browser) -> None:
    browser.enter()
    assert browser.ask("/api/album", headers={"Host": "example.org"}).status == 421
    assert browser.ask("/api/undo", b"{}", {"Host": "example.org"}).status == 421
    assert browser.ask("/api/album", headers={"Host": f"localhost:{browser.server.server_port}"}).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": None}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": str(MAX_BODY + 1)}, 413),
        ({"Content-Length": "many"}, 411),
    ],
)
def test_changes_are_taken_from_the_page_alone(browser: Browser, headers: dict[str, str | None], status: int) -> None:
    browser.enter()
    body = b'{"numbers": [0], "decline": true}'
    assert browser.ask("/api/decisions", body, headers).status == status
    assert browser.server.review.session.choices == {}
    assert browser.ask("/api/decisions", body, {"Sec-Fetch-Site": "same-origin"}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/../../../access.py",
        "/page/live.html",
        "/thumbnails/../album",
        "/thumbnails/-1",
        "/thumbnails/99",
        "/thumbnails/0/../../a.jpg",
        "/pictures/%2e%2e%2fa.jpg",
        "/etc/passwd",
        "//example.org/",
        "/api/",
    ],
)
def test_nothing_but_its_own_routes_is_served(browser: Browser, path: str) -> None:
    browser.enter()
    assert browser.ask(path).status == 404


def test_other_methods_are_refused(browser: Browser) -> None:
    browser.enter()
    for method in ("PUT", "DELETE", "OPTIONS", "HEAD"):
        assert browser.ask("/", method=method).status == 501


def test_pictures_are_made_by_number_and_broken_ones_are_missing(browser: Browser, album: Path) -> None:
    browser.enter()
    rows = browser.ask("/api/rows?first=0&count=200").json
    number = next(row["number"] for row in rows if row["row"]["name"] == "taj.jpg")
    reply = browser.ask(f"/thumbnails/{number}")
    assert reply.headers["Content-Type"] == "image/jpeg" and reply.content[:2] == b"\xff\xd8"
    assert "private" in reply.headers["Cache-Control"]
    other = next(row["number"] for row in rows if row["row"]["name"] == "unknown.jpg")
    (album / "unknown.jpg").write_bytes(b"no photo")
    assert browser.ask(f"/pictures/{other}").status == 404


def test_rows_come_in_pieces(browser: Browser) -> None:
    browser.enter()
    album = browser.ask("/api/album").json
    assert [group["kind"] for group in album["groups"]] == ["proposed", "proposed", "unknown", "suspect"]
    assert album["count"] == {"to_write": 2, "declined": 0, "open": 2, "written": 0, "failed": 0}
    assert "Eiffel Tower" in album["landmarks"] and "Grandmother's House" in album["landmarks"]
    assert [row["number"] for row in browser.ask("/api/rows?first=1&count=2").json] == [1, 2]
    assert browser.ask("/api/rows?first=99&count=2").json == []
    assert len(browser.ask("/api/rows?first=-1&count=x").json) == 0


def test_decisions_are_on_disk_when_the_reply_comes(browser: Browser) -> None:
    browser.enter()
    session = browser.server.review.session
    reply = browser.post("/api/decisions", {"numbers": [0], "decline": True}).json
    assert reply["states"][0]["choice"] == {"write": False, "label": session.entries[0].label, "by_hand": False}
    kept = json.loads(session.file.read_text())
    assert kept["photos"][session.entries[0].photo]["write"] is False
    assert session.file.stat().st_mode & 0o077 == 0, "for its owner alone"
    assert browser.post("/api/undo", {}).json["states"][0]["choice"] is None
    assert json.loads(session.file.read_text())["photos"] == {}
    assert browser.post("/api/undo", {}).json["states"] == []


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"numbers": [0], "place": "Atlantis"}, "No landmark 'Atlantis' is known here"),
        ({"numbers": [0], "place": "Eifel Towr"}, "Did you mean Eiffel Tower?"),
        ({"numbers": [0], "place": "91, 0"}, "latitude"),
        ({"numbers": [99], "decline": True}, "Expected one from 0"),
        ({"numbers": [0.5], "decline": True}, "Expected one from 0"),
        ({"numbers": ["../a.jpg"], "decline": True}, "Expected one from 0"),
        ({"numbers": "all", "decline": True}, "Expected photos"),
        ({"numbers": [], "decline": True}, "Expected photos"),
        ({"numbers": [0]}, "Expected photos"),
        ({"numbers": [0], "candidate": 9}, "candidates"),
        ({"numbers": [0], "candidate": "1"}, "candidates"),
        ({"numbers": [2], "accept": True}, "nothing is proposed"),
        ({"numbers": [0, 4], "decline": True}, "keeps it"),
    ],
)
def test_what_cannot_be_decided_is_said_and_changes_nothing(browser: Browser, asked: Any, reason: str) -> None:
    browser.enter()
    reply = browser.post("/api/decisions", asked)
    assert reply.status == 400 and reason in reply.json["error"]
    assert browser.server.review.session.choices == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"no", b"\xff", b"[" * 100_000])
def test_bodies_that_are_no_objects_are_refused(browser: Browser, body: bytes) -> None:
    browser.enter()
    assert browser.ask("/api/decisions", body).status == 400


def test_two_who_decide_at_once_lose_nothing(browser: Browser) -> None:
    browser.enter()
    threads = [
        threading.Thread(target=browser.post, args=("/api/decisions", {"numbers": [number], "place": "Petra"}))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(browser.server.review.session.file.read_text())["photos"]) == 4


def test_the_saved_file_holds_all_decisions(browser: Browser, tmp_path: Path) -> None:
    browser.enter()
    browser.post("/api/decisions", {"numbers": [2], "place": "48.8584, 2.2945"})
    reply = browser.ask("/api/landmark-decisions.json")
    assert "attachment" in reply.headers["Content-Disposition"]
    assert [one["write"] for one in reply.json["photos"].values()] == [True, True, True]


def test_decisions_on_photos_that_are_not_shown_are_kept(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin_review(album, tmp_path, monkeypatch) as server:
        names = [entry.photo for entry in server.review.session.entries]
        for name in ("taj.jpg", "falls.jpg"):
            server.review.session.decide([names.index(name)], {"decline": True})
    with begin_review(album, tmp_path, monkeypatch, rules=IgnoreRules(exclude=("taj.jpg",))) as server:
        session = server.review.session
        session.decide([[entry.photo for entry in session.entries].index("falls.jpg")], {"accept": True})
        assert "taj.jpg" not in session.complete().photos
    with begin_review(album, tmp_path, monkeypatch) as server:
        choices = server.review.session.choices
        assert {name: choice.write for name, choice in choices.items()} == {"taj.jpg": False, "falls.jpg": True}


def test_a_file_of_decisions_that_cannot_be_read_is_moved_aside(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = review_path(album, ".json")
    file.write_text('{"landmark_decisions": 99}')  # of a newer version
    with begin_review(album, tmp_path, monkeypatch) as server:
        server.review.session.decide([0], {"decline": True})
    assert file.with_name(f"{file.stem}.1.json").read_text() == '{"landmark_decisions": 99}'


def test_what_a_fault_of_ours_ends_is_not_called_written(browser: Browser) -> None:
    def write(decisions: Path, target: Target) -> Generator[TagRow, None, None]:
        yield TagRow(str(browser.server.review.session.album / "taj.jpg"), Status.RECOGNISED, "", written="sidecar")
        raise RuntimeError("no such column")

    carrying_out = CarryingOut(browser.server.review.session, write)
    carrying_out.start("sidecar")
    carrying_out.wait()
    progress = carrying_out.progress()
    assert (progress["running"], progress["written"]) == (False, 1)
    assert progress["error"] == "The writing ended early (RuntimeError: no such column). Write again."
