"""An album in, a row for each photo out: look at what is new, hear the neighbours, decide, and write where asked.

First all photos are looked at, which takes the time; then each is decided, since its neighbours may come after it. What
was seen is kept on disk, so memory stays flat and a run that was stopped goes on where it was.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from landmark.core.directories import data_dir
from landmark.core.progress import track
from landmark.geo.place import Place
from landmark.metadata import PhotoMetadata, read_metadata
from landmark.metadata.sidecars import FolderNames, find_sidecars, find_takeout, list_folder
from landmark.model.answer import Answer
from landmark.model.bundle import Bundle
from landmark.model.predictor import Predictor
from landmark.photo import DEFAULT_LIMITS
from landmark.tagging.album import AlbumFile, AlbumWalk
from landmark.tagging.clocks import timelines
from landmark.tagging.decision import Policy, decide
from landmark.tagging.nearby import Neighbour
from landmark.tagging.observation import Look
from landmark.tagging.observations import Looks, Near
from landmark.tagging.rows import Status, TagRow

LOOKS_FILE = "looks.sqlite3"
CANDIDATES = 5  # of the model's, that are kept of each photo and may be raised by its neighbours
_GPS_CERTAINTY = 0.999

Writer = Callable[[TagRow, Path, FolderNames], TagRow]  # the row with what was written of it, or why nothing was


class AlbumTagging:
    """One run over an album. `rows()` is the run itself; afterwards `others` counts files that are no photos.

    Raises `PhotoError` where `album` is no folder.
    """

    def __init__(self, album: Path, predictor: Predictor, policy: Policy, write: Writer | None = None) -> None:
        self.album, self.predictor, self.policy, self.write = album, predictor, policy, write
        self.walk = AlbumWalk(album)
        calibration = predictor.bundle.calibration
        self.threshold = calibration.threshold if policy.threshold is None else policy.threshold
        self.places = _places(predictor.bundle)
        self.looked_at = 0  # how many were new or had changed

    def rows(self) -> Iterator[TagRow]:
        """The rows by path."""
        file = data_dir() / LOOKS_FILE
        with Looks(file, Path(os.path.abspath(self.album)), _fingerprint(self.predictor)) as looks:
            self._look(looks)
            looks.put_on_timelines(timelines(looks.cameras(self.threshold), self.policy.clocks_s), self.threshold)
            names: tuple[Path, FolderNames] | None = None  # of the folder that is being written to
            for look in looks.all():
                row = self._decide(look, looks)
                if self.write and row.proposed:
                    photo = self.album / look.path
                    if names is None or names[0] != photo.parent:
                        names = photo.parent, list_folder(photo.parent)
                    if self._is_as_seen(look, looks, photo, names[1]):
                        row = self.write(row, photo, names[1])
                    else:
                        row = replace(row, error=f"{photo}: it changed after it was looked at. Nothing was written; "
                                                 "tag the album again.")  # fmt: skip
                    if row.written:
                        self._look_again(look, looks)
                yield row

    def _look(self, looks: Looks) -> None:
        """See what is new in the album; the reading threads of the predictor work meanwhile."""
        waiting: deque[tuple[Path, str, PhotoMetadata]] = deque()
        answers = self.predictor.locate_each(self._new_photos(looks, waiting), top=CANDIDATES)
        for answer in answers:
            path, stamp, metadata = waiting.popleft()
            looks.add(path, stamp, metadata, answer)
            self.looked_at += 1
        looks.save()

    def _new_photos(self, looks: Looks, waiting: deque[tuple[Path, str, PhotoMetadata]]) -> Iterator[Path]:
        for file in track(self.walk.files(), "Looking", total=self._count_files, unit="files"):
            path, stamp = file.path.relative_to(self.album), _stamp(file.path, file.names)
            if looks.keep(path, stamp):
                continue
            if file.skipped or file.error:
                looks.add(path, stamp, PhotoMetadata(), _no_answer(file), file.skipped)
                continue
            waiting.append((path, stamp, read_metadata(file.path, file.names)))
            yield file.path

    def _count_files(self) -> int:
        return sum(1 for _ in AlbumWalk(self.album).files())  # by a walk of its own, for a walk counts what it skips

    def _is_as_seen(self, look: Look, looks: Looks, photo: Path, names: FolderNames) -> bool:
        """Whether a photo is still the one that was looked at, maybe hours ago: by now it may know where it was taken.

        One that has two names in the album has changed as well when it was written by its first.
        """
        return looks.holds(look.path, _stamp(photo, names)) or read_metadata(photo, names).recognised

    def _look_again(self, look: Look, looks: Looks) -> None:
        """After writing, the photo is as good as seen: its picture has not changed."""
        photo = self.album / look.path
        names = list_folder(photo.parent)
        answer = replace(look.answer, photo=str(photo))
        looks.change(look.path, _stamp(photo, names), read_metadata(photo, names), answer)

    def _decide(self, look: Look, looks: Looks) -> TagRow:
        photo = str(self.album / look.path)
        if look.skipped:
            return TagRow(photo, Status.SKIPPED, look.skipped)
        answer = look.answer
        if answer.error:
            answer = replace(answer, error=f"{photo}: {answer.error}")
        asks = not (look.metadata.coordinates or look.metadata.recognised or answer.error)
        near = looks.near(look, self.policy.neighbours_min * 60) if asks else []
        neighbours = [one for one in map(partial(_neighbour, places=self.places), near) if one]
        return decide(photo, look.metadata, answer, neighbours, self.places, self.threshold, self.policy)


def _neighbour(near: Near, places: dict[str, Place]) -> Neighbour | None:
    """A photo nearby in time as a witness: by its own GPS, else by the landmark that it surely shows."""
    minutes = near.seconds / 60
    if near.coordinates:
        return Neighbour(near.path.stem, minutes, near.coordinates, _GPS_CERTAINTY)
    place = places.get(near.landmark or "")
    if place is None or place.coordinates is None:
        return None
    reach_km = place.radius_km or 0.0
    return Neighbour(near.path.stem, minutes, place.coordinates, near.confidence, reach_km, recognised=True)


def _no_answer(file: AlbumFile) -> Answer:
    return Answer(str(file.path), None, None, (), None, error=file.error)


def _stamp(path: Path, names: FolderNames) -> str:
    """What changes when a photo, its sidecars or its Takeout JSON do: their sizes and times."""
    beside = [*find_sidecars(path.name, names), find_takeout(path.name, names)]
    parts = []
    for one in (path, *(path.with_name(name) for name in beside if name)):
        try:
            status, denied = one.stat(), not os.access(one, os.R_OK)  # rights change no time
            parts.append(f"{status.st_size}:{status.st_mtime_ns}" + ":denied" * denied)
        except OSError:
            parts.append("gone")
    return "|".join(parts)


def _places(bundle: Bundle) -> dict[str, Place]:
    return {name: place for name, place in zip(bundle.categories, bundle.places, strict=True) if place}


def _fingerprint(predictor: Predictor) -> str:
    """What changes when the same photo could get another answer."""
    bundle, limits = predictor.bundle, predictor.limits
    network = ",".join(f"{name}={digest}" for name, digest in sorted(bundle.files.items()))
    larger = "" if limits == DEFAULT_LIMITS else f";{limits}"
    return f"{network};{bundle.calibration.to_dict()};{bundle.preprocessing.to_dict()}{larger}"
