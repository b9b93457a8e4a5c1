"""Measures the review of an album of 5,000 photos in Chromium: the first row, and the longest task of each activity.

    python benchmarks/review_speed.py [--photos 5000] [--megapixels 12] [--slower 4]

The album is made on the spot: drawn postcards at the size of a camera's photos, linked under many names. Its rows are
made by hand, so that the model's time is not in it. Times are from the address being opened, over real HTTP.
"""

import argparse
import math
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from landmark.geo.gazetteer import builtin_gazetteer
from landmark.model.answer import Candidate
from landmark.tagging import Status, TagRow
from landmark.tagging.policy import Policy
from landmark.tagging.review.decisions import Decisions
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.review.live.carrying_out import CarryingOut
from landmark.tagging.review.live.entries import ReviewEntries
from landmark.tagging.review.live.server import ReviewServer
from landmark.tagging.review.live.session import ReviewSession
from landmark.tagging.writing import Target

ROOT = Path(__file__).resolve().parents[1]
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) tasks.push(one.duration); })
  .observe({ type: "longtask", buffered: true });
"""  # tasks of 50 ms and more; shorter ones are not told
STATUSES = (Status.RECOGNISED,) * 6 + (Status.DOUBTFUL, Status.NEAR_OTHERS, Status.UNKNOWN, Status.UNKNOWN)


def make_photos(folder: Path, n_photos: int, megapixels: float) -> None:
    """Write postcards at a camera's size, and link them under as many names as there are photos."""
    cards = sorted((ROOT / "examples/postcards").glob("*.jpg"))
    drawn = []
    for number, card in enumerate(cards):
        with Image.open(card) as picture:
            side = math.sqrt(megapixels * 1e6 / (picture.width * picture.height))
            large = picture.convert("RGB").resize((int(picture.width * side), int(picture.height * side)))
        drawn.append(folder / f"drawn_{number}.jpg")
        large.save(drawn[-1], quality=88)
    for number in range(n_photos):
        os.link(drawn[number % len(drawn)], folder / f"IMG_{number:05}.jpg")


def make_rows(folder: Path, n_photos: int) -> Iterator[TagRow]:
    """Yield rows as an album has them: six of ten proposed, the others to decide on."""
    places = [place for place in builtin_gazetteer() if place.coordinates][:29]
    for number in range(n_photos):
        status, place = STATUSES[number % len(STATUSES)], places[(number // 40) % len(places)]
        candidates = tuple(Candidate(other.name, 0.5 / (rank + 1)) for rank, other in enumerate(places[:5]))
        is_known = status is not Status.UNKNOWN
        yield TagRow(
            str(folder / f"IMG_{number:05}.jpg"),
            status,
            "recognised 93 %; 12 minutes and 0.3 km from IMG_00042.jpg" if is_known else "no landmark I know",
            landmark=place.name if is_known else None,
            belief=0.84 + number % 16 / 100 if is_known else None,
            place=place if is_known else None,
            coordinates=place.coordinates if is_known else None,
            taken=datetime(2024, 5, 1, 9) + timedelta(minutes=number),
            camera="Pocket Camera",
            candidates=candidates,
            against=("IMG_00007.jpg, 4 minutes before, stands 900 km away",) if status is Status.DOUBTFUL else (),
        )


def write_nothing(decisions: Path, target: Target) -> Generator[TagRow, None, None]:
    yield from ()


def begin(folder: Path, data: Path, n_photos: int) -> ReviewServer:
    entries = ReviewEntries(folder)
    for row in make_rows(folder, n_photos):
        entries.add(row)
    entries.finish()
    settings = Decisions(folder, Target.SIDECAR, Policy(), None, {})
    session = ReviewSession(entries, settings, data / "decisions.json", KnownPlaces())
    return ReviewServer(session, CarryingOut(session, write_nothing))


def longest(page: Any, work: Callable[[], Any]) -> tuple[float, float]:
    """Return how long a piece of work takes in s, and the longest task meanwhile in ms; 0: none of 50 ms."""
    page.evaluate("tasks.length = 0")
    begun = time.perf_counter()
    work()
    took_s = time.perf_counter() - begun
    page.wait_for_timeout(300)
    return took_s, float(page.evaluate("Math.max(0, ...tasks)"))


def scroll(page: Any) -> None:
    """Scroll from the first photo to the last, a screen at a time."""
    while page.evaluate("(() => { list.scrollBy(0, list.clientHeight); return list.scrollTop + list.clientHeight < "
                        "list.scrollHeight - 2; })()"):  # fmt: skip
        page.wait_for_timeout(30)


def press(page: Any, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(20)


def place_many(page: Any, n_photos: int) -> None:
    page.evaluate("document.getElementById('list').scrollTo(0, list.scrollHeight)")
    page.locator(".tile:last-child").last.wait_for()
    page.locator(".tile").last.click()
    for _ in range(n_photos // 4):
        page.keyboard.press("Shift+ArrowUp")
    page.fill("#text", "48.8584, 2.2945")
    page.keyboard.press("Enter")
    page.locator("#text:not(:disabled)").wait_for()
    page.wait_for_timeout(500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--slower", type=float, default=1, help="how many times slower the browser's processor is made")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        os.environ["LANDMARK_DATA"] = f"{scratch}/data"
        folder, data = Path(scratch) / "Holiday", Path(scratch) / "data"
        folder.mkdir()
        data.mkdir()
        make_photos(folder, arguments.photos, arguments.megapixels)
        with begin(folder, data, arguments.photos) as server, sync_playwright() as driver:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.add_init_script(WATCH)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": arguments.slower})
            begun = time.perf_counter()
            page.goto(server.url)
            page.locator(".tile").first.wait_for()
            first_s = time.perf_counter() - begun
            page.locator(".tile img").first.evaluate("image => image.decode()")
            pictured_s = time.perf_counter() - begun
            page.wait_for_timeout(1000)
            print(f"{arguments.photos:,} photos of {arguments.megapixels:g} megapixels, Chromium {browser.version}")
            print(f"first row {first_s:.2f} s, first thumbnail {pictured_s:.2f} s")
            print(f"opening: longest task {page.evaluate('Math.max(0, ...tasks)'):.0f} ms")
            for name, work in (
                ("scrolling through all", lambda: scroll(page)),
                ("back to the beginning", lambda: page.evaluate("document.getElementById('list').scrollTo(0, 0)")),
                ("100 photos accepted by key", lambda: press(page, "a", 100)),
                ("100 photos declined by key", lambda: press(page, "x", 100)),
                ("the last 100 selected and placed", lambda: place_many(page, 100)),
                (
                    "500 proposals declined at once",
                    lambda: page.get_by_role("button", name="Decline all of Doubtful").click(),
                ),
            ):
                took_s, task_ms = longest(page, work)
                print(f"{name}: {took_s:.1f} s, longest task {task_ms:.0f} ms")
            heap_mb = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
            print(f"tiles in the page: {page.locator('.tile').count()}, script memory {heap_mb:.0f} MB")
            browser.close()
            server.shutdown()


if __name__ == "__main__":
    main()
