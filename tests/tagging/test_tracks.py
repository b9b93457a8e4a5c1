"""Photos on tracks: by a time whose zone is told and never guessed; compared with GPS, written, decided on, undone."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories import exiftool, tracks
from factories.album import NIAGARA, NOON, TAJ, by_name, make_photo
from factories.bundle import make_bundle
from typer.testing import CliRunner, Result

from landmark.cli import app
from landmark.core.errors import ConfigurationError, DataError
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.tracks.placing import TrackLimits
from landmark.metadata.merging import PhotoMetadata, read_metadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.predictor import Predictor
from landmark.tagging import Policy, Status, TagRow, tag_folder
from landmark.tagging.evidence.clocks import UTC_LINE, CameraClock, Timeline, parse_clocks, timelines
from landmark.tagging.policy_options import make_policy
from landmark.tagging.track_positions import TrackPositions, read_zone, utc_seconds

NEAR_TAJ = Coordinates(27.1738, 78.0451)
FIRST_S = (NOON.replace(tzinfo=UTC) - tracks.START).total_seconds() - 2 * 3600  # noon in UTC+2


def make_track(path: Path, around: tuple[float, float] = (NEAR_TAJ.latitude, NEAR_TAJ.longitude)) -> Path:
    """A track of an hour from noon in UTC+2 on, a fix each minute, 11 m further north each time."""
    fixes = [(FIRST_S + 60 * minute, around[0] + minute / 10_000, around[1]) for minute in range(61)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tracks.gpx(fixes))
    return path


@pytest.fixture
def walk(tmp_path: Path) -> str:
    return str(make_track(tmp_path / "walk.gpx"))


def rows_of(folder: Path, predictor: Predictor, policy: Policy) -> dict[str, TagRow]:
    return by_name(list(tag_folder(folder, predictor=predictor, policy=policy)))


def test_a_photo_with_a_zone_is_placed_at_once(folder: Path, predictor: Predictor, walk: str) -> None:
    make_photo(folder / "at.jpg", None, minutes=10, zone="+02:00")
    make_photo(folder / "between.jpg", None, minutes=10 + 20 / 60, zone="+02:00")
    make_photo(folder / "elsewhere.jpg", None, minutes=10, zone="+01:00")
    found = rows_of(folder, predictor, Policy(tracks=(walk,)))
    at, between, elsewhere = (found[f"{name}.jpg"] for name in ("at", "between", "elsewhere"))
    assert (at.status, at.reason) == (Status.ON_TRACK, "from walk.gpx, at a fix") and at.proposed
    assert at.coordinates and distance_km(at.coordinates, Coordinates(27.1748, 78.0451)) < 1e-6
    assert (at.radius_km, at.position_from, at.known, at.landmark) == (0.01, "walk.gpx", None, None)
    assert between.reason == "from walk.gpx, 20 seconds from a fix" and between.radius_km == pytest.approx(0.04)
    assert elsewhere.status is Status.UNKNOWN and elsewhere.coordinates is None
    assert elsewhere.reason.endswith("on no track: 10 minutes after the last fix of walk.gpx")
    row = at.to_row()
    assert (row["status"], row["position_from"], row["radius_km"]) == ("on_track", "walk.gpx", 0.01)


def test_a_clock_without_a_zone_is_never_guessed(folder: Path, predictor: Predictor, walk: str) -> None:
    make_photo(folder / "a.jpg", None, minutes=10, camera="Canon EOS 5D")
    make_photo(folder / "b.jpg", "Taj Mahal", minutes=10, camera="Canon EOS 5D")
    make_photo(folder / "nameless.jpg", None, minutes=10, camera=None)
    found = rows_of(folder, predictor, Policy(tracks=(walk,)))
    hint = "its time has no zone; tell it, as in --clock 'Canon EOS 5D=UTC+2' or --zone +02:00"
    assert found["a.jpg"].status is Status.UNKNOWN and found["a.jpg"].reason.endswith(hint)
    assert found["b.jpg"].status is Status.RECOGNISED and found["b.jpg"].warnings == (f"on no track: {hint}",)
    assert found["b.jpg"].reason.startswith("recognised")
    assert found["nameless.jpg"].reason.endswith("tell it, as in --zone +02:00")
    for policy in (Policy(tracks=(walk,), zone="+02:00"), Policy(tracks=(walk,), zone="Europe/Paris")):
        found = rows_of(folder, predictor, policy)
        assert {row.status for row in found.values()} == {Status.ON_TRACK}
    found = rows_of(folder, predictor, Policy(tracks=(walk,), zones_s={"Canon": 7200.0}))
    assert found["a.jpg"].status is Status.ON_TRACK and found["nameless.jpg"].status is Status.UNKNOWN
    wrong = rows_of(folder, predictor, Policy(tracks=(walk,), zone="+03:00"))
    assert wrong["a.jpg"].reason.endswith("before the first fix of walk.gpx")


def test_a_clock_that_satellites_measured_is_suggested_and_not_used(
    folder: Path, predictor: Predictor, walk: str
) -> None:
    line = {("Canon #12", False): Timeline(UTC_LINE, -7201.0)}
    found = utc_seconds(PhotoMetadata(taken=NOON, camera="Canon #12"), line, None)
    assert isinstance(found, str) and "speak for UTC+2:00:01" in found and "--clock 'Canon=UTC+2:00:01'" in found


def test_offsets_to_the_main_camera_count_as_told() -> None:
    phone, canon = CameraClock("Phone", True, 90, zone_s=7200.0), CameraClock("Canon", False, 9)
    lines = timelines([phone, canon], {"Canon": 60.0})
    assert lines[canon.key] == Timeline(UTC_LINE, 60.0 - 7200.0, is_told=True)
    metadata = PhotoMetadata(taken=NOON, camera="Canon")
    assert utc_seconds(metadata, lines, None) == NOON.replace(tzinfo=UTC).timestamp() - 7140
    measured = CameraClock("Old", False, 90, gps_lag_s=(3600.0, 3600.0, 3600.0))
    assert not timelines([measured, canon], {"Canon": 60.0})[canon.key].is_told


def test_an_offset_of_the_main_camera_does_not_count_twice() -> None:
    phone, tablet = CameraClock("Phone", True, 90), CameraClock("Tablet", True, 9)
    lines = timelines([phone, tablet], {"Phone": 60.0, "Tablet": 3600.0})
    assert [lines[one.key].shift_s for one in (phone, tablet)] == [60.0, 3600.0]


def test_zones_of_cameras_are_checked() -> None:
    phone, canon = CameraClock("Phone", True, 90), CameraClock("Canon", False, 9)
    with pytest.raises(ConfigurationError, match="have their own"):
        timelines([phone, canon], {}, {"Phone": 0.0})
    with pytest.raises(ConfigurationError, match="twice for Canon"):
        timelines([phone, canon], {"Canon": 1.0}, {"Canon": 0.0})
    with pytest.raises(ConfigurationError, match="one of this album's: Phone; Canon"):
        timelines([phone, canon], {}, {"Nikon": 0.0})
    assert parse_clocks(["A=GMT+05:30", "B=utc-3"]) == ({}, {"A": 19800.0, "B": -10800.0})
    for wrong in ("Canon=UTC+20", "Canon=UTC+2:99", "=UTC+2", "Canon=Paris"):
        with pytest.raises(ConfigurationError, match="--clock"):
            parse_clocks([wrong])


def test_zones_are_read_or_refused() -> None:
    assert read_zone("-05:30").utcoffset(None) == -timedelta(hours=5, minutes=30)
    for wrong in ("Paris", "CEST+x", "+25:00", "../etc/passwd", ""):
        with pytest.raises(ConfigurationError, match="--zone"):
            read_zone(wrong)
    with pytest.raises(ConfigurationError, match="without --track"):
        make_policy(None, None, False, [], zone="+02:00")
    paris = read_zone("Europe/Paris")
    for doubtful in (datetime(2024, 10, 27, 2, 30), datetime(2024, 3, 31, 2, 30)):
        found = utc_seconds(PhotoMetadata(taken=doubtful), {}, paris)
        assert isinstance(found, str) and "twice or never" in found
    winter = utc_seconds(PhotoMetadata(taken=datetime(2024, 1, 6, 12)), {}, paris)
    assert winter == datetime(2024, 1, 6, 11, tzinfo=UTC).timestamp()


def test_only_a_time_of_taking_counts() -> None:
    modified = PhotoMetadata(taken=NOON.replace(tzinfo=UTC), time_kind=TimeKind.MODIFIED)
    assert utc_seconds(modified, {}, None) == "the time of taking it is not known"
    assert utc_seconds(PhotoMetadata(day=NOON.date()), {}, None) == "it has a date and no time of day"
    assert utc_seconds(PhotoMetadata(), {}, None) == "its time is not known"
    library = PhotoMetadata(taken=NOON.replace(tzinfo=UTC), time_kind=TimeKind.LIBRARY)
    assert utc_seconds(library, {}, None) == NOON.replace(tzinfo=UTC).timestamp()


def test_only_photos_that_a_zone_would_help_are_counted(walk: str) -> None:
    positions = TrackPositions([walk], TrackLimits())
    for metadata in (
        PhotoMetadata(taken=NOON),
        PhotoMetadata(taken=NOON, coordinates=Coordinates(27.0, 78.0)),
        PhotoMetadata(taken=NOON, time_kind=TimeKind.MODIFIED),
        PhotoMetadata(),
    ):
        assert isinstance(positions.locate(metadata, {}), str)
    assert positions.n_without_zone == 1


def test_a_takeout_tells_the_time_of_a_photo_that_lost_its_own(folder: Path, predictor: Predictor, walk: str) -> None:
    photo = make_photo(folder / "a.jpg", None, camera=None)
    seconds = round(tracks.START_S + FIRST_S + 600)
    said = {"title": "a.jpg", "photoTakenTime": {"timestamp": str(seconds)}}
    photo.with_name("a.jpg.json").write_text(json.dumps(said))
    assert rows_of(folder, predictor, Policy(tracks=(walk,)))["a.jpg"].reason == "from walk.gpx, at a fix"


def test_a_takeout_tells_the_zone_where_it_differs_by_one() -> None:
    def found(library: datetime, zone: str | None = None) -> float | str:
        metadata = PhotoMetadata(taken=NOON, camera="Phone", library_time=library.replace(tzinfo=UTC))
        return utc_seconds(metadata, {}, read_zone(zone) if zone else None)

    told = NOON.replace(tzinfo=UTC).timestamp()
    assert found(NOON - timedelta(hours=2)) == told - 7200
    assert found(NOON + timedelta(hours=3, minutes=30)) == told + 12600
    for no_zone in (NOON, NOON - timedelta(hours=2, minutes=7), NOON - timedelta(days=2)):
        assert "has no zone" in str(found(no_zone))
    assert found(NOON - timedelta(hours=2), "+01:00") == told - 3600  # what you say goes first


def test_gps_is_kept_and_compared(folder: Path, predictor: Predictor, walk: str) -> None:
    make_photo(folder / "near.jpg", None, minutes=10, zone="+02:00", gps=TAJ)
    make_photo(folder / "far.jpg", None, minutes=10, zone="+02:00", gps=NIAGARA)
    found = rows_of(folder, predictor, Policy(tracks=(walk,)))
    assert {row.status for row in found.values()} == {Status.HAS_GPS}
    assert all(row.coordinates is None and not row.proposed for row in found.values())
    assert found["near.jpg"].warnings == ()
    [warning] = found["far.jpg"].warnings
    assert warning.startswith("its GPS from EXIF is 1") and warning.endswith("from where walk.gpx was at its time")


def test_a_landmark_adds_its_name_where_it_stands(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    make_photo(folder / "taj.jpg", "Taj Mahal", minutes=10, zone="+02:00")
    near = rows_of(folder, predictor, Policy(tracks=(str(make_track(tmp_path / "walk.gpx")),)))["taj.jpg"]
    assert (near.status, near.landmark) == (Status.ON_TRACK, "Taj Mahal")
    assert near.coordinates is not None and distance_km(near.coordinates, NEAR_TAJ) < 0.2
    assert near.reason.startswith("from walk.gpx, at a fix; recognised") and near.radius_km == 0.01
    home = rows_of(folder, predictor, Policy(tracks=(str(make_track(tmp_path / "home.gpx", (52.5, 13.4))),)))["taj.jpg"]
    assert (home.landmark, home.place, home.position_from) == (None, None, "home.gpx")
    assert home.status in (Status.ON_TRACK, Status.DOUBTFUL) and home.probability is not None
    assert home.against[0].startswith("Taj Mahal (recognised") and "from where home.gpx was" in home.against[0]


def tag(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["tag", *map(str, arguments)])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle").path


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_positions_are_written_and_undone(folder: Path, bundle: Path, walk: str, target: str) -> None:
    make_photo(folder / "a.jpg", None, minutes=10, zone="+02:00")
    make_photo(folder / "taj.jpg", "Taj Mahal", minutes=12, zone="+02:00")
    make_photo(folder / "gps.jpg", None, minutes=10, zone="+02:00", gps=NIAGARA)
    before = digests(folder)
    arguments = (folder, "--track", walk, "--model", bundle, "--json")
    result = tag(*arguments, "--write", target)
    rows = {Path(row["photo"]).name: row for row in map(json.loads, result.stdout.splitlines())}
    assert {name: row["written"] for name, row in rows.items()} == {"a.jpg": target, "taj.jpg": target, "gps.jpg": None}
    found = read_metadata(folder / "a.jpg")
    assert found.coordinates and distance_km(found.coordinates, Coordinates(27.1748, 78.0451)) < 1e-4
    assert not found.recognised
    again = [json.loads(line) for line in tag(*arguments).stdout.splitlines()]
    assert {row["status"] for row in again} == {"has_gps"}
    assert CliRunner().invoke(app, ["undo", str(folder)]).exit_code == 0
    assert digests(folder) == before


def test_what_others_read_of_a_written_position(folder: Path, bundle: Path, walk: str) -> None:
    make_photo(folder / "taj.jpg", "Taj Mahal", minutes=10, zone="+02:00")
    exiftool.need("exiftool")
    tag(folder, "--track", walk, "--model", bundle, "--write", "photo", "--json")
    [tags] = exiftool.read_tags(folder / "taj.jpg")
    assert tags["GPS:GPSLatitude"] == pytest.approx(27.1748, abs=1e-6)
    assert (tags["GPS:GPSProcessingMethod"], tags["GPS:GPSHPositioningError"]) == ("GPS", 10)
    assert tags["GPS:GPSAreaInformation"].startswith("GPS TRACK ")
    assert "Taj Mahal" in tags["XMP-dc:Subject"]
    shown = tags["XMP-iptcExt:LocationShownGPSLatitude"]
    assert float(shown[0] if isinstance(shown, list) else shown) == pytest.approx(TAJ[0], abs=1e-4)


def test_decisions_of_the_page_apply_to_tracks(folder: Path, bundle: Path, walk: str, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        make_photo(folder / name, None, minutes=10, zone="+02:00")
    page = tmp_path / "page.html"
    result = tag(folder, "--track", walk, "--model", bundle, "--page", page)
    assert "2 placed on a track" in result.output
    assert f"landmark tag {folder} --track {walk} --model {bundle} --write sidecar" in result.output.replace("\n", "")
    text = page.read_text()
    assert "walk.gpx" in text and "from walk.gpx, at a fix" in text
    kept = json.loads(text.partition('id="kept">')[2].partition("</script>")[0])
    photos = {photo: choice | {"write": photo == "a.jpg"} for photo, choice in kept["proposals"]}
    decisions = tmp_path / kept["file_name"]
    decisions.write_text(json.dumps(kept["settings"] | {"write": "photo", "photos": photos}))
    applied = tag("--apply", decisions, "--json")
    assert [json.loads(line)["written"] for line in applied.stdout.splitlines()] == ["photo", None]


@pytest.mark.parametrize("suffix", [".gpx", ".geojson", ".kml"])
def test_photos_of_a_phone_are_a_track_for_those_of_a_camera(
    folder: Path, bundle: Path, tmp_path: Path, suffix: str
) -> None:
    for minute in range(0, 30, 10):
        make_photo(tmp_path / "phone" / f"{minute}.jpg", None, minutes=minute, zone="+02:00", gps=TAJ)
    make_photo(tmp_path / "phone" / "poster.jpg", "Niagara Falls", minutes=5, zone="+02:00", camera="Other")
    out = tmp_path / f"phone{suffix}"
    tag(tmp_path / "phone", "--model", bundle, "--json", "--neighbours", "0", "--out", out)
    make_photo(folder / "a.jpg", None, minutes=5, zone="+02:00", camera="Canon")
    [row] = [json.loads(line) for line in tag(folder, "--track", out, "--model", bundle, "--json").stdout.splitlines()]
    assert row["reason"] == f"from phone{suffix}, 5 minutes from a fix"
    assert (row["latitude"], row["longitude"]) == (pytest.approx(TAJ[0]), pytest.approx(TAJ[1]))


def test_wrong_tracks_and_options_are_refused_at_once(folder: Path, bundle: Path, tmp_path: Path) -> None:
    make_photo(folder / "a.jpg", None)
    (tmp_path / "note.gpx").write_text("Dear diary,")
    for arguments, said in (
        (("--track", tmp_path / "note.gpx"), "note.gpx: found a file that begins with 'Dear diary,'. Expected a track"),
        (("--track", tmp_path / "none.gpx"), "none.gpx: cannot be read"),
        (("--zone", "+02:00"), "without --track"),
        (("--track", tmp_path / "note.gpx", "--zone", "Atlantis"), "Europe/Paris"),
        (("--track", tmp_path / "note.gpx", "--track-gap", "-1"), "track_gap_min"),
    ):
        result = tag(folder, "--model", bundle, *arguments)
        assert result.exception is not None and said in str(result.exception), result.output


def test_a_folder_of_tracks_and_what_is_told_of_them(folder: Path, bundle: Path, tmp_path: Path) -> None:
    make_track(tmp_path / "tracks" / "walk.gpx")
    (tmp_path / "tracks" / "later.gpx").write_bytes(tracks.gpx([(90_000, 1.0, 2.0), (90_010, 0.0, 0.0)]))
    make_photo(folder / "a.jpg", None, minutes=10)
    result = tag(folder, "--track", tmp_path / "tracks", "--model", bundle)
    assert "later.gpx: left out 1 point without a fix" in result.output
    (tmp_path / "tracks" / "Settings.json").write_text('{"hasReportedLocations": true}')
    make_track(tmp_path / "tracks" / "2024" / "may.gpx")
    result = tag(folder, "--track", tmp_path / "tracks", "--model", bundle)
    assert "Left out 1 file that cannot be read as a track: Settings.json." in result.output
    with pytest.raises(DataError, match=r"Settings\.json: found no fix"):
        TrackPositions([tmp_path / "tracks", tmp_path / "tracks" / "Settings.json"], TrackLimits())
    assert "On no track, since their time has no zone: 1 photo. Tell it" in result.output
    with pytest.raises(DataError, match="no track in this folder"):
        (tmp_path / "empty").mkdir()
        list(tag_folder(folder, policy=Policy(tracks=(str(tmp_path / "empty"),))))
