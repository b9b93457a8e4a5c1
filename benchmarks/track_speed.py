"""Processor time and memory of tracks: a file of a million fixes of each format, and 10,000 photos placed on it.

    python benchmarks/track_speed.py [--fixes 1000000] [--photos 10000]

Each format runs in a process of its own. The files are made on the spot, a fix each second, in a temporary folder.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from landmark.geo.tracks.placing import TrackPosition, Tracks
from landmark.geo.tracks.reading import read_track

START_S = 1_700_000_000
HEADS = {
    "gpx": ('<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>\n', "</trkseg></trk></gpx>\n"),
    "kml": (
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Placemark>'
        "<gx:Track>\n",
        "</gx:Track></Placemark></kml>\n",
    ),
    "nmea": ("", ""),
    "records": ('{"locations": [\n', "\n]}\n"),
    "timeline": ('{"semanticSegments": [\n', "\n]}\n"),
}


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(START_S + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fixes(n: int) -> Iterator[tuple[int, float, float]]:
    """A slow walk, within a town."""
    for seconds in range(n):
        yield seconds, 48.0 + (seconds % 10_000) / 1e5, 2.0 + (seconds % 7_000) / 1e5


def gpx(n: int) -> Iterator[str]:
    for seconds, latitude, longitude in fixes(n):
        yield (
            f'<trkpt lat="{latitude:.6f}" lon="{longitude:.6f}"><ele>35.0</ele><time>{iso(seconds)}</time></trkpt>\n'
        )


def kml(n: int) -> Iterator[str]:
    for seconds, latitude, longitude in fixes(n):
        yield f"<when>{iso(seconds)}</when><gx:coord>{longitude:.6f} {latitude:.6f} 35</gx:coord>\n"


def nmea(n: int) -> Iterator[str]:
    for seconds, latitude, longitude in fixes(n):
        time_of_fix = datetime.fromtimestamp(START_S + seconds, UTC)
        north, east = (f"{int(value)}{value % 1 * 60:08.5f}".zfill(10) for value in (latitude, longitude))
        yield f"$GPRMC,{time_of_fix:%H%M%S}.00,A,{north},N,{east.zfill(11)},E,1.2,90.0,{time_of_fix:%d%m%y},,,A\r\n"


def records(n: int) -> Iterator[str]:
    for seconds, latitude, longitude in fixes(n):
        comma = "," if seconds else " "
        yield (
            f'{comma}{{"latitudeE7": {latitude * 1e7:.0f}, "longitudeE7": {longitude * 1e7:.0f}, "accuracy": 20,'
            f' "activity": [{{"activity": [{{"type": "STILL", "confidence": 100}}], "timestamp": "{iso(seconds)}"}}],'
            f' "source": "WIFI", "deviceTag": 1234567, "timestamp": "{iso(seconds)}"}}\n'
        )


def timeline(n: int) -> Iterator[str]:
    for first in range(0, n, 60):
        points = ", ".join(
            f'{{"point": "{48 + second / 1e5:.6f}°, {2 + second / 1e5:.6f}°", "time": "{iso(second)}"}}'
            for second in range(first, min(n, first + 60))
        )
        comma = "," if first else " "
        yield f'{comma}{{"startTime": "{iso(first)}", "endTime": "{iso(first + 59)}", "timelinePath": [{points}]}}\n'


WRITERS: dict[str, Callable[[int], Iterator[str]]] = {
    "gpx": gpx,
    "kml": kml,
    "nmea": nmea,
    "records": records,
    "timeline": timeline,
}


def measure(path: Path, n_photos: int) -> None:
    """What the process of one format does."""
    start_s = time.process_time()
    track = read_track(path)
    read_s = time.process_time() - start_s
    start_s = time.process_time()
    tracks = Tracks([track])
    times_s = np.random.default_rng(0).uniform(track.times_s[0] - 100, track.times_s[-1] + 100, n_photos)
    n_placed = sum(isinstance(tracks.locate(time_s), TrackPosition) for time_s in times_s.tolist())
    place_s = time.process_time() - start_s
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{path.name:10} {path.stat().st_size / 1e6:5.0f} MB  {len(track):9,} fixes read in {read_s:5.1f} s, "
        f"{n_placed:6,} photos placed in {place_s:5.2f} s  peak memory {memory_mb:4.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixes", type=int, default=1_000_000)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--measure", type=Path, default=None, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure, args.photos)
        return
    with tempfile.TemporaryDirectory() as scratch:
        for name, write in WRITERS.items():
            path = Path(scratch) / name
            with path.open("w", encoding="utf-8") as file:
                head, tail = HEADS[name]
                file.write(head)
                file.writelines(write(args.fixes))
                file.write(tail)
            command = [sys.executable, __file__, "--photos", str(args.photos), "--measure", str(path)]
            subprocess.run(command, check=True)
            path.unlink()


if __name__ == "__main__":
    main()
