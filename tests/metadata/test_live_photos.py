"""The film of a Live Photo lends its photo a position, if it is this photo's."""

import struct
from datetime import datetime
from pathlib import Path

import pytest
from factories import containers as made
from factories import photos

from landmark.geo.coordinates import Coordinates
from landmark.metadata.live_photos import apple_identifier
from landmark.metadata.merging import read_metadata

TAJ = Coordinates(27.175, 78.0421)
ONE, OTHER = "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "7F9619FF-8B86-D011-B42D-00CF4FC964FF"


def apple_notes(identifier: str) -> bytes:
    value = identifier.encode() + b"\0"
    return b"Apple iOS\0\0\1MM" + struct.pack(">HHHIII", 1, 0x0011, 2, len(value), 32, 0) + value


def exif(
    identifier: str | None,
    taken: str | None = made.TAKEN,
    at: tuple[float, float] | None = None,
    *,
    with_zone: bool = True,
) -> bytes:
    file = made.TiffFile()
    left_out = {0x9003} if with_zone else {0x9003, 0x9010, 0x9011, 0x9012}
    camera = {tag: value for tag, value in made.camera_tags().items() if tag not in left_out}
    if taken:
        camera[0x9003] = made.text(taken)
    if identifier:
        camera[0x927C] = made.undefined(apple_notes(identifier))
    tags = {0x8769: made.long(file.directory(camera))}
    if at:
        tags[0x8825] = made.long(file.directory(made.gps(*at)))
    return file.finish(file.directory(tags))


def film(identifier: str | None, taken: str = "2024-05-06T12:34:57+0200") -> bytes:
    texts = {
        "com.apple.quicktime.location.ISO6709": "+27.1750+078.0421+171.003/",
        "com.apple.quicktime.location.accuracy.horizontal": "12.5",
        "com.apple.quicktime.creationdate": taken,
    }
    if identifier:
        texts["com.apple.quicktime.content.identifier"] = identifier
    return made.movie(made.apple_meta(texts))


def pair(
    folder: Path, photo: bytes, movie: bytes, photo_name: str = "IMG_1.HEIC", movie_name: str = "IMG_1.MOV"
) -> Path:
    kind = "HEIC" if photo_name.lower().endswith("heic") else "JPEG"
    (folder / photo_name).write_bytes(photos.encode(photos.scene(), kind, exif=b"Exif\0\0" + photo))
    (folder / movie_name).write_bytes(movie)
    return folder / photo_name


@pytest.mark.parametrize(
    ("photo_name", "movie_name"),
    [("IMG_1.HEIC", "IMG_1.MOV"), ("img_1.heic", "img_1.mov"), ("IMG_1.JPG", "IMG_1.MP4"), ("IMG_1.HEIC", "IMG_1.mp4")],
)
@pytest.mark.parametrize("identifier", [ONE, None])
def test_the_film_lends_its_position(photo_name: str, movie_name: str, identifier: str | None, tmp_path: Path) -> None:
    found = read_metadata(pair(tmp_path, exif(identifier), film(identifier), photo_name, movie_name))
    assert found.coordinates == TAJ and found.coordinates_from == movie_name and found.radius_km == 0.0125
    assert read_metadata(tmp_path / movie_name).coordinates == TAJ


@pytest.mark.parametrize(
    ("photo", "movie"),
    [
        (exif(ONE), film(OTHER)),
        (exif(None), film(ONE, "2024-05-06T12:50:00+0200")),
        (exif(ONE, "2020:01:01 12:00:00"), film(None)),
        (exif(ONE), made.movie()),
        (exif(ONE), b"no film"),
    ],
)
def test_the_film_of_another_photo_lends_nothing(photo: bytes, movie: bytes, tmp_path: Path) -> None:
    assert read_metadata(pair(tmp_path, photo, movie)).coordinates is None


def test_the_same_identifier_goes_before_clocks(tmp_path: Path) -> None:
    assert read_metadata(pair(tmp_path, exif(ONE, "2020:01:01 12:00:00"), film(ONE))).coordinates == TAJ


@pytest.mark.parametrize(
    ("filmed", "is_lent"),
    [("10:34:58", True), ("12:34:50", True), ("07:04:50", True), ("10:41:00", False), ("10:28:00", False)],
)
def test_a_films_own_counter_is_utc_or_the_cameras_clock(filmed: str, is_lent: bool, tmp_path: Path) -> None:
    created_s = made.since_1904(datetime.fromisoformat(f"2024-05-06T{filmed}+00:00"))
    movie = made.movie(made.box(b"udta", made.user_text(b"\xa9xyz", "+27.1750+078.0421/")), created_s=created_s)
    assert read_metadata(pair(tmp_path, exif(None, with_zone=False), movie)).coordinates == (TAJ if is_lent else None)


def test_without_a_time_the_name_must_do(tmp_path: Path) -> None:
    assert read_metadata(pair(tmp_path, exif(None, None), film(None))).coordinates == TAJ


def test_a_photo_keeps_its_own_position(tmp_path: Path) -> None:
    found = read_metadata(pair(tmp_path, exif(ONE, at=(48.853, 2.3499)), film(ONE)))
    assert found.coordinates == Coordinates(48.853, 2.3499) and found.coordinates_from == "EXIF"


def test_other_names_are_other_photos(tmp_path: Path) -> None:
    assert read_metadata(pair(tmp_path, exif(ONE), film(ONE), "IMG_1.HEIC", "IMG_2.MOV")).coordinates is None


def test_broken_notes_have_no_identifier() -> None:
    whole = exif(ONE)
    assert apple_identifier(whole) == ONE
    for length in range(len(whole)):
        apple_identifier(whole[:length])
