"""NMEA 0183, as receivers and loggers write it: RMC, whose sentences have a date, and GGA, whose have the quality.

Sentences whose checksum is wrong, and those without a fix, are left out. The day of a GGA is that of the RMC or ZDA
nearest to it, also over midnight.
"""

import math
import re
from datetime import UTC, datetime
from typing import BinaryIO

from landmark.core.errors import DataError
from landmark.core.unchecked import as_number
from landmark.geo.tracks.gpx import HDOP_M
from landmark.geo.tracks.track import FixCollector, Track

SENTENCE = re.compile(rb"\$[A-Z]{2}(?:RMC|GGA|ZDA),[^$*\r\n]{10,200}")
_DAY_S = 86400.0
_MAX_LINE_BYTES = 4096
_MAX_WAITING = 100_000  # GGA sentences before the first date
_FIRST_YEAR = 80  # of two digits; GPS began in 1980
_NO_FIX = frozenset({"0", "6", "7", "8", ""})  # GGA: none, estimated, entered by hand, simulated
_NO_FIX_MODES = frozenset("NEMS")  # RMC: the same


def read_nmea(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read NMEA sentences, also between other lines. Raises `DataError` where there is no fix, or no date."""
    return _NmeaReader(source).read(file, max_bytes)


class _NmeaReader:
    def __init__(self, source: str) -> None:
        self.fixes = FixCollector(source)
        self.dated_s: float | None = None  # the last time with a date
        self.waiting: list[tuple[float, float, float, float]] = []  # GGA before it: time of day, place, accuracy

    def read(self, file: BinaryIO, max_bytes: int) -> Track:
        n_read = 0
        while line := file.readline(_MAX_LINE_BYTES):
            n_read += len(line)
            if n_read > max_bytes:
                raise DataError(f"found more than {max_bytes / 1e6:,.0f} MB. Expected less: split the track.")
            if b"$" in line and (fields := self._fields(line)):
                self._take(fields)
        if self.waiting:
            self.fixes.leave_out("sentence", "without a date (GGA, and no RMC or ZDA)", len(self.waiting))
        return self.fixes.finish()

    def _fields(self, line: bytes) -> list[str] | None:
        found = SENTENCE.search(line)
        if not found:
            return None
        body, end = found[0][1:], line[found.end() : found.end() + 3]
        if end[:1] == b"*" and not _is_checksum(body, end[1:]):
            self.fixes.leave_out("sentence", "with a wrong checksum")
            return None
        return body.decode("ascii", "replace").split(",")

    def _take(self, fields: list[str]) -> None:
        kind = fields[0][2:]
        clock_s = _time_of_day_s(fields[1]) if len(fields) > 1 else None
        if clock_s is None:
            self.fixes.leave_out("sentence", "without a time")
        elif kind == "RMC" and len(fields) > 9:
            self._take_rmc(fields, clock_s)
        elif kind == "GGA" and len(fields) > 8:
            self._take_gga(fields, clock_s)
        elif kind == "ZDA" and len(fields) > 4:
            self._set_date(_day_s(fields[2], fields[3], fields[4]), clock_s)

    def _take_rmc(self, fields: list[str], clock_s: float) -> None:
        mode = fields[12][:1] if len(fields) > 12 else ""
        if fields[2] != "A" or mode in _NO_FIX_MODES:
            self.fixes.leave_out("sentence", "without a fix")
            return
        date = fields[9]
        if len(date) != 6 or not self._set_date(_day_s(date[:2], date[2:4], date[4:]), clock_s):
            self.fixes.leave_out("sentence", "without a date")
            return
        assert self.dated_s is not None
        self.fixes.add(self.dated_s, _degrees(fields[3], fields[4], "NS"), _degrees(fields[5], fields[6], "EW"))

    def _take_gga(self, fields: list[str], clock_s: float) -> None:
        if fields[6] in _NO_FIX:
            self.fixes.leave_out("sentence", "without a fix")
            return
        latitude, longitude = _degrees(fields[2], fields[3], "NS"), _degrees(fields[4], fields[5], "EW")
        accuracy_m = as_number(fields[8]) * HDOP_M
        if self.dated_s is not None:
            self.fixes.add(_nearest_day(clock_s, self.dated_s), latitude, longitude, accuracy_m)
        elif len(self.waiting) < _MAX_WAITING:
            self.waiting.append((clock_s, latitude, longitude, accuracy_m))

    def _set_date(self, day_s: float | None, clock_s: float) -> bool:
        if day_s is None:
            return False
        self.dated_s = day_s + clock_s
        before_s, day_of_waiting_s = clock_s, day_s
        for waiting_s, latitude, longitude, accuracy_m in reversed(self.waiting):  # back in time from the first date
            if waiting_s > before_s + _DAY_S / 2:
                day_of_waiting_s -= _DAY_S
            self.fixes.add(day_of_waiting_s + waiting_s, latitude, longitude, accuracy_m)
            before_s = waiting_s
        self.waiting.clear()
        return True


def _is_checksum(body: bytes, digits: bytes) -> bool:
    checksum = 0
    for byte in body:
        checksum ^= byte
    try:
        return int(digits, 16) == checksum
    except ValueError:
        return False


def _time_of_day_s(text: str) -> float | None:
    """Return the seconds of hhmmss.sss."""
    try:
        hours, minutes, seconds = int(text[:2]), int(text[2:4]), float(text[4:])
    except ValueError:
        return None
    if not (text[:4].isdigit() and hours < 24 and minutes < 60 and 0 <= seconds < 61):
        return None
    return hours * 3600.0 + minutes * 60.0 + seconds


def _day_s(day: str, month: str, year: str) -> float | None:
    """Return when a day begins, in seconds since 1970; a year of two digits is one from 1980 to 2079."""
    try:
        number = int(year)
        if len(year) == 2:
            number += 1900 if number >= _FIRST_YEAR else 2000
        return datetime(number, int(month), int(day), tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _nearest_day(clock_s: float, dated_s: float) -> float:
    """Return the time of this time of day that is nearest to a time with a date."""
    day_s = dated_s - dated_s % _DAY_S
    return min((day_s + clock_s + shift_s for shift_s in (-_DAY_S, 0.0, _DAY_S)), key=lambda s: abs(s - dated_s))


def _degrees(text: str, letter: str, letters: str) -> float:
    """Return signed degrees of ddmm.mmmm and a letter; nan for anything else."""
    value = as_number(text)
    degrees, minutes = divmod(value, 100)
    if letter not in letters or not letter or not value >= 0 or minutes >= 60:
        return math.nan
    whole = degrees + minutes / 60
    return whole if letter == letters[0] else -whole
