"""Times as files write them, in EXIF and in ISO 8601: with a zone where one is given, and days without a time."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

FIRST_PHOTO_YEAR = 1826  # what is dated earlier comes from a clock that was never set
_MAX_ZONE = timedelta(hours=15)
_ZONE_STEP_S, _LAST_ZONE_S = 15 * 60, 14 * 3600  # of zones that are in use
_TIME = re.compile(
    r"(?P<year>\d{4})[:/.-](?P<month>\d\d?)[:/.-](?P<day>\d\d?)"
    r"(?:[ Tt]+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?\s*(?P<zone>\D.*)?)?$"
)
_DURATION = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)?$", re.I | re.ASCII
)
_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0}
_ZONE = re.compile(
    r"(?:UTC?|GMT)?\s*(?P<sign>[+\u2212-])(?P<hours>\d\d?)(?::?(?P<minutes>[0-5]\d))?(?::?(?P<seconds>[0-5]\d))?$", re.I
)


def parse_time(text: str) -> datetime | None:
    """Read a time as EXIF (2008:10:22 16:28:39) or ISO 8601 writes it; None for anything else.

    None too for a date alone, which is no midnight, and for times of clocks that were never set. Fractions of seconds
    are cut after six digits.

    >>> parse_time("2008:10:22 16:28:39+02").isoformat(), parse_time("2008-10-22"), parse_time("0001:01:01 00:00:00")
    ('2008-10-22T16:28:39+02:00', None, None)
    """
    found = _TIME.match(text.strip("\0 \t\r\n"))
    if not found or found["hour"] is None or int(found["year"]) < FIRST_PHOTO_YEAR:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if minute > 59 or second > 60 or hour * 3600 + minute * 60 + second > 24 * 3600:  # 24:00:00 and :60 are written
        return None
    try:
        time = datetime(int(found["year"]), int(found["month"]), int(found["day"]))
        microseconds = int((found["fraction"] or "0")[:6].ljust(6, "0"))
        time += timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)
    except (ValueError, OverflowError):  # the 30th of February, or after the year 9999
        return None
    if not found["zone"]:
        return time
    zone = parse_zone(found["zone"])
    return time.replace(tzinfo=zone) if zone else None


def parse_day(text: str) -> date | None:
    """Read a date that stands without a time; None for anything else.

    >>> parse_day("2026-05-01"), parse_day("2026-05-01T00:20")
    (datetime.date(2026, 5, 1), None)
    >>> parse_day("2026:05:01   :  :  ")  # as Exif has it where the clock is not known
    datetime.date(2026, 5, 1)
    """
    found = _TIME.match(text.strip("\0 \t\r\n").rstrip(": "))
    if not found or found["hour"] is not None or int(found["year"]) < FIRST_PHOTO_YEAR:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def parse_zone(text: str) -> timezone | None:
    """Return a time zone as files and people write it: Z, +02:00, +0200, +02, UTC+2; None for anything else.

    >>> [str(parse_zone(text)) for text in ("+0530", "-3", "Z", "CEST")]
    ['UTC+05:30', 'UTC-03:00', 'UTC', 'None']
    """
    text = text.strip("\0 \t\r\n")
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    found = _ZONE.match(text)
    if not found:
        return None
    ahead = timedelta(**{unit: int(found[unit] or 0) for unit in ("hours", "minutes", "seconds")})
    if ahead > _MAX_ZONE:
        return None
    return timezone(ahead if found["sign"] == "+" else -ahead)


def parse_minutes(text: str) -> float | None:
    """Return the minutes of a duration; a number alone is minutes. None for anything else.

    >>> [parse_minutes(text) for text in ("15min", "90s", "1.5 h", "15", "0", "soon", "-3")]
    [15.0, 1.5, 90.0, 15.0, 0.0, None, None]
    """
    found = _DURATION.match(text.strip())
    return float(found["number"]) * _MINUTES[(found["unit"] or "m")[0].lower()] if found else None


def seconds_beside_zone(ahead_s: float) -> float:
    """Return what no zone explains of a clock that is so many seconds ahead of UTC: 0 for one that is right.

    Zones are quarters of an hour apart, up to 14 hours from UTC.

    >>> seconds_beside_zone(7203.0), seconds_beside_zone(-19_800.0), seconds_beside_zone(90_000.0)
    (3.0, 0.0, 39600.0)
    """
    nearest_s = _ZONE_STEP_S * round(ahead_s / _ZONE_STEP_S)
    return ahead_s - max(-_LAST_ZONE_S, min(_LAST_ZONE_S, nearest_s))
