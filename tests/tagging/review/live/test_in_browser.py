"""The review as a person does it, in a real browser over real HTTP: reject, choose, type, place several, write."""

from pathlib import Path
from typing import Any

import pytest
from factories import exiftool as exiftool
from factories.album import DOUBTFUL_TAJ, TAJ, by_name, make_photo
from factories.chromium import open_browser
from factories.review import begin_review, make_album

from landmark.geo.coordinates import Coordinates
from landmark.metadata.merging import read_metadata
from landmark.metadata.sidecars import list_folder
from landmark.tagging.policy import Policy
from landmark.tagging.request import TagRun
from landmark.tagging.undo import undo_folder

HOSTILE = "<img src=x onerror=alert(1)>\u2044'\".jpg"


def wait_for_text(page: Any, selector: str, text: str) -> None:
    page.locator(selector).filter(has_text=text).wait_for(timeout=15_000)


def test_the_main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_album(tmp_path / "album")
    make_photo(folder / HOSTILE, DOUBTFUL_TAJ, minutes=6)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with begin_review(folder, tmp_path, monkeypatch) as server, open_browser() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        asked, refused, complaints = [], [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda reply: refused.append(reply.url) if reply.status >= 400 else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append("a dialog: the name of a file was run"))
        page.goto(server.url)
        page.locator(".tile").first.wait_for()
        assert "token" not in page.url and page.title().startswith("Where was album/ taken?")
        wait_for_text(page, "#count", "2 to write · 0 declined · 3 to decide")
        assert page.locator(".tile .name").all_inner_texts()[2:] == [
            "unknown.jpg",
            HOSTILE,
            "unknown.png",
            "suspect.jpg",
        ]
        first = page.locator(".tile .name").first.inner_text()
        wait_for_text(page, "#about", first)

        page.keyboard.press("x")  # the first is declined, and the next one shown
        wait_for_text(page, "#count", "1 to write · 1 declined")
        page.keyboard.press("u")
        wait_for_text(page, "#count", "2 to write · 0 declined")
        page.keyboard.press("x")
        wait_for_text(page, "#count", "1 to write · 1 declined")
        second = page.locator(".tile .name").nth(1).inner_text()
        wait_for_text(page, "#about", second)
        other = page.locator("#candidates button span").nth(1).inner_text()
        page.keyboard.press("2")  # another candidate for the second
        wait_for_text(page, ".tile .state", f"✓ {other}")

        page.locator(".tile", has_text="unknown.jpg").click()  # two unknown ones are placed at once
        page.keyboard.press("Shift+ArrowRight")
        wait_for_text(page, "#about", "2 photos are selected")
        page.keyboard.press("p")
        page.keyboard.type("Atlantis")
        page.keyboard.press("Enter")
        wait_for_text(page, "#wrong", "No landmark 'Atlantis' is known here")
        page.locator("#text").blur()
        page.keyboard.press("p")  # what was refused is typed over
        page.keyboard.type("48.8584, 2.2945")
        page.keyboard.press("Enter")
        wait_for_text(page, "#count", "3 to write · 1 declined · 1 to decide")

        page.set_viewport_size({"width": 1100, "height": 460})
        for key in ("ArrowDown",) * 6 + ("ArrowUp",) * 6:
            page.keyboard.press(key)
        wait_for_text(page, "#about", first)
        head = page.locator(".group-head").first.bounding_box()
        assert head["y"] > page.locator("#write").bounding_box()["y"], "the head of the group is back as well"
        page.set_viewport_size({"width": 1100, "height": 900})

        page.click("#write")
        wait_for_text(page, "#notice", "3 written. landmark undo restores every byte.")
        assert page.locator(".tile[data-state=written]").count() == 3
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        here = f"http://127.0.0.1:{server.server_port}/"
        assert complaints == [] and [url for url in asked if not url.startswith((here, "data:"))] == []
        assert refused == [f"{here}api/decisions"], "the landmark that is not known"
    assert not (folder / f"{first}.xmp").exists() and (folder / f"{second}.xmp").exists()
    assert other in (folder / f"{second}.xmp").read_text()
    for name in ("unknown.jpg", HOSTILE):
        assert read_metadata(folder / name, list_folder(folder)).coordinates == Coordinates(48.8584, 2.2945)
    assert all(path.read_bytes() == content for path, content in before.items()), "photos are as they were"
    again = TagRun(folder)
    assert by_name(list(again.rows()))["unknown.jpg"].status != "unknown"
    assert all(one.restored for one in undo_folder(folder)) and not list(folder.glob("*.xmp"))


def test_what_was_written_is_read_by_exiftool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_album(tmp_path / "album")
    exiftool.need("exiftool")
    with begin_review(folder, tmp_path, monkeypatch) as server:
        session, carrying_out = server.review.session, server.review.carrying_out
        session.decide([2, 3], {"place": "48.8584, 2.2945"})
        carrying_out.start("sidecar")
        carrying_out.wait()
        assert carrying_out.progress()["written"] == 4
    [found] = exiftool.read_tags(folder / "unknown.jpg.xmp")
    assert (found["XMP-exif:GPSLatitude"], found["XMP-exif:GPSLongitude"]) == pytest.approx((48.8584, 2.2945))


def test_a_doubtful_photo_is_written_only_if_accepted_and_then_as_a_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "album"
    make_photo(folder / "a.jpg", None, minutes=0, gps=TAJ)
    make_photo(folder / "b.jpg", "Niagara Falls", minutes=1)  # nobody was there in a minute
    make_photo(folder / "c.jpg", None, minutes=2, gps=TAJ)
    with begin_review(folder, tmp_path, monkeypatch) as server:
        session, carrying_out = server.review.session, server.review.carrying_out
        [entry] = session.entries
        assert entry.kind == "doubtful" and '"against": ["' in entry.shown
        assert session.count()["open"] == 1 and session.complete().photos == {}
        session.decide([0], {"accept": True})
        carrying_out.start("sidecar")
        carrying_out.wait()
        assert carrying_out.progress()["written"] == 1
    assert "decided by a person" in (folder / "b.jpg.xmp").read_text()


def test_what_nearby_photos_alone_propose_is_written_only_if_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "album"
    for minutes in (0, 2, 8, 10):
        make_photo(folder / f"gps{minutes}.jpg", None, minutes=minutes, gps=TAJ)
    make_photo(folder / "a.jpg", None, minutes=4)
    make_photo(folder / "b.jpg", None, minutes=6)
    policy = Policy(propose_nearby_min=15)
    with begin_review(folder, tmp_path, monkeypatch, policy=policy) as server:
        session, carrying_out = server.review.session, server.review.carrying_out
        assert [entry.kind for entry in session.entries] == ["near_others", "near_others"]
        assert session.count()["open"] == 2
        session.decide([0], {"accept": True})
        carrying_out.start("sidecar")
        carrying_out.wait()
        assert carrying_out.progress()["written"] == 1 and not carrying_out.progress()["named"]
    assert [path.name for path in folder.glob("*.xmp")] == ["a.jpg.xmp"]


def test_a_review_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_album(tmp_path / "album")
    with begin_review(folder, tmp_path, monkeypatch) as server:
        server.review.session.decide([0], {"decline": True})
        server.review.session.decide([2], {"place": "Eiffel Tower"})
    with begin_review(folder, tmp_path, monkeypatch) as server:
        assert server.review.session.count() == {"to_write": 2, "declined": 1, "open": 1, "written": 0, "failed": 0}


def test_what_could_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_album(tmp_path / "album")
    with begin_review(folder, tmp_path, monkeypatch) as server:
        session, carrying_out = server.review.session, server.review.carrying_out
        session.decide([0], {"accept": True})
        make_photo(folder / session.entries[0].photo, "Taj Mahal", size=(65, 48))
        carrying_out.start("sidecar")
        carrying_out.wait()
        found = carrying_out.progress()
        assert (found["written"], found["failed"]) == (1, 1) and "has changed since" in found["named"][0]
        assert session.count()["failed"] == 1


def test_a_photo_that_got_a_place_meanwhile_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_album(tmp_path / "album")
    with begin_review(folder, tmp_path, monkeypatch) as server:
        session, carrying_out = server.review.session, server.review.carrying_out
        assert session.entries[2].photo == "unknown.jpg"
        session.decide([2], {"place": "48.8584, 2.2945"})
        make_photo(folder / "unknown.jpg", DOUBTFUL_TAJ, gps=TAJ)
        carrying_out.start("sidecar")
        carrying_out.wait()
        found = carrying_out.progress()
        assert (found["written"], found["failed"]) == (2, 1) and "it has a place by now" in found["named"][0]
    assert not (folder / "unknown.jpg.xmp").exists()
