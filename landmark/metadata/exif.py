"""What EXIF says of where, when and with which camera a photo was taken.

Orientation and colour profile, which are part of the picture, are applied by `photo`.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from landmark.metadata.formats.tiff import Directory, Tiff, TiffError
from landmark.metadata.place_tag import PositionMethod
from landmark.metadata.reading import (
    Reading,
    camera_name,
    parse_time,
    parse_zone,
    read_position,
)

EXIF_IFD, GPS_IFD, MAKE, MODEL = 0x8769, 0x8825, 0x010F, 0x0110
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
TIME_STAMP, DIRECTION, PROCESSING_METHOD, DATE_STAMP = 7, 17, 27, 29
_TIMES = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012))  # original, digitised: time, fraction, zone
_SERIAL_NUMBER = 0xA431


def read_exif(exif: bytes, source: str = "EXIF") -> Reading:
    """Read a block of EXIF, without the `Exif` signature in front. Raises nothing: problems are in the reading.

    >>> read_exif(b"no exif").problems
    ('EXIF: broken (begins with 6e 6f 20 65)',)
    """
    reading = Reading(source)
    try:
        tiff = Tiff(exif)
    except TiffError as error:
        return reading.with_problem(f"broken ({error})")
    reading = replace(reading, camera=_camera(tiff, None))
    for name, tag, read in (("camera", EXIF_IFD, _read_camera_part), ("GPS", GPS_IFD, _read_gps_part)):
        try:
            if directory := tiff.below(tiff.first, tag):
                reading = read(tiff, directory, reading)
        except TiffError as error:
            reading = reading.with_problem(f"broken {name} part ({error})")
    return reading


def _read_camera_part(tiff: Tiff, directory: Directory, reading: Reading) -> Reading:
    reading = replace(reading, camera=_camera(tiff, directory))
    for time_tag, fraction_tag, zone_tag in _TIMES:
        text = tiff.text(directory.find(time_tag))
        if time := parse_time(text):
            fraction = tiff.text(directory.find(fraction_tag))
            if fraction.isascii() and fraction.isdigit():
                time += timedelta(seconds=float(f"0.{fraction[:6]}"))
            zone = parse_zone(tiff.text(directory.find(zone_tag)))
            return replace(reading, taken=time.replace(tzinfo=zone) if zone else time)
        if text.strip("0: "):
            reading = reading.with_problem(f"time {text[:30]!r} is no time")
    return reading


def _read_gps_part(tiff: Tiff, directory: Directory, reading: Reading) -> Reading:
    latitude, longitude = (
        (tiff.numbers(entry), tiff.text(directory.find(hemisphere))) if (entry := directory.find(tag)) else None
        for tag, hemisphere in ((LATITUDE, LATITUDE_REF), (LONGITUDE, LONGITUDE_REF))
    )
    at = read_position(latitude, longitude)
    reading = reading.with_problem(f"GPS {at}") if isinstance(at, str) else replace(reading, coordinates=at)
    direction = tiff.numbers(directory.find(DIRECTION))
    if direction and 0 <= direction[0] <= 360:  # nan is not
        reading = replace(reading, direction_deg=direction[0])
    entry = directory.find(PROCESSING_METHOD)
    method = (tiff.bytes(entry) if entry else None) or b""
    recognised = (
        method[8:].decode("ascii", "ignore").strip("\0 ").startswith(PositionMethod.RECOGNITION)
    )  # after a character set
    return replace(reading, gps_time=_gps_time(tiff, directory), recognised=recognised)


def _gps_time(tiff: Tiff, directory: Directory) -> datetime | None:
    day = parse_time(tiff.text(directory.find(DATE_STAMP)))
    clock = tiff.numbers(directory.find(TIME_STAMP))
    if day is None or len(clock) != 3 or not all(math.isfinite(part) and 0 <= part <= 60 for part in clock):
        return None
    hours, minutes, seconds = clock
    try:
        return day.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:  # after the last day of the year 9999
        return None


def _camera(tiff: Tiff, camera_part: Directory | None) -> str | None:
    """Return make, model and, where it is known, serial number: two cameras of one model have two clocks."""
    make, model = tiff.text(tiff.first.find(MAKE)), tiff.text(tiff.first.find(MODEL))
    serial = tiff.text(camera_part.find(_SERIAL_NUMBER)) if camera_part else ""
    name = camera_name(make, model)
    return f"{name} #{serial}" if name and serial else name
