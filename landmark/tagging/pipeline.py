"""An album in, a row for each photo out: read what is new, compare with nearby photos, decide, and write where asked.

First all photos are read, which takes the time; then each is decided, since photos close to it in time may come after
it. Observations are stored on disk, so memory stays flat and a run that was stopped resumes.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from landmark.core.directories import data_dir
from landmark.geo.tracks.placing import TrackLimits, TrackPosition
from landmark.metadata.formats.signatures import MOVIE_SUFFIXES, RAW_SUFFIXES, SUFFIXES
from landmark.metadata.live_photos import find_film
from landmark.metadata.merging import PhotoMetadata, read_metadata
from landmark.metadata.sidecars import FolderNames, find_sidecars, find_takeout, list_folder
from landmark.model.answer import Answer
from landmark.model.predictor import Predictor
from landmark.photo import DEFAULT_LIMITS
from landmark.photo.extra_decoders import installed_packages
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.album import AlbumWalk
from landmark.tagging.decision import decide
from landmark.tagging.evidence.clocks import timelines
from landmark.tagging.evidence.heard import Surroundings
from landmark.tagging.evidence.time_table import TimeTable
from landmark.tagging.evidence.times import TimeFault, fault_note
from landmark.tagging.evidence.visited import DatedPositions, VisitedPlaces
from landmark.tagging.moving import is_to_move
from landmark.tagging.naming import is_to_write, with_names
from landmark.tagging.observation import Observation
from landmark.tagging.observations import Observations
from landmark.tagging.policy import Policy
from landmark.tagging.rows import Status, TagRow
from landmark.tagging.track_positions import Lines, TrackPositions
from landmark.tagging.undecoded import accept_undecoded, is_undecoded
from landmark.tagging.unzoned_clocks import estimate_clocks

OBSERVATIONS_FILE = "looks.sqlite3"  # the name that the first version gave it
_WITH_EXTRA = MOVIE_SUFFIXES | RAW_SUFFIXES | {*SUFFIXES["JPEG XL"]}
_NAMED = 5  # cameras whose times are no evidence; the photos of others are counted
CANDIDATES = 5  # of each photo, that are stored and may be raised by nearby photos

Listener = Callable[[Observation, Surroundings], None]
Writer = Callable[[TagRow, Path, FolderNames], TagRow]  # returns the row with what was written, or why nothing was


class AlbumTagging:
    """One run over an album. `rows()` is the run itself; afterwards `walk.others` counts files that are no photos.

    Raises `PhotoError` where `album` is no folder.
    """

    def __init__(
        self,
        album: Path,
        predictor: Predictor,
        policy: Policy,
        write: Writer | None = None,
        rules: IgnoreRules = DEFAULT_RULES,
        *,
        writes_names: bool = False,
        moves_tags: bool = False,  # of an earlier run, from sidecars into the photos
        revise: Callable[[TagRow], TagRow] | None = None,  # by what a person decided
    ) -> None:
        self.album, self.predictor, self.policy, self.write = album, predictor, policy, write
        self.writes_names, self.moves_tags, self.revise = writes_names, moves_tags, revise
        self.walk = AlbumWalk(album, rules)
        calibration = predictor.bundle.calibration
        self.threshold = calibration.threshold if policy.threshold is None else policy.threshold
        by_name = zip(predictor.bundle.categories, predictor.bundle.places, strict=True)
        self.places = {name: place for name, place in by_name if place}
        self.faults: list[tuple[str | None, TimeFault, int]] = []  # of times: whose, which, of how many photos
        self.visited = VisitedPlaces([])  # where the album was, as far as that is known
        self.on_heard: Listener | None = None  # is told what each photo is judged by, as for fitting the weights
        self.n_undecoded = 0  # files whose metadata was read, and no picture
        self.track_positions: TrackPositions | None = None
        if policy.tracks:
            limits = TrackLimits(max_gap_min=policy.track_gap_min)
            self.track_positions = TrackPositions(policy.tracks, limits, policy.zone)

    def rows(self) -> Iterator[TagRow]:
        """Yield the rows by path."""
        album = Path(os.path.abspath(self.album))
        with Observations(data_dir() / OBSERVATIONS_FILE, album, _fingerprint(self.predictor)) as observations:
            self._observe(observations)
            times = observations.times(self.places, self.threshold)
            times.find_faults(told={*self.policy.clocks_s, *self.policy.zones_s})
            self.faults = times.count_faults()
            lines = timelines(times.cameras(), self.policy.clocks_s, self.policy.zones_s)
            times.put_on_timelines(lines)
            estimates = estimate_clocks(times, lines, self.track_positions)
            times.put_on_estimates(estimates)
            if self.track_positions:
                self.track_positions.estimates = estimates
            self.visited = self._visited(times)
            folders: dict[Path, FolderNames] = {}  # the one that is being written to, and those above it
            for one in observations.all():
                row = self._decide(one, times, lines)
                if self.write and self._is_to_write(row):
                    photo = self.album / one.path
                    if photo.parent not in folders:  # by path, a folder's photos stand between its subfolders
                        folders = {path: names for path, names in folders.items() if path in photo.parents}
                        folders[photo.parent] = list_folder(photo.parent)
                    row = self._write(self.write, row, one, observations, folders[photo.parent])
                yield row

    def _is_to_write(self, row: TagRow) -> bool:
        return is_to_write(row, with_names=self.writes_names) or (self.moves_tags and is_to_move(row))

    def time_notes(self) -> list[str]:
        """Return whose times are no evidence, and why, a sentence for each."""
        notes = [fault_note(*fault) for fault in self.faults[:_NAMED]]
        if more := self.faults[_NAMED:]:
            notes.append(f"Nor is that of {sum(n_photos for *_, n_photos in more):,} photos of other cameras.")
        return notes

    def _visited(self, times: TimeTable) -> VisitedPlaces:
        tracks = self.track_positions.tracks.sequences if self.track_positions else []
        fixes = (DatedPositions.of_fixes(one.times_s, one.latitudes, one.longitudes) for one in tracks)
        return VisitedPlaces([times.positions(), *fixes])

    def _observe(self, observations: Observations) -> None:
        """Read what is new in the album; the predictor reads and answers photos in threads meanwhile."""
        waiting: deque[tuple[Path, str, PhotoMetadata]] = deque()
        photos = self._new_photos(observations, waiting)  # which reads their metadata
        for answer in self.predictor.locate_each(photos, top=CANDIDATES, own_positions=False):
            path, stamp, metadata = waiting.popleft()
            answer, skipped = accept_undecoded(self.album / path, metadata, answer)
            observations.add(path, stamp, metadata, answer, skipped)
        observations.save()

    def _new_photos(
        self, observations: Observations, waiting: deque[tuple[Path, str, PhotoMetadata]]
    ) -> Iterator[Path]:
        for file in self.walk.files_with_progress("Looking"):
            path, stamp = file.path.relative_to(self.album), _stamp(file.path, file.names)
            if observations.keep(path, stamp):
                continue
            if file.skipped or file.error:
                answer = Answer(str(file.path), None, None, (), None, error=file.error)
                observations.add(path, stamp, PhotoMetadata(), answer, file.skipped)
                continue
            waiting.append((path, stamp, read_metadata(file.path, file.names)))
            yield file.path

    def _write(
        self, write: Writer, row: TagRow, one: Observation, observations: Observations, names: FolderNames
    ) -> TagRow:
        """Write a row, unless the photo has changed since it was read, maybe hours ago.

        A photo that has two names in the album has changed as well when it was written by its first.
        """
        photo = self.album / one.path
        if not observations.holds(one.path, _stamp(photo, names)) and not _is_written(photo, row, names):
            return replace(
                row, error=f"{photo}: it changed after it was read. Nothing was written; tag the album again."
            )
        row = write(row, photo, names)
        if row.written:  # the picture is the same, so that the photo need not be read again
            answer = replace(one.answer, photo=str(photo))
            observations.change(one.path, _stamp(photo, names), read_metadata(photo, names), answer)
        return row

    def _decide(self, one: Observation, times: TimeTable, lines: Lines) -> TagRow:
        photo, answer = str(self.album / one.path), one.answer
        if one.skipped:
            return TagRow(photo, Status.SKIPPED, one.skipped)
        if answer.error:
            answer = replace(answer, error=f"{photo}: {answer.error}")
        self.n_undecoded += is_undecoded(answer)
        where = self.track_positions.locate(one.metadata, lines, one.fault) if self.track_positions else None
        around = Surroundings(track=where)
        if not (one.metadata.coordinates or one.metadata.recognised or answer.error):  # its place is asked for
            around = self._surroundings(one, times, where)
            if self.on_heard:
                self.on_heard(one, around)
        row = decide(photo, one.metadata, answer, around, self.places, self.threshold, self.policy)
        return with_names(self.revise(row) if self.revise else row, self.places.values())

    def _surroundings(self, one: Observation, times: TimeTable, where: TrackPosition | str | None) -> Surroundings:
        """Return what is known of a photo beside its picture; of one without the time of a visit only the track."""
        if one.at_s is None:
            return Surroundings(track=where)
        neighbours_min, propose_min = self.policy.neighbours_min, self.policy.propose_nearby_min
        nearby = times.nearby(one.path, one.line, one.at_s, 60 * max(neighbours_min, propose_min))
        is_among_others = times.is_among_others(one.line, one.at_s, 60 * neighbours_min)
        return Surroundings(nearby, where, is_among_others, self.visited.around(one.at_s) if neighbours_min else None)


def _is_written(photo: Path, row: TagRow, names: FolderNames) -> bool:
    """Return whether a photo holds by now what its row would write."""
    found = read_metadata(photo, names)
    return found.recognised or (not row.proposed and found.names is not None)


def _stamp(path: Path, names: FolderNames) -> str:
    """Return what changes when a photo, its sidecars or its Takeout JSON do: their sizes and times."""
    film = find_film(path.name, names)
    sidecars = [*find_sidecars(path.name, names), *find_takeout(path.name, names).files, *([film] if film else [])]
    parts = []
    for one in (path, *(path.parent / name for name in sidecars)):
        try:
            status, denied = one.stat(), not os.access(one, os.R_OK)  # rights change no time
            parts.append(f"{status.st_size}:{status.st_mtime_ns}" + ":denied" * denied)
        except OSError:
            parts.append("gone")
    if path.suffix.lower() in _WITH_EXTRA:  # whose picture is looked at once a package is there
        parts.append(",".join(installed_packages()))
    return "|".join(parts)


def _fingerprint(predictor: Predictor) -> str:
    """Return what changes when the same photo could get another answer."""
    bundle, limits = predictor.bundle, predictor.limits
    network = ",".join(f"{name}={digest}" for name, digest in sorted(bundle.files.items()))
    larger = "" if limits == DEFAULT_LIMITS else f";{limits}"
    whole = f"{network};{bundle.calibration.to_dict()};{bundle.preprocessing.to_dict()}{larger}"
    return hashlib.sha256(whole.encode()).hexdigest()  # it stands in every row, and has ten thousand characters
