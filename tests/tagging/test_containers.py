"""RAW files, films and JPEG XL in albums: rows with their own position and time, and sidecars beside them."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from factories import containers as made
from factories import photos
from factories.album import by_name, make_photo
from factories.bundle import COLOURS
from PIL import Image

from landmark.geo.coordinates import Coordinates
from landmark.geo.place_names import PlaceNames
from landmark.metadata.merging import read_metadata
from landmark.model.predictor import Predictor
from landmark.tagging import AlbumTagging, Policy, Status, TagRow
from landmark.tagging.journal import Journal
from landmark.tagging.takeout_positions import TakeoutTagging
from landmark.tagging.writing import PlaceWriter, Target

TAJ = Coordinates(27.175, 78.0421)
APPLE = {
    "com.apple.quicktime.location.ISO6709": "+27.1750+078.0421/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 15",
    "com.apple.quicktime.creationdate": "2024-05-06T12:34:56+0200",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "album").mkdir()
    return tmp_path / "album"


def rows_of(folder: Path, predictor: Predictor) -> dict[str, TagRow]:
    return by_name(list(AlbumTagging(folder, predictor, Policy()).rows()))


def of_taj(**options: bytes) -> bytes:
    return photos.encode(Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]), "JPEG", **options)


@pytest.mark.parametrize("kind", made.RAW_KINDS)
def test_a_raw_file_is_recognised_by_its_preview(kind: str, folder: Path, predictor: Predictor) -> None:
    (folder / f"a.{kind}").write_bytes(made.raw(kind, at=None, jpeg=of_taj()))
    [row] = rows_of(folder, predictor).values()
    assert row.status is Status.RECOGNISED and row.landmark == "Taj Mahal" and not row.warnings
    assert row.taken and row.camera and row.camera.endswith(f"{kind} One #12345")


def test_a_raw_file_keeps_its_position(folder: Path, predictor: Predictor) -> None:
    (folder / "a.NEF").write_bytes(made.raw("NEF", jpeg=of_taj()))
    [row] = rows_of(folder, predictor).values()
    assert row.status is Status.HAS_GPS and row.known == TAJ and row.landmark == "Taj Mahal"


def test_a_place_is_written_beside_a_raw_file_and_never_into_it(folder: Path, predictor: Predictor) -> None:
    data = made.raw("NEF", at=None, jpeg=of_taj())
    (folder / "a.NEF").write_bytes(data)
    with Journal() as journal:
        tagging = AlbumTagging(folder, predictor, Policy(), PlaceWriter(Target.PHOTO, journal))
        [row] = tagging.rows()
    assert row.written == "sidecar" and "nothing is written into NEF files" in row.warnings[0]
    assert (folder / "a.NEF").read_bytes() == data and (folder / "a.NEF.xmp").exists()
    assert read_metadata(folder / "a.NEF").recognised


@pytest.mark.parametrize("name", ["a.nef", "a.iiq"])
def test_a_raw_file_without_a_picture_keeps_its_position(name: str, folder: Path, predictor: Predictor) -> None:
    (folder / name).write_bytes(made.exif((27.175, 78.0421)))
    [row] = rows_of(folder, predictor).values()
    assert row.status is Status.HAS_GPS and row.known == TAJ and not row.error
    assert "its picture cannot be read" in row.warnings[0]


def test_films_have_rows_with_position_time_and_camera(folder: Path, predictor: Predictor) -> None:
    (folder / "a.mov").write_bytes(made.movie(made.apple_meta(APPLE)))
    (folder / "b.mp4").write_bytes(made.movie(brand=b"isom", created_s=made.EPOCH_S + 1_700_000_000))
    (folder / "c.mov").write_bytes(made.movie())  # which says nothing
    (folder / "d.mov").write_bytes(made.movie()[:30])
    (folder / "e.MOV").write_bytes(b"no film")
    (folder / "f.mp4").write_bytes(made.movie(tracks=(b"soun",), brand=b"isom"))
    (folder / "song.m4a").write_bytes(made.movie(tracks=(b"soun",), brand=b"M4A "))
    tagging = AlbumTagging(folder, predictor, Policy())
    found = by_name(list(tagging.rows()))
    assert {name: row.status for name, row in found.items()} == {
        "a.mov": Status.HAS_GPS,
        "b.mp4": Status.UNKNOWN,
        "c.mov": Status.SKIPPED,
    }
    assert found["a.mov"].known == TAJ and found["a.mov"].camera == "Apple iPhone 15" and not found["a.mov"].error
    assert found["a.mov"].reason == "has GPS from QuickTime"
    assert found["b.mp4"].taken and found["b.mp4"].taken.year == 2023
    assert "3 videos" in str(tagging.walk.films_note()) and tagging.walk.others == 1


def test_without_the_extra_one_note_says_so(folder: Path, predictor: Predictor) -> None:
    (folder / "a.mov").write_bytes(made.movie(made.apple_meta(APPLE)))
    (folder / "b.jxl").write_bytes(made.jpeg_xl((b"Exif", bytes(4) + made.exif((27.175, 78.0421)))))
    tagging = AlbumTagging(folder, predictor, Policy())
    found = by_name(list(tagging.rows()))
    assert found["a.mov"].known == found["b.jxl"].known == TAJ
    assert not found["a.mov"].error and not found["b.jxl"].error
    if not find_spec("cv2") and not find_spec("imagecodecs"):
        assert tagging.n_undecoded == 2 and not found["a.mov"].warnings and not found["b.jxl"].warnings


def test_a_takeouts_position_of_a_film_is_written_beside_it(folder: Path) -> None:
    data = made.movie(brand=b"isom")
    (folder / "a.mp4").write_bytes(data)
    place = {"latitude": 27.175, "longitude": 78.0421}
    (folder / "a.mp4.json").write_text(json.dumps({"title": "a.mp4", "geoData": place}))
    with Journal() as journal:
        [row] = TakeoutTagging(folder, PlaceWriter(Target.PHOTO, journal)).rows()
    assert row.written == "sidecar" and (folder / "a.mp4").read_bytes() == data
    assert read_metadata(folder / "a.mp4").coordinates_from == "a.mp4.xmp"


@pytest.mark.parametrize(("name", "written"), [("a.iiq", "sidecar"), ("a.DCR", "sidecar"), ("a.tif", "photo")])
def test_a_tiff_that_may_be_the_raw_file_of_an_unknown_maker_stays_as_it_is(
    name: str, written: str, folder: Path
) -> None:
    data = photos.encode(photos.scene(16, 16), "TIFF")
    (folder / name).write_bytes(data)
    place = {"latitude": 27.175, "longitude": 78.0421}
    (folder / f"{name}.json").write_text(json.dumps({"title": name, "geoData": place}))
    with Journal() as journal:
        [row] = TakeoutTagging(folder, PlaceWriter(Target.PHOTO, journal)).rows()
    assert row.written == written and ((folder / name).read_bytes() == data) == (written == "sidecar")
    assert read_metadata(folder / name).coordinates == TAJ


def test_photos_named_like_films_and_raw_files_are_photos(folder: Path, predictor: Predictor) -> None:
    for name in ("IMG_1.MOV", "IMG_2.NEF", "IMG_3"):
        make_photo(folder / name, "Taj Mahal")
    assert {row.status for row in rows_of(folder, predictor).values()} == {Status.RECOGNISED}
    make_photo(folder / "IMG_4.mp4", "Taj Mahal", format_name="HEIC")
    assert rows_of(folder, predictor)["IMG_4.mp4"].status is Status.RECOGNISED


def test_a_photo_is_read_again_when_its_film_comes(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", None)
    assert rows_of(folder, predictor)["a.jpg"].status is Status.UNKNOWN
    (folder / "a.mov").write_bytes(made.movie(made.apple_meta(APPLE)))
    row = rows_of(folder, predictor)["a.jpg"]
    assert row.status is Status.HAS_GPS and row.known == TAJ and row.known_from == "a.mov"


def test_names_from_iptc_are_in_the_row_and_no_position(folder: Path, predictor: Predictor) -> None:
    (folder / "a.jpg").write_bytes(made.jpeg_with_iptc(made.iptc({90: "Agra", 101: "India", 100: "IND"})))
    for _ in range(2):  # the second time from what was stored
        [row] = rows_of(folder, predictor).values()
        assert row.known is None and row.known_names == PlaceNames(city="Agra", country="India", country_code="IN")
    assert list(row.to_row())[-4:-2] == ["known_names", "names"] and row.to_row()["known_names"]["city"] == "Agra"
