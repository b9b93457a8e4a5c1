"""`read_track`: which format a file has, by what is in it, and its reader."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from landmark.core.errors import DataError
from landmark.geo.tracks.fit import read_fit
from landmark.geo.tracks.geojson import add_feature
from landmark.geo.tracks.google_timeline import GoogleTimeline
from landmark.geo.tracks.gpx import read_gpx
from landmark.geo.tracks.json_stream import iterate_items
from landmark.geo.tracks.kml import read_kml, read_kmz
from landmark.geo.tracks.nmea import SENTENCE, read_nmea
from landmark.geo.tracks.track import FixCollector, Track
from landmark.geo.tracks.xml_stream import decoded_head

MAX_BYTES = 2_000_000_000  # of a file; all but FIT are read piece by piece
SUFFIXES = frozenset({".gpx", ".kml", ".kmz", ".geojson", ".json", ".nmea", ".nma", ".fit"})
FORMATS = "GPX, KML, KMZ, GeoJSON, NMEA, FIT, or Google's Timeline or Records.json"
_HEAD_BYTES = 65_536
_ROOT = re.compile(r"<(?:\w+:)?(gpx|kml)[\s>]")

Reader = Callable[[BinaryIO, str, int], Track]


def read_track(path: str | Path) -> Track:
    """Read the fixes of a file. Raises `DataError`, which says what was found, and what was expected.

    >>> read_track("no/such/track.gpx")
    Traceback (most recent call last):
        ...
    landmark.core.errors.DataError: no/such/track.gpx: cannot be read (No such file or directory). Expected a track: \
GPX, KML, KMZ, GeoJSON, NMEA, FIT, or Google's Timeline or Records.json.
    """
    path = Path(path)
    try:
        if not path.is_file() and path.exists():  # a pipe would be waited for without end
            raise DataError(f"found no regular file. Expected a track: {FORMATS}.")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            return _choose_reader(head)(file, path.name, MAX_BYTES)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}). Expected a track: {FORMATS}.") from error


def find_tracks(path: Path) -> list[Path]:
    """Return the files that a path means: itself, or those in a folder, at any depth, that are named like tracks.

    Raises `DataError` for a folder without any.
    """
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    found = sorted(one for one in found if one.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"{path}: found no track in this folder. Expected {FORMATS}.")
    return found


def _choose_reader(head: bytes) -> Reader:
    """Return the reader for a file that begins so. Raises `DataError`."""
    if head[8:12] == b".FIT":
        return read_fit
    if head[:4] == b"PK\x03\x04":
        return read_kmz
    text = decoded_head(head).lstrip()
    if text[:1] == "<" and (root := _ROOT.search(text)):
        return read_gpx if root[1] == "gpx" else read_kml
    if text[:1] in ("{", "[", "\x1e"):
        return read_json
    if SENTENCE.search(head):
        return read_nmea
    shown = " ".join(f"{byte:02x}" for byte in head[:8]) if "\0" in text[:40] else repr(text[:40])
    raise DataError(f"found a file that begins with {shown if head else 'nothing'}. Expected a track: {FORMATS}.")


def read_json(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read GeoJSON or one of Google's location histories. Raises `DataError` where there is no fix."""
    fixes = FixCollector(source)
    timeline = GoogleTimeline(fixes)
    readers: dict[str, Callable[[Any], None]] = {
        "features": lambda feature: add_feature(feature, fixes),
        "locations": timeline.add_record,
        "rawSignals": timeline.add_signal,
        "semanticSegments": timeline.add_segment,
        "timelineObjects": timeline.add_object,
        "": lambda item: timeline.add_segment(item) if "startTime" in item else add_feature(item, fixes),
    }
    for key, item in iterate_items(file, max_bytes):
        if key in readers and isinstance(item, dict):
            readers[key](item)
    if not len(fixes) and len(timeline.journeys):
        return timeline.journeys.finish()
    return fixes.finish()
