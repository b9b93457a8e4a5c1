"""What the JSON of a Google Takeout says of a photo: the commonest way in which photos lose their GPS.

Google Photos hands out the photos as they were stored, and what its users or other apps added in a JSON beside each.
Its time is an instant (UTC), not what a camera's clock showed.
"""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from landmark.core.text import km_text
from landmark.core.unchecked import as_dict, as_number
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.positions import DISAGREE_KM, validate_coordinates
from landmark.metadata.reading import Reading
from landmark.metadata.time_kind import TimeKind

MAX_JSON_BYTES = 256_000  # a photo's is 1 to 10 kB; others hold whole pictures
_POSITIONS = ("geoData", "geoDataExif")  # what the photo library says, which its owner may have corrected; then EXIF's
_OF_ALBUMS = frozenset({"access", "albumData", "date", "enrichments"})
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def read_takeout(text: bytes, source: str = "Takeout") -> Reading | None:
    """Read a Takeout JSON; None for one of an album or of something else. Raises nothing: problems are in the reading.

    Its time is in seconds since 1970 (UTC), before that negative; 0 is how it writes "never". Position 0, 0 is how it
    writes "nowhere".

    >>> read_takeout(b'{"title": "a.jpg", "geoData": {"latitude": 27.175, "longitude": 78.0421}}').coordinates
    Coordinates(latitude=27.175, longitude=78.0421)
    """
    try:
        found = _parse(text)
    except (ValueError, RecursionError) as error:
        return Reading(source).with_problem(f"broken ({error})")
    if found is None:
        return None
    reading = Reading(source, taken=_time(found.get("photoTakenTime")), time_kind=TimeKind.LIBRARY)
    positions: dict[str, Coordinates] = {}
    for key in _POSITIONS:
        latitude, longitude = (_number(found.get(key), name) for name in ("latitude", "longitude"))
        if latitude == longitude == 0:
            continue
        at = validate_coordinates(latitude, longitude)
        if isinstance(at, str):
            reading = reading.with_problem(f"{key}: {at}")
        elif at is not None:
            positions[key] = at
    if len(positions) == 2:
        apart_km = distance_km(*positions.values())
        if apart_km > DISAGREE_KM:
            reading = reading.with_problem(f"geoData and geoDataExif are {km_text(apart_km)} apart; geoData is taken")
    return replace(reading, coordinates=next(iter(positions.values()), None))


def read_title(path: Path) -> str | None:
    """Read the title of a photo out of its JSON; None for one of an album or of something else, or that is broken."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:
            return None
        found = _parse(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    title = found.get("title") if found else None
    return title if isinstance(title, str) and 0 < len(title) <= 1000 else None


def _parse(text: bytes) -> dict[str, Any] | None:
    """Return the JSON of a photo; None for another."""
    found = json.loads(text)
    if not isinstance(found, dict):
        return None
    if "photoTakenTime" in found or (found.keys() & {*_POSITIONS} and not found.keys() & _OF_ALBUMS):
        return found
    return None


def _number(part: Any, key: str) -> float | None:
    number = as_number(as_dict(part).get(key))
    return None if math.isnan(number) else number


def _time(part: Any) -> datetime | None:
    value = as_dict(part).get("timestamp")
    try:  # added, since negative ones are no timestamps on Windows
        seconds = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else 0
        return _FIRST_DAY + timedelta(seconds=seconds) if seconds else None
    except (ValueError, OverflowError):
        return None
