"""The page, in a real Chromium: photos dropped, chosen and pasted, answers, refusals, and no request to elsewhere."""

import base64
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factories.album import make_photo as make_album_photo
from factories.bundle import make_photo
from factories.server import Served, serving
from PIL import Image

from landmark.metadata.merging import read_coordinates

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, which the extra dev brings")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium, such as Debian's")

BERLIN = (52.5163, 13.3777)
ANSWER_MS = 60_000  # on a machine with other things to do
Page = Any
expect = playwright.expect
expect.set_options(timeout=ANSWER_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, server: Served) -> Iterator[Callable[..., Page]]:
    """Opens the page in a window of its own; afterwards nothing may have gone wrong, or gone elsewhere."""
    contexts, wrong = [], []

    def watch(request: Any) -> None:
        if not request.url.startswith((server.url, "blob:", "http://127.0.0.1:")):
            wrong.append(request.url)

    def open_(url: str = server.url, **window: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}} | window)
        contexts.append(context)
        page = context.new_page()
        page.on("request", watch)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("photos")
    broken = folder / "broken.jpg"
    broken.write_bytes(make_photo(folder / "whole.jpg", None).read_bytes()[:200])
    return {
        "taj": make_photo(folder / "taj.jpg", "Taj Mahal", (640, 480)),
        "falls": make_photo(folder / "falls <b>.png", "Niagara Falls", (480, 640)),
        "house": make_photo(folder / "house.jpg", "Grandmother's House"),
        "none": make_photo(folder / "none.jpg", None),
        "broken": broken,
    }


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Photos with GPS: at what they show, far from it, and of no landmark."""
    folder = tmp_path_factory.mktemp("located")
    shown = {"at it": ("Taj Mahal", (27.1738, 78.0451)), "suspect": ("Taj Mahal", BERLIN), "elsewhere": (None, BERLIN)}
    return {name: make_album_photo(folder / f"{name}.jpg", shows, gps=gps) for name, (shows, gps) in shown.items()}


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#choose", files)


def test_a_chosen_photo_gets_its_card(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where was this photo taken?")
    choose(page, photos["taj"])
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Taj Mahal"))
    expect(card).to_be_visible()
    expect(card).to_contain_text(re.compile(r"India · (Very sure|Sure|Fairly sure), (> )?\d+ %"))
    expect(card).to_contain_text("27.1750, 78.0421")
    expect(card).to_contain_text("within 0.5 km")
    expect(card.get_by_role("img", name="The photo taj.jpg")).to_be_visible()
    pin = card.locator(".map .pin")
    assert (pin.get_attribute("cx"), pin.get_attribute("cy")) == ("78.0421", "-27.175")
    expect(card.locator(".candidates li").first).to_contain_text("Taj Mahal")
    heights = card.locator(".candidates .percent").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert len({*heights}) == 1, "> 99 % stands on one line"
    link = card.get_by_role("link", name="Open in OpenStreetMap")
    assert link.get_attribute("href") == "https://www.openstreetmap.org/?mlat=27.175&mlon=78.0421#map=15/27.175/78.0421"
    assert "noreferrer" in link.get_attribute("rel")
    expect(page.get_by_role("status")).to_have_text("1 photo: 1 recognised")


def test_its_own_position_stands_first(open_page: Callable[..., Page], located: dict[str, Path]) -> None:
    page = open_page()
    choose(page, located["at it"])
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Taj Mahal"))
    expect(card.locator(".own")).to_have_text("Its own position: 27.1738, 78.0451 (EXIF)")
    expect(card.locator(".own + h2")).to_have_text("Taj Mahal")
    expect(card.locator(".where")).to_have_text("Taj Mahal:27.1750, 78.0421within 0.5 km, 0.3 km away")
    assert card.locator(".map .pin").count() == 2 and card.locator(".map .own-pin").count() == 1
    assert card.locator(".suspect").count() == 0
    link = card.get_by_role("link", name="Open in OpenStreetMap").get_attribute("href")
    assert link is not None and "mlat=27.1738" in link, "where it was taken, and not where the landmark stands"
    expect(card.get_by_role("button", name="Download with place")).to_be_visible()


def test_a_suspect_photo_is_called_so_and_not_tagged(open_page: Callable[..., Page], located: dict[str, Path]) -> None:
    page = open_page()
    choose(page, located["suspect"])
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Taj Mahal"))
    expect(card.locator(".own")).to_have_text("Its own position: 52.5163, 13.3777 (EXIF)")
    expect(card.locator(".suspect")).to_contain_text("Suspect: its own position is 5,955 km away from Taj Mahal.")
    assert card.get_by_role("button", name="Download with place").count() == 0
    expect(page.get_by_role("status")).to_have_text("1 photo: 1 suspect")


def test_a_photo_of_no_landmark_is_on_the_map_by_its_own_position(
    open_page: Callable[..., Page], located: dict[str, Path]
) -> None:
    page = open_page()
    choose(page, located["elsewhere"], located["at it"])
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="No landmark I know"))
    expect(card.locator(".own")).to_have_text("Its own position: 52.5163, 13.3777 (EXIF)")
    pin = card.locator(".map .pin")
    assert (pin.get_attribute("cx"), pin.get_attribute("cy")) == ("13.3777", "-52.5163")
    expect(page.get_by_role("status")).to_have_text("2 photos: 1 recognised, 1 with a position of its own")
    expect(page.locator("#overview .pin")).to_have_count(2)


def test_the_map_shows_land_where_land_is(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, photos["taj"])
    picture = Image.open(io.BytesIO(page.locator(".map").screenshot())).convert("RGB")
    places = {"France": (2, 46), "Brazil": (-55, -10), "Australia": (134, -25), "the Atlantic": (-35, 40),
              "the Pacific": (-140, 0), "the Taj Mahal": (78.0421, 27.175)}  # fmt: skip
    scale = picture.width / 360
    seen = {
        name: picture.getpixel((int((longitude + 180) * scale), int((84 - latitude) * scale)))
        for name, (longitude, latitude) in places.items()
    }
    land, sea = seen["France"], seen["the Atlantic"]
    assert land != sea
    assert seen["Brazil"] == seen["Australia"] == land and seen["the Pacific"] == sea
    pin = seen["the Taj Mahal"]
    assert isinstance(pin, tuple)
    red, green, blue = pin
    assert red > 2 * max(green, blue), "the pin"


def test_dropped_and_pasted_photos_are_answered(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    make = """([kind, name, data]) => {
        const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, { type: 'image/jpeg' }));
        if (kind === 'paste') {
            document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }));
            return;
        }
        for (const step of ['dragenter', 'dragover', 'drop']) {
            document.querySelector('#drop').dispatchEvent(
                new DragEvent(step, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }
    }"""
    for kind, key in (("drop", "taj"), ("paste", "falls")):
        page.evaluate(make, [kind, f"{kind}.jpg", base64.b64encode(photos[key].read_bytes()).decode()])
    expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()
    expect(page.get_by_role("heading", name="Niagara Falls")).to_be_visible()
    expect(page.locator(".card").nth(1)).to_contain_text("United States / Canada")


def test_a_dropped_folder_is_walked_for_photos(
    open_page: Callable[..., Page], photos: dict[str, Path], tmp_path: Path
) -> None:
    album = tmp_path / "album"
    (album / "day 10").mkdir(parents=True)
    (album / "day 2").mkdir()
    for name, key in (("day 2/a.jpg", "taj"), ("day 10/b.png", "falls"), (".hidden.jpg", "taj")):
        shutil.copy(photos[key], album / name)
    (album / "notes.txt").write_text("not a photo")
    page = open_page()
    driver = page.context.new_cdp_session(page)
    dropped = {"items": [], "files": [str(album), str(photos["none"])], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        driver.send("Input.dispatchDragEvent", {"type": step, "x": 400, "y": 300, "data": dropped})
    expect(page.get_by_role("status")).to_have_text("3 photos: 2 recognised, 1 unknown")
    expect(page.locator(".card .name")).to_have_text(["none.jpg", "a.jpg", "b.png"])
    expect(page.locator("#passed-over")).to_have_text("Passed over what is no photo or cannot be read: 1")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#passed-over")).to_be_hidden()


def test_no_landmark_is_said_plainly(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, photos["none"])
    card = page.locator(".card")
    expect(card.get_by_role("heading", name="No landmark I know")).to_be_visible()
    expect(card).to_contain_text(re.compile(r"It looks most like .+, \d+ %, and below 60 % I would rather not say\."))
    expect(card.locator(".map")).to_have_count(0)
    expect(card.locator(".candidates li")).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("1 photo: 1 unknown")


def test_a_broken_file_says_why_and_stops_no_other(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, photos["broken"], photos["taj"])
    expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()
    broken = page.locator(".card").first
    expect(broken.get_by_role("heading", name="This photo cannot be read")).to_be_visible()
    expect(broken).to_contain_text(re.compile("truncated|damaged", re.IGNORECASE))
    expect(page.get_by_role("status")).to_have_text("2 photos: 1 recognised, 1 without an answer")


def test_a_place_that_nobody_told_is_no_pin_in_the_sea(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, photos["house"])
    expect(page.get_by_role("heading", name="Grandmother's House")).to_be_visible()
    expect(page.locator(".card")).to_contain_text("place is not known")
    expect(page.locator(".map")).to_have_count(0)


def test_ten_photos_have_a_card_each_and_one_map(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, *[photos[key] for key in ("taj", "falls", "none", "broken", "house")] * 2)
    expect(page.get_by_role("status")).to_have_text("10 photos: 6 recognised, 2 unknown, 2 without an answer")
    expect(page.locator("#answers > li")).to_have_count(10)
    overview = page.get_by_role("group", name="All places on a map of the world")
    expect(overview.get_by_role("link")).to_have_count(2)
    assert page.locator("#answers .name").nth(1).inner_text() == "falls <b>.png", "names are text, whatever they hold"
    overview.get_by_role("link", name="Niagara Falls").click()
    assert page.url.endswith("#photo-2")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#results")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390])
def test_a_narrow_screen_scrolls_one_way(open_page: Callable[..., Page], photos: dict[str, Path], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    choose(page, *photos.values())
    expect(page.locator(".waiting")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#camera")).to_have_attribute("capture", "environment")
    expect(page.get_by_text("Take a photo")).to_be_visible()
    small = page.evaluate("""[...document.querySelectorAll('button, .button, select')]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).length""")
    assert small == 0, "fingers need 44 px"


def test_everything_can_be_done_by_keyboard(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "choose"
    outline = "getComputedStyle(document.querySelector('.button:focus-within')).outlineStyle"
    assert page.evaluate(outline) == "solid", "where one is must be seen"
    page.on("filechooser", lambda chooser: chooser.set_files(photos["taj"]))
    page.wait_for_timeout(200)  # until the browser has been told to hand choosers on, or it opens its own
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Copy coordinates":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "27.1750, 78.0421"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Open in OpenStreetMap"


def test_the_map_of_choice_is_remembered(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    choose(page, photos["taj"])
    expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()
    page.get_by_label("Maps open in").select_option("Google Maps")
    link = page.get_by_role("link", name="Open in Google Maps")
    assert link.get_attribute("href") == "https://www.google.com/maps/search/?api=1&query=27.175,78.0421"
    page.reload()
    expect(page.locator("#map-choice")).to_have_value("Google Maps")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_any_light(open_page: Callable[..., Page], photos: dict[str, Path], scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    choose(page, *photos.values())
    expect(page.locator(".waiting")).to_have_count(0)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 150) == (scheme == "dark")
    faint = page.evaluate("""() => {
        const channels = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = (text) => channels(text).slice(0, 3).map((value) => value / 255)
            .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
            .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
        const behind = (node) => {
            for (let one = node; one; one = one.parentElement) {
                const colour = getComputedStyle(one).backgroundColor;
                if (channels(colour)[3] !== 0) return colour;
            }
        };
        return [...document.querySelectorAll('main *')]
            .filter((node) => node.offsetParent)
            .filter((node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()))
            .map((node) => {
                const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
                return [node.textContent.trim().slice(0, 30), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
            })
            .filter(([, contrast]) => contrast < 4.5);
    }""")
    assert faint == [], "contrast below what WCAG 2 AA asks of text"


def test_a_full_server_is_asked_again(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    replies = iter([503, 503])

    def refuse_twice(route: Any) -> None:
        if status := next(replies, None):
            route.fulfill(status=status, headers={"Retry-After": "1"}, json={"error": {"message": "Busy."}})
        else:
            route.continue_()

    page.route("**/v1/locate", refuse_twice)
    choose(page, photos["taj"])
    expect(page.get_by_role("heading", name="much to do")).to_be_visible()
    expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()


def test_a_server_that_has_gone_is_told(open_page: Callable[..., Page], photos: dict[str, Path]) -> None:
    page = open_page()
    page.route("**/v1/locate", lambda route: route.abort())
    choose(page, photos["taj"])
    expect(page.get_by_role("heading", name="No answer")).to_be_visible()
    expect(page.locator(".card")).to_contain_text("cannot be reached")


def test_the_token_is_asked_for_once(open_page: Callable[..., Page], photos: dict[str, Path], bundle: Path) -> None:
    with serving(model=bundle, token="correct-horse") as served:
        page = open_page(served.url)
        page.get_by_label("This server asks for a token").fill("wrong")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_have_text("That was not the token.")
        page.get_by_label("This server asks for a token").fill("ыускуе")  # typed on another keyboard
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_have_text("That was not the token.")
        choose(page, photos["taj"])
        page.get_by_label("This server asks for a token").fill("correct-horse")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Taj Mahal")).to_be_visible()
        page.reload()
        expect(page.locator("#model")).to_contain_text("Knows 3 landmarks")
        expect(page.locator("#token-form")).to_be_hidden()
        assert "correct-horse" not in page.url


def test_the_description_of_the_api_is_a_page_without_scripts(open_page: Callable[..., Page], server: Served) -> None:
    page = open_page(f"{server.url}/docs", viewport={"width": 390, "height": 700})
    expect(page.get_by_role("heading", name="POST /v1/locate")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("script").count() == 0
    links = page.locator("a[href^='#']").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert links and all(page.locator(f"[id='{link[1:]}']").count() == 1 for link in links)


def test_why_and_the_photo_with_its_place_come_when_they_are_asked_for(
    open_page: Callable[..., Page], photos: dict[str, Path], tmp_path: Path
) -> None:
    page = open_page()
    page.set_input_files("#choose", photos["taj"])
    page.get_by_role("button", name="Why?").press("Enter")
    heat = page.get_by_role("img", name=re.compile("Heat map.*Taj Mahal"))
    expect(heat).to_be_visible()
    expect(heat).to_be_focused()
    assert heat.evaluate("image => image.decode().then(() => image.naturalWidth)") > 60
    with page.expect_download() as download:
        page.get_by_role("button", name="Download with place").press("Enter")
    download.value.save_as(tmp_path / "taj.jpg")
    at = read_coordinates(tmp_path / "taj.jpg")
    assert at is not None and round(at.latitude, 3) == 27.175
    assert download.value.suggested_filename == photos["taj"].name
    expect(page.get_by_role("button", name="Downloaded")).to_be_focused()
