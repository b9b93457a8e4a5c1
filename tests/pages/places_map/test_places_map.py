"""The map as a person meets it in a real browser: dots that part, a list that leads to them, nothing from a network."""

import os
import random
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories.chromium import open_browser

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.pages.places_map.cells import Cells
from landmark.pages.places_map.page import Kind, PlacesMap

KINDS = {"gps": Kind("had GPS", "#5c6670"), "new": Kind("new", "#c0392b", "new: proposed")}
HOSTILE = "</script><script>document.title = 'owned'</script><b>&\"'.jpg"
FIJI = [Coordinates(-17.7, 179.9), Coordinates(-17.7, -179.9)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as browser:
        yield browser


def write(path: Path) -> Path:
    page = PlacesMap(path, KINDS)
    for number in range(30):
        page.add("gps", "Paris, Île-de-France, France", Coordinates(48.85 + number / 1000, 2.35), f"p{number}.jpg")
    page.add("new", f"Taj Mahal {HOSTILE}", Coordinates(27.175, 78.0421), HOSTILE)
    page.add("new", f"Taj Mahal {HOSTILE}", Coordinates(27.175, 78.0421), os.fsdecode(b"\xe9.jpg"))
    page.add_unplaced("doubtful, not on the map", "Petra, Jordan")
    return page.write(f"Where {HOSTILE}/ was taken", "33 photos")


def open_page(browser: Any, path: Path) -> Any:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.requested, page.errors = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector(".dot")
    return page


def wait_for_dots(page: Any, number: int) -> None:
    """The page lets nobody evaluate text, which Playwright's waiting for a function would."""
    from playwright.sync_api import expect

    expect(page.locator(".dot")).to_have_count(number)


def test_dots_part_and_the_list_leads_to_them(browser: Any, tmp_path: Path) -> None:
    page = open_page(browser, write(tmp_path / "map.html"))
    assert sorted(page.locator("#dots .number").all_text_contents()) == ["2", "30"]
    assert page.locator("#dots .name").all_text_contents()[0] == "Paris"
    page.locator("[data-place]").first.click()
    page.locator(".dot").nth(3).wait_for()
    assert page.locator("#scale").inner_text().endswith(("km", " m"))
    assert page.locator("#shown").inner_text().startswith("Paris, Île-de-France, France. p0.jpg, p1.jpg")
    page.locator("#all").click()
    wait_for_dots(page, 2)
    page.locator("#map").focus()
    for key in ("+", "ArrowLeft", "-", "ArrowUp"):
        page.keyboard.press(key)
    assert page.errors == [] and page.requested == [(tmp_path / "map.html").as_uri()]


def test_names_are_text_and_what_is_in_doubt_is_in_the_list_alone(browser: Any, tmp_path: Path) -> None:
    page = open_page(browser, write(tmp_path / "map.html"))
    assert page.title() == f"Where {HOSTILE}/ was taken"
    assert page.locator(".places b").all_inner_texts() == [
        "Paris, Île-de-France, France", f"Taj Mahal {HOSTILE}", "Petra, Jordan"
    ]  # fmt: skip
    assert page.locator(".places span").all_inner_texts()[2] == "1 photo, 1 doubtful, not on the map"
    assert page.locator(".places button").nth(2).is_disabled()
    page.locator("[data-place]").nth(1).click()
    assert HOSTILE in page.locator("#shown").inner_text() and "?.jpg" in page.locator("#shown").inner_text()
    assert "new: proposed" in page.locator(".legend").first.inner_text()


def test_a_journey_across_180_degrees_is_one_place(browser: Any, tmp_path: Path) -> None:
    made = PlacesMap(tmp_path / "map.html", KINDS)
    for number, at in enumerate(FIJI):
        made.add("gps", "Taveuni, Fiji", at, f"{number}.jpg")
    page = open_page(browser, made.write("Fiji", ""))
    wait_for_dots(page, 2)
    assert int(page.locator("#scale").inner_text().split()[0]) <= 10, "zoomed to both, not out to the world"


def test_a_page_without_photos_is_a_map_of_the_world(browser: Any, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(PlacesMap(tmp_path / "map.html", KINDS).write("Nothing", "0 photos").as_uri())
    page.wait_for_selector("#grid line", state="attached")


@pytest.mark.parametrize("name", ["places.kml", "map", "."])
def test_what_is_no_page_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Expected a page to write, such as map\.html"):
        PlacesMap(tmp_path / name, KINDS)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_the_file_is_as_readable_as_others(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    page = write(tmp_path / "map.html")
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_cells_are_bounded_and_lose_no_photo() -> None:
    cells, generator = Cells(most=500), random.Random(1)
    for number in range(5000):
        at = Coordinates(generator.uniform(40, 50), generator.uniform(0, 10))
        cells.add(at, kind=number % 2, place=0, photo=f"{number}.jpg")
    found = list(cells)
    assert len(found) <= 500 and sum(one.n for one in found) == 5000
    assert all(len(one.photos) == min(one.n, 3) for one in found)
    assert all(40 <= one.middle[0] <= 50 and 0 <= one.middle[1] <= 10 for one in found)
