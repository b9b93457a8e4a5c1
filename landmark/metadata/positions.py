"""Positions as metadata writes them: degrees, minutes, seconds and hemispheres; which are believed, and why others not.

A position that cannot be true, or contradicts itself, is rejected with the reason.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from landmark.core.errors import DataError
from landmark.core.unchecked import as_fraction
from landmark.geo.coordinates import Coordinates
from landmark.geo.datums import to_wgs84

DISAGREE_KM = 1.0  # apart, two sources do not mean one place
_MAX_LETTERS = 100  # of an angle
_MINUTE_KM = 1.852  # of latitude, and of longitude at the equator
_HEMISPHERES = {"NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W"}
_SEPARATORS = re.compile(r"\s*(?:,|\u00b0|\u00ba|deg|['\"\u2032\u2033])\s*|\s+")
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:/\d+(?:\.\d*)?)?$")
_FLOAT = re.compile(r"(\d+(?:\.\d*)?e[+-]?\d+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Angle:
    """A latitude or longitude as it is written.

    `parts` are degrees, minutes and seconds; `sign` is "+", "-" or nothing; `letters` are what is said of the
    hemisphere, in the value or beside it. `is_plain`: a bare number that nothing beside it tells the hemisphere of, in
    a position that has no letters at all, so that its sign would.
    """

    parts: Sequence[float]
    letters: tuple[str, ...] = ()
    sign: str = ""
    is_plain: bool = False


@dataclass(frozen=True)
class Position:
    """Coordinates, how wrong they may be (None: not said), and what is to be said of them."""

    coordinates: Coordinates
    radius_km: float | None = None
    note: str = ""


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
    latitude: Angle | None, longitude: Angle | None, *, datum: str = "", status: str = ""
) -> Position | str | None:
    """Return the position (WGS 84) that metadata writes, or why it is rejected; None where neither angle is there.

    `datum` is what the angles refer to, and `status` what the receiver said of itself: V for void.

    >>> sydney = Angle((33, 51, 24.48), ("S",)), Angle((151, 12, 55.08), ("E",))
    >>> read_position(*sydney).coordinates, read_position(*sydney, status="V")
    (Coordinates(latitude=-33.8568, longitude=151.2153), 'position whose receiver says V: measurement void')
    """
    degrees: list[float | None] = []
    for name, hemispheres, written in (("latitude", "NS", latitude), ("longitude", "EW", longitude)):
        found = signed_degrees(written, hemispheres) if written else None
        if isinstance(found, str):
            return f"{name} {found}"
        degrees.append(found)
    at = validate_coordinates(*degrees)
    if at is None or isinstance(at, str):
        return at
    if is_void(status):
        return "position whose receiver says V: measurement void"
    notes, radii_km = [], []
    if any(_lacks_seconds(one) for one in (latitude, longitude)):
        radii_km.append(_MINUTE_KM * math.sqrt(2))
        notes.append(f"position with undefined seconds, known to {radii_km[-1]:.1f} km")
    moved = to_wgs84(at, datum)
    if moved.note:
        notes.append(moved.note)
    if moved.radius_km is not None:
        radii_km.append(moved.radius_km)
    return Position(moved.coordinates, sum(radii_km) or None, "; ".join(notes))


def is_void(status: str) -> bool:
    """Return whether a receiver says of itself (GPSStatus) that it measured nothing."""
    return status.strip("\0 ").upper() == "V"


def signed_degrees(written: Angle, hemispheres: str) -> float | str:
    """Return degrees from degrees, minutes, seconds and a letter such as N or a sign, or why not.

    >>> signed_degrees(Angle((33, 51, 24.48), ("S",)), "NS"), signed_degrees(Angle((33, 51, 24.48)), "NS")
    (-33.8568, 'without N or S')
    >>> signed_degrees(Angle((33.8568,), ("N",), "-"), "NS")
    'is said to be both N and S'
    """
    parts, sign = _without_sign(written)
    if not parts:
        return "is no number"
    parts = _defined(parts)
    if len(parts) > 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        return f"degrees {_shown(written.parts[:4])} are no position"
    if max(parts[1:], default=0) > 60:  # minutes and seconds; some cameras round up to 60
        return f"degrees {_shown(parts)} have more than 60 minutes or seconds"
    letters = {_letter(letter) for letter in written.letters if letter.strip("\0 ")}
    if sign:
        letters.add(hemispheres[0] if sign == "+" else hemispheres[1])
    if not letters and written.is_plain:
        letters = {hemispheres[0]}
    if not letters or not letters <= set(hemispheres):  # without it the place may be on the other half of the globe
        return f"without {hemispheres[0]} or {hemispheres[1]}"
    if len(letters) > 1:
        return f"is said to be both {hemispheres[0]} and {hemispheres[1]}"
    degrees = round(math.fsum(part / 60**power for power, part in enumerate(parts)), 7)  # 1 cm
    return degrees if letters == {hemispheres[0]} else -degrees


def parse_angle(text: str) -> Angle | None:
    """Read an angle as XMP and programs write it; None for what is none.

    >>> parse_angle("33,51.408S")
    Angle(parts=(33.0, 51.408), letters=('S',), sign='', is_plain=False)
    >>> parse_angle("-33.8568").sign, parse_angle("north")
    ('-', None)
    """
    if len(text) > _MAX_LETTERS:
        return None
    text = text.strip().replace("\u2212", "-")
    letters = []
    for at in (0, -1):
        if text and text[at].upper() in "NSEW":
            letters.append(text[at])
            text = (text[1:] if at == 0 else text[:-1]).strip()
    sign = text[:1] if text[:1] in ("+", "-") else ""
    text = text[len(sign) :].strip()
    if _FLOAT.match(text):
        return Angle((float(text),), tuple(letters), sign)
    parts = [part for part in _SEPARATORS.split(text) if part]
    if not 1 <= len(parts) <= 3 or not all(map(_NUMBER.match, parts)):
        return None
    return Angle(tuple(map(as_fraction, parts)), tuple(letters), sign)


def _without_sign(written: Angle) -> tuple[tuple[float, ...], str]:
    """Return parts without their sign, and it: of signed fractions the first, or all, are negative."""
    parts, sign = tuple(written.parts), written.sign
    first = next((part for part in parts if part), 0.0)
    if not sign and first < 0 and (all(part >= 0 for part in parts[1:]) or all(part <= 0 for part in parts)):
        return tuple(map(abs, parts)), "-"
    return parts, sign


def _defined(parts: Sequence[float]) -> tuple[float, ...]:
    """Return parts without seconds of 0/0, which are not given; minutes may lack too where degrees have a fraction."""
    kept = list(parts)
    while len(kept) > 1 and math.isnan(kept[-1]) and (len(kept) == 3 or not float(kept[0]).is_integer()):
        kept.pop()
    return tuple(kept)


def _lacks_seconds(written: Angle | None) -> bool:
    if written is None or len(written.parts) != 3 or not math.isnan(written.parts[2]):
        return False
    return all(part.is_integer() for part in map(float, _defined(written.parts)))


def _letter(text: str) -> str:
    text = text.strip("\0 ").upper()
    return _HEMISPHERES.get(text, text)


def _shown(parts: Sequence[float]) -> str:
    return ", ".join(f"{part:g}" for part in parts)
