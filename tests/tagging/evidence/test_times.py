"""Which times are evidence: none of scans, of clocks that were never set, of two cameras of one name."""

from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest
from factories import tiff
from factories.album import DOUBTFUL_TAJ, NIAGARA, TAJ, by_name, make_photo

from landmark.geo.coordinates import Coordinates
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.predictor import Predictor
from landmark.tagging import AlbumTagging, Policy, Status, TagRow
from landmark.tagging.evidence.times import FaultySpan, TimedPhoto, TimeFault, fault_of, find_faults

DAY = 1440  # minutes
PARIS, AGRA = Coordinates(48.8584, 2.2945), Coordinates(*TAJ)


def tagged(folder: Path, predictor: Predictor) -> tuple[dict[str, TagRow], list[str]]:
    tagging = AlbumTagging(folder, predictor, Policy())
    return by_name(list(tagging.rows())), tagging.time_notes()


def on_clock(*times: str, at: Coordinates | None = None, zoned: bool = False) -> list[TimedPhoto]:
    return [TimedPhoto("Compact", zoned, datetime.fromisoformat(one + "Z").timestamp(), at) for one in times]


def faults(*photos: list[TimedPhoto]) -> list[FaultySpan]:
    return list(find_faults(sorted(chain(*photos), key=lambda one: one.clock_s)))


def scanned(path: Path, shows: str, minutes: int, camera: str) -> None:
    make_photo(path, shows, camera=None)
    time = (datetime(2019, 1, 20, 20) + timedelta(minutes=minutes)).strftime("%Y:%m:%d %H:%M:%S")
    body = b"Exif\0\0" + tiff.block({tiff.MODEL: tiff.text(camera)}, {tiff.DIGITISED: tiff.text(time)})
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])


@pytest.mark.parametrize("camera", ["Perfection V600", "DSLR on a stand"])
def test_slides_that_were_scanned_one_after_another_are_no_journey(
    camera: str, folder: Path, predictor: Predictor
) -> None:
    for number in range(16):
        scanned(folder / f"{number:02}.jpg", ("Taj Mahal", "Niagara Falls")[number % 2], number, camera)
    found, [note] = tagged(folder, predictor)
    assert {row.status for row in found.values()} == {Status.RECOGNISED}
    assert note.startswith(f"The time of 16 photos of {camera} is no evidence: it is ")


@pytest.mark.parametrize("step_min", [0, 7])
def test_a_clock_that_was_never_set_says_nothing(step_min: int, folder: Path, predictor: Predictor) -> None:
    since_noon = (datetime(2000, 1, 1) - datetime(2024, 5, 6, 12)).total_seconds() / 60
    for number in range(8):
        shows = ("Taj Mahal", "Niagara Falls")[number % 2]
        make_photo(folder / f"{number}.jpg", shows, minutes=since_noon + step_min * number)
    found, notes = tagged(folder, predictor)
    assert {row.status for row in found.values()} == {Status.RECOGNISED}
    assert notes == ["The time of 8 photos of Camera One is no evidence: its clock began anew and was not set."]


def test_two_phones_of_one_model_in_two_countries_are_not_heard(folder: Path, predictor: Predictor) -> None:
    for day in range(3):
        for number, minutes in enumerate((0, 300)):
            first, second = folder / f"{day}-{number}-a.jpg", folder / f"{day}-{number}-b.jpg"
            minutes += day * DAY
            make_photo(first, "Taj Mahal", minutes=minutes, camera="iPhone 13", zone="+02:00")
            make_photo(second, None, minutes=minutes + 9, camera="iPhone 13", zone="+02:00", gps=NIAGARA)
    make_photo(folder / "doubtful.jpg", DOUBTFUL_TAJ, minutes=5, camera="iPhone 13", zone="+02:00")
    found, [note] = tagged(folder, predictor)
    assert {row.status for name, row in found.items() if name.endswith("a.jpg")} == {Status.RECOGNISED}
    assert found["doubtful.jpg"].status is Status.UNKNOWN
    assert note.endswith("iPhone 13 is no evidence: photos of known places at this time exclude each other.")


def test_a_few_posters_and_a_park_of_models_silence_no_camera() -> None:
    walk = [f"2024-05-{day:02}T{hour:02}:00" for day in range(1, 15) for hour in (10, 11, 14, 16)]
    posters = [on_clock("2024-05-03T10:05", at=AGRA), on_clock("2024-05-09T16:05", at=Coordinates(*NIAGARA))]
    park = [on_clock(f"2024-05-14T17:{5 * n:02}", at=Coordinates(10 * n - 40, 100)) for n in range(9)]
    assert faults(on_clock(*walk, at=PARIS), *posters, *park) == []


def test_a_week_in_two_countries_silences_that_week() -> None:
    year = [f"2024-{month:02}-{day:02}T10:00" for month in range(1, 13) for day in range(1, 27, 3)]
    away = on_clock(*[f"2024-05-{day:02}T10:30" for day in range(4, 14, 3)], at=AGRA)
    away += on_clock(*[f"2024-05-{day:02}T10:30" for day in range(5, 9)], at=AGRA)
    together = on_clock(*[f"2024-05-{day:02}T11:00" for day in range(4, 9)], at=PARIS)
    [span] = faults(on_clock(*year, at=PARIS), away, together)
    assert span.fault is TimeFault.CONTRADICTED
    assert 0 < (span.to_s - span.from_s) / 86400 < 12


def test_a_party_at_midnight_is_a_visit_and_a_clock_that_begins_then_is_none() -> None:
    party = on_clock("2012-12-31T23:40:00", "2013-01-01T00:03:00", "2013-01-01T00:20:00")
    assert faults(party) == [] and faults(on_clock("2013-01-10T12:00:00")) == []
    [span] = faults(on_clock("2013-01-01T00:03:00", "2013-01-02T10:00:00", "2013-06-01T10:00:00"))
    assert (span.fault, span.to_s) == (TimeFault.NEVER_SET, datetime(2013, 1, 2, 10, tzinfo=UTC).timestamp())
    reset = on_clock("2024-05-06T12:00:00", "1980-01-06T00:10:00", "1980-01-08T12:00:00")
    assert [span.fault for span in faults(reset)] == [TimeFault.NEVER_SET]
    assert faults(on_clock("2000-01-01T00:00:00", zoned=True)) == [], "who knows the zone knows the time"


def test_many_photos_of_one_second_are_no_burst() -> None:
    assert faults(on_clock(*["2024-05-06T12:00:00"] * 10)) == []
    [span] = faults(on_clock(*["2024-05-06T12:00:00"] * 11), on_clock("2024-05-06T12:00:01"))
    assert span.fault is TimeFault.SAME_SECOND and span.from_s == span.to_s
    two = on_clock("2024-05-06T12:00:00", at=PARIS) + on_clock("2024-05-06T12:00:00", at=AGRA)
    assert [span.fault for span in faults(two)] == [TimeFault.SAME_SECOND]


def test_what_metadata_tell_of_a_time() -> None:
    noon = datetime(2024, 5, 6, 12)
    assert fault_of(PhotoMetadata(taken=noon, time_kind=TimeKind.ORIGINAL, camera="Canon EOS 5D")) is None
    assert fault_of(PhotoMetadata(taken=noon, time_kind=TimeKind.DIGITISED)) is TimeFault.DIGITISED
    assert fault_of(PhotoMetadata(taken=noon, time_kind=TimeKind.DIGITISED), ".MOV") is None, "a film's own counter"
    assert fault_of(PhotoMetadata(camera="EPSON Perfection V600")) is None, "there is no time to doubt"
    for scanner in ("Nikon SUPER COOLSCAN 5000 ED", "CanoScan 9000F", "Plustek OpticFilm 8200i", "NORITSU KOKI QSS-32"):
        assert fault_of(PhotoMetadata(taken=noon, camera=scanner)) is TimeFault.SCANNER


def test_who_tells_what_a_clock_showed_is_believed(folder: Path, predictor: Predictor) -> None:
    since_noon = (datetime(2000, 1, 1) - datetime(2024, 5, 6, 12)).total_seconds() / 60
    make_photo(folder / "known.jpg", None, minutes=0, gps=TAJ, camera="Phone")
    make_photo(folder / "known2.jpg", None, minutes=9, gps=TAJ, camera="Phone")
    make_photo(folder / "asked.jpg", DOUBTFUL_TAJ, minutes=since_noon, camera="Compact")
    assert tagged(folder, predictor)[0]["asked.jpg"].status is Status.UNKNOWN
    policy = Policy(clocks_s={"Compact": -60 * since_noon + 240})
    tagging = AlbumTagging(folder, predictor, policy)
    rows = by_name(list(tagging.rows()))
    assert rows["asked.jpg"].status is Status.RECOGNISED_WITH_NEIGHBOURS and tagging.time_notes() == []
