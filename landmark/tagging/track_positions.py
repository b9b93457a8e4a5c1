"""Where tracks say a photo was taken: by its time in UTC, which is never guessed from a clock without a zone.

A zone is told by the photo (OffsetTime, a Takeout), by `--clock` or by `--zone`; else there is no position, and the
reason says what to type.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.progress import track
from landmark.core.text import count_text, list_text, one_line
from landmark.core.times import parse_zone, seconds_beside_zone
from landmark.geo.tracks.placing import TrackLimits, TrackPosition, Tracks
from landmark.geo.tracks.reading import find_tracks, read_track
from landmark.geo.tracks.track import Track
from landmark.metadata.merging import PhotoMetadata
from landmark.tagging.evidence.clock_estimation import ClockEstimate
from landmark.tagging.evidence.clocks import UTC_LINE, Timeline, zone_text
from landmark.tagging.evidence.times import TimeFault

NO_ZONE = "its time has no zone"
_NAMED = 5  # files that are no tracks, in a note; the others are counted

Lines = Mapping[tuple[str, bool], Timeline]


class TrackPositions:
    """The tracks of some files, or of the files in some folders. Raises `DataError` for what is no track.

    `zone` is that of clocks without one, as `read_zone` reads it.
    """

    def __init__(self, paths: Sequence[str | Path], limits: TrackLimits, zone: str | None = None) -> None:
        self.tracks, self.zone = Tracks(self._read(paths), limits), read_zone(zone) if zone else None
        self.estimates: list[ClockEstimate] = []  # of clocks without a zone
        self.n_without_zone = 0  # photos without a position of their own

    def _read(self, paths: Sequence[str | Path]) -> list[Track]:
        """Read the tracks. Of a folder, what is only named like a track is left out, if there are others."""
        self._no_tracks: list[str] = []
        folders = {path: find_tracks(path) for path in map(Path, paths)}
        files = dict.fromkeys(file for found in folders.values() for file in found)
        tracks: dict[Path, Track | DataError] = {}
        for file in track(files, "Reading tracks", total=len(files), unit="files"):
            try:
                tracks[file] = read_track(file)
            except DataError as error:
                if file in folders:
                    raise
                tracks[file] = error
                self._no_tracks.append(file.name)
        for found in folders.values():
            first = tracks[found[0]]
            if isinstance(first, DataError) and all(isinstance(tracks[file], DataError) for file in found):
                raise first
        return [one for one in tracks.values() if isinstance(one, Track)]

    def locate(self, metadata: PhotoMetadata, lines: Lines, fault: TimeFault | None = None) -> TrackPosition | str:
        """Return where a photo was taken, or why the tracks do not tell; `lines` are those of the album's cameras, and
        `fault` says why its time is not that of a visit.
        """
        if fault and (fault.is_of_one_photo or metadata.coordinates is None):  # a position is compared all the same
            return f"its time is not that of a visit: {fault}"
        time_s = utc_seconds(metadata, lines, self.zone)
        if isinstance(time_s, str) and time_s.startswith(NO_ZONE) and (estimate := self._estimate(metadata)):
            assert metadata.taken
            clock_s = metadata.taken.replace(tzinfo=UTC).timestamp()
            return self.tracks.locate_about(clock_s - estimate.ahead_s, estimate.uncertainty_s, str(estimate))
        if isinstance(time_s, str):
            self.n_without_zone += metadata.coordinates is None and time_s.startswith(NO_ZONE)
            return time_s
        return self.tracks.locate(time_s)

    def _estimate(self, metadata: PhotoMetadata) -> ClockEstimate | None:
        assert metadata.taken
        clock_s = metadata.taken.replace(tzinfo=UTC).timestamp()
        of_camera = (one for one in self.estimates if one.camera == metadata.camera)
        return next((one for one in of_camera if one.from_s <= clock_s <= one.to_s), None)

    def notes(self) -> list[str]:
        """Return what was left out of the tracks, and of the photos."""
        notes = list(self.tracks.notes)
        if self._no_tracks:
            files, named = count_text(len(self._no_tracks), "file"), one_line(list_text(self._no_tracks, _NAMED))
            notes.append(f"Left out {files} that cannot be read as a track: {named}.")
        if self.n_without_zone:
            notes.append(
                f"On no track, since their time has no zone: {count_text(self.n_without_zone, 'photo')}. Tell it, "
                "as in --zone +02:00, or --clock 'CAMERA=UTC+2'."
            )
        return notes


def utc_seconds(metadata: PhotoMetadata, lines: Lines, zone: tzinfo | None) -> float | str:
    """Return when a photo was taken, in seconds since 1970 (UTC), or why that is not known.

    >>> utc_seconds(PhotoMetadata(taken=datetime(2024, 5, 6, 12, 0)), {}, None)
    'its time has no zone; tell it, as in --zone +02:00'
    >>> utc_seconds(PhotoMetadata(taken=datetime(2024, 5, 6, 12, 0)), {}, read_zone("Europe/Paris"))
    1714989600.0
    """
    taken = metadata.taken
    if taken is None:
        return "it has a date and no time of day" if metadata.day else "its time is not known"
    if metadata.time_kind and metadata.time_kind.is_weak:
        return "the time of taking it is not known"
    line = lines.get((metadata.camera or "", taken.tzinfo is not None))
    shift_s = line.shift_s if line and line.line == UTC_LINE and line.is_told else None
    if taken.tzinfo is not None:
        return taken.timestamp() + (shift_s or 0.0)
    if shift_s is not None:
        return taken.replace(tzinfo=UTC).timestamp() + shift_s
    if zone is None:
        library_s = _library_seconds(metadata, taken)
        return _ask_for_zone(metadata.camera, line) if library_s is None else library_s
    first, second = (taken.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        return f"{taken:%H:%M} is twice or never on {taken:%Y-%m-%d} in {zone}; give --zone as +02:00 for these photos"
    return first.timestamp()


def _library_seconds(metadata: PhotoMetadata, taken: datetime) -> float | None:
    """Return the time that a Takeout tells of a photo, where it differs from the camera's clock by a zone.

    Where both are the same, the photo library may have taken the clock's time for UTC.
    """
    if metadata.library_time is None:
        return None
    library_s = metadata.library_time.timestamp()
    ahead_s = round(taken.replace(tzinfo=UTC, microsecond=0).timestamp() - library_s)
    return library_s if ahead_s != 0 and seconds_beside_zone(ahead_s) == 0 else None


def read_zone(text: str) -> tzinfo:
    """Read a zone: hours ahead of UTC, or a name of the tz database. Raises `ConfigurationError`.

    >>> read_zone("+02:00"), read_zone("Europe/Paris").key
    (datetime.timezone(datetime.timedelta(seconds=7200)), 'Europe/Paris')
    """
    if fixed := parse_zone(text):
        return fixed
    from zoneinfo import ZoneInfo  # only where one is asked for

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ConfigurationError(
            f"Found --zone {text!r}. Expected hours ahead of UTC such as +02:00 or -05:30, or a name such as "
            "Europe/Paris (where this system lacks those names: pip install tzdata)."
        ) from None


def _ask_for_zone(camera: str | None, line: Timeline | None) -> str:
    """Return why a time is not known, and what to type; with the zone that satellite times speak for."""
    if camera is None:
        return f"{NO_ZONE}; tell it, as in --zone +02:00"
    name = camera.partition(" #")[0]
    measured = line is not None and line.line == UTC_LINE
    zone = zone_text(-line.shift_s) if measured and line else "UTC+2"
    why = f"; its other photos speak for {zone}" if measured else ""
    return f"{NO_ZONE}{why}; tell it, as in --clock '{name}={zone}' or --zone +02:00"
