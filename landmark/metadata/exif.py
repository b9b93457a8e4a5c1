"""What EXIF says of where, when and with which camera a photo was taken.

Orientation and colour profile, which are part of the picture, are applied by `photo`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from landmark.core.times import parse_day, parse_time, parse_zone
from landmark.metadata.blocks import describe_error
from landmark.metadata.formats.tiff import EXIF_IFD, GPS_IFD, MAKE, ORIENTATION, Directory, Entry, Tiff, TiffError
from landmark.metadata.own_mark import parse_mark
from landmark.metadata.positions import Angle, read_position
from landmark.metadata.reading import Reading, camera_name
from landmark.metadata.time_kind import TimeKind

LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
TIME_STAMP, STATUS, DIRECTION, DATUM, PROCESSING_METHOD, AREA, DATE_STAMP = 7, 9, 17, 18, 27, 28, 29
_MODEL, _DATE_TIME, _TIME_ZONE_OFFSET, _SERIAL_NUMBER = 0x0110, 0x0132, 0x882A, 0xA431
_TIMES = (  # kind, time, fraction of a second, zone; the last change stands in the first directory
    (TimeKind.ORIGINAL, 0x9003, 0x9291, 0x9011),
    (TimeKind.DIGITISED, 0x9004, 0x9292, 0x9012),
    (TimeKind.MODIFIED, _DATE_TIME, 0x9290, 0x9010),
)
_SAME_TIME = timedelta(minutes=1)  # a file is written seconds after its photo was taken


def read_exif(exif: bytes, source: str = "EXIF") -> Reading:
    """Read a block of EXIF, without the `Exif` signature in front. Raises nothing: problems are in the reading.

    >>> read_exif(b"no exif").problems
    ('EXIF: broken (begins with 6e 6f 20 65)',)
    """
    reading = Reading(source)
    try:
        tiff = Tiff(exif)
    except TiffError as error:
        return reading.with_problem(describe_error(error))
    below: dict[int, Directory | None] = {}
    for name, tag in (("camera", EXIF_IFD), ("GPS", GPS_IFD)):
        try:
            below[tag] = tiff.below(tiff.first, tag)
            if below[tag] is None and (camera := below.get(EXIF_IFD)):  # where a few programs put the GPS part
                below[tag] = tiff.below(camera, tag)
        except TiffError as error:
            reading = reading.with_problem(f"broken {name} part ({error})")
    camera, gps = below.get(EXIF_IFD), below.get(GPS_IFD)
    reading = _read_times(tiff, camera, replace(reading, camera=_camera(tiff, camera)))
    return _read_gps_part(tiff, gps, reading) if gps else reading


def read_orientation(exif: bytes) -> int | None:
    """Return how the picture is to be turned, 1 to 8; 1 where EXIF is broken, None where it does not say."""
    try:
        tiff = Tiff(exif)
    except TiffError:
        return 1
    entry = tiff.first.find(ORIENTATION)
    found = tiff.numbers(entry)
    return (int(found[0]) if found and found[0] in range(1, 9) else 1) if entry else None


def is_unset(tiff: Tiff, entries: Iterable[Entry | None]) -> bool:
    """Return whether entries hold nothing but zeros: what Android leaves of a position that an app may not see.

    Fractions of no degrees, too, which receivers write that have no fix.
    """
    for entry in entries:
        value = tiff.bytes(entry) if entry else b""
        if value is None:
            return False
        numbers = tiff.numbers(entry)
        if value.strip(b"\0 ") and not (numbers and all(part == 0 or math.isnan(part) for part in numbers)):
            return False
    return True


@dataclass(frozen=True)
class _Clock:
    """A time of the camera's clock without its zone, and the zone where that is told."""

    kind: TimeKind
    time: datetime
    zone: timezone | None


def _read_times(tiff: Tiff, camera: Directory | None, reading: Reading) -> Reading:
    """Read the surest time. A zone that is told of another time counts where both are the same, or that one lacks."""
    clocks: list[_Clock] = []
    alone: list[timezone] = []  # zones of times that are not there
    for index, (kind, time_tag, fraction_tag, zone_tag) in enumerate(_TIMES):
        text = tiff.text((tiff.first if kind is TimeKind.MODIFIED else camera or tiff.first).find(time_tag))
        zone = parse_zone(_text(tiff, camera, zone_tag)) or _old_zone(tiff, camera, index)
        if time := parse_time(text):
            clocks.append(_Clock(kind, time + _fraction(_text(tiff, camera, fraction_tag)), zone))
        elif (day := parse_day(text)) is not None:
            reading = replace(reading, day=reading.day or day)
        elif text.strip("0: ") and not clocks:
            reading = reading.with_problem(f"time {text[:30]!r} is no time")
        elif zone and not text:
            alone.append(zone)
    if not clocks:
        return reading
    first = clocks[0]
    if first.time.tzinfo:
        return replace(reading, taken=first.time, time_kind=first.kind)
    same = [clock.zone for clock in clocks if not clock.time.tzinfo and abs(clock.time - first.time) <= _SAME_TIME]
    zone = first.zone or next(filter(None, [*same, *alone]), None)
    return replace(reading, taken=first.time.replace(tzinfo=zone), time_kind=first.kind)


def _fraction(text: str) -> timedelta:
    return timedelta(microseconds=int(text[:6].ljust(6, "0")) if text.isascii() and text.isdigit() else 0)


def _old_zone(tiff: Tiff, camera: Directory | None, index: int) -> timezone | None:
    """Return the zone as TIFF/EP has it: whole hours, of the original and then of the last change."""
    hours = tiff.numbers(camera.find(_TIME_ZONE_OFFSET)) if camera else ()
    at = {0: 0, 2: 1}.get(index, 2)
    return timezone(timedelta(hours=hours[at])) if len(hours) > at and abs(hours[at]) <= 14 else None


def _text(tiff: Tiff, directory: Directory | None, tag: int) -> str:
    return tiff.text(directory.find(tag)) if directory else ""


def _read_gps_part(tiff: Tiff, directory: Directory, reading: Reading) -> Reading:
    entries = [directory.find(tag) for tag in (LATITUDE, LONGITUDE)]
    letters = [_text(tiff, directory, tag) for tag in (LATITUDE_REF, LONGITUDE_REF)]
    if any(letters) or not is_unset(tiff, entries):
        latitude, longitude = (
            Angle(tiff.numbers(entry), (letter,)) if entry else None
            for entry, letter in zip(entries, letters, strict=True)
        )
        datum, status = _text(tiff, directory, DATUM), _text(tiff, directory, STATUS)
        reading = reading.with_position(read_position(latitude, longitude, datum=datum, status=status))
    direction = tiff.numbers(directory.find(DIRECTION))
    if direction and 0 <= direction[0] <= 360:  # nan is not
        reading = replace(reading, direction_deg=direction[0])
    mark = parse_mark(*(coded_text(tiff, directory, tag) for tag in (AREA, PROCESSING_METHOD)))
    day = reading.day or parse_day(_text(tiff, directory, DATE_STAMP))
    return replace(reading, gps_time=_gps_time(tiff, directory), day=day, mark=mark)


def coded_text(tiff: Tiff, directory: Directory, tag: int) -> str:
    """Return a text before which its character set stands, in eight bytes; what is not ASCII is left out."""
    entry = directory.find(tag)
    value = (tiff.bytes(entry) if entry else None) or b""
    return value[8:].decode("ascii", "ignore").strip("\0 ")


def _gps_time(tiff: Tiff, directory: Directory) -> datetime | None:
    day = parse_day(tiff.text(directory.find(DATE_STAMP)))
    clock = tiff.numbers(directory.find(TIME_STAMP))
    if day is None or len(clock) != 3 or not all(math.isfinite(part) and 0 <= part <= 60 for part in clock):
        return None
    hours, minutes, seconds = clock
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:  # after the last day of the year 9999
        return None


def _camera(tiff: Tiff, camera_part: Directory | None) -> str | None:
    """Return make, model and, where it is known, serial number: two cameras of one model have two clocks."""
    make, model = tiff.text(tiff.first.find(MAKE)), tiff.text(tiff.first.find(_MODEL))
    serial = tiff.text(camera_part.find(_SERIAL_NUMBER)) if camera_part else ""
    name = camera_name(make, model)
    return f"{name} #{serial}" if name and serial else name
