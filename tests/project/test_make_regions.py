"""The script that makes the map of countries: polygons become runs, and sources vote."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from landmark.geo.country_map import COLUMNS, ROWS

pytest.importorskip("scipy", reason="the script needs it; the package does not")

SCRIPT = Path(__file__).resolve().parents[2] / "dev/make_regions.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_regions", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def countries_at(script: ModuleType, runs: object, *points: tuple[float, float]) -> list[int]:
    positions = [int((lat + 90) * ROWS / 180) * COLUMNS + int((lon + 180) * COLUMNS / 360) for lat, lon in points]
    found: list[int] = script.look_up(runs, np.array(positions)).tolist()
    return found


def test_polygons_with_holes_become_runs(script: ModuleType) -> None:
    features = [
        ("A", polygon(square(0, 0, 10, 10), square(4, 4, 6, 6))),
        ("B", polygon(square(4, 4, 6, 6))),
        ("unknown", polygon(square(20, 20, 30, 30))),
        ("B", polygon(square(170, -90, 180, -80))),
    ]
    runs = script.rasterise(script.edges_of(features, {"A": 1, "B": 2}))
    points = [(1.0, 1.0), (5.0, 5.0), (5.0, 3.0), (5.0, 12.0), (25.0, 25.0), (-89.999, 179.999), (-85.0, -180.0)]
    assert countries_at(script, runs, *points) == [1, 2, 1, 0, 0, 2, 0]
    assert (np.diff(runs[0]) > 0).all() and runs[0][0] == 0


def test_two_of_three_sources_decide_and_the_third_makes_no_land(script: ModuleType) -> None:
    number = {"A": 1, "B": 2}

    def source(border: float, west: float = 0, east: float = 10) -> object:
        features = [("A", polygon(square(west, 0, border, 10))), ("B", polygon(square(border, 0, east, 10)))]
        return script.rasterise(script.edges_of(features, number))

    nothing = (np.zeros(1, np.int64), np.zeros(1, np.uint8))
    sources = [source(5.0), source(5.1), source(5.2, west=-1, east=11)]
    runs = script.vote(sources, nothing, nothing, [])
    assert countries_at(script, runs, (5, 4.9), (5, 5.05), (5, 5.15), (5, 5.3), (5, -0.5), (5, 10.5)) == [
        1,
        1,
        2,
        2,
        0,
        0,
    ]
    town = script.discs(np.array([5.0]), np.array([5.3]), np.array([1], np.uint8), 1.0)
    assert countries_at(script, script.vote(sources, nothing, town, []), (5, 5.3), (5, 5.35)) == [1, 2]
    assert countries_at(script, script.vote(sources, town, nothing, []), (5, 5.3)) == [2]  # no source has it so


def test_what_is_stored_in_planes_of_bytes_reads_back(script: ModuleType) -> None:
    from landmark.geo.country_map import from_planes

    values = np.array([0, 1, 255, 256, 70_000])
    assert from_planes(script.planes(values)).tolist() == values.tolist()
