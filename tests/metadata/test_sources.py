"""Where a photo's place and time are read from: inside, sidecars, Takeout; which goes first; as exiftool reads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from factories import exiftool as exiftool
from factories import photos as made
from hypothesis import given
from hypothesis import strategies as st

from landmark.core.times import parse_time
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.exif import read_exif
from landmark.metadata.merging import read_embedded, read_metadata
from landmark.metadata.takeout import read_takeout
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import XmpError, parse_xmp

AREZZO, AGRA, SYDNEY = Coordinates(43.4674, 11.8851), Coordinates(27.175, 78.0421), Coordinates(-33.8568, 151.2153)


def xmp(at: Coordinates | None = None, attributes: str = "", body: str = "") -> str:
    gps = ""
    if at:
        gps = (
            f'exif:GPSLatitude="{abs(at.latitude):.8f}{"N" if at.latitude >= 0 else "S"}" '
            f'exif:GPSLongitude="{abs(at.longitude) // 1:.0f},{abs(at.longitude) % 1 * 60:.8f}'
            f'{"E" if at.longitude >= 0 else "W"}"'
        )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" {gps} {attributes}>'
        f"{body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(made.encode(made.scene(), "JPEG"))
    return path


def takeout(**changes: Any) -> str:
    position = {"latitude": AGRA.latitude, "longitude": AGRA.longitude, "altitude": 0.0}
    return json.dumps(
        {"title": "photo.jpg", "photoTakenTime": {"timestamp": "1224684519"}, "geoData": position} | changes
    )


def test_real_photos_are_read_the_same_as_exiftool_reads_them(shared: Path) -> None:
    samples = sorted((shared / "data" / "exif_samples").rglob("*.jpg"))
    assert len(samples) == 36
    tags = exiftool.read_tags(*samples)
    n_times = n_positions = 0
    for path, expected in zip(samples, tags, strict=True):
        found = read_metadata(path)
        at = [expected.get(f"GPS:GPS{axis}", expected.get(f"XMP-exif:GPS{axis}")) for axis in ("Latitude", "Longitude")]
        if found.coordinates is None:
            assert at == [None, None], path.name
        else:
            latitude, longitude = at
            assert latitude is not None and longitude is not None
            assert distance_km(found.coordinates, Coordinates(latitude, longitude)) < 1e-4, path.name
            n_positions += 1
        keys = (
            "ExifIFD:DateTimeOriginal",
            "ExifIFD:CreateDate",
            "XMP-exif:DateTimeOriginal",
            "XMP-photoshop:DateCreated",
            "IFD0:ModifyDate",
            "XMP-tiff:DateTime",
        )
        time = next((time for key in keys if (time := parse_time(str(expected.get(key, ""))))), None)
        if time or found.taken:
            assert found.taken and time, path.name
            assert found.taken.replace(tzinfo=None, microsecond=0) == time.replace(tzinfo=None), path.name
            n_times += 1
        make, model = expected.get("IFD0:Make"), expected.get("IFD0:Model")
        assert (found.camera or "").split(" #")[0] == " ".join(filter(None, (make, model))).replace(
            "Jolla Jolla", "Jolla"
        )
        direction = expected.get("GPS:GPSImgDirection")
        assert found.direction_deg == (pytest.approx(direction) if direction is not None else None)
    assert n_positions == 9 and n_times >= 11


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_every_format_as_exiftool_writes_and_reads_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(made.encode(made.scene(), name))
    exiftool.write_tags(
        path, EXIF__GPSLatitude=33.8568, EXIF__GPSLatitudeRef="S", EXIF__GPSLongitude=151.2153,
        EXIF__GPSLongitudeRef="E", EXIF__GPSImgDirection=212.5, EXIF__GPSImgDirectionRef="T",
        EXIF__DateTimeOriginal="2024:05:06 07:08:09", EXIF__OffsetTimeOriginal="+10:00", EXIF__Make="Make",
        EXIF__Model="One", EXIF__SerialNumber="77", EXIF__GPSDateStamp="2024:05:05", EXIF__GPSTimeStamp="21:08:08",
    )  # fmt: skip
    found = read_metadata(path)
    assert found.coordinates and distance_km(found.coordinates, SYDNEY) < 1e-3
    assert found.coordinates_from == "EXIF" and found.problems == ()
    assert found.taken == datetime(2024, 5, 5, 21, 8, 9, tzinfo=UTC) and found.taken.hour == 7
    assert found.gps_time == datetime(2024, 5, 5, 21, 8, 8, tzinfo=UTC)
    assert (found.direction_deg, found.camera) == (212.5, "Make One #77")
    path.write_bytes(made.encode(made.scene(), name))
    exiftool.write_tags(path, **{"XMP-exif:GPSLatitude": -33.8568, "XMP-exif:GPSLongitude": 151.2153})
    inside = read_metadata(path)
    assert inside.coordinates and distance_km(inside.coordinates, SYDNEY) < 1e-3 and inside.coordinates_from == "XMP"


def test_the_first_word_goes_to_sidecars_then_exif_then_xmp_then_takeout(tmp_path: Path) -> None:
    exif = made.exif(None, made.gps(AREZZO.latitude, AREZZO.longitude))
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(made.encode(made.scene(), "JPEG", exif=exif, xmp=xmp(SYDNEY).encode()))
    (tmp_path / "photo.jpg.json").write_text(takeout())
    (tmp_path / "photo.xmp").write_text(xmp(Coordinates(1, 2)))
    (tmp_path / "photo.jpg.xmp").write_text(xmp(Coordinates(3, 4)))
    for source, at in (("photo.jpg.xmp", Coordinates(3, 4)), ("photo.xmp", Coordinates(1, 2)), ("EXIF", AREZZO)):
        found = read_metadata(photo)
        assert found.coordinates_from == source and distance_km(found.coordinates or SYDNEY, at) < 0.01
        assert any("km apart" in problem for problem in found.problems)
        if source != "EXIF":
            (tmp_path / source).unlink()
    photo.write_bytes(made.encode(made.scene(), "JPEG", xmp=xmp(SYDNEY).encode()))
    assert read_metadata(photo).coordinates_from == "XMP"
    photo.write_bytes(made.encode(made.scene(), "JPEG"))
    found = read_metadata(photo)
    assert (found.coordinates_from, found.coordinates) == ("photo.jpg.json", AGRA)
    assert found.taken == datetime(2008, 10, 22, 14, 8, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (takeout(geoData={"latitude": 0.0, "longitude": 0.0}), None),
        (takeout(geoData={"latitude": 0.0, "longitude": 0.0}, geoDataExif={"latitude": 1.5, "longitude": 2}), (1.5, 2)),
        (takeout(geoData={"latitude": 91, "longitude": 3}), "latitude 91.0: expected degrees from -90 to 90"),
        (takeout(geoData={"latitude": "x"}, photoTakenTime=7), None),
        (takeout(geoData=None, geoDataExif={"latitude": -0.0, "longitude": 9.5}), (0, 9.5)),
        (takeout(geoData={"latitude": -0.0, "longitude": 0}), None),
        (takeout(geoDataExif={"latitude": 1.5, "longitude": 2}), "geoData and geoDataExif are 8,"),
        ("{", "broken"),
    ],
)
def test_takeouts_positions(text: str, expected: Any) -> None:
    found = read_takeout(text.encode())
    assert found
    if isinstance(expected, str):
        assert expected in found.problems[0] and (found.coordinates is None or found.coordinates == AGRA)
    else:
        assert found.coordinates == (Coordinates(*expected) if expected else None) and found.problems == ()


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1224684519", "2008-10-22T14:08:39+00:00"),
        (1224684519, "2008-10-22T14:08:39+00:00"),
        ("-2082844800", "1904-01-01T00:00:00+00:00"),  # a scan
        ("0", None),
        ("-99999999999999", None),
        ("soon", None),
        (True, None),
        (None, None),
    ],
)
def test_takeouts_times_are_utc(timestamp: Any, expected: str | None) -> None:
    found = read_takeout(takeout(photoTakenTime={"timestamp": timestamp}).encode())
    assert found and (found.taken.isoformat() if found.taken else None) == expected


@pytest.mark.parametrize(
    "album",
    [
        {"title": "Herbst", "description": "", "access": "protected"},
        {"title": "Herbst", "date": {"timestamp": "1"}, "geoData": {"latitude": 1.5, "longitude": 2}},
        {"albumData": {"title": "Herbst"}, "geoData": {"latitude": 1.5, "longitude": 2}},
        [1],
    ],
)
def test_an_albums_json_is_no_photos(album: Any, tmp_path: Path) -> None:
    (tmp_path / "metadata.jpg").write_bytes(made.encode(made.scene(), "JPEG"))
    (tmp_path / "metadata.json").write_text(json.dumps(album))
    found = read_metadata(tmp_path / "metadata.jpg")
    assert (found.coordinates, found.taken, found.problems) == (None, None, ())


def test_a_json_of_something_else_is_no_takeout(photo: Path) -> None:
    photo.with_name("photo.jpg.json").write_text('{"latitude": 1, "longitude": 2}')
    assert read_metadata(photo).coordinates is None and read_metadata(photo).problems == ()


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({2: (91.0, 0.0, 0.0)}, "latitude 91.0: expected degrees from -90 to 90"),
        ({2: (0, 0, 0), 4: (0, 0, 0)}, "position 0, 0"),
        ({1: ""}, "latitude without N or S"),
        ({3: "N"}, "longitude without E or W"),
        ({4: None}, "latitude alone"),
    ],
)
def test_what_is_not_believed_is_reported(tags: dict[int, Any], problem: str, photo: Path) -> None:
    gps = {tag: value for tag, value in (made.gps(43.5, 11.25) | tags).items() if value is not None}
    photo.write_bytes(made.encode(made.scene(), "JPEG", exif=made.exif(None, gps)))
    found = read_metadata(photo)
    assert found.coordinates is None and problem in found.problems[0], found.problems


def test_zero_over_zero_is_reported(photo: Path) -> None:
    photo.write_bytes(made.encode(made.scene(), "JPEG", exif=made.exif(None, made.gps(43.5, 11.25))))
    data = photo.read_bytes()
    photo.write_bytes(data.replace((43).to_bytes(4, "big") + (1).to_bytes(4, "big"), bytes(8)))
    assert photo.read_bytes() != data
    found = read_metadata(photo)
    assert found.coordinates is None and "nan" in found.problems[0]


def test_a_broken_sidecar_is_reported_and_the_photo_still_speaks(photo: Path) -> None:
    photo.write_bytes(made.encode(made.scene(), "JPEG", exif=made.exif(None, made.gps(43.5, 11.25))))
    photo.with_name("photo.jpg.xmp").write_text("<x:xmpmeta")
    found = read_metadata(photo)
    assert found.coordinates_from == "EXIF" and found.problems[0].startswith("photo.jpg.xmp: broken")


def test_xmp_as_attributes_as_elements_and_with_a_reference_apart() -> None:
    at = Coordinates(-33.8568, 151.2153)
    as_elements = xmp(
        body="<exif:GPSLatitude>33,51.408S</exif:GPSLatitude><exif:GPSLongitude>151,12,55.08E</exif:GPSLongitude>"
    )
    apart = xmp(attributes='exif:GPSLatitude="33.8568" exif:GPSLatitudeRef="S" exif:GPSLongitude="151.2153" '
                           'exif:GPSLongitudeRef="E"')  # fmt: skip
    for text in (xmp(at), as_elements, apart):
        found = read_xmp(text.encode()).coordinates
        assert found and distance_km(found, at) < 1e-3
    assert "no position" in read_xmp(xmp(attributes='exif:GPSLatitude="north"').encode()).problems[0]


def test_xmp_that_unfolds_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp().encode()
    with pytest.raises(XmpError, match="document type"):
        parse_xmp(bomb)


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"]), st.data())
def test_broken_photos_raise_nothing(name: str, draw: st.DataObject) -> None:
    data = bytearray(_GOOD[name])
    for _ in range(draw.draw(st.integers(1, 6))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    read_embedded(bytes(data[: draw.draw(st.integers(1, len(data)))]))


_EXIF = made.exif(6, made.gps(43.5, 11.25))
_GOOD = {
    name: made.encode(made.scene(16, 16), name, exif=_EXIF.tobytes() if name == "HEIC" else _EXIF)
    for name in ("JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF")
}


@given(st.binary(max_size=300))
def test_any_bytes_as_exif_or_xmp_raise_nothing(data: bytes) -> None:
    for start in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        read_exif(start + data)
    read_xmp(data)
    read_takeout(data)


def test_small_files_that_would_take_long_are_given_up() -> None:
    with pytest.raises(XmpError, match="more than 100 elements in one another"):
        parse_xmp(b"<a>" * 100_000 + b"</a>" * 100_000)
    pieces = b"\0\0\0\0" + b"\0\0" + (2000).to_bytes(2, "big")  # of no length each, and 65,535 to an item
    pieces += b"".join(number.to_bytes(2, "big") + b"\0\0\xff\xff" for number in range(2000))
    boxes = b"".join((8 + len(body)).to_bytes(4, "big") + kind + body for kind, body in (
        (b"iinf", bytes(6)), (b"iloc", pieces)))  # fmt: skip
    head = bytes.fromhex("00000018") + b"ftypheic" + bytes(4) + b"heicmif1"
    bomb = head + (12 + len(boxes)).to_bytes(4, "big") + b"meta" + bytes(4) + boxes
    assert any("more than 100,000 pieces" in problem for problem in read_embedded(bomb)[0].problems)


def test_a_receivers_time_after_the_last_day_is_no_time(photo: Path) -> None:
    photo.write_bytes(made.encode(made.scene(64, 48), "JPEG", exif=made.exif(gps={29: "9999:12:31", 7: (24.0, 0, 0)})))
    assert read_metadata(photo).gps_time is None
