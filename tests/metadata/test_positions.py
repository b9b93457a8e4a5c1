"""Positions in the forms that files have: signs and letters, undefined seconds, other datums, void receivers, zeros."""

import struct
from pathlib import Path

import pytest
from factories import exiftool, tiff
from factories import photos as made
from factories.tiff import ratios, raw, text
from factories.xmp import packet
from hypothesis import given
from hypothesis import strategies as st

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.exif import read_exif
from landmark.metadata.positions import Angle, parse_angle, read_position
from landmark.metadata.xmp import read_xmp

SYDNEY = Coordinates(-33.8568, 151.2153)


def of_exif(gps: dict[int, tiff.Value]) -> tuple[Coordinates | None, tuple[str, ...]]:
    found = read_exif(tiff.block(gps=gps))
    return found.coordinates, found.problems


def of_xmp(latitude: str, longitude: str, **more: str) -> tuple[Coordinates | None, tuple[str, ...]]:
    values = {"exif:GPSLatitude": latitude, "exif:GPSLongitude": longitude}
    found = read_xmp(packet(values | {f"exif:{key}": value for key, value in more.items()}).encode())
    return found.coordinates, found.problems


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("-33.8568", "151.2153"), ("-33.8568", "+151.2153"), ("33.8568S", "E151.2153"), ("33,51.408S", "151,12.918E"),
        ("33,51,24.48S", "151,12,55.08E"), ("-33,51.408", "+151,12.918"), ("-33.8568S", "+151.2153E"),
        ("33\u00b051'24.48\"S", "151 deg 12' 55.08\" E"), ("\u221233.8568", "1.512153e2"),
        ("33/1,51408/1000S", "151,12.918e"),
    ],
)  # fmt: skip
def test_xmp_says_the_same_in_many_forms(latitude: str, longitude: str) -> None:
    at, problems = of_xmp(latitude, longitude)
    assert at and distance_km(at, SYDNEY) < 1e-3 and problems == ()


def test_bare_numbers_are_signed_unless_something_beside_them_tells_the_hemisphere() -> None:
    assert of_xmp("48.853", "2.3499") == (Coordinates(48.853, 2.3499), ())
    assert of_xmp("48.853", "2.3499", GPSLatitudeRef="S")[1] == ("XMP: GPS longitude without E or W",)
    assert of_xmp("33.8568", "151.2153", GPSLatitudeRef="South", GPSLongitudeRef="East") == (SYDNEY, ())
    assert of_xmp("48,51.18", "2,20.99")[1] == ("XMP: GPS latitude without N or S",)


@pytest.mark.parametrize(
    ("latitude", "longitude", "more"),
    [
        ("18,32.7N", "72,50.1E", {"GPSLatitudeRef": "S"}),
        ("18,32.7N", "72,50.1E", {"GPSLongitudeRef": "W"}),
        ("-18.545", "72.835", {"GPSLatitudeRef": "N", "GPSLongitudeRef": "E"}),
        ("-18.545N", "72.835E", {}),
        ("18.545N", "+72.835W", {}),
    ],
)
def test_xmp_that_contradicts_itself_is_not_believed(latitude: str, longitude: str, more: dict[str, str]) -> None:
    for elements in (False, True):
        values = {"GPSLatitude": latitude, "GPSLongitude": longitude} | more
        found = read_xmp(packet({f"exif:{key}": value for key, value in values.items()}, elements=elements).encode())
        assert found.coordinates is None and "is said to be both" in found.problems[0]


@pytest.mark.parametrize(
    ("parts", "letter", "expected"),
    [
        ((-33, 51, 24), "S", -33.856667),
        ((-33, -51, -24), "S", -33.856667),
        ((-33, 51, 24), "", -33.856667),
        ((0, -30, 0), "S", -0.5),
        ((-33, 51, 24), "N", "both N and S"),
        ((33, -51, -24), "S", "no position"),
        ((-33, 51, -24), "S", "no position"),
    ],
)
def test_signed_fractions_in_exif(parts: tuple[int, int, int], letter: str, expected: float | str) -> None:
    latitude = ratios(*((part, 1) for part in parts), signed=True)
    at, problems = of_exif(tiff.gps(1, 151.2153) | {1: text(letter), 2: latitude})
    if isinstance(expected, str):
        assert at is None and expected in problems[0]
    else:
        assert at and at.latitude == pytest.approx(expected, abs=1e-6) and problems == ()


def test_undefined_seconds_are_not_given_and_undefined_minutes_lack() -> None:
    undefined = ratios((48, 1), (51, 1), (0, 0))
    found = read_exif(tiff.block(gps=tiff.gps(48, 2) | {2: undefined, 4: ratios((2, 1), (17, 1), (0, 0))}))
    assert found.coordinates == Coordinates(48.85, 2.2833333) and found.radius_km == pytest.approx(2.62, abs=0.01)
    assert found.problems == ("EXIF: GPS position with undefined seconds, known to 2.6 km",)
    for exact in (ratios((48853, 1000), (0, 0), (0, 0)), ratios((48, 1), (5118, 100), (0, 0)), ratios((48853, 1000))):
        found = read_exif(tiff.block(gps=tiff.gps(48, 2.3499) | {2: exact}))
        assert found.coordinates == Coordinates(48.853, 2.3499) and found.problems == () and found.radius_km is None
    for lacking in (ratios((48, 1), (0, 0), (0, 0)), ratios((0, 0), (0, 0), (0, 0)), ratios((48, 1), (0, 0), (1, 1))):
        at, problems = of_exif(tiff.gps(48, 2) | {2: lacking})
        assert at is None and "nan" in problems[0]


@pytest.mark.parametrize("status", ["V", "v"])
def test_a_receiver_that_says_void_is_not_believed(status: str) -> None:
    at, problems = of_exif(tiff.gps(48, 2, t9=text(status)))
    assert at is None and "void" in problems[0]
    assert of_exif(tiff.gps(48, 2, t9=text("A")))[0] == Coordinates(48, 2)
    at, problems = of_xmp("48.0N", "2.0E", GPSStatus=status)
    assert at is None and "void" in problems[0]


def test_a_position_of_tokyo_is_moved_in_exif_and_xmp() -> None:
    moved = Coordinates(35.66184, 139.74217)
    for at, problems in (
        of_exif(tiff.gps(35.6586, 139.7454, t18=text("TOKYO"))),
        of_xmp("35.6586N", "139.7454E", GPSMapDatum="Tokyo"),
    ):
        assert at and distance_km(at, moved) < 0.002
        assert "TOKYO" in problems[0].upper() and "WGS 84" in problems[0]


@pytest.mark.parametrize("datum", ["WGS-84", "WGS84", "WGS 84", "wgs-84 ", "World Geodetic System 1984", "", "NAD83"])
def test_wgs_84_by_any_name_is_nothing_to_tell(datum: str) -> None:
    assert of_exif(tiff.gps(48.853, 2.3499, t18=text(datum))) == (Coordinates(48.853, 2.3499), ())
    assert of_xmp("48.853N", "2.3499E", GPSMapDatum=datum) == (Coordinates(48.853, 2.3499), ())


def test_a_position_of_an_unknown_datum_is_told_with_a_radius() -> None:
    found = read_exif(tiff.block(gps=tiff.gps(48.853, 2.3499, t18=text("Luna 7"))))
    assert found.coordinates == Coordinates(48.853, 2.3499) and found.radius_km == 1.0
    assert found.problems == (
        "EXIF: GPS position of the datum 'Luna 7', which is not known here: up to 1 km off",
    )  # fmt: skip


def test_a_gps_part_among_the_cameras_values_is_found() -> None:
    data = tiff.block(camera={tiff.ORIGINAL: text("2024:05:06 12:00:00")}, gps=tiff.gps(48.853, 2.3499))
    pointer = struct.pack("<HHI", 0x8825, 4, 1)
    at = data.index(pointer)
    where = data[at + 8 : at + 12]
    elsewhere = tiff.block(camera={0x8825: raw(4, 1, where)})
    elsewhere += data[len(elsewhere) :]
    assert len(elsewhere) == len(data) and read_exif(elsewhere).coordinates == Coordinates(48.853, 2.3499)


@given(st.text(alphabet="0123456789,.-+NSEWnsew/ \u00b0'\"e", max_size=30))
def test_any_text_is_an_angle_or_none(text: str) -> None:
    angle = parse_angle(text)
    found = read_position(angle, Angle((1.0,), ("E",))) if angle else None
    assert found is None or isinstance(found, str) or -90 <= found.coordinates.latitude <= 90


def test_what_redactors_leave_is_no_position_and_nothing_to_tell() -> None:
    without_letters = {tag: tiff.ZEROED[tag] for tag in (2, 4)}
    numbers = {2: ratios((0, 1), (0, 1), (0, 1)), 4: ratios((0, 1), (0, 1), (0, 1))}
    for gps in ({}, tiff.ZEROED, without_letters, numbers, {0: raw(1, 4, b"\2\3\0\0"), **tiff.ZEROED}, {1: text("")}):
        for order in ("<", ">"):
            found = read_exif(tiff.block(gps=gps, order=order))
            assert found.coordinates is None and found.problems == ()
    pointer = tiff.block({tiff.MAKE: text("Example"), 0x8825: raw(4, 1, bytes(4))})
    assert read_exif(pointer).problems == ()


def test_a_drones_own_properties() -> None:
    for longitude in ("GpsLongitude", "GpsLongtitude"):
        for latitude_text, longitude_text, at in (
            ("+22.5312345", "+113.9312345", Coordinates(22.5312345, 113.9312345)),
            ("-33.8568", "-70.5", Coordinates(-33.8568, -70.5)),
            ("48.853", "2.3499", Coordinates(48.853, 2.3499)),
        ):
            values = {"drone-dji:GpsLatitude": latitude_text, f"drone-dji:{longitude}": longitude_text}
            for elements in (False, True):
                found = read_xmp(packet(values, elements=elements).encode())
                assert found.coordinates == at and found.problems == ()


@pytest.mark.parametrize("maker", ["drone-dji", "drone-skydio"])
def test_a_drones_own_properties_by_shorter_names(maker: str) -> None:
    found = read_xmp(packet({f"{maker}:Latitude": "-33.8568", f"{maker}:Longitude": "151.2153"}).encode())
    assert (found.coordinates, found.problems) == (SYDNEY, ())


def test_a_drone_that_has_a_fix_under_one_of_two_names() -> None:
    dji = {"GpsLatitude": "+0.0", "GpsLongitude": "+0.0", "Latitude": "-33.8568", "Longitude": "151.2153"}
    found = read_xmp(packet({f"drone-dji:{key}": value for key, value in dji.items()}).encode())
    assert (found.coordinates, found.problems) == (SYDNEY, ())


@pytest.mark.parametrize(
    ("latitude", "longitude", "problem"),
    [
        ("+0.0000000", "-0.000000", None),
        ("", "", None),
        ("nan", "nan", "is no position"),
        ("+181.0", "+181.0", "latitude 181"),
        ("+22.5", "", "a latitude alone"),
    ],
)
def test_a_drone_without_a_fix(latitude: str, longitude: str, problem: str | None) -> None:
    found = read_xmp(packet({"drone-dji:GpsLatitude": latitude, "drone-dji:GpsLongitude": longitude}).encode())
    assert found.coordinates is None
    assert found.problems == () if problem is None else problem in found.problems[0]


def test_exif_in_xmp_goes_before_a_drones_own() -> None:
    drone = {"drone-dji:GpsLatitude": "+1.0", "drone-dji:GpsLongitude": "+2.0"}
    found = read_xmp(packet({"exif:GPSLatitude": "48.853N", "exif:GPSLongitude": "2.3499E"} | drone).encode())
    assert found.coordinates == Coordinates(48.853, 2.3499)
    found = read_xmp(packet({"exif:GPSLatitude": "48.853N", "exif:GPSLatitudeRef": "S"} | drone).encode())
    assert found.coordinates == Coordinates(1.0, 2.0) and "both N and S" in found.problems[0]


@pytest.mark.parametrize("text", ["", "north", "1,2,3,4", "48.853 2.3499 E N", "--1", "1..2", "a1", "+", "1/", "/1"])
def test_what_is_no_angle(text: str) -> None:
    angle = parse_angle(text)
    assert angle is None or isinstance(read_position(angle, Angle((1.0,), ("E",))), str)


def test_as_exiftool_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    here = tiff.gps(-33.8568, 151.2153)
    path.write_bytes(made.encode(made.scene(), "JPEG", exif=b"Exif\0\0" + tiff.block(gps=here)))
    [tags] = exiftool.read_tags(path)
    at, _ = of_exif(here)
    assert at and tags["Composite:GPSLatitude"] == pytest.approx(at.latitude, abs=1e-7)
    assert tags["Composite:GPSLongitude"] == pytest.approx(at.longitude, abs=1e-7)
    for latitude, longitude in (("-33.8568", "+151.2153"), ("33,51.408S", "151,12,55.08E"), ("48.853", "2.3499")):
        sidecar = tmp_path / "photo.xmp"
        sidecar.write_text(packet({"exif:GPSLatitude": latitude, "exif:GPSLongitude": longitude}), encoding="utf-8")
        [tags] = exiftool.read_tags(sidecar)
        at, _ = of_xmp(latitude, longitude)
        assert at and tags["XMP-exif:GPSLatitude"] == pytest.approx(at.latitude, abs=1e-6)
        assert tags["XMP-exif:GPSLongitude"] == pytest.approx(at.longitude, abs=1e-6)
