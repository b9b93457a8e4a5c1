"""What the tags of a MOV or MP4 say of where, when and with which camera it was taken.

Positions are texts after ISO 6709, such as +27.1750+078.0421+171.000/. Times are those of the camera's clock with its
zone (Apple's creationdate), else the film's own, which is UTC.
"""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from landmark.core.times import parse_time
from landmark.core.unchecked import as_number
from landmark.geo.coordinates import Coordinates
from landmark.metadata.blocks import MovieTags
from landmark.metadata.positions import validate_coordinates
from landmark.metadata.reading import Reading, camera_name
from landmark.metadata.time_kind import TimeKind

CONTENT_IDENTIFIER = "com.apple.quicktime.content.identifier"  # that a Live Photo shares with its film
_POSITIONS = ("com.apple.quicktime.location.ISO6709", "©xyz")
_ERROR = "com.apple.quicktime.location.accuracy.horizontal"
_TIMES = ("com.apple.quicktime.creationdate", "©day")
_MAKES = ("com.apple.quicktime.make", "com.android.manufacturer", "©mak", "make")
_MODELS = ("com.apple.quicktime.model", "com.android.model", "©mod", "©mdl", "model")
_ISO_6709 = re.compile(r"([+-])(\d{1,6}(?:\.\d*)?)([+-])(\d{1,7}(?:\.\d*)?)(?:[+-]\d+(?:\.\d*)?)?(?:CRS([^/]*))?/?$")
_WGS_84 = ("WGS_84", "WGS84", "EPSG:4326")
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNIX_EPOCH_S = 2_082_844_800  # 1970 in seconds since 1904
_EARLIEST_S = 631_152_000  # 1990 in seconds since 1970: nothing was filmed into such files before


def read_movie_tags(tags: MovieTags, source: str = "QuickTime") -> Reading:
    """Read the tags of a film. Raises nothing: problems are in the reading.

    >>> read_movie_tags(MovieTags({"©xyz": "+27.1750+078.0421/"})).coordinates
    Coordinates(latitude=27.175, longitude=78.0421)
    """
    taken, kind = _taken(tags)
    camera = camera_name(_first(tags, _MAKES), _first(tags, _MODELS))
    reading = Reading(source, taken=taken, camera=camera, time_kind=kind)
    texts = [tags.texts[key] for key in _POSITIONS if tags.texts.get(key)]
    for found in [*map(parse_iso6709, texts), _of_loci(tags)]:
        if isinstance(found, str):
            reading = reading.with_problem(found)
        elif found is not None:
            return replace(reading, coordinates=found, radius_km=_radius_km(tags))
    return reading


def parse_iso6709(text: str) -> Coordinates | str | None:
    """Return the coordinates of a text after ISO 6709, or why they are rejected; None for an empty one.

    Degrees, degrees and minutes, or degrees, minutes and seconds: told by the digits before the point.

    >>> parse_iso6709("+48.8577+002.2950+035.0/"), parse_iso6709("-3351.408+15112.918/")
    (Coordinates(latitude=48.8577, longitude=2.295), Coordinates(latitude=-33.8568, longitude=151.2153))
    >>> parse_iso6709("north of here")
    "position 'north of here' is not as ISO 6709 writes one"
    """
    if not text.strip("\0 "):
        return None
    found = _ISO_6709.match(text.strip("\0 "))
    if not found:
        return f"position {text[:40]!r} is not as ISO 6709 writes one"
    if found[5] and not any(name in found[5].upper() for name in _WGS_84):
        return f"position {text[:60]!r} is not of WGS 84"
    latitude, longitude = _degrees(found[2], 2), _degrees(found[4], 3)
    if latitude is None or longitude is None:
        return f"position {text[:40]!r} has minutes or seconds of 60 or more"
    return validate_coordinates(
        latitude if found[1] == "+" else -latitude, longitude if found[3] == "+" else -longitude
    )


def _degrees(digits: str, n_degree_digits: int) -> float | None:
    """Return degrees of DD.D, DDMM.M or DDMMSS.S, where degrees have so many digits; None for more than 59 minutes."""
    whole, _, fraction = digits.partition(".")
    if len(whole) <= n_degree_digits:
        return float(digits.rstrip("."))
    # in twos from the end: writers leave out leading zeros
    head, parts = whole, [float(f"{whole[-2:]}.{fraction or 0}")]
    head = head[:-2]
    if len(head) > n_degree_digits:
        parts, head = [float(head[-2:]), *parts], head[:-2]
    if any(part >= 60 for part in parts):
        return None
    return round(float(head) + math.fsum(part / 60**power for power, part in enumerate(parts, start=1)), 7)


def _of_loci(tags: MovieTags) -> Coordinates | str | None:
    if tags.loci is None:
        return None
    latitude, longitude, body = tags.loci
    if body.strip().casefold() not in ("", "earth"):
        return f"position on {body[:20]!r}"
    return validate_coordinates(round(latitude, 7), round(longitude, 7))


def _first(tags: MovieTags, keys: tuple[str, ...]) -> str:
    return next((tags.texts[key] for key in keys if tags.texts.get(key)), "")


def _radius_km(tags: MovieTags) -> float | None:
    """Return how wrong the position may be, which phones tell in metres."""
    radius_km = as_number(tags.texts.get(_ERROR)) / 1000
    return radius_km if 0 < radius_km < math.inf else None


def _taken(tags: MovieTags) -> tuple[datetime | None, TimeKind]:
    for text in filter(None, map(tags.texts.get, _TIMES)):
        if time := parse_time(text):
            return time, TimeKind.ORIGINAL
    return _stored(tags.created_s), TimeKind.DIGITISED


def _stored(created_s: int | None) -> datetime | None:
    """Return the time (UTC) of a film's own counter, which begins with 1904."""
    if created_s is None:
        return None
    # some cameras count from 1970, as exiftool has found too
    since_1970_s = created_s - (_UNIX_EPOCH_S if created_s >= _UNIX_EPOCH_S else 0)
    if since_1970_s < _EARLIEST_S:
        return None
    try:
        return _EPOCH + timedelta(seconds=_UNIX_EPOCH_S + since_1970_s)
    except OverflowError:
        return None
