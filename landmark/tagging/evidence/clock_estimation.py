"""The offset of a camera's clock without a zone, where surely recognised landmarks agree on one with a track, or with
photos that have GPS: at least three visits, and no other offset fits as well. Else nothing is estimated.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from landmark.core.text import count_text
from landmark.tagging.evidence.clocks import zone_text

Interval = tuple[float, float]  # seconds, from and to

_VISITS = 3  # that must agree
_SHARE = 0.6  # of the visits that could agree
_TOLERANCE_S = 600.0  # a landmark is seen shortly before and after one stands at it
_NEW_VISIT_S = 3 * 3600.0
_JOURNEY_S = 3 * 86400.0  # between two journeys the clock may have been set
_PLAUSIBLE_S = 26 * 3600.0  # any zone, and a day's mistake
_HOUR_S = 3600.0
_DRIFT_S = 300.0  # of a clock that was set by hand
_WIDEST_S = 900.0  # half of what may remain open where no whole hour fits


@dataclass(frozen=True)
class Visit:
    """A landmark that a camera saw from one time to another, on its own clock."""

    landmark: str
    from_s: float
    to_s: float


@dataclass(frozen=True)
class ClockEstimate:
    """From one time to another, a camera's clock was so far ahead of UTC, give or take `uncertainty_s`."""

    camera: str
    from_s: float
    to_s: float
    ahead_s: float
    uncertainty_s: float
    n_visits: int

    def __str__(self) -> str:
        """Return it in words: clock estimated: UTC+2, by 4 landmarks."""
        return f"clock estimated: {zone_text(self.ahead_s)}, by {count_text(self.n_visits, 'visit')} of landmarks"


def group_visits(sights: Iterable[tuple[str, float]]) -> list[Visit]:
    """Return the visits of landmarks that were seen at these times, which come in order.

    >>> group_visits([("Petra", 0.0), ("Petra", 60.0), ("Petra", 90_000.0)])
    [Visit(landmark='Petra', from_s=0.0, to_s=60.0), Visit(landmark='Petra', from_s=90000.0, to_s=90000.0)]
    """
    visits: list[Visit] = []
    last: dict[str, int] = {}
    for landmark, clock_s in sights:
        number = last.get(landmark)
        if number is not None and clock_s - visits[number].to_s <= _NEW_VISIT_S:
            visits[number] = Visit(landmark, visits[number].from_s, clock_s)
        else:
            last[landmark] = len(visits)
            visits.append(Visit(landmark, clock_s, clock_s))
    return visits


def estimate_clock(
    camera: str, visits: Sequence[Visit], presence: Mapping[str, Sequence[Interval]]
) -> Iterator[ClockEstimate]:
    """Yield the offsets of a camera's clock, one for each journey on which visits agree.

    `presence` tells when somebody was at each landmark (UTC), by a track or by photos with GPS.

    >>> presence = {name: [(at_s, at_s + 1800.0)] for name, at_s in (("A", 0.0), ("B", 9000.0), ("C", 20000.0))}
    >>> seen = [Visit(name, at_s + 7400.0, at_s + 8500.0) for name, at_s in (("A", 0.0), ("B", 9000.0), ("C", 20000.0))]
    >>> [str(one) for one in estimate_clock("Compact", seen, presence)]
    ['clock estimated: UTC+2, by 3 visits of landmarks']
    """
    for journey in _journeys(visits):
        possible = [found for visit in journey if (found := _possible(visit, presence.get(visit.landmark, ())))]
        if len(possible) < _VISITS or (best := _best(possible)) is None:
            continue
        from_s, to_s, n_visits = best
        if n_visits < max(_VISITS, _SHARE * len(possible)) or (offset := _offset(from_s, to_s)) is None:
            continue
        margin_s = _JOURNEY_S / 2
        yield ClockEstimate(camera, journey[0].from_s - margin_s, journey[-1].to_s + margin_s, *offset, n_visits)


def _journeys(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    journey: list[Visit] = []
    for visit in sorted(visits, key=lambda one: one.from_s):
        if journey and visit.from_s - max(one.to_s for one in journey) > _JOURNEY_S:
            yield journey
            journey = []
        journey.append(visit)
    if journey:
        yield journey


def _possible(visit: Visit, presence: Sequence[Interval]) -> list[Interval]:
    """Return the offsets with which a visit falls into a time of presence, as intervals that do not overlap."""
    found: list[Interval] = []
    for from_s, to_s in presence:
        ends = sorted((visit.to_s - to_s, visit.from_s - from_s))  # the longer of the two holds the shorter
        low_s, high_s = ends[0] - _TOLERANCE_S, ends[1] + _TOLERANCE_S
        if low_s <= _PLAUSIBLE_S and high_s >= -_PLAUSIBLE_S:
            found.append((low_s, high_s))
    merged: list[Interval] = []
    for low_s, high_s in sorted(found):
        if merged and low_s <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high_s, merged[-1][1])
        else:
            merged.append((low_s, high_s))
    return merged


def _best(possible: Sequence[Sequence[Interval]]) -> tuple[float, float, int] | None:
    """Return the one interval of offsets with which most visits agree, and how many; None where there are two."""
    intervals = [interval for one in possible for interval in one]
    ends = sorted([(low_s, 1) for low_s, _ in intervals] + [(high_s, -1) for _, high_s in intervals])
    count, regions = 0, list[tuple[float, float, int]]()
    for (at_s, step), (next_s, _) in pairwise(ends):
        count += step
        if next_s > at_s:
            regions.append((at_s, next_s, count))
    most = max((n_visits for *_, n_visits in regions), default=0)
    best = [one for one in regions if one[2] == most]
    is_one = all(later[0] <= earlier[1] for earlier, later in pairwise(best))
    return (best[0][0], best[-1][1], most) if best and is_one else None


def _offset(from_s: float, to_s: float) -> tuple[float, float] | None:
    """Return the offset that an interval stands for, and its uncertainty.

    It is the one whole hour in it, else the one half hour, give or take what clocks are wrong; else its middle.
    """
    for step_s in (_HOUR_S, _HOUR_S / 2):
        first = math.ceil((from_s - _DRIFT_S) / step_s)
        fitting = [number * step_s for number in range(first, first + 4) if number * step_s <= to_s + _DRIFT_S]
        if fitting:
            return (fitting[0], _DRIFT_S) if len(fitting) == 1 else None
    half_s = (to_s - from_s) / 2
    return None if half_s > _WIDEST_S else (from_s + half_s, half_s + _DRIFT_S)
