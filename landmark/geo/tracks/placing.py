"""Where tracks say somebody was at a time: at a fix, between two fixes, shortly before the first or after the last.

Between two fixes the place lies on the great circle. Its radius grows with the time to the nearer one; outside of the
limits there is no place, and the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from landmark.core.errors import ConfigurationError
from landmark.core.text import duration_text, km_text
from landmark.geo.chords import squared_chords
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates, distance_km, point_between
from landmark.geo.tracks.sequences import MAX_SEQUENCES, FixSequence, make_sequences
from landmark.geo.tracks.track import Track

_WORST_ACCURACY_M = 1000.0  # fixes by the masts of a telephone network alone are left out
_STROLL_M_S = 1.5  # nobody stands still for sure
_DRIVE_M_S = 15.0  # nor stays on foot, where no second fix says so
_SHARE_OF_SPEED = 0.5  # how far roads lead away from the great circle, by the way to the nearer fix
AGREE_KM = 1.0  # how far beyond their radii two tracks may be apart


@dataclass(frozen=True)
class TrackLimits:
    """Within what a place is interpolated: a gap between two fixes, the time before the first and after the last fix,
    the speed from one to the next, and the radius of the place.

    >>> TrackLimits(max_gap_min=-1)
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: Found max_gap_min = -1. Expected 0 or more.
    """

    max_gap_min: float = 30.0
    max_outside_min: float = 5.0
    max_speed_km_h: float = 1000.0
    max_radius_km: float = 5.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise ConfigurationError(f"Found {name} = {value}. Expected 0 or more.")


@dataclass(frozen=True)
class TrackPosition:
    """Where a track says somebody was: within `radius_km` of the coordinates, `from_fix_s` seconds from a fix.

    `is_beyond` is true before the first fix, after the last, and in a gap that is not bridged.
    """

    coordinates: Coordinates
    radius_km: float
    source: str
    from_fix_s: float
    is_beyond: bool = False
    note: str = ""  # on the time, where that was not told

    def __str__(self) -> str:
        """Return where it comes from: from walk.gpx, 40 seconds from a fix."""
        how = "at a fix" if self.from_fix_s == 0 else f"{duration_text(self.from_fix_s)} from a fix"
        return f"from {self.source}, {how}" + (f"; {self.note}" if self.note else "")


class Tracks:
    """Tracks of one or several files, which can be asked for a place by time.

    >>> def walk(*fixes):
    ...     columns = [np.array(column, float) for column in zip(*fixes)]
    ...     nothing = np.full(len(fixes), np.nan), np.zeros(len(fixes), np.int32), np.zeros(len(fixes), bool)
    ...     return Track("walk.gpx", *columns, *nothing)
    >>> tracks = Tracks([walk((0, 27.1738, 78.045), (80, 27.1750, 78.0421))])
    >>> at = tracks.locate(40.0)
    >>> round(at.coordinates.latitude, 4), round(at.coordinates.longitude, 4), str(at)
    (27.1744, 78.0436, 'from walk.gpx, 40 seconds from a fix')
    >>> tracks.locate(7280.0)
    '2 hours after the last fix of walk.gpx'
    """

    def __init__(self, tracks: Sequence[Track], limits: TrackLimits | None = None) -> None:
        self.limits = limits or TrackLimits()
        self.notes = [note for track in tracks for note in track.notes]
        kept = [track for track in map(self._keep_accurate, tracks) if len(track)]
        self._sources = [track.source for track in kept]
        self.sequences, n_left_out = make_sequences(kept)
        if n_left_out:
            self.notes.append(f"Left out {n_left_out:,} fixes: more than {MAX_SEQUENCES} tracks at one time.")

    def locate(self, time_s: float) -> TrackPosition | str:
        """Return the place at a time, in seconds since 1970 (UTC), or why there is none."""
        found = [self._locate_in(fixes, time_s) for fixes in self.sequences]
        positions = [one for one in found if isinstance(one, TrackPosition)]
        positions = [one for one in positions if not one.is_beyond] or positions  # a fix on each side says more
        positions.sort(key=lambda one: one.radius_km)
        if not positions:
            nowhere = [one for one in found if isinstance(one, _Nowhere)]
            return min(nowhere, key=lambda one: one.off_s).reason if nowhere else "the tracks hold no accurate fix"
        best = positions[0]
        for other in positions[1:]:
            apart_km = distance_km(best.coordinates, other.coordinates)
            if apart_km > best.radius_km + other.radius_km + AGREE_KM:
                both = f"{best.source} and {other.source}" if best.source != other.source else f"two in {best.source}"
                return f"the tracks disagree: {both} are {km_text(apart_km)} apart at its time"
        return best

    def locate_about(self, time_s: float, uncertainty_s: float, note: str) -> TrackPosition | str:
        """Return the place at a time that may be wrong by so many seconds, or why there is none.

        Its radius reaches to where the tracks were at the earliest and the latest.
        """
        at = self.locate(time_s)
        if isinstance(at, str):
            return at
        others = (self.locate(time_s + off_s) for off_s in (-uncertainty_s, uncertainty_s))
        radius_km = at.radius_km + uncertainty_s * _STROLL_M_S / 1000
        for other in others:
            if isinstance(other, TrackPosition):
                radius_km = max(radius_km, other.radius_km + distance_km(at.coordinates, other.coordinates))
        if radius_km > self.limits.max_radius_km:
            return f"by its clock it was anywhere within {km_text(radius_km)} ({note})"
        return replace(at, radius_km=round(radius_km, 3), note=note)

    def times_near(self, at: Coordinates, within_km: float) -> Iterator[float]:
        """Yield the times of the fixes that are so near, in seconds since 1970, of each track in order."""
        within = (within_km / EARTH_RADIUS_KM) ** 2
        for fixes in self.sequences:
            yield from fixes.times_s[squared_chords(at, fixes.latitudes, fixes.longitudes) <= within].tolist()

    def _keep_accurate(self, track: Track) -> Track:
        good = ~(track.accuracies_m > _WORST_ACCURACY_M)  # nan is: not told
        if n_left_out := int(len(good) - good.sum()):
            self.notes.append(f"{track.source}: fixes that are less accurate than 1 km, left out: {n_left_out:,}.")
            return track.select(good)
        return track

    def _locate_in(self, fixes: FixSequence, time_s: float) -> "TrackPosition | _Nowhere":
        after = int(np.searchsorted(fixes.times_s, time_s, side="right"))
        before = after - 1
        if before >= 0 and fixes.times_s[before] == time_s:
            return self._near_fix(fixes, before, 0.0, 0.0)
        if before < 0 or after == len(fixes):
            return self._outside(fixes, max(before, 0), time_s)
        if fixes.stays[before] and fixes.segments[before] == fixes.segments[after]:
            return self._near_fix(fixes, before, 0.0, 0.0)
        return self._between(fixes, before, time_s)

    def _between(self, fixes: FixSequence, before: int, time_s: float) -> "TrackPosition | _Nowhere":
        """Locate between the fixes at `before` and the next."""
        source = self._sources[fixes.sources[before]]
        since_s, gap_s = time_s - float(fixes.times_s[before]), fixes.gap_s(before)
        near_s = min(since_s, gap_s - since_s)
        if gap_s > 60 * self.limits.max_gap_min:
            if near_s <= 60 * self.limits.max_outside_min:
                return self._outside(fixes, before if since_s <= near_s else before + 1, time_s)
            return _Nowhere(near_s, f"between two fixes of {source} that are {duration_text(gap_s)} apart")
        speed_m_s = fixes.speed_m_s(before)
        if speed_m_s * 3.6 > self.limits.max_speed_km_h:
            too_fast = f"two fixes of {source} contradict each other: {speed_m_s * 3.6:,.0f} km/h between them"
            return _Nowhere(near_s, too_fast)
        share = since_s / gap_s
        accuracy_m = (1 - share) * fixes.accuracy_m(before) + share * fixes.accuracy_m(before + 1)
        radius_m = accuracy_m + near_s * max(_STROLL_M_S, _SHARE_OF_SPEED * speed_m_s)
        at = point_between(fixes.coordinates(before), fixes.coordinates(before + 1), share)
        return self._within_radius(at, radius_m, source, near_s)

    def _outside(self, fixes: FixSequence, fix: int, time_s: float) -> "TrackPosition | _Nowhere":
        """Locate near a fix before or after which there is none that helps."""
        off_s = abs(time_s - float(fixes.times_s[fix]))
        if off_s > 60 * self.limits.max_outside_min:
            side = "after the last" if time_s > fixes.times_s[fix] else "before the first"
            return _Nowhere(off_s, f"{duration_text(off_s)} {side} fix of {self._sources[fixes.sources[fix]]}")
        legs = [leg for leg in (fix - 1, fix) if 0 <= leg < len(fixes) - 1]
        within = [leg for leg in legs if fixes.gap_s(leg) <= 60 * self.limits.max_gap_min]
        speed_m_s = max((fixes.speed_m_s(leg) for leg in within), default=0.0)
        found = self._near_fix(fixes, fix, off_s, min(speed_m_s, self.limits.max_speed_km_h / 3.6))
        return replace(found, is_beyond=True) if isinstance(found, TrackPosition) else found

    def _near_fix(self, fixes: FixSequence, fix: int, off_s: float, speed_m_s: float) -> "TrackPosition | _Nowhere":
        radius_m = fixes.accuracy_m(fix) + off_s * max(_DRIVE_M_S, speed_m_s)
        return self._within_radius(fixes.coordinates(fix), radius_m, self._sources[fixes.sources[fix]], off_s)

    def _within_radius(self, at: Coordinates, radius_m: float, source: str, off_s: float) -> "TrackPosition | _Nowhere":
        if radius_m > 1000 * self.limits.max_radius_km:
            place = (
                f"{duration_text(off_s)} from a fix of {source}, which leaves a radius of {km_text(radius_m / 1000)}"
            )
            return _Nowhere(off_s, place)
        return TrackPosition(at, radius_m / 1000, source, off_s)


@dataclass(frozen=True)
class _Nowhere:
    """Why a sequence of fixes has no place at a time, which is `off_s` seconds from a fix."""

    off_s: float
    reason: str
