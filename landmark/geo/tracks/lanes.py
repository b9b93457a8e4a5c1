"""The fixes of several tracks as lanes, in each of which one fix follows another: two receivers at one time are two.

Segments that overlap in time, of two files or of two devices in one, come into different lanes; files that continue
each other share one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from landmark.geo.tracks.track import Floats, Track

_Kind = TypeVar("_Kind", bound=np.generic)
MAX_LANES = 32  # that overlap at one time; more are no tracks of one person


@dataclass(frozen=True, eq=False)
class Lane:
    """Fixes by time, as in a `Track`; `sources` are the numbers of their tracks."""

    times_s: Floats
    latitudes: Floats
    longitudes: Floats
    accuracies_m: Floats
    segments: npt.NDArray[np.int32]
    stays: npt.NDArray[np.bool_]
    sources: npt.NDArray[np.int32]


def make_lanes(tracks: Sequence[Track]) -> tuple[list[Lane], int]:
    """Return the lanes of tracks, and how many fixes found no room in any."""
    segments = sorted(_segments(tracks), key=lambda one: (one.start_s, one.end_s, one.source))
    lanes: list[list[_Segment]] = []
    n_left_out = 0
    for segment in segments:
        free = [lane for lane in lanes if lane[-1].end_s <= segment.start_s]
        same = [lane for lane in free if lane[-1].source == segment.source]
        if same or free:
            (same or free)[0].append(segment)
        elif len(lanes) < MAX_LANES:
            lanes.append([segment])
        else:
            n_left_out += len(segment.rows)
    return [_lane(tracks, lane) for lane in lanes], n_left_out


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


def _lane(tracks: Sequence[Track], lane: Sequence[_Segment]) -> Lane:
    lengths = [len(one.rows) for one in lane]

    def join(arrays: Callable[[Track], npt.NDArray[_Kind]]) -> npt.NDArray[_Kind]:
        return np.concatenate([arrays(tracks[one.source])[one.rows] for one in lane])

    return Lane(
        join(lambda track: track.times_s),
        join(lambda track: track.latitudes),
        join(lambda track: track.longitudes),
        join(lambda track: track.accuracies_m),
        segments=np.repeat(np.arange(len(lane), dtype=np.int32), lengths),
        stays=join(lambda track: track.stays),
        sources=np.repeat(np.array([one.source for one in lane], np.int32), lengths),
    )
