"""What one source (EXIF, XMP, a sidecar, a Takeout file) says of a photo, and how positions and times are checked.

A position that cannot be true is rejected, and the reading says why.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates


@dataclass(frozen=True)
class Reading:
    """What a source says; None where it says nothing.

    `taken` is what the camera's clock showed, with its zone (aware) where the source tells it; `gps_time` is the
    satellites' (UTC). `direction_deg` is where the camera looked, clockwise from north.
    """

    source: str
    coordinates: Coordinates | None = None
    taken: datetime | None = None
    gps_time: datetime | None = None
    direction_deg: float | None = None
    camera: str | None = None
    recognised: bool = False  # what it says was written by this program and not by a receiver
    problems: tuple[str, ...] = ()

    def with_problem(self, what: str) -> Self:
        """Return the same with one more thing that was found and rejected."""
        return replace(self, problems=(*self.problems, f"{self.source}: {what}"))


def validate_coordinates(latitude: float | None, longitude: float | None) -> Coordinates | str | None:
    """Return the coordinates of two numbers of degrees, or why they cannot be true; None where neither is there.

    >>> validate_coordinates(43.46, 11.88)
    Coordinates(latitude=43.46, longitude=11.88)
    >>> validate_coordinates(11.88, 181.0), validate_coordinates(0.0, 0.0)
    ('longitude 181.0: expected degrees from -180 to 180.', 'position 0, 0, which is written without a fix')
    >>> validate_coordinates(43.46, None), validate_coordinates(None, None)
    ('a latitude alone', None)
    """
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        return f"a {'longitude' if latitude is None else 'latitude'} alone"
    if latitude == 0 and longitude == 0:  # in the sea off Ghana; what receivers write that have no fix
        return "position 0, 0, which is written without a fix"
    try:
        return Coordinates(latitude, longitude)
    except DataError as error:
        return str(error)


def read_position(
    latitude: tuple[Sequence[float], str] | None, longitude: tuple[Sequence[float], str] | None
) -> Coordinates | str | None:
    """Return coordinates as metadata writes them, or why they are rejected; None where neither is there.

    Each is degrees, minutes and seconds with a letter.

    >>> read_position(((33, 51, 24.48), "S"), ((151, 12, 55.08), "E"))
    Coordinates(latitude=-33.8568, longitude=151.2153)
    """
    degrees: list[float | None] = []
    for name, hemispheres, written in (("latitude", "NS", latitude), ("longitude", "EW", longitude)):
        found = signed_degrees(*written, hemispheres) if written else None
        if isinstance(found, str):
            return f"{name} {found}"
        degrees.append(found)
    return validate_coordinates(*degrees)


def camera_name(make: str, model: str) -> str | None:
    """Return what a camera is called; None for one without a name.

    >>> camera_name("Canon", "Canon EOS 5D"), camera_name("NIKON", "D750")
    ('Canon EOS 5D', 'NIKON D750')
    """
    return (model if model.casefold().startswith(make.casefold()) else f"{make} {model}").strip() or None


def signed_degrees(parts: Sequence[float], hemisphere: str, hemispheres: str) -> float | str:
    """Return degrees from degrees, minutes, seconds and a letter such as N, or why not.

    >>> signed_degrees((33, 51, 24.48), "S", "NS"), signed_degrees((33, 51, 24.48), "", "NS")
    (-33.8568, 'without N or S')
    """
    letter = hemisphere.strip("\0 ").upper()[:1] if len(hemisphere.strip("\0 ")) == 1 else ""
    if not parts:
        return "is no number"
    if len(parts) > 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        return f"degrees {', '.join(f'{part:g}' for part in parts[:4])} are no position"
    if max(parts[1:], default=0) > 60:  # minutes and seconds; some cameras round up to 60
        return f"degrees {', '.join(f'{part:g}' for part in parts)} have more than 60 minutes or seconds"
    if not letter or letter not in hemispheres:  # without it the place may be on the other half of the globe
        return f"without {hemispheres[0]} or {hemispheres[1]}"
    degrees = round(math.fsum(part / 60**power for power, part in enumerate(parts)), 7)  # 1 cm
    return degrees if letter == hemispheres[0] else -degrees


_TIME = re.compile(
    r"(?P<date>\d{4}[:-]\d\d[:-]\d\d)(?:[ T](?P<clock>\d\d:\d\d(?::\d\d)?)(?P<fraction>\.\d{1,9})?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?$"
)


def parse_time(text: str) -> datetime | None:
    """Read a time as EXIF (2008:10:22 16:28:39) or ISO 8601 writes it; None for anything else and for times never set.

    >>> parse_time("2008:10:22 16:28:39+02:00").isoformat(), parse_time("0000:00:00 00:00:00")
    ('2008-10-22T16:28:39+02:00', None)
    """
    found = _TIME.match(text.strip("\0 "))
    if not found:
        return None
    clock = found["clock"] or "00:00:00"
    text = f"{found['date'].replace(':', '-')}T{clock}" + (":00" if len(clock) == 5 else "")
    try:
        time = datetime.fromisoformat(text)
        if found["fraction"]:
            time += timedelta(seconds=float(found["fraction"]))
        return time.replace(tzinfo=parse_zone(found["zone"])) if found["zone"] else time
    except (ValueError, OverflowError):  # the 30th of February, the year 0, or after the year 9999
        return None


def parse_zone(text: str) -> timezone | None:
    """Return a time zone written as Z or +02:00; None for anything else."""
    found = re.match(r"([+-])(\d\d):?(\d\d)$", text.strip("\0 "))
    if not found:
        return UTC if text.strip("\0 ") == "Z" else None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 15 * 60:
        return None
    return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
