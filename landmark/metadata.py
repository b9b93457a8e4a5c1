"""What a photo's metadata says of where it was taken: the GPS position in its EXIF.

Orientation and colour profile, which are part of the picture, are applied by `photo`.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import ExifTags

from landmark.geo import Coordinates
from landmark.photo import open_photo


def read_coordinates(source: str | Path | bytes) -> Coordinates | None:
    """The position that a camera or phone wrote into a photo, or None: no photo, no position, or none on Earth.

    Not believed either: a position without its half of the globe, and exactly 0, 0, which is written without a fix.
    Raises nothing. Decodes nothing either, but for a PNG, whose EXIF may stand behind its pixels.

    >>> from io import BytesIO
    >>> from PIL import Image
    >>> file, exif = BytesIO(), Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "S", 2: (33.0, 51.0, 24.48), 3: "E", 4: (151.0, 12.0, 55.08)})
    >>> Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    >>> read_coordinates(file.getvalue())
    Coordinates(latitude=-33.8568, longitude=151.2153)
    """
    try:
        gps = open_photo(source).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # beside PhotoError: Pillow raises of many kinds on broken EXIF
        return None
    return _coordinates(gps)


def _coordinates(gps: Mapping[int, Any]) -> Coordinates | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "NS")
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "EW")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    if latitude == 0 and longitude == 0:  # in the sea off Ghana; what receivers write that have no fix
        return None
    return Coordinates(latitude, longitude)


def _degrees(value: Any, half: Any, halves: str) -> float | None:
    """Signed degrees from degrees, minutes and seconds and a letter such as N or S; None where any of it is broken."""
    letter = half.decode("ascii", "ignore") if isinstance(half, bytes) else str(half or "")
    letter = letter.strip("\0 ").upper()
    try:
        parts = [float(part) for part in (value if isinstance(value, tuple) else (value,))]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not 1 <= len(parts) <= 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        return None
    if max(parts[1:], default=0) > 60:  # minutes and seconds; some cameras round up to 60
        return None
    if len(letter) != 1 or letter not in halves:  # without it the place may be on the other half of the globe
        return None
    degrees = round(math.fsum(part / 60**power for power, part in enumerate(parts)), 7)  # 1 cm
    return degrees if letter == halves[0] else -degrees
