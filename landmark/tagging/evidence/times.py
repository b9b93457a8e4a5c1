"""Which times are no time of a visit, and so no evidence: those of scans, of clocks never set, of edits.

One photo's metadata tell some (`fault_of`); others show in all times of a camera (`find_faults`), read once in order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from landmark.core.text import count_text
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.formats.signatures import MOVIE_SUFFIXES
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.time_kind import TimeKind
from landmark.tagging.evidence.default_starts import DefaultStarts

_SCANNERS = ("scan", "perfection v", "opticfilm", "opticbook", "coolscan", "super coolscan", "dimage scan", "filmscan",
             "slidescan", "imacon", "flextight", "noritsu", "frontier sp", "reflecta", "plustek", "pakon",
             "expression 1")  # fmt: skip
_MOST_OF_ONE_SECOND = 10  # of one clock: cameras that take more tell fractions of seconds
_KEPT = 4  # known places of one second that are compared
_HOUR_S, _DAY_S = 3600.0, 86400.0
_BY_AIR_KM_H = 1000.0  # nobody travels faster
_BY_AIR_AT_LEAST_KM = 50.0  # clocks and positions are a little wrong
_AGAIN_AND_AGAIN = 3  # times that photos exclude each other, an hour apart: fewer are posters and a park of models
_REGION_DEG = 5.0  # a journey by car stays in one or two
_SAME_STORY_S = 2 * _DAY_S  # between two of these times
_SHARE_OF_VISITS = 0.15  # excluded by turns of the same two regions, from which on nothing of the camera is heard
_MANY, _MOST = 0.3, 0.5  # of photos of known places that follow each other; a poster excludes the ones beside it


class TimeFault(StrEnum):
    """Why a time is not that of a visit."""

    DIGITISED = "it is when it was digitised"
    SCANNER = "it is a scanner's"
    NEVER_SET = "its clock began anew and was not set"
    SAME_SECOND = "too many photos hold this very second"
    CONTRADICTED = "photos of known places at this time exclude each other"

    @property
    def is_of_one_photo(self) -> bool:
        """Return whether a photo's own metadata tell it, and not those of others."""
        return self in (TimeFault.DIGITISED, TimeFault.SCANNER)


@dataclass(frozen=True)
class TimedPhoto:
    """A photo on its camera's clock; `coordinates` where its place is known for sure, to `radius_km`."""

    camera: str
    zoned: bool
    clock_s: float
    coordinates: Coordinates | None = None
    radius_km: float = 0.0


@dataclass(frozen=True)
class FaultySpan:
    """Times of a camera, from the first to the last, that are no evidence."""

    camera: str
    zoned: bool
    from_s: float
    to_s: float
    fault: TimeFault


def fault_of(metadata: PhotoMetadata, suffix: str = "") -> TimeFault | None:
    """Return why the time of a photo is not that of a visit, as far as its own metadata tell.

    >>> from datetime import datetime
    >>> fault_of(PhotoMetadata(camera="EPSON Perfection V600", taken=datetime(2019, 1, 5))).name
    'SCANNER'
    """
    camera = (metadata.camera or "").casefold()
    if metadata.taken is None:
        return None
    if any(word in camera for word in _SCANNERS):
        return TimeFault.SCANNER
    is_film = suffix.lower() in MOVIE_SUFFIXES  # whose counter is the time of taking it
    return TimeFault.DIGITISED if metadata.time_kind is TimeKind.DIGITISED and not is_film else None


def is_too_far(beyond_km: float, apart_s: float) -> bool:
    """Return whether nobody could have been at both of two places, so far and so long apart."""
    return beyond_km > _BY_AIR_AT_LEAST_KM + _BY_AIR_KM_H * apart_s / _HOUR_S


def find_faults(photos: Iterable[TimedPhoto]) -> Iterator[FaultySpan]:
    """Yield the times that are no evidence; `photos` come by camera, and those of one by their clock.

    >>> frozen = [TimedPhoto("Compact", False, 946_684_800.0)] * 3
    >>> [(span.camera, span.fault.name) for span in find_faults(frozen)]
    [('Compact', 'NEVER_SET')]
    """
    for (camera, zoned), of_camera in groupby(photos, key=lambda one: (one.camera, one.zoned)):
        for from_s, to_s, fault in _faults_of(of_camera, zoned=zoned):
            yield FaultySpan(camera, zoned, from_s, to_s, fault)


def fault_note(camera: str | None, fault: TimeFault, n_photos: int) -> str:
    """Return what a person should know of times that are not used.

    >>> fault_note("EPSON V600", TimeFault.SCANNER, 16)
    "The time of 16 photos of EPSON V600 is no evidence: it is a scanner's."
    """
    return f"The time of {count_text(n_photos, 'photo')} of {camera or 'no camera'} is no evidence: {fault}."


_Span = tuple[float, float, TimeFault]


def _faults_of(photos: Iterable[TimedPhoto], *, zoned: bool) -> Iterator[_Span]:
    start, exclusions = DefaultStarts(), _Exclusions()
    for clock_s, same in groupby(photos, key=lambda one: one.clock_s):
        n_photos, known = _of_one_second(same)
        in_a_run = not zoned and start.holds(clock_s)
        if start.ended:
            yield (*start.ended, TimeFault.NEVER_SET)
            start.ended = None
        if in_a_run:
            continue
        if n_photos > _MOST_OF_ONE_SECOND or any(_exclude(known[0], other) for other in known[1:]):
            yield clock_s, clock_s, TimeFault.SAME_SECOND
        elif known:
            exclusions.see(known[0])
    if start.run:
        yield (*start.run, TimeFault.NEVER_SET)
    yield from exclusions.spans()


def _of_one_second(photos: Iterable[TimedPhoto]) -> tuple[int, list[TimedPhoto]]:
    n_photos, known = 0, list[TimedPhoto]()
    for photo in photos:
        n_photos += 1
        if photo.coordinates and len(known) < _KEPT:
            known.append(photo)
    return n_photos, known


def _exclude(one: TimedPhoto, other: TimedPhoto) -> bool:
    assert one.coordinates and other.coordinates
    apart_km = distance_km(one.coordinates, other.coordinates)
    return is_too_far(apart_km - one.radius_km - other.radius_km, abs(one.clock_s - other.clock_s))


@dataclass
class _Story:
    """Some days on which photos exclude each other, and how often those of the same two regions."""

    from_s: float
    to_s: float
    times: Counter[frozenset[tuple[int, int]]] = field(default_factory=Counter)

    @property
    def n_times(self) -> int:
        """Return how often the same two regions took turns: posters show another place each time."""
        return max(self.times.values(), default=0)


@dataclass
class _Exclusions:
    """Find when photos of known places exclude each other again and again: two cameras of one name, or no clock."""

    last: TimedPhoto | None = None
    n_visits: int = 0
    n_pairs: int = 0
    n_excluded: int = 0
    regions: set[tuple[int, int]] = field(default_factory=set)
    stories: list[_Story] = field(default_factory=list)
    counted_s: float = float("-inf")

    def see(self, photo: TimedPhoto) -> None:
        """Compare the next photo of a known place with the one before."""
        before, self.last = self.last, photo
        if before is None or photo.clock_s - before.clock_s > _HOUR_S:
            self.n_visits += 1
        self.n_pairs += before is not None
        if before is None or not _exclude(before, photo):
            return
        self.n_excluded += 1
        self.regions |= {_region(before), _region(photo)}
        if not self.stories or before.clock_s - self.stories[-1].to_s > _SAME_STORY_S:
            self.stories.append(_Story(before.clock_s, photo.clock_s))
        story = self.stories[-1]
        story.to_s = photo.clock_s
        if photo.clock_s - self.counted_s > _HOUR_S:
            self.counted_s = photo.clock_s
            story.times[frozenset((_region(before), _region(photo)))] += 1

    def spans(self) -> Iterator[_Span]:
        """Yield when nothing is heard of the camera."""
        found = [story for story in self.stories if story.n_times >= _AGAIN_AND_AGAIN]
        in_turns = sum(story.n_times for story in found)
        is_mostly = self.n_excluded >= max(2, _MOST * self.n_pairs) and len(self.regions) > 2
        is_often = self.n_excluded >= max(_AGAIN_AND_AGAIN, _MANY * self.n_pairs)
        if is_mostly or is_often or in_turns >= max(1, _SHARE_OF_VISITS * self.n_visits):
            yield float("-inf"), float("inf"), TimeFault.CONTRADICTED
            return
        for story in found:
            yield story.from_s - _DAY_S / 2, story.to_s + _DAY_S / 2, TimeFault.CONTRADICTED


def _region(photo: TimedPhoto) -> tuple[int, int]:
    assert photo.coordinates
    return round(photo.coordinates.latitude / _REGION_DEG), round(photo.coordinates.longitude / _REGION_DEG)
