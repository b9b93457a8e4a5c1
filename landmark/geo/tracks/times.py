"""Times of fixes, as the formats of tracks write them, in seconds since 1970 (UTC).

Real files hold white space around times, 24:00:00, leap seconds, zones of every notation, and none.
"""

from datetime import UTC, datetime

from landmark.core.times import parse_time
from landmark.core.unchecked import as_number

_MILLISECONDS = 1e11  # from here on a number is no count of seconds (the year 5138), but of milliseconds (1973)
_LATEST_S = 253_402_300_800.0  # the end of the year 9999


def read_time(text: str) -> tuple[float, bool] | None:
    """Read an ISO 8601 time; return its seconds since 1970 and whether it has a zone; None for anything else.

    A time without a zone is counted as if it were UTC. A date alone is no time.

    >>> read_time("2024-05-06T14:00:00+02:00"), read_time(" 2024-05-06T12:00:00 ")
    ((1714996800.0, True), (1714996800.0, False))
    >>> read_time("2024-05-06T24:00:00Z") == read_time("2024-05-07T00:00:00Z"), read_time("2024-05-06")
    (True, None)
    """
    if ":" not in text:
        return None
    found: datetime | None
    try:
        found = datetime.fromisoformat(text)  # quick, for nearly all
    except ValueError:
        found = parse_time(text)
    if found is None:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC).timestamp(), False
    return found.timestamp(), True


def read_number(value: object) -> float | None:
    """Read a number of seconds or milliseconds since 1970, also one in text; None for anything else.

    >>> read_number(1714996800), read_number("1714996800000"), read_number(True)
    (1714996800.0, 1714996800.0, None)
    """
    number = as_number(value)
    seconds = number / 1000 if abs(number) >= _MILLISECONDS else number
    return seconds if abs(seconds) < _LATEST_S else None  # which nan is not either
