"""The positions of a Google Takeout, written into photos that have none: `landmark tag --from takeout`."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from factories import album, containers
from factories import exiftool as exiftool
from factories.takeout import takeout_json

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import distance_km
from landmark.metadata.merging import PhotoMetadata, read_embedded, read_metadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.answer import Answer
from landmark.tagging.observations import Observations
from landmark.tagging.policy import Policy
from landmark.tagging.request import TagRun
from landmark.tagging.rows import Status
from landmark.tagging.undo import undo_folder

ROME, AREZZO = (41.9, 12.5), (43.5, 11.25)


@pytest.fixture
def takeout(tmp_path: Path) -> Path:
    """Four photos: one with a JSON and its edited copy, one with GPS of its own, one whose JSON tells nothing."""
    folder = tmp_path / "Takeout" / "Google Photos" / "Photos from 2019"
    for name in ("a.jpg", "a-edited.jpg", "nowhere.png"):
        album.make_photo(folder / name, None, format_name="PNG" if name.endswith("png") else "JPEG")
    album.make_photo(folder / "own.jpg", None, gps=AREZZO)
    for name in ("a.jpg", "own.jpg"):
        (folder / f"{name}.supplemental-metadata.json").write_text(takeout_json(name, ROME))
    (folder / "nowhere.png.json").write_text(takeout_json("nowhere.png"))
    (folder / "metadata.json").write_text(json.dumps({"title": "Photos from 2019"}))
    return tmp_path / "Takeout"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_positions_are_proposed_and_nothing_is_written(takeout: Path) -> None:
    before, run = contents(takeout), TagRun(takeout, source="takeout")
    rows = album.by_name(list(run.rows()))
    assert {name: row.status for name, row in rows.items()} == {
        "a.jpg": Status.FROM_TAKEOUT,
        "a-edited.jpg": Status.FROM_TAKEOUT,
        "nowhere.png": Status.UNKNOWN,
        "own.jpg": Status.HAS_GPS,
    }
    row = rows["a-edited.jpg"].to_row()
    assert (row["latitude"], row["longitude"], row["landmark"], row["radius_km"]) == (*ROME, None, None)
    assert row["position_from"] == "a.jpg.supplemental-metadata.json" and "Google Photos" in row["reason"]
    assert any("km apart" in warning for warning in rows["own.jpg"].warnings)
    assert contents(takeout) == before
    *_, hint, line = run.notes()
    assert hint.endswith("--from takeout --write photo.") and str(takeout) in hint
    assert line == "4 files: 1 had GPS, 2 with a position from Google Takeout, 1 unknown, 0 unreadable, 0 skipped."
    assert not any("not a photo" in note for note in run.notes())  # the JSON files were read


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_positions_are_written_and_undone(target: str, takeout: Path) -> None:
    before, run = contents(takeout), TagRun(takeout, target, source="takeout")
    rows = album.by_name(list(run.rows()))
    assert [rows[name].written for name in ("a.jpg", "a-edited.jpg", "nowhere.png", "own.jpg")] == [target] * 2 + [
        None
    ] * 2
    assert str(run.summary).endswith(f"Written: 2 into {target}s.") and not run.failed
    photo = next(takeout.rglob("a.jpg"))
    found, proposed = read_metadata(photo), rows["a.jpg"].coordinates
    assert found.coordinates and proposed and distance_km(found.coordinates, proposed) < 1e-4
    assert (found.coordinates_from, found.recognised, found.from_takeout) == (
        "EXIF" if target == "photo" else "a.jpg.xmp", False, False
    )  # fmt: skip
    assert any(one.coordinates for one in read_embedded(photo)) == (target == "photo")
    again = album.by_name(list(TagRun(takeout, target, source="takeout").rows()))
    assert again["a.jpg"].status is Status.HAS_GPS and not any(row.written for row in again.values())
    assert all(one.restored for one in undo_folder(takeout))
    assert contents(takeout) == before


def test_exiftool_reads_how_the_position_was_found(takeout: Path) -> None:
    list(TagRun(takeout, "photo", source="takeout").rows())
    (tags,) = exiftool.read_tags(next(takeout.rglob("a.jpg")))
    assert tags["GPS:GPSProcessingMethod"] == "MANUAL" and "GPS:GPSHPositioningError" not in tags
    assert tags["GPS:GPSAreaInformation"].startswith("GOOGLE TAKEOUT ")
    assert (tags["GPS:GPSLatitude"], tags["GPS:GPSLongitude"]) == (pytest.approx(ROME[0]), pytest.approx(ROME[1]))
    assert not any(key.startswith("XMP") for key in tags)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_every_format_takes_a_position_also_over_zeros(format_name: str, takeout: Path) -> None:
    photo = next(takeout.rglob("a.jpg")).with_name(f"z.{format_name.lower()}")
    for gps in (None, (0.0, 0.0)):  # phones blank the position so, before an app may read the photo
        album.make_photo(photo, None, gps=gps, format_name=format_name)
        before = photo.read_bytes()
        photo.with_name(f"{photo.name}.json").write_text(takeout_json(photo.name, ROME))
        row = album.by_name(list(TagRun(takeout, "photo", source="takeout").rows()))[photo.name]
        assert row.written == "photo", row
        assert [one.restored for one in undo_folder(takeout)] and photo.read_bytes() == before


def test_a_time_in_utc_says_nothing_of_a_cameras_zone(tmp_path: Path) -> None:
    noon = datetime(2024, 5, 6, 12, 0, 0)
    times = [(noon.replace(tzinfo=UTC), TimeKind.LIBRARY)] * 3
    times += [(noon.replace(tzinfo=timezone(timedelta(hours=2))), TimeKind.ORIGINAL)]
    with Observations(tmp_path / "looks.sqlite3", tmp_path, "model") as observations:
        for number, (taken, kind) in enumerate(times):
            metadata = PhotoMetadata(taken=taken, time_kind=kind, camera="Phone")
            observations.add(Path(f"{number}.jpg"), "", metadata, Answer("", None, None, (), None))
        observations.save()
        assert [(one.n_photos, one.zone_s) for one in observations.times({}, 0.5).cameras()] == [(4, 7200.0)]


def test_films_and_raw_files_get_sidecars(takeout: Path) -> None:
    folder = next(takeout.rglob("a.jpg")).parent
    (folder / "a.mp4").write_bytes(containers.movie())  # the film of a live photo, whose JSON is the photo's
    (folder / "b.NEF").write_bytes(containers.raw("NEF", at=None, jpeg=containers.picture()))
    (folder / "b.NEF.supplemental-metadata.json").write_text(takeout_json("b.NEF", ROME))
    run = TagRun(takeout, "photo", source="takeout")
    rows = album.by_name(list(run.rows()))
    for name in ("a.mp4", "b.NEF"):
        assert rows[name].written == "sidecar" and read_metadata(folder / name).coordinates_from == f"{name}.xmp"
    assert str(run.summary).endswith("Written: 2 into photos, 2 into sidecars.")
    assert not any("looking at a picture" in note for note in run.notes())


def test_a_file_that_only_looks_like_a_photo_is_named(takeout: Path) -> None:
    next(takeout.rglob("a.jpg")).write_bytes(b"<html>not found</html>")
    run = TagRun(takeout, "photo", source="takeout")
    row = album.by_name(list(run.rows()))["a.jpg"]
    assert row.status is Status.UNREADABLE and "no photo" in (row.error or "")
    assert run.summary.n_unreadable == 1 and not run.failed, "it was found in a folder"
    run.strict = True
    assert run.failed


def test_settings_of_recognition_have_no_effect_and_that_is_said(takeout: Path) -> None:
    run = TagRun(takeout, policy=Policy(threshold=0.5), source="takeout")
    assert len(list(run.rows())) == 4 and any("had no effect" in note for note in run.notes())


@pytest.mark.parametrize("options", [{"page": Path("a.html")}, {"policy": Policy(tracks=("hike.gpx",))}])
def test_what_a_takeout_does_not_give_is_refused(options: dict[str, Any], takeout: Path) -> None:
    with pytest.raises(ConfigurationError, match="the positions of a Takeout alone"):
        TagRun(takeout, source="takeout", **options)
