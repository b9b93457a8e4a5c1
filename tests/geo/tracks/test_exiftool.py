"""The same photos on the same tracks by exiftool -geotag: one place, or one of the differences that the docs list."""

import json
import os
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from factories import exiftool, tracks
from factories.tracks import START, START_S, WALK, Fix
from PIL import Image

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.tracks.placing import TrackPosition, Tracks
from landmark.geo.tracks.reading import read_track

TIMES_S = (-600, -200, 0, 10, 45, 60, 90, 120, 150, 400, 1000, 3000)
ZONE = "-geotime<${DateTimeOriginal}${OffsetTimeOriginal}"  # without it exiftool takes the machine's zone


def make_photos(folder: Path, times_s: Sequence[float]) -> dict[float, Path]:
    folder.mkdir()
    photos = {}
    for seconds in times_s:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = (START + timedelta(seconds=seconds, hours=2)).strftime("%Y:%m:%d %H:%M:%S")
        exif.get_ifd(0x8769)[0x9011] = "+02:00"
        photos[seconds] = folder / f"{seconds}.jpg"
        Image.new("RGB", (8, 8)).save(photos[seconds], exif=exif)
    return photos


def geotag(
    track: Path, photos: dict[float, Path], *arguments: str, zone: str = "UTC"
) -> dict[float, Coordinates | None]:
    """Where exiftool puts photos; it is given the machine's zone."""
    command = [exiftool.need("exiftool"), "-q", "-q", "-overwrite_original", "-geotag", str(track), *arguments]
    environment = os.environ | {"TZ": zone}
    subprocess.run([*command, *map(str, photos.values())], env=environment, capture_output=True, check=False)
    found = exiftool.read_tags(*photos.values(), arguments=("-n", "-GPSLatitude", "-GPSLongitude"))
    return {
        seconds: Coordinates(tags["GPSLatitude"], tags["GPSLongitude"]) if "GPSLatitude" in tags else None
        for seconds, tags in zip(photos, found, strict=True)
    }


Both = dict[float, tuple[Coordinates | None, Coordinates | None]]


def compare(tmp_path: Path, data: bytes, name: str, times_s: Sequence[float] = TIMES_S) -> Both:
    """Where we and exiftool put a photo of each time."""
    (tmp_path / name).write_bytes(data)
    theirs = geotag(tmp_path / name, make_photos(tmp_path / "photos", times_s), ZONE)
    ours = Tracks([read_track(tmp_path / name)])
    found = {seconds: ours.locate(START_S + seconds) for seconds in times_s}
    return {
        seconds: (one.coordinates if isinstance(one, TrackPosition) else None, theirs[seconds])
        for seconds, one in found.items()
    }


def pretty(data: bytes) -> bytes:
    """JSON with a line for each value, which exiftool needs."""
    return json.dumps(json.loads(data), indent=2).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [("walk.gpx", tracks.gpx()), ("walk.kml", tracks.kml()), ("walk.nmea", tracks.nmea()),
     ("walk.txt", "".join(tracks.rmc(*fix) for fix in WALK).encode()), ("Records.json", pretty(tracks.records()))],
)  # fmt: skip
def test_the_same_place_as_exiftool(tmp_path: Path, name: str, data: bytes) -> None:
    found = compare(tmp_path, data, name)
    for seconds, (ours, theirs) in found.items():
        if -300 <= seconds <= 420:
            assert ours and theirs, seconds
            assert distance_km(ours, theirs) < 0.0002, seconds  # linear in degrees, and NMEA has five digits of minutes
        else:  # exiftool takes the last fix for half an hour, we for five minutes
            assert ours is None, seconds
    assert found[1000][1] and found[-600][1] and not found[3000][1]


@pytest.mark.parametrize(
    ("name", "data"),
    [("walk.kmz", tracks.kmz()), ("walk.fit", tracks.fit()), ("walk.geojson", tracks.geojson()),
     ("one-line.json", tracks.records()), ("iphone.json", tracks.iphone_timeline())],
)  # fmt: skip
def test_tracks_that_exiftool_12_does_not_read(tmp_path: Path, name: str, data: bytes) -> None:
    [(ours, theirs)] = compare(tmp_path, data, name, (45,)).values()
    assert ours and (theirs is None or distance_km(ours, theirs) < 0.0002)


def test_over_the_antimeridian_both_go_the_short_way(tmp_path: Path) -> None:
    fixes: list[Fix] = [(0, -17.0, 179.99), (60, -17.0, -179.99)]
    [(ours, theirs)] = compare(tmp_path, tracks.gpx(fixes), "ship.gpx", (15,)).values()
    assert ours and theirs and distance_km(ours, theirs) < 0.0002


def test_fixes_that_contradict_each_other_are_a_place_for_exiftool(tmp_path: Path) -> None:
    fixes: list[Fix] = [(0, 48.86, 2.29), (60, 27.17, 78.04)]
    [(ours, theirs)] = compare(tmp_path, tracks.gpx(fixes), "jump.gpx", (30,)).values()
    assert ours is None and theirs


def test_exiftool_takes_the_zone_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "walk.gpx").write_bytes(tracks.gpx())
    for number, (zone, is_placed) in enumerate((("Europe/Paris", True), ("America/New_York", False))):
        photos = make_photos(tmp_path / str(number), (10,))
        [found] = geotag(tmp_path / "walk.gpx", photos, "-geotime<DateTimeOriginal", zone=zone).values()
        assert (found is not None) == is_placed
