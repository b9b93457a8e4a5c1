"""How large the page of `--map` is, how long it takes to write, and how long a browser takes to draw it.

    python benchmarks/map_page.py [--photos 100000]

The photos scatter by 5 km around 700 towns all over the world, a few of which have most of them; it needs Chromium and
Playwright (extra dev) for the last figure.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from landmark.geo.coordinates import Coordinates
from landmark.pages.places_map.page import Kind, PlacesMap

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from factories.chromium import open_browser

KINDS = {"had GPS": Kind("had GPS", "#5c6670"), "new": Kind("new", "#c0392b")}
N_TOWNS, SCATTER_DEGREES = 700, 0.05
DRAW = "(() => { const start = performance.now(); draw(); return performance.now() - start; })()"


def make(path: Path, n_photos: int) -> float:
    """Write the page of so many photos; return the seconds that it took."""
    generator = random.Random(1)
    towns = [(generator.uniform(-50, 65), generator.uniform(-180, 180)) for _ in range(N_TOWNS)]
    start, page = time.perf_counter(), PlacesMap(path, KINDS)
    for number in range(n_photos):
        town = min(int(generator.expovariate(8 / N_TOWNS)), N_TOWNS - 1)
        north, east = (generator.gauss(degrees, SCATTER_DEGREES) for degrees in towns[town])
        kind = generator.choices(list(KINDS), [3, 1])[0]
        page.add(kind, f"Town {town}", Coordinates(north, (east + 180) % 360 - 180), f"IMG_{number:06}.jpg")
    page.write("Where photos were taken", f"{n_photos:,} photos")
    return time.perf_counter() - start


def draw_ms(path: Path) -> tuple[float, float]:
    """Return the milliseconds to draw the whole world, and one town."""
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.goto(path.as_uri())
        page.wait_for_selector(".dot")
        world = min(page.evaluate(DRAW) for _ in range(5))
        page.locator("[data-place]").first.click()
        page.wait_for_timeout(300)
        return world, min(page.evaluate(DRAW) for _ in range(5))


def main() -> None:
    """Write the page, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    n_photos = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        seconds = make(path, n_photos)
        print(f"{n_photos:,} photos: {path.stat().st_size / 1e6:.1f} MB, made in {seconds:.1f} s")
        world, town = draw_ms(path)
        print(f"drawn in {world:.0f} ms (the world), {town:.0f} ms (a town)")


if __name__ == "__main__":
    main()
