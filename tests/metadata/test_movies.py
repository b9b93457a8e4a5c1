"""MOV and MP4: position, time and camera, wherever their `moov` stands.

No real film is here: they are made after Apple's and 3GPP's specifications, and compared with what exiftool reads.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories import containers as made
from factories.exiftool import read_tags, write_tags

from landmark.geo.coordinates import Coordinates
from landmark.metadata.containers import identify_format, read_blocks
from landmark.metadata.formats.boxes import XMP_UUID
from landmark.metadata.merging import read_metadata
from landmark.metadata.movie import parse_iso6709

TAJ = Coordinates(27.175, 78.0421)
APPLE = {
    "com.apple.quicktime.location.ISO6709": "+27.1750+078.0421+171.003/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 15",
    "com.apple.quicktime.creationdate": "2024-05-06T12:34:56+0530",
}
NOON = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)


def write(folder: Path, data: bytes, name: str = "a.mov") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


PHONES = {
    "apple": made.movie(made.apple_meta(APPLE)),
    "moov at the end": made.movie(made.apple_meta(APPLE), last=True),
    "sizes of 64 bits": made.movie(made.apple_meta(APPLE), last=True, far=True),
    "mp4": made.movie(made.apple_meta(APPLE, full=True), brand=b"mp42"),
    "without brands": made.movie(made.apple_meta(APPLE), brand=b"", last=True),
    "in udta": made.movie(made.box(b"udta", made.apple_meta(APPLE, full=True)), brand=b"isom"),
    "fragmented": made.movie(made.box(b"mvex"), made.apple_meta(APPLE), brand=b"iso5")
    + 3000 * (made.box(b"moof", bytes(20)) + made.box(b"mdat", bytes(5))),
}


@pytest.mark.parametrize("layout", PHONES)
def test_a_phones_film(layout: str, tmp_path: Path) -> None:
    found = read_metadata(write(tmp_path, PHONES[layout]))
    assert found.coordinates == TAJ and found.coordinates_from == "QuickTime"
    assert found.taken and found.taken.isoformat() == "2024-05-06T12:34:56+05:30"
    assert found.camera == "Apple iPhone 15" and found.problems == ()


@pytest.mark.parametrize(
    "inside",
    [
        made.user_text(b"\xa9xyz", "+27.1750+078.0421/"),
        made.user_text(b"\xa9xyz", "+27.1750+078.0421/", language=0),
        made.box(b"meta", bytes(4), made.box(b"hdlr", bytes(25)), made.box(b"ilst", made.box(
            b"\xa9xyz", made.box(b"data", bytes([0, 0, 0, 1, 0, 0, 0, 0]), b"+27.1750+078.0421/")))),
        made.loci(27.175, 78.0421),
        made.loci(27.175, 78.0421, name=b"Agra\0", body=b"\0"),
        made.loci(27.175, 78.0421, name="\ufeffAgra\0".encode("utf-16-be")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("brand", [b"isom", b"3gp4", b"qt  "])
def test_positions_of_android_and_3gpp(inside: bytes, brand: bytes, tmp_path: Path) -> None:
    data = made.movie(made.box(b"udta", inside), brand=brand, created_s=made.since_1904(NOON))
    found = read_metadata(write(tmp_path, data, "a.mp4"))
    assert found.coordinates and found.taken == NOON and found.problems == ()
    assert found.coordinates.latitude == pytest.approx(TAJ.latitude, abs=1e-5)
    assert found.coordinates.longitude == pytest.approx(TAJ.longitude, abs=1e-5)


@pytest.mark.parametrize("version", [0, 1])
def test_the_films_own_time_is_utc_and_counts_from_1904(version: int, tmp_path: Path) -> None:
    path = write(tmp_path, made.movie(created_s=made.since_1904(NOON), version=version))
    assert read_metadata(path).taken == NOON
    assert read_metadata(write(tmp_path, made.movie(created_s=0))).taken is None
    since_1970 = round(NOON.timestamp())  # as some cameras count
    assert read_metadata(write(tmp_path, made.movie(created_s=since_1970))).taken == NOON
    assert read_metadata(write(tmp_path, made.movie(created_s=2**64 - 1, version=1))).taken is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+27.1750+078.0421/", (27.175, 78.0421)),
        ("-33.8568+151.2153+058.000/", (-33.8568, 151.2153)),
        ("+43.0799-079.0747+100CRSWGS_84/", (43.0799, -79.0747)),
        ("+2710.5+07802.526/", (27.175, 78.0421)),
        ("+271030+0780231.56/", (27.175, 78.0421)),
        ("+2.5-7.25", (2.5, -7.25)),
    ],
)
def test_iso_6709(written: str, expected: tuple[float, float]) -> None:
    assert parse_iso6709(written) == Coordinates(*expected)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("27.1750 N 78.0421 E", "not as ISO 6709"),
        ("+27,1750+078,0421/", "not as ISO 6709"),
        ("+91.0000+078.0421/", "latitude"),
        ("+00.0000+000.0000/", "without a fix"),
        ("+2799.5+07802.526/", "minutes"),
        ("+27.1750+078.0421CRSNAD27/", "WGS 84"),
    ],
)
def test_positions_that_are_rejected_and_told(written: str, why: str, tmp_path: Path) -> None:
    data = made.movie(made.apple_meta({"com.apple.quicktime.location.ISO6709": written}))
    found = read_metadata(write(tmp_path, data))
    assert found.coordinates is None and why in found.problems[0]


def test_a_position_on_another_body_is_none_of_a_photo(tmp_path: Path) -> None:
    data = made.movie(made.box(b"udta", made.loci(10, 20, body=b"moon\0")), brand=b"3gp5")
    found = read_metadata(write(tmp_path, data))
    assert found.coordinates is None and "moon" in found.problems[0]


def test_a_year_alone_is_no_time(tmp_path: Path) -> None:
    data = made.movie(made.box(b"udta", made.user_text(b"\xa9day", "2024")), created_s=made.since_1904(NOON))
    assert read_metadata(write(tmp_path, data)).taken == NOON


@pytest.mark.parametrize(
    ("data", "format_name"),
    [
        (made.movie(), "MOV"),
        (made.movie(brand=b"isom"), "MP4"),
        (made.movie(brand=b"", last=True), "MOV"),
        (made.movie(brand=b"M4A "), None),
        (b"The free encyclopaedia that anyone can edit", None),
    ],
)
def test_films_are_told_by_content(data: bytes, format_name: str | None) -> None:
    assert identify_format(io.BytesIO(data)) == format_name


def test_a_film_without_moov_says_nothing() -> None:
    for data in (made.movie()[:20], made.box(b"ftyp", b"qt  ", bytes(4)) + made.box(b"mdat", bytes(99))):
        assert read_blocks(io.BytesIO(data))[1].movie is None


def test_sound_alone_has_no_pictures() -> None:
    movie = read_blocks(io.BytesIO(made.movie(tracks=(b"soun",), brand=b"isom")))[1].movie
    assert movie and movie.has_pictures is False


@pytest.mark.parametrize(
    "layout", [name for name in PHONES if name != "mp4"]
)  # whose version and flags it takes for another box
def test_exiftool_reads_the_same(layout: str, tmp_path: Path) -> None:
    path = write(tmp_path, PHONES[layout])
    [tags] = read_tags(path, arguments=("-n", "-ee0", "-all"))
    latitude, longitude = map(float, tags["GPSCoordinates"].split()[:2])
    found = read_metadata(path)
    assert found.coordinates == Coordinates(latitude, longitude)
    assert found.camera == f"{tags['Make']} {tags['Model']}"
    assert found.taken and f"{found.taken:%Y:%m:%d %H:%M:%S}" == tags["CreationDate"][:19]


def test_what_exiftool_writes_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, made.movie(tracks=()))
    write_tags(path, Keys__GPSCoordinates="27.175 78.0421 171", Keys__Make="Apple", Keys__Model="iPhone 15")
    write_tags(path, CreateDate="2024:05:06 12:00:00")
    found = read_metadata(path)
    assert found.coordinates == TAJ and found.camera == "Apple iPhone 15" and found.taken == NOON


@pytest.mark.parametrize("first", [True, False])
def test_xmp_in_a_box_of_its_own_may_stand_before_or_behind_what_describes_the_film(first: bool) -> None:
    packet = b"<x:xmpmeta/>"
    uuid = made.box(b"uuid", XMP_UUID, packet)
    film = made.movie(brand=b"isom")
    head = int.from_bytes(film[:4], "big")
    data = film[:head] + uuid + film[head:] if first else film + uuid
    assert read_blocks(io.BytesIO(data))[1].xmp == packet


def test_a_film_of_gigabytes_is_stepped_over(tmp_path: Path) -> None:
    whole = made.movie(made.apple_meta(APPLE), last=True, far=True, n_data=0)
    at = whole.index(b"mdat") - 4
    n_bytes = 5_000_000_000
    with (tmp_path / "a.mov").open("wb") as file:
        file.write(whole[: at + 8] + (16 + n_bytes).to_bytes(8, "big"))
        file.seek(n_bytes, 1)  # a hole, which takes no room on the disk
        file.write(whole[at + 16 :])
    assert read_metadata(tmp_path / "a.mov").coordinates == TAJ


def test_a_second_list_of_texts_takes_nothing_from_the_first(tmp_path: Path) -> None:
    lists = [made.box(b"udta", made.loci(27.175, 78.0421)), made.box(b"udta", made.user_text(b"\xa9mod", "One"))]
    found = read_metadata(write(tmp_path, made.movie(*lists, brand=b"3gp5")))
    assert found.coordinates and found.camera == "One"
