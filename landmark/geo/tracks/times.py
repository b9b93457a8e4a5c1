"""Times of fixes, as the formats of tracks write them, in seconds since 1970 (UTC).

Real files hold white space around times, 24:00:00, leap seconds, zones of every notation, and none.
"""

import re
from datetime import UTC, datetime, timedelta

from landmark.core.unchecked import as_number

_SPELLED = re.compile(
    r"(?P<date>\d{4}-\d\d?-\d\d?)[T ](?P<hours>\d\d?):(?P<minutes>\d\d)(?::(?P<seconds>\d\d)(?P<fraction>[.,]\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$",
    re.ASCII,
)
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
    try:
        found = datetime.fromisoformat(text)  # quick, for nearly all
    except ValueError:
        return _read_spelled(text.strip().upper())
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


def _read_spelled(text: str) -> tuple[float, bool] | None:
    found = _SPELLED.match(text)
    if not found:
        return None
    hours, minutes, seconds = int(found["hours"]), int(found["minutes"]), int(found["seconds"] or 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and minutes + seconds):
        return None
    try:
        day = datetime(*map(int, found["date"].split("-")), tzinfo=UTC)  # type: ignore[misc,arg-type]
        time = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):  # the 30th of February, or after the year 9999
        return None
    fraction = float(f"0{found['fraction'].replace(',', '.')}") if found["fraction"] else 0.0
    return time.timestamp() + fraction - _zone_s(found["zone"]), found["zone"] is not None


def _zone_s(zone: str | None) -> float:
    """Return by how much a zone is ahead of UTC."""
    if not zone or zone[0] not in "+-":
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (1.0 if zone[0] == "+" else -1.0)
