"""Positions of other datums in WGS 84, against the values that PROJ 9.5 gives with the same EPSG transformations."""

import pytest

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.datums import CONVERTED_RADIUS_KM, DATUMS, UNKNOWN_RADIUS_KM, Datum, to_wgs84

PROJ = {
    "Tokyo": ((35.6586, 139.7454), (35.6618408, 139.7421688)),
    "NAD27": ((39.7392, -104.9903), (39.7391915, -104.9908730)),
    "ED50": ((45.4384, 12.3358), (45.4374931, 12.3348140)),
    "OSGB36": ((51.4779, -0.0015), (51.4783612, -0.0030976)),
    "AGD66": ((-35.2809, 149.13), (-35.2793385, 149.1312142)),
    "AGD84": ((-31.9505, 115.8605), (-31.9492822, 115.8619968)),
    "NZGD49": ((-41.2866, 174.7756), (-41.2848794, 174.7757702)),
    "SAD69": ((-22.9519, -43.2105), (-22.9523858, -43.2108734)),
    "Pulkovo 1942": ((55.7539, 37.6208), (55.7538670, 37.6188879)),
    "CH1903": ((46.9481, 7.4474), (46.9467778, 7.4464480)),
}


@pytest.mark.parametrize("datum", DATUMS, ids=lambda datum: str(datum.names[0]))
def test_every_datum_is_moved_as_proj_moves_it_under_each_of_its_names(datum: Datum) -> None:
    first = datum.names[0]
    before, after = PROJ[first]
    for name in (*datum.names, first.upper(), f" {first.lower()}\0", first.replace(" ", "_")):
        moved = to_wgs84(Coordinates(*before), name)
        assert distance_km(moved.coordinates, Coordinates(*after)) < 0.00002
        assert moved.radius_km == CONVERTED_RADIUS_KM and "EPSG:" in moved.note


def test_proj_itself_where_it_is_installed() -> None:
    pyproj = pytest.importorskip("pyproj", reason="needs pyproj, which is no dependency")
    for datum in DATUMS:
        transformation = pyproj.Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:EPSG::{datum.epsg}")
        for latitude, longitude in (
            (0.0, 0.1),
            (60.0, -170.0),
            (-77.0, 179.9),
            *(before for before, _ in PROJ.values()),
        ):
            expected = Coordinates(*transformation.transform(latitude, longitude)[:2])
            found = to_wgs84(Coordinates(latitude, longitude), datum.names[0]).coordinates
            assert distance_km(found, expected) < 0.00002


@pytest.mark.parametrize(
    "name",
    ["WGS", "W84", "GPS", "WGS-84", "WGS84", "wgs 84", "WGS_1984", "WGS 84 (G1762)", "World Geodetic System 1984",
     "JGD2011", "ETRS89", "NAD83", "", "  \0", "-", "unknown", "N/A"],
)  # fmt: skip
def test_wgs_84_and_nothing_said_stay(name: str) -> None:
    moved = to_wgs84(Coordinates(35.6586, 139.7454), name)
    assert (moved.coordinates, moved.radius_km, moved.note) == (Coordinates(35.6586, 139.7454), None, "")


@pytest.mark.parametrize(
    "name", ["GCJ-02", "BD-09", "Hu Tzu Shan 1950", "Indian 1975", "WGS-72", "\u6771\u4eac", "x" * 300]
)
def test_others_are_told_with_a_radius(name: str) -> None:
    moved = to_wgs84(Coordinates(35.6586, 139.7454), name)
    assert moved.coordinates == Coordinates(35.6586, 139.7454)
    assert moved.radius_km == UNKNOWN_RADIUS_KM and name[:30] in moved.note and len(moved.note) < 120


@pytest.mark.parametrize("at", [(90, 0), (-90, 180), (0, 180), (0, -180), (0, 179.99999)])
def test_the_edges_of_the_map_stay_on_it(at: tuple[float, float]) -> None:
    for datum in DATUMS:
        moved = to_wgs84(Coordinates(*at), datum.names[0]).coordinates
        assert distance_km(moved, Coordinates(*at)) < 1
