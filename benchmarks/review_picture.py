"""Draws docs/images/review.png: the review of an album of drawn postcards, as a browser shows it.

    python benchmarks/review_picture.py

Needs Playwright and a Chromium. The album is made on the spot: the postcards and cuts of them, with cameras and times.
"""

import argparse
import os
import shutil
import tempfile
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from landmark.tagging.request import TagRun
from landmark.tagging.reviewing import prepare_review

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "review.png"
CUTS = ((0, 0, 1, 1), (0.08, 0.05, 0.95, 1), (0, 0.1, 0.85, 0.95), (0.15, 0, 1, 0.9))  # parts of a card: a photo each


def make_album(folder: Path) -> None:
    """Photos of postcards, minutes apart."""
    number = 0
    for card in sorted([*(ROOT / "examples/postcards").glob("*.jpg"), ROOT / "examples/postcard.jpg"]):
        for cut in CUTS:
            with Image.open(card) as picture:
                width, height = picture.size
                left, top, right, bottom = cut
                part = picture.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))
            exif = Image.Exif()
            exif[0x0110] = "Pocket Camera"
            exif.get_ifd(0x8769)[0x9003] = f"2024:05:{1 + number // len(CUTS):02} 10:{number % 60:02}:00"
            if number == 5:  # the one photo of its day that has GPS, at the Christ the Redeemer
                exif.get_ifd(0x8825).update({1: "S", 2: (22.0, 57.0, 7.0), 3: "W", 4: (43.0, 12.0, 37.0)})
            part.save(folder / f"IMG_{number:04}.jpg", quality=88, exif=exif)
            if number == 0:  # the same again among photos of another continent, as of a picture in a book
                exif.get_ifd(0x8769)[0x9003] = "2024:05:02 10:08:00"
                part.save(folder / "IMG_0099.jpg", quality=88, exif=exif)
            number += 1


def main() -> None:
    """Make the album, look at it, and take the pictures."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LANDMARK_DATA"] = f"{scratch}/data"
        folder = Path(scratch) / "Holiday"
        folder.mkdir()
        make_album(folder)
        run = TagRun(folder, reviews=True)
        for row in run.rows():
            print(Path(row.photo).name, row.status, row.reason)
        print(run.summary)
        with prepare_review(run) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            draw(server.url)
            server.shutdown()


def draw(url: str) -> None:
    """Decline a photo, and take a picture of the window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 940}, color_scheme="light")
        page.goto(url)
        page.locator(".tile img").first.wait_for()
        page.locator("#kinds a", has_text="Unknown").wait_for()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
        page.locator("#list").press("k")
        page.keyboard.press("k")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURE)
        browser.close()
    with Image.open(PICTURE) as picture:  # 256 colours take half the room
        picture.convert("RGB").quantize(256).save(PICTURE, optimize=True)
    print(PICTURE.relative_to(ROOT), f"{PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
