"""The review page as a person meets it, in a real browser: look, untick, save, apply."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import album as album
from factories.album import DOUBTFUL_TAJ, TAJ, by_name, make_photo
from factories.bundle import make_bundle
from factories.chromium import open_browser

from landmark.core.errors import ConfigurationError
from landmark.model.predictor import Predictor
from landmark.tagging import TagRow
from landmark.tagging.policy import Policy
from landmark.tagging.reading.row_lines import row_lines
from landmark.tagging.request import TagRun
from landmark.tagging.review import static_page as page_module
from landmark.tagging.review.decisions import Decisions, settings_of
from landmark.tagging.review.static_page import ReviewPage
from landmark.tagging.summary import Summary

HOSTILE = "<script>alert(1)<\u20442>&'\".jpg"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LANDMARK_DATA", str(tmp_path / "data"))
    yield tmp_path / "data"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An album of two landmarks, one of its names meant to break the page; the model is the stub in numpy."""
    predictor = album.make_predictor(tmp_path)
    monkeypatch.setattr(Predictor, "load", lambda path=None, **_: predictor)
    folder = tmp_path / "album"
    make_photo(folder / "known.jpg", None, minutes=0, gps=TAJ)
    make_photo(folder / "doubtful.jpg", DOUBTFUL_TAJ, minutes=12)
    make_photo(folder / HOSTILE, "Taj Mahal")
    make_photo(folder / os.fsdecode(b"falls-\xe9.jpg"), "Niagara Falls")
    make_photo(folder / "more" / "wrong.jpg", "Niagara Falls")
    make_photo(folder / "suspect.jpg", "Niagara Falls", gps=TAJ)
    make_photo(folder / "house.jpg", "Grandmother's House")
    return folder


def dry_run(folder: Path) -> Path:
    run = TagRun(folder)
    list(run.rows())
    [page] = run.written_files
    return page


def apply(decisions: Path, **changes: Any) -> dict[str, TagRow]:
    run = TagRun(apply=decisions, **changes)
    rows = list(run.rows())
    assert run.written_files == [], "no page of what is decided already"
    return by_name(rows)


def test_looked_at_in_a_browser_saved_and_applied(folder: Path, tmp_path: Path) -> None:
    path = dry_run(folder)
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 900}, accept_downloads=True)
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append("a dialog: the name of a file was run"))
        page.goto(path.as_uri())
        assert page.title() == "Where was album/ taken?"
        assert "5 of 5 proposals will be written." in page.inner_text("#count")
        assert page.locator("h2").all_inner_texts()[0] == "Taj Mahal", "where the greatest doubt is"
        names = page.locator(".tile .name").all_inner_texts()
        assert names[0] == "doubtful.jpg" and HOSTILE in names
        assert "42 %" in page.locator(".tile .why").first.inner_text()
        sizes = page.locator(".tile img").evaluate_all("images => images.map(image => image.naturalWidth)")
        assert sizes == [200] * 5, "thumbnails are inside, and drawn"
        assert page.locator(".world circle.place").count() == 2 and page.locator(".world circle.known").count() == 1
        assert page.locator("text=suspect.jpg").count() == 1
        box = page.locator(".world .land").bounding_box()
        assert box and box["width"] > 600
        page.locator(".world a").first.focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#place-0")
        page.locator(".tile", has_text="wrong.jpg").locator("input").focus()
        page.keyboard.press("Space")
        assert "4 of 5" in page.inner_text("#count")
        taj = page.locator(".place-head", has_text="Taj Mahal")
        taj.locator("button", has_text="none").click()
        assert "2 of 5" in page.inner_text("#count")
        taj.locator("button", has_text="all").click()
        page.locator("input[value=photo]").check()
        with page.expect_download() as download:
            page.locator("#save").click()
        saved = tmp_path / "saved.json"
        download.value.save_as(saved)
        assert download.value.suggested_filename == "landmark-decisions.json"
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert complaints == [] and [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    rows = apply(saved)
    assert {name for name, row in rows.items() if row.written == "photo"} == {
        "doubtful.jpg", HOSTILE, os.fsdecode(b"falls-\xe9.jpg"), "house.jpg"
    }  # fmt: skip
    assert "declined" in rows["wrong.jpg"].warnings[-1]


def test_what_is_doubtful_is_shown_and_written_only_if_ticked(folder: Path, tmp_path: Path) -> None:
    for name, minutes in (("before.jpg", 0), ("after.jpg", 2)):
        make_photo(folder / name, None, minutes=minutes, gps=TAJ, camera="Other")
    make_photo(folder / "doubt.jpg", "Niagara Falls", minutes=1, camera="Other")
    path = dry_run(folder)
    with open_browser() as browser:
        page = browser.new_page(accept_downloads=True)
        page.goto(path.as_uri())
        tile = page.locator(".tile", has_text="doubt.jpg")
        assert not tile.locator("input").is_checked() and "Against it: " in tile.inner_text()
        tile.locator("input").check()
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as(tmp_path / "saved.json")
    row = apply(tmp_path / "saved.json")["doubt.jpg"]
    assert (row.status, row.landmark, row.written) == ("by_hand", "Niagara Falls", "sidecar")


def decisions_of(folder: Path, photos: dict[str, Any], path: Path, **changes: Any) -> Path:
    found = settings_of(Policy(), folder, None) | {"write": "sidecar", "photos": photos} | changes
    path.write_text(json.dumps(found))
    return path


def test_what_was_decided_on_something_else_is_not_written(folder: Path, tmp_path: Path) -> None:
    photos = {"doubtful.jpg": {"landmark": "Petra", "write": True}, HOSTILE: {"landmark": "Taj Mahal", "write": True}}
    rows = apply(decisions_of(folder, photos, tmp_path / "decisions.json"))
    assert [name for name, row in rows.items() if row.written] == [HOSTILE]
    assert "was decided on Petra, and is Taj Mahal now" in str(rows["doubtful.jpg"].error)
    assert "not there to decide on" in rows["wrong.jpg"].warnings[-1]
    summary = Summary()
    for row in rows.values():
        summary.count(row)
    assert "Written: 1 into a sidecar; could not be written: 1; new since the review: 3." in str(summary)
    assert not (folder / "doubtful.jpg.xmp").exists()


def test_write_of_the_command_goes_before_that_of_the_decisions(folder: Path, tmp_path: Path) -> None:
    photos = {HOSTILE: {"landmark": "Taj Mahal", "write": True}}
    rows = apply(decisions_of(folder, photos, tmp_path / "decisions.json"), write="photo")
    assert rows[HOSTILE].written == "photo"


def test_the_settings_of_the_review_are_those_of_applying(folder: Path, tmp_path: Path) -> None:
    photos = {"doubtful.jpg": {"landmark": "Taj Mahal", "write": True}}
    path = decisions_of(folder, photos, tmp_path / "decisions.json")
    with pytest.raises(ConfigurationError, match="uses the settings of its review"):
        TagRun(apply=path, policy=Policy(0.9))
    alone = settings_of(Policy(neighbours_min=0), folder, None)["policy"]
    assert apply(decisions_of(folder, photos, path, policy=alone))["doubtful.jpg"].written is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"landmark_decisions": 3}',
        '{"landmark_decisions": 2}',
        '{"landmark_decisions": 1, "photos": []}',
    ],
)
def test_files_that_are_no_decisions_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "decisions.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"decisions\.json"):
        Decisions.read(path)


def test_nothing_to_do_is_said() -> None:
    with pytest.raises(ConfigurationError, match="neither a folder nor --apply"):
        TagRun()


def test_of_very_many_proposals_the_most_doubtful_are_shown_as_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MAX_THUMBNAILS", 2)
    text = dry_run(folder).read_text()
    assert text.count("<img") == 2 and text.count("no picture") == 3 and text.count('type="checkbox"') == 5


def test_an_album_without_proposals_has_a_page_too(folder: Path, tmp_path: Path) -> None:
    page = ReviewPage(folder, settings_of(Policy(), folder, None))
    text = page.write(tmp_path / "page.html", "Nothing").read_text()
    assert "There is nothing to decide on." in text


def test_a_real_bundle_is_found_again(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "real").path
    make_photo(tmp_path / "album" / "a.jpg", "Taj Mahal")
    run = TagRun(tmp_path / "album", model=bundle)
    list(run.rows())
    kept = run.written_files[0].read_text().split('id="kept">')[1].split("</script>")[0]
    found = json.loads(kept)["settings"]
    photos = {"a.jpg": {"landmark": "Taj Mahal", "write": True}}
    (tmp_path / "d.json").write_text(json.dumps(found | {"write": "sidecar", "photos": photos}))
    assert apply(tmp_path / "d.json")["a.jpg"].written == "sidecar"


def test_what_is_odd_about_photos_is_on_the_page_and_among_the_rows_for_people(folder: Path) -> None:
    (folder / "house.jpg.xmp").write_text("<broken")
    run = TagRun(folder)
    lines = [line for row in run.rows() for line in row_lines(row)]
    [page] = run.written_files
    odd = page.read_text(encoding="utf-8").partition("<h2>Warnings</h2>")[2]
    assert "house.jpg: house.jpg.xmp" in odd
    assert any(line.lstrip().startswith("! house.jpg.xmp") for line in lines)
