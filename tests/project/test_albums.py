"""The simulated albums of the benchmarks: the same for one seed, with truth that their files agree with."""

import json
import math
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest
from albums.answers import synthetic_pool
from albums.files import paths_with_gps, write_album
from albums.making import Album, Kind, make_album
from albums.parameters import NAMES, Parameters
from albums.run import tag
from albums.sites import known_sites

from landmark.geo.coordinates import distance_km
from landmark.geo.tracks.placing import TrackLimits, TrackPosition, Tracks
from landmark.geo.tracks.reading import read_track
from landmark.metadata.merging import read_metadata
from landmark.metadata.time_kind import TimeKind
from landmark.model.bundle import load_bundle

SMALL = Parameters(trips_mean=1.0, days_per_trip_mean=3.0, scan_share=1.0, scans_mean=5.0, compact_share=1.0)


@pytest.fixture(scope="module")
def albums() -> list[Album]:
    pool = synthetic_pool(load_bundle().categories)
    return [make_album(seed, pool, SMALL) for seed in range(4)]


def test_a_seed_makes_the_same_album(albums: list[Album]) -> None:
    again = make_album(1, synthetic_pool(load_bundle().categories), SMALL)
    assert again == albums[1]
    assert again.shots != albums[2].shots


def test_no_two_photos_have_one_path() -> None:
    pool = synthetic_pool(load_bundle().categories)
    often = Parameters(messenger_share=0.5, screenshot_share=0.3, compact_share=1.0, stripped_phone_share=1.0)
    for seed in range(3):
        paths = [shot.path for shot in make_album(seed, pool, often).shots]
        assert len(set(paths)) == len(paths)


def test_the_truth_is_consistent(albums: list[Album]) -> None:
    sites = {site.landmark: site for site in known_sites()}
    shots = [shot for album in albums for shot in album.shots]
    assert all(len(Counter(shot.path for shot in album.shots)) == len(album.shots) for album in albums)
    for shot in shots:
        if shot.kind is Kind.VISIT and shot.shows:
            site = sites[shot.shows]
            assert distance_km(shot.stood_at, site.at) <= site.radius_km + SMALL.tower_afar_km + 3
        if shot.gps and shot.camera and not shot.gps_weight:
            assert shot.camera.folder in ("stripped", "scans")
    share = sum(shot.kind is Kind.VISIT for shot in shots) / len(shots)
    assert 0.05 < share < 0.6  # of a few small albums


def test_files_hold_what_the_truth_says(albums: list[Album], tmp_path: Path) -> None:
    album = albums[0]
    written = write_album(album, tmp_path, 1 / 3)
    assert written.with_gps == paths_with_gps(album, 1 / 3)
    for shot in album.shots:
        found = read_metadata(written.folder / shot.path)
        assert not [one for one in found.problems if "last change" not in one]
        assert (found.coordinates is not None) == (shot.path in written.with_gps)
        if found.coordinates and shot.gps:
            assert distance_km(found.coordinates, shot.gps) < 0.01
        if shot.camera and shot.shown and shot.kind is not Kind.SCREENSHOT:
            assert found.taken and found.taken.replace(tzinfo=None) == shot.shown.replace(microsecond=0)
            assert (found.taken.tzinfo is not None) == (shot.zone_hours is not None)
            assert found.time_kind is (TimeKind.DIGITISED if shot.kind is Kind.SCAN else TimeKind.ORIGINAL)
            assert found.camera
    answers = json.loads(written.answers.read_text())
    assert set(answers) == {shot.path for shot in album.shots}


def test_a_track_goes_where_the_photos_were_taken(albums: list[Album], tmp_path: Path) -> None:
    album = next(one for one in albums if any(shot.kind is Kind.VISIT for shot in one.shots))
    written = write_album(album, tmp_path)
    tracks = Tracks([read_track(file) for file in sorted(written.tracks.iterdir())], TrackLimits())
    together = [shot for shot in album.shots if shot.camera and shot.camera.owner == 0 and shot.kind is Kind.VISIT]
    found = [(shot, tracks.locate(shot.utc.replace(tzinfo=UTC).timestamp())) for shot in together]
    placed = [(shot, position) for shot, position in found if isinstance(position, TrackPosition)]
    assert len(placed) > len(found) / 2
    assert all(distance_km(shot.stood_at, position.coordinates) < 1.0 for shot, position in placed)


def test_an_album_is_tagged_with_the_answers_of_the_pool(
    albums: list[Album], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDMARK_DATA", str(tmp_path / "data"))
    written = write_album(albums[0], tmp_path)
    rows = list(tag(written.folder, written.answers, {"neighbours_min": 0}))
    assert {row["photo"] for row in rows} == {shot.path for shot in albums[0].shots}
    best = {shot.path: shot.answer[0] for shot in albums[0].shots}
    recognised = [row for row in rows if row["status"] == "recognised"]
    assert recognised and all(row["landmark"] == best[row["photo"]][0] for row in recognised)


def test_each_parameter_can_be_halved_and_doubled() -> None:
    for name in NAMES:
        for factor in (0.5, 2.0):
            value = getattr(Parameters().scaled(name, factor), name)
            assert math.isfinite(value) and value > 0
            assert value < 1 or not name.endswith("_share")
