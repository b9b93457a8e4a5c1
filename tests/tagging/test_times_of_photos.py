"""Which times count as evidence for other photos: not that of an edit, of a position given later, of a date alone."""

from concurrent.futures import ThreadPoolExecutor
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
from landmark.tagging import Policy, Status, TagRow, tag_folder
from landmark.tagging.observation import from_text, to_text
from landmark.tagging.observations import Observations

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


def test_tables_of_one_new_data_folder_can_be_opened_at_once(tmp_path: Path) -> None:
    """Two runs that start together with a data folder that neither has used before."""

    def use(number: int) -> int:
        with Observations(tmp_path / "looks.sqlite3", tmp_path / str(number), "model") as observations:
            observations.add(Path("a.jpg"), "", PhotoMetadata(), Answer("", None, None, (), None))
            observations.save()
            return len(list(observations.all()))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(16))) == [1] * 16


def test_far_from_all_that_a_journey_knows_a_photo_is_doubtful_but_not_without_a_time(
    folder: Path, predictor: Predictor
) -> None:
    for number in range(10):
        make_photo(folder / f"{number}.jpg", None, minutes=600 * number, gps=(48.85, 2.35))
    make_photo(folder / "same days.jpg", "Taj Mahal", minutes=3301)
    make_photo(folder / "next year.jpg", "Taj Mahal", minutes=500_000)
    make_photo(folder / "received.jpg", "Taj Mahal", camera=None)
    rows = rows_of(folder, predictor)
    assert rows["same days.jpg"].status is Status.DOUBTFUL
    assert rows["received.jpg"].status is rows["next year.jpg"].status is Status.RECOGNISED


def test_a_photo_between_two_that_have_a_place_is_placed_if_asked(folder: Path, predictor: Predictor) -> None:
    for name, minutes in (("IMG_0042.jpg", 0), ("IMG_0044.jpg", 7)):
        make_photo(folder / name, None, minutes=minutes, gps=TAJ)
    make_photo(folder / "IMG_0043.jpg", None, minutes=4)
    assert rows_of(folder, predictor)["IMG_0043.jpg"].status is Status.UNKNOWN
    policy = Policy(propose_nearby_min=15)
    row = by_name(list(tag_folder(folder, predictor=predictor, policy=policy)))["IMG_0043.jpg"]
    assert (row.status, row.coordinates, row.landmark) == (Status.NEAR_OTHERS, Coordinates(*TAJ), None)
    assert row.reason == "4 minutes after IMG_0042 and 3 minutes before IMG_0044, 0.0 km apart"
    assert row.proposed and row.radius_km and row.probability and row.probability > 0.9
