"""What the JSON of a Google Takeout says of a photo: the commonest way in which photos lose their GPS.

Google Photos hands out the photos as they were stored, and what its users or other apps added in a JSON beside each.
"""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from landmark.metadata.positions import validate_coordinates
from landmark.metadata.reading import Reading
from landmark.metadata.times import TimeKind

_POSITIONS = ("geoData", "geoDataExif")  # what the photo library says, which its owner may have corrected; then EXIF's


def read_takeout(text: bytes, source: str = "Takeout") -> Reading | None:
    """Read a Takeout JSON; None for a JSON that is none. Raises nothing: problems are in the reading.

    Its time is in seconds since 1970 (UTC). Position 0, 0 is how it writes "nowhere".

    >>> read_takeout(b'{"title": "a.jpg", "geoData": {"latitude": 27.175, "longitude": 78.0421}}').coordinates
    Coordinates(latitude=27.175, longitude=78.0421)
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Reading(source).with_problem(f"broken ({error})")
    if not isinstance(found, dict) or not found.keys() & {*_POSITIONS, "photoTakenTime"}:
        return None
    reading = Reading(source, taken=_time(found.get("photoTakenTime")), time_kind=TimeKind.LIBRARY)
    for key in _POSITIONS:
        latitude, longitude = (_number(found.get(key), name) for name in ("latitude", "longitude"))
        if latitude == longitude == 0:
            continue
        at = validate_coordinates(latitude, longitude)
        if isinstance(at, str):
            reading = reading.with_problem(at)
        elif at is not None:
            return replace(reading, coordinates=at)
    return reading


def _number(part: Any, key: str) -> float | None:
    value = part.get(key) if isinstance(part, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < 1e6 else math.inf  # whole numbers may have more digits than a float holds


def _time(part: Any) -> datetime | None:
    value = part.get("timestamp") if isinstance(part, dict) else None
    try:
        return datetime.fromtimestamp(int(value), UTC) if isinstance(value, str | int) else None
    except (ValueError, OverflowError, OSError):
        return None
