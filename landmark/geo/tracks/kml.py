"""KML and KMZ: gx:Track, and placemarks of a point with a time. Lines without times, which most KML holds, are told."""

import math
import zipfile
import zlib
from typing import BinaryIO, cast

from landmark.core.errors import DataError
from landmark.core.unchecked import as_number
from landmark.geo.tracks.times import read_time
from landmark.geo.tracks.track import PROPOSED, FixCollector, Track
from landmark.geo.tracks.xml_stream import XmlStream

_MAX_UNPACKED_BYTES = 128_000_000  # of the KML in a KMZ, which may have been made to unfold without end
_MAX_WAITING = 5_000_000  # times or places of one gx:Track
_TEXTS = frozenset({"when", "coord", "begin", "end", "coordinates", "value"})
_STAY_M = 100.0  # how far around the point of a span of time someone may have been


def read_kml(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read a KML file. Raises `DataError` where it holds no fix."""
    return _KmlReader(source).read(file, max_bytes)


def read_kmz(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read the first KML in a KMZ. Raises `DataError` where there is none, or a broken one."""
    limit = min(max_bytes, _MAX_UNPACKED_BYTES)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            if not names:
                raise DataError("found a ZIP archive without a .kml in it. Expected a KMZ, or the track itself.")
            with archive.open(min(names, key=lambda name: name.count("/"))) as member:
                return read_kml(cast(BinaryIO, member), source, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise DataError(f"found a KMZ that cannot be unpacked ({error}). Expected a whole one.") from error


class _KmlReader:
    def __init__(self, source: str) -> None:
        self.fixes = FixCollector(source)
        self.stream = XmlStream(self._start, self._end)
        self.path: list[str] = []
        self.whens: list[str] = []
        self.places: list[str] = []
        self.placemark: dict[str, str] = {}
        self.data = ""  # the name of a value that a program adds

    def read(self, file: BinaryIO, max_bytes: int) -> Track:
        damage = self.stream.read(file, max_bytes)
        if damage:
            self._add_track()
            self.fixes.notes.append(f"it breaks off ({damage}); the {len(self.fixes):,} fixes before that are used.")
        return self.fixes.finish()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.stream.keep_text = name in _TEXTS and not (name == "coordinates" and self._within("LineString"))
        if name == "Placemark":
            self.placemark = {}
        elif name == "Data":
            self.data = attributes.get("name", "")
        elif name == "Track":
            self.fixes.start_segment()

    def _end(self, name: str, text: str) -> None:
        self.path.pop()
        parent = self.path[-1] if self.path else ""
        if parent == "Track" and name in ("when", "coord"):
            kept = self.whens if name == "when" else self.places
            if len(kept) >= _MAX_WAITING:
                raise DataError(f"found more than {_MAX_WAITING:,} fixes. Expected fewer: split the track by years.")
            kept.append(text)
            if len(self.whens) == len(self.places):  # at once, since most are written in turns
                self._add_track()
        elif name in ("when", "begin", "end") and parent in ("TimeStamp", "TimeSpan"):
            self.placemark[name] = text
        elif name == "coordinates" and parent in ("Point", "LineString"):
            self.placemark[parent] = text
        elif name == "value" and self.data == "status":
            self.placemark[self.data] = text
        elif name == "Track":
            self._add_track()
        elif name == "Placemark":
            self._add_placemark(self.placemark)

    def _within(self, name: str) -> bool:
        return len(self.path) > 1 and self.path[-2] == name

    def _add_track(self) -> None:
        """Add the fixes of a gx:Track, which lists times and places, one after another or all times first."""
        if len(self.whens) != len(self.places):
            self.fixes.notes.append(
                f"a gx:Track has {len(self.whens):,} times and {len(self.places):,} places; the first of each belong "
                "together."
            )
        for when, place in zip(self.whens, self.places, strict=False):
            parts = place.split()
            if len(parts) < 2:  # KML's way to say that there was no fix
                self.fixes.leave_out("point", "without a place")
            else:
                self._add(when, parts)
        self.whens.clear()
        self.places.clear()

    def _add_placemark(self, placemark: dict[str, str]) -> None:
        point = [part for part in placemark.get("Point", "").strip().split(",") if part]
        if placemark.get("status") in PROPOSED:
            self.fixes.leave_out("point", "that stands where a recognised landmark does")
        elif len(point) >= 2 and "when" in placemark:
            self._add(placemark["when"], point)
        elif len(point) >= 2 and "begin" in placemark and "end" in placemark:
            self.fixes.resume_segment("stays")
            self._add(placemark["begin"], point, _STAY_M, stays=True)
            self._add(placemark["end"], point, _STAY_M)
            self.fixes.resume_segment("points")
        elif "LineString" in placemark:
            self.fixes.leave_out("line", "without times (LineString)")
        elif len(point) >= 2:
            self.fixes.leave_out("placemark", "without a time")

    def _add(self, when: str, place: list[str], accuracy_m: float = math.nan, stays: bool = False) -> None:
        time = read_time(when)
        if time is None:
            self.fixes.leave_out("point", "without a time")
        elif not time[1]:  # KML does not say what a time without a zone would mean
            self.fixes.leave_out("point", "whose time has no zone")
        else:
            self.fixes.add(time[0], as_number(place[1]), as_number(place[0]), accuracy_m, stays)
