"""Clocks that began anew, after an empty battery, and were not set: times just after those with which clocks begin."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime

_HOUR_S, _DAY_S = 3600.0, 86400.0
_SURELY_DEFAULT_S = datetime(2005, 1, 1, tzinfo=UTC).timestamp()  # before, hardly any camera told the time
_RUN_GAP_S, _RUN_S = 3 * _DAY_S, 31 * _DAY_S  # of a clock that began anew and was not set
# Clocks begin with a year, with the week in which the satellites' weeks are counted from zero, or, west of Greenwich,
# with the evening before 1970.
_STARTS = sorted(
    datetime(*day, tzinfo=UTC).timestamp()
    for day in [
        (1969, 12, 31),
        (1980, 1, 6),
        (1999, 8, 22),
        (2019, 4, 7),
        *((year, 1, 1) for year in range(1970, 2040)),
    ]
)


@dataclass
class DefaultStarts:
    """Find the times of a clock after it began anew: the first photos after a default start, and none before it."""

    run: tuple[float, float] | None = None
    ended: tuple[float, float] | None = None
    last_s: float | None = None

    def holds(self, clock_s: float) -> bool:
        """Return whether the next time of the clock is in such a run."""
        before_s, self.last_s = self.last_s, clock_s
        if self.run and clock_s - self.run[1] <= _RUN_GAP_S and clock_s - self.run[0] <= _RUN_S:
            self.run = self.run[0], clock_s
            return True
        if self.run:
            self.ended, self.run = self.run, None
        number = bisect_right(_STARTS, clock_s)
        if number == 0:
            return False
        start_s = _STARTS[number - 1]
        is_early = start_s < _SURELY_DEFAULT_S
        is_first = before_s is None or before_s < start_s - _DAY_S  # a party at midnight has photos of both years
        since_s = clock_s - start_s
        if since_s == 0 or (is_first and since_s <= (2 * _DAY_S if is_early else _HOUR_S)):
            self.run = clock_s, clock_s
        return self.run is not None
