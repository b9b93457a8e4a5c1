"""Which times count as evidence for other photos: not that of an edit, of a position given later, of a date alone."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from factories import tiff
from factories.album import DOUBTFUL_TAJ, NOON, TAJ, by_name, make_photo
from factories.xmp import packet

from landmark.geo.coordinates import Coordinates
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.answer import Answer
from landmark.model.predictor import Predictor
from landmark.tagging import Status, TagRow, tag_folder
from landmark.tagging.observation import from_text, to_text

CAMERA = {tiff.MODEL: tiff.text("Camera One")}


def rows_of(folder: Path, predictor: Predictor) -> dict[str, TagRow]:
    return by_name(list(tag_folder(folder, predictor=predictor)))


def with_exif(path: Path, exif: bytes) -> Path:
    """A doubtful photo of the Taj Mahal with EXIF made byte by byte."""
    make_photo(path, DOUBTFUL_TAJ, camera=None)
    data = path.read_bytes()
    body = b"Exif\0\0" + exif
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    return path


def test_the_time_of_a_last_change_says_nothing_of_other_photos(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "known.jpg", None, minutes=0, gps=TAJ)
    noon = tiff.text("2024:05:06 12:05:00")
    with_exif(folder / "taken.jpg", tiff.block(CAMERA, {tiff.ORIGINAL: noon}))
    with_exif(folder / "changed.jpg", tiff.block(CAMERA | {tiff.DATE_TIME: noon}))
    found = rows_of(folder, predictor)
    assert found["taken.jpg"].status is Status.RECOGNISED_WITH_NEIGHBOURS and found["taken.jpg"].warnings == ()
    assert found["changed.jpg"].status is Status.UNKNOWN
    assert found["changed.jpg"].taken == NOON.replace(minute=5)
    assert "the file's last change" in found["changed.jpg"].warnings[0]


@pytest.mark.parametrize("key", ["exif:DateTimeOriginal", "photoshop:DateCreated"])
def test_a_date_alone_is_no_neighbour_of_midnight(key: str, folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "night.jpg", None, minutes=12 * 60 + 20, gps=(48.853, 2.3499))
    make_photo(folder / "dated.jpg", "Taj Mahal")
    (folder / "dated.jpg.xmp").write_text(packet({key: "2024-05-07"}), encoding="utf-8")
    row = rows_of(folder, predictor)["dated.jpg"]
    assert (row.status, row.landmark, row.taken) == (Status.RECOGNISED, "Taj Mahal", None)
    assert row.warnings == ("it has a date, 2024-05-07, and no time of day",)


def satellites(day: str, hour: int, minute: int) -> dict[int, tiff.Value]:
    return {29: tiff.text(day), 7: tiff.ratios((hour, 1), (minute, 1), (0, 1))}


@pytest.mark.parametrize(
    ("n_photos", "days_later", "moves"), [(4, 0, True), (3, 0, True), (2, 0, False), (1, 0, False), (4, 1800, False)]
)
def test_satellites_move_a_clock_where_several_photos_agree(
    n_photos: int, days_later: int, moves: bool, folder: Path, predictor: Predictor
) -> None:
    day = "2024:05:06" if not days_later else "2029:04:10"
    zoned = {tiff.OFFSET_ORIGINAL: tiff.text("+00:00"), tiff.ORIGINAL: tiff.text("2024:05:06 10:05:00")}
    phone = tiff.block({tiff.MODEL: tiff.text("Phone")}, zoned, tiff.gps(*TAJ))
    with_exif(folder / "phone.jpg", phone)
    for number in range(n_photos):  # a clock that is two hours ahead of UTC
        camera = {tiff.ORIGINAL: tiff.text(f"2024:05:06 12:0{number}:00")}
        with_exif(folder / f"{number}.jpg", tiff.block(CAMERA, camera, satellites(day, 10, number)))
    with_exif(folder / "asked.jpg", tiff.block(CAMERA, {tiff.ORIGINAL: tiff.text("2024:05:06 12:09:00")}))
    row = rows_of(folder, predictor)["asked.jpg"]
    assert row.status is (Status.RECOGNISED_WITH_NEIGHBOURS if moves else Status.UNKNOWN)


def test_what_metadata_say_of_times_is_stored() -> None:
    answer = Answer("a.jpg", None, None, (), None)
    for metadata in (
        PhotoMetadata(),
        PhotoMetadata(day=date(2024, 5, 6)),
        PhotoMetadata(Coordinates(1, 2), "EXIF", radius_km=2.6, taken=datetime(2024, 5, 6, tzinfo=UTC),
                      time_kind=TimeKind.GPS),
    ):  # fmt: skip
        assert from_text(Path("a.jpg"), to_text(metadata, answer, None), None, None).metadata == metadata
