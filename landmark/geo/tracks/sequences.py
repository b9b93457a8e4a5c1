"""The fixes of several tracks as sequences, in each of which one fix follows another: two receivers at once are two.

Segments that overlap in time, of two files or of two devices in one, come into different sequences; files that continue
each other share one.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.tracks.track import Floats, Track

_Kind = TypeVar("_Kind", bound=np.generic)
MAX_SEQUENCES = 32  # that overlap at one time; more are no tracks of one person
ACCURACY_M = 10.0  # of a fix that does not tell its own: satellites, under open sky
_SCATTER_M = 50.0  # two fixes a second apart may jump so far without anybody moving


@dataclass(frozen=True, eq=False)
class FixSequence:
    """Fixes by time, as in a `Track`; `sources` are the numbers of their tracks."""

    times_s: Floats
    latitudes: Floats
    longitudes: Floats
    accuracies_m: Floats
    segments: npt.NDArray[np.int32]
    stays: npt.NDArray[np.bool_]
    sources: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.times_s)

    def coordinates(self, fix: int) -> Coordinates:
        """Return where a fix is."""
        return Coordinates(float(self.latitudes[fix]), float(self.longitudes[fix]))

    def accuracy_m(self, fix: int) -> float:
        """Return how wrong a fix may be, in m; that of a usual receiver where it does not tell."""
        told_m = float(self.accuracies_m[fix])
        return ACCURACY_M if math.isnan(told_m) else told_m

    def gap_s(self, fix: int) -> float:
        """Return the time from a fix to the next one, in seconds."""
        return float(self.times_s[fix + 1] - self.times_s[fix])

    def speed_m_s(self, fix: int) -> float:
        """Return the speed from a fix to the next one, in m/s, as far as their accuracies do not explain the way."""
        way_m = 1000 * distance_km(self.coordinates(fix), self.coordinates(fix + 1))
        way_m -= _SCATTER_M + self.accuracy_m(fix) + self.accuracy_m(fix + 1)
        gap_s = self.gap_s(fix)
        return max(0.0, way_m) / gap_s if gap_s > 0 else 0.0


def make_sequences(tracks: Sequence[Track]) -> tuple[list[FixSequence], int]:
    """Return the fixes of tracks as sequences, and how many fixes found no room in any."""
    segments = sorted(_segments(tracks), key=lambda one: (one.start_s, one.end_s, one.source))
    sequences: list[list[_Segment]] = []
    n_left_out = 0
    for segment in segments:
        free = [sequence for sequence in sequences if sequence[-1].end_s <= segment.start_s]
        same = [sequence for sequence in free if sequence[-1].source == segment.source]
        if same or free:
            (same or free)[0].append(segment)
        elif len(sequences) < MAX_SEQUENCES:
            sequences.append([segment])
        else:
            n_left_out += len(segment.rows)
    return [_join(tracks, sequence) for sequence in sequences], n_left_out


@dataclass(frozen=True, eq=False)
class _Segment:
    """A segment of a track: `rows` are its places in the track's arrays."""

    source: int
    start_s: float
    end_s: float
    rows: npt.NDArray[np.intp]


def _segments(tracks: Sequence[Track]) -> Iterator[_Segment]:
    for source, track in enumerate(tracks):
        order = np.argsort(track.segments, kind="stable")  # within a segment they stay in time
        ends = np.flatnonzero(np.diff(track.segments[order])) + 1
        for rows in np.split(order, ends):
            yield _Segment(source, float(track.times_s[rows[0]]), float(track.times_s[rows[-1]]), rows)


def _join(tracks: Sequence[Track], segments: Sequence[_Segment]) -> FixSequence:
    lengths = [len(one.rows) for one in segments]

    def join(arrays: Callable[[Track], npt.NDArray[_Kind]]) -> npt.NDArray[_Kind]:
        return np.concatenate([arrays(tracks[one.source])[one.rows] for one in segments])

    return FixSequence(
        join(lambda track: track.times_s),
        join(lambda track: track.latitudes),
        join(lambda track: track.longitudes),
        join(lambda track: track.accuracies_m),
        segments=np.repeat(np.arange(len(segments), dtype=np.int32), lengths),
        stays=join(lambda track: track.stays),
        sources=np.repeat(np.array([one.source for one in segments], np.int32), lengths),
    )
