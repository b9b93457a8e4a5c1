"""Damaged tracks of every format: fixes on Earth or a reason, within time and memory, and no other exception."""

import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from factories import tracks
from factories.mutations import mutations
from hypothesis import given
from hypothesis import strategies as st

from landmark.core.errors import DataError
from landmark.geo.tracks.placing import Tracks
from landmark.geo.tracks.reading import read_track

MORE = {
    "stays.kml": lambda: tracks.kml(
        "<Placemark><TimeSpan><begin>2024-05-06T10:00:00Z</begin><end>2024-05-06T11:00:00Z</end></TimeSpan>"
        "<Point><coordinates>2.2945,48.8584,0</coordinates></Point></Placemark>"
    ),
    "compressed.fit": lambda: tracks.fit(compressed=True, developer=True),
    "phone.json": lambda: (
        b'{"semanticSegments": [{"startTime": "2024-05-06T10:00:00Z", "endTime": "2024-05-06T11:00:00Z", "visit": '
        b'{"hierarchyLevel": 0, "topCandidate": {"placeLocation": {"latLng": "48.8\xc2\xb0, 2.3\xc2\xb0"}}}}, '
        b'{"startTime": "2024-05-06T11:00:00Z", "endTime": "2024-05-06T12:00:00Z", "activity": {"start": '
        b'{"latLng": "48.8\xc2\xb0, 2.3\xc2\xb0"}, "end": {"latLng": "48.9\xc2\xb0, 2.3\xc2\xb0"}}}], "rawSignals": '
        b'[{"position": {"LatLng": "48.8\xc2\xb0, 2.3\xc2\xb0", "accuracyMeters": 13, "timestamp": '
        b'"2024-05-06T10:00:00Z"}}]}'
    ),
}
FILES = tracks.FORMATS | MORE


def check(path: Path, data: bytes) -> bool:
    """Read a file; whether there were fixes in it."""
    path.write_bytes(data)
    try:
        track = read_track(path)
    except DataError as error:
        assert str(error).startswith(str(path)) and "Expected" in str(error)
        return False
    assert len(track) and (np.diff(track.times_s) >= 0).all() and np.isfinite(track.times_s).all()
    assert (np.abs(track.latitudes) <= 90).all() and (np.abs(track.longitudes) <= 180).all()
    found = Tracks([track])
    for time_s in (tracks.START_S, tracks.START_S + 45, float(track.times_s[0]), float(track.times_s[-1]) + 1):
        found.locate(time_s)
    return True


@pytest.mark.parametrize("name", list(FILES))
def test_damaged_files(tmp_path: Path, name: str) -> None:
    n_read = sum(check(tmp_path / name, data) for data in mutations(FILES[name](), 200))
    assert n_read > 3  # or the damages were too heavy to test anything behind the first check


@pytest.mark.soak
@pytest.mark.parametrize("name", list(FILES))
def test_many_damaged_files(tmp_path: Path, name: str) -> None:
    slowest_s = 0.0
    tracemalloc.start()
    for data in mutations(FILES[name](), 10_000, seed=1):
        start_s = time.process_time()
        check(tmp_path / name, data)
        slowest_s = max(slowest_s, time.process_time() - start_s)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert slowest_s < 2 and peak < 300e6


@given(st.binary(max_size=300), st.sampled_from([b"<gpx>", b"<kml>", b"PK\3\4", b"{", b"[", b"$GPRMC,100000,A,", b""]))
def test_anything_behind_a_known_beginning(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    check(tmp_path_factory.getbasetemp() / "anything", head + data)


KEYS = (
    "type geometry coordinates properties times coordTimes coordinateProperties time point visit activity start end "
    "latLng topCandidate placeLocation startTime endTime timelinePath position timestamp LatLng latitudeE7 longitudeE7 "
    "duration placeVisit activitySegment location simplifiedRawPath points durationMinutesOffsetFromStartTime"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.sampled_from(["features", "locations", "rawSignals", "semanticSegments", "timelineObjects"]),
    st.lists(JSON, max_size=3),
)
def test_json_of_other_shapes(tmp_path_factory: pytest.TempPathFactory, key: str, items: list[object]) -> None:
    check(tmp_path_factory.getbasetemp() / "shapes.json", json.dumps({key: items}).encode())
    check(tmp_path_factory.getbasetemp() / "shapes.json", json.dumps(items).encode())


def test_one_endless_item_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "endless.json"
    with path.open("wb") as file:
        file.write(b'{"features": ["')
        file.write(b"x" * 70_000_000)
    start_s = time.process_time()
    with pytest.raises(DataError, match="64 million characters"):
        read_track(path)
    assert time.process_time() - start_s < 60  # and not the square of its length
