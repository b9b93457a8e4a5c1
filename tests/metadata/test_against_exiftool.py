"""EXIF of many forms, made byte by byte and read by exiftool too; where the two differ on purpose, it says why."""

import itertools
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from factories import exiftool, tiff
from factories import photos as made
from factories.tiff import Value, raw, short, text

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.merging import read_metadata

SYDNEY = Coordinates(-33.8568, 151.2153)


def floats(*values: float, kind: int) -> Value:
    """Numbers as FLOAT (11) or DOUBLE (12)."""
    letter = {11: "f", 12: "d"}[kind]
    return kind, len(values), lambda order: struct.pack(f"{order}{len(values)}{letter}", *values)


def fractions(*values: float, signed: bool = False) -> Value:
    """Fractions of a millionth."""
    return tiff.ratios(*((round(value * 1_000_000), 1_000_000) for value in values), signed=signed)


LATITUDES: dict[str, dict[int, Value]] = {
    "three": {1: text("S"), 2: fractions(33, 51, 24.48)},
    "two": {1: text("S"), 2: fractions(33, 51.408)},
    "one": {1: text("S"), 2: fractions(33.8568)},
    "signed type": {1: text("S"), 2: fractions(33, 51, 24.48, signed=True)},
    "double": {1: text("S"), 2: floats(33, 51, 24.48, kind=12)},
    "small letter": {1: text("s"), 2: fractions(33, 51, 24.48)},
    "whole numbers": {1: text("S"), 2: tiff.ratios((33, 1), (51, 1), (2448, 100))},
}


def write(path: Path, exif: bytes) -> Path:
    path.write_bytes(made.encode(made.scene(16, 16), "JPEG", exif=b"Exif\0\0" + exif))
    return path


def test_positions(tmp_path: Path) -> None:
    paths = []
    for (name, latitude), order in itertools.product(LATITUDES.items(), "<>"):
        gps = latitude | {3: text("E"), 4: fractions(151, 12, 55.08), 0: raw(1, 4, b"\2\3\0\0")}
        exif = tiff.block(gps=gps, order=order)
        paths.append(write(tmp_path / f"{name} {'little' if order == '<' else 'big'}.jpg", exif))
    for path, tags in zip(paths, exiftool.read_tags(*paths), strict=True):
        found = read_metadata(path)
        assert found.coordinates and found.problems == (), path.name
        expected = Coordinates(tags["Composite:GPSLatitude"], tags["Composite:GPSLongitude"])
        assert distance_km(found.coordinates, expected) < 1e-5 > distance_km(found.coordinates, SYDNEY), path.name


TIMES: dict[str, dict[int, Value]] = {
    "plain": {tiff.ORIGINAL: text("2024:05:06 12:00:00")},
    "zone": {tiff.ORIGINAL: text("2024:05:06 12:00:00"), tiff.OFFSET_ORIGINAL: text("-03:30")},
    "fraction": {tiff.ORIGINAL: text("2024:05:06 12:00:00"), 0x9291: text("123456")},
    "short fraction": {tiff.ORIGINAL: text("2024:05:06 12:00:00"), 0x9291: text("5")},
    "both": {tiff.ORIGINAL: text("2024:05:06 12:00:00"), 0x9291: text("25"), tiff.OFFSET_ORIGINAL: text("+05:45")},
}


def test_times(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.jpg", tiff.block(camera=camera)) for name, camera in TIMES.items()]
    for path, tags in zip(paths, exiftool.read_tags(*paths), strict=True):
        expected = str(tags.get("Composite:SubSecDateTimeOriginal", tags["ExifIFD:DateTimeOriginal"]))
        found = read_metadata(path).taken
        assert found and found == datetime.fromisoformat(expected.replace(":", "-", 2)), path.name
        assert (found.tzinfo is None) == (expected[-6] not in "+-"), path.name


def test_satellites_direction_and_camera(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jpg",
        tiff.block(
            {tiff.MAKE: text("Example"), tiff.MODEL: text("Compact"), tiff.ORIENTATION: short(6)},
            {0xA431: text("0077")},
            {7: fractions(10, 5, 30.5), 29: text("2024:05:06"), 16: text("T"), 17: fractions(212.5), 9: text("A")},
        ),
    )
    [tags] = exiftool.read_tags(path)
    found = read_metadata(path)
    assert found.gps_time == datetime(2024, 5, 6, 10, 5, 30, 500_000, tzinfo=UTC)
    assert tags["Composite:GPSDateTime"] == "2024:05:06 10:05:30.5Z"
    assert found.direction_deg == tags["GPS:GPSImgDirection"] == 212.5
    assert found.camera == f"{tags['IFD0:Make']} {tags['IFD0:Model']} #{tags['ExifIFD:SerialNumber']:04}"


@pytest.mark.parametrize(
    ("gps", "theirs", "ours"),
    [
        # exiftool gives nothing for minutes without seconds; here the position has a radius, and that is said
        ({2: tiff.ratios((48, 1), (51, 1), (0, 0))}, "", 48.85),
        # exiftool moves no position to another datum
        ({2: tiff.ratios((48, 1)), 18: text("ED50")}, 48.0, 47.9991),
        # exiftool hands on what a receiver itself calls void, and what cannot be told to be north or south
        ({9: text("V")}, 48.853, None),
        ({1: text("")}, 48.853, None),
        (tiff.ZEROED, "", None),
    ],
)
def test_values_that_need_judging(gps: dict[int, Value], theirs: Any, ours: float | None, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", tiff.block(gps=tiff.gps(48.853, 2.3499) | gps))
    [tags] = exiftool.read_tags(path)
    assert tags["GPS:GPSLatitude"] == (pytest.approx(theirs) if theirs else "")
    found = read_metadata(path).coordinates
    assert (found.latitude if found else None) == (pytest.approx(ours, abs=1e-4) if ours is not None else None)
