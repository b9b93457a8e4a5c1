"""What a time is the time of, whose zone counts for it, and dates alone."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from factories import exiftool, tiff
from factories import photos as made
from factories.tiff import text
from factories.xmp import packet

from landmark.metadata.exif import read_exif
from landmark.metadata.merging import PhotoMetadata, read_metadata
from landmark.metadata.time_kind import TimeKind
from landmark.metadata.xmp import read_xmp

PLUS_2 = timezone(timedelta(hours=2))
NOON = datetime(2024, 5, 6, 12)


def of_exif(camera: dict[int, tiff.Value], changed: str | None = None) -> tuple[datetime | None, TimeKind, date | None]:
    first = {tiff.DATE_TIME: text(changed)} if changed else {}
    found = read_exif(tiff.block(first, camera))
    return found.taken, found.time_kind, found.day


def test_a_zone_that_is_told_of_another_time_counts_where_both_are_the_same() -> None:
    noon, later, zone = text("2024:05:06 12:00:00"), text("2024:05:06 14:00:00"), text("+02:00")
    told = NOON.replace(tzinfo=PLUS_2)
    original = {tiff.ORIGINAL: noon}
    assert of_exif(original | {tiff.OFFSET_ORIGINAL: zone})[0] == told
    assert of_exif(original | {tiff.OFFSET: zone}, "2024:05:06 12:00:00")[0] == told
    assert of_exif(original | {tiff.OFFSET: zone}, "2025:01:01 09:00:00")[0] == NOON, "the zone of an edit elsewhere"
    assert of_exif(original | {tiff.OFFSET: zone}, "2024:05:06 12:00:07")[0] == told, "written seconds later"
    assert of_exif(original | {tiff.OFFSET: zone})[0] == told, "of a time that is not there"
    assert of_exif(original | {tiff.DIGITISED: noon, tiff.OFFSET_DIGITISED: text("+02")})[0] == told
    assert of_exif(original | {tiff.DIGITISED: later, tiff.OFFSET_DIGITISED: zone})[0] == NOON
    assert (
        of_exif(original | {tiff.OFFSET_ORIGINAL: text("   :  "), tiff.OFFSET: zone}, "2024:05:06 12:00:00")[0] == told
    )
    assert of_exif(original | {0x882A: tiff.short(-3, signed=True)})[0] == NOON.replace(
        tzinfo=timezone(timedelta(hours=-3))
    )


def test_a_day_whose_clock_is_left_blank() -> None:
    for blank in ("2024:05:06   :  :  ", "2024:05:06         ", "2024:05:06 : :"):
        assert of_exif({tiff.ORIGINAL: text(blank)})[::2] == (None, date(2024, 5, 6))
    for blank in ("    :  :     :  :  ", "2024:05:     :  :  ", "2024:  :     :  :  "):
        assert of_exif({tiff.ORIGINAL: text(blank)})[2] is None


def test_what_a_time_is_the_time_of() -> None:
    noon, later = text("2024:05:06 12:00:00"), text("2024:05:06 14:00:00")
    changed = "2025:01:01 09:00:00"
    assert of_exif({tiff.ORIGINAL: noon, tiff.DIGITISED: later}, changed)[:2] == (NOON, TimeKind.ORIGINAL)
    assert of_exif({tiff.DIGITISED: later}, changed)[:2] == (NOON.replace(hour=14), TimeKind.DIGITISED)
    assert of_exif({}, changed)[:2] == (datetime(2025, 1, 1, 9), TimeKind.MODIFIED)
    assert of_exif({tiff.ORIGINAL: text("2024:05:06")}) == (None, TimeKind.ORIGINAL, date(2024, 5, 6))
    assert read_exif(tiff.block({tiff.DATE_TIME: text(changed), tiff.ORIGINAL: noon})).taken == NOON


def read(folder: Path, exif: bytes | None = None, xmp: dict[str, str] | None = None) -> PhotoMetadata:
    path = folder / "photo.jpg"
    options = {"exif": b"Exif\0\0" + exif} if exif else {}
    path.write_bytes(made.encode(made.scene(), "JPEG", **options))
    if xmp:
        path.with_name("photo.jpg.xmp").write_text(packet(xmp), encoding="utf-8")
    return read_metadata(path)


def test_weaker_times_say_so(tmp_path: Path) -> None:
    satellites = {29: text("2024:05:06"), 7: tiff.ratios((10, 1), (0, 1), (30, 1))}
    changed = {tiff.DATE_TIME: text("2025:01:01 09:00:00")}
    found = read(tmp_path, tiff.block(changed))
    assert (found.taken, found.time_kind) == (datetime(2025, 1, 1, 9), TimeKind.MODIFIED)
    assert found.problems == ("its time is that of the file's last change, and may not be that of the photo",)
    found = read(tmp_path, tiff.block(changed, gps=satellites))
    assert (found.taken, found.time_kind) == (datetime(2024, 5, 6, 10, 0, 30, tzinfo=UTC), TimeKind.GPS)
    assert "the satellites' of its position" in found.problems[0]
    found = read(tmp_path, tiff.block(changed, {tiff.ORIGINAL: text("2024:05:06 12:00:00")}, satellites))
    assert (found.taken, found.time_kind, found.problems) == (NOON, TimeKind.ORIGINAL, ())
    library = {"title": "photo.jpg", "photoTakenTime": {"timestamp": "86400"}}
    (tmp_path / "photo.jpg.json").write_text(json.dumps(library))
    found = read(tmp_path, tiff.block(changed, gps=satellites))
    assert (found.taken, found.time_kind) == (datetime(1970, 1, 2, tzinfo=UTC), TimeKind.LIBRARY)


@pytest.mark.parametrize("key", ["exif:DateTimeOriginal", "photoshop:DateCreated", "exif:DateTimeDigitized"])
def test_a_date_without_a_time_is_no_midnight(key: str, tmp_path: Path) -> None:
    found = read(tmp_path, xmp={key: "2026-05-01"})
    assert (found.taken, found.day) == (None, date(2026, 5, 1))
    assert found.problems == ("it has a date, 2026-05-01, and no time of day",)


def test_the_date_of_the_satellites_alone_is_a_date(tmp_path: Path) -> None:
    found = read(tmp_path, tiff.block(gps={29: text("2024:05:06")}))
    assert (found.taken, found.day, found.gps_time) == (None, date(2024, 5, 6), None)
    found = read(
        tmp_path, tiff.block(camera={tiff.ORIGINAL: text("2024:05:06 12:00:00")}, gps={29: text("2024:05:06")})
    )
    assert (found.taken, found.day, found.problems) == (NOON, None, ())


def test_times_of_xmp() -> None:
    def taken(**values: str) -> tuple[datetime | None, TimeKind]:
        found = read_xmp(packet({key.replace("_", ":"): value for key, value in values.items()}).encode())
        return found.taken, found.time_kind

    assert taken(exif_DateTimeOriginal="2024-05-06T12:00:00+02") == (NOON.replace(tzinfo=PLUS_2), TimeKind.ORIGINAL)
    assert taken(tiff_DateTime="2024-05-06T12:00:00") == (NOON, TimeKind.MODIFIED)
    assert taken(exif_DateTimeDigitized="2024-05-06T12:00:00", tiff_DateTime="2024-05-06") == (NOON, TimeKind.DIGITISED)
    assert taken(exif_DateTimeOriginal="0001-01-01T00:00:00+02:00") == (None, TimeKind.ORIGINAL)


def test_as_exiftool_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(made.encode(made.scene(), "JPEG"))
    exiftool.write_tags(
        path, EXIF__DateTimeOriginal="2024:05:06 12:00:00", EXIF__OffsetTime="+02:00",
        EXIF__ModifyDate="2024:05:06 12:00:00", EXIF__SubSecTimeOriginal="25", EXIF__SubSecTime="75",
    )  # fmt: skip
    assert read_metadata(path).taken == NOON.replace(microsecond=250_000, tzinfo=PLUS_2)
    [tags] = exiftool.read_tags(path)
    assert tags["ExifIFD:OffsetTime"] == "+02:00" and "ExifIFD:OffsetTimeOriginal" not in tags
    assert str(tags["Composite:SubSecModifyDate"]) == "2024:05:06 12:00:00.75+02:00"
