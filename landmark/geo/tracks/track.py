"""A track: where a receiver was, and when. `FixCollector` is what each reader fills."""

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from landmark.core.errors import DataError
from landmark.core.text import count_text

# Photos without a position of their own, in what `landmark tag --out` writes: where a landmark stands is no fix.
PROPOSED = frozenset({"recognised", "recognised_with_neighbours"})
MAX_FIXES = 5_000_000  # a fix takes 37 bytes, and as much again while they are sorted

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """The fixes of one file, N of them, by time.

    `times_s` are seconds since 1970 (UTC), `latitudes` and `longitudes` degrees, `accuracies_m` metres, nan where the
    file does not tell. `segments` are numbers: the receiver was on between two fixes of one segment. Where `stays` is
    true, it stayed at a place until the segment's next fix. `notes` say what was left out.
    """

    source: str
    times_s: Floats
    latitudes: Floats
    longitudes: Floats
    accuracies_m: Floats
    segments: npt.NDArray[np.int32]
    stays: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.times_s)

    def select(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Self:
        """Return the track with some of its fixes, by number or by a mask."""
        return replace(
            self,
            times_s=self.times_s[rows],
            latitudes=self.latitudes[rows],
            longitudes=self.longitudes[rows],
            accuracies_m=self.accuracies_m[rows],
            segments=self.segments[rows],
            stays=self.stays[rows],
        )


@dataclass(eq=False)
class FixCollector:
    """Take fixes as a reader meets them, in any order; `finish` checks and sorts them.

    >>> fixes = FixCollector("walk.gpx")
    >>> fixes.add(60.0, 27.175, 78.0421)
    >>> fixes.add(0.0, 27.1738, 78.045)
    >>> fixes.add(30.0, 0.0, 0.0)
    >>> track = fixes.finish()
    >>> track.times_s.tolist(), track.notes
    ([0.0, 60.0], ('walk.gpx: left out 1 point without a fix (0, 0, or not on Earth).',))
    """

    source: str
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)  # a thing, and what is wrong with it
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._times_s, self._latitudes, self._longitudes, self._accuracies_m = (array("d") for _ in range(4))
        self._segments, self._stays = array("i"), array("b")
        self._segment = self._last_segment = 0
        self._named: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self._times_s)

    def add(
        self, time_s: float, latitude: float, longitude: float, accuracy_m: float = math.nan, stays: bool = False
    ) -> None:
        """Add a fix to the present segment. Raises `DataError` where there are too many."""
        if len(self._times_s) >= MAX_FIXES:
            raise DataError(f"found more than {MAX_FIXES:,} fixes. Expected fewer: split the track by years.")
        self._times_s.append(time_s)
        self._latitudes.append(latitude)
        self._longitudes.append(longitude)
        self._accuracies_m.append(accuracy_m)
        self._segments.append(self._segment)
        self._stays.append(stays)

    def start_segment(self) -> None:
        """Start a new segment."""
        self._last_segment += 1
        self._segment = self._last_segment

    def resume_segment(self, name: object) -> None:
        """Put the next fixes into the segment of this name, such as that of a device."""
        if name not in self._named:
            self.start_segment()
            self._named[name] = self._segment
        self._segment = self._named[name]

    def leave_out(self, thing: str, why: str, n: int = 1) -> None:
        """Count what gives no fix, such as a "point" that is "without a time"."""
        self.left_out[thing, why] += n

    def finish(self) -> Track:
        """Return the track. Raises `DataError` where no fix is left, with what there was instead."""
        times_s, latitudes, longitudes, accuracies_m = (
            np.frombuffer(values, np.float64) if values else np.empty(0)
            for values in (self._times_s, self._latitudes, self._longitudes, self._accuracies_m)
        )
        segments = np.frombuffer(self._segments, np.int32) if self._segments else np.empty(0, np.int32)
        stays = np.frombuffer(self._stays, np.int8).astype(np.bool_) if self._stays else np.empty(0, np.bool_)
        longitudes = _wrap(longitudes)
        on_earth = (np.abs(latitudes) <= 90) & (np.abs(longitudes) <= 180) & np.isfinite(times_s)
        valid = on_earth & ((latitudes != 0) | (longitudes != 0))  # nan is not on Earth
        if n_invalid := int(len(valid) - valid.sum()):
            self.leave_out("point", "without a fix (0, 0, or not on Earth)", n_invalid)
        left_out = ", ".join(f"{count_text(n, thing)} {why}" for (thing, why), n in self.left_out.items())
        if not valid.any():
            raise DataError(f"found no fix with a time ({left_out or 'nothing at all'}). Expected a track with times.")
        accuracies_m = np.where(accuracies_m >= 0, accuracies_m, np.nan)
        order = np.flatnonzero(valid)
        # Of fixes at one time in one segment, the most accurate stays: receivers and tools write the same one twice.
        order = order[np.lexsort((accuracies_m[order], segments[order], times_s[order]))]
        repeated = np.zeros(len(order), np.bool_)
        repeated[1:] = (np.diff(times_s[order]) == 0) & (np.diff(segments[order]) == 0)
        order = order[~repeated]
        notes = [f"{self.source}: {note}" for note in self.notes]
        if left_out:
            notes.append(f"{self.source}: left out {left_out}.")
        whole = Track(self.source, times_s, latitudes, longitudes, accuracies_m, segments, stays, tuple(notes))
        return whole.select(order)


def _wrap(longitudes: Floats) -> Floats:
    """Return longitudes from -180 to 180: lines over the antimeridian may go on beyond it."""
    beyond = (np.abs(longitudes) > 180) & (np.abs(longitudes) <= 360)
    return np.where(beyond, longitudes - 360 * np.sign(longitudes), longitudes)
