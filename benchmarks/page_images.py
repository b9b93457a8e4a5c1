"""Draws the pictures of the server's page in the README: a real server, a real Chromium, drawn postcards.

python benchmarks/page_images.py [FOLDER]
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
WINDOWS: dict[str, tuple[dict[str, Any], Path]] = {
    "page.png": ({"viewport": {"width": 1060, "height": 720}}, EXAMPLES / "postcard.jpg"),
    "page-phone.png": (
        {"viewport": {"width": 390, "height": 720}, "color_scheme": "dark", "has_touch": True, "is_mobile": True},
        EXAMPLES / "postcards/christ_the_redeemer.jpg",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs/images")
    folder = parser.parse_args().folder
    command = [sys.executable, "-m", "landmark", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            draw(re.findall(r"http://\S+", server.stdout.readline())[0], folder)
        finally:
            server.terminate()


def draw(url: str, folder: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (window, photo) in WINDOWS.items():
            page = browser.new_context(**window).new_page()
            page.goto(url)
            page.set_input_files("#choose", photo)
            page.locator(".known, .unknown").wait_for()
            page.locator("#model").filter(has_text="Knows").wait_for()
            page.screenshot(path=folder / name, full_page=True)
            print(f"{folder / name} ({(folder / name).stat().st_size / 1000:.0f} kB)")
        browser.close()


if __name__ == "__main__":
    main()
