"""A position as a person types it, or copies it from a map."""

import re

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates
from landmark.metadata.positions import Angle, parse_angle, signed_degrees

_EXPECTED = "Expected a position such as 48.8584, 2.2945 or 48\u00b051'30\"N 2\u00b017'40\"E."
_MAX_LETTERS = 2000  # of the address of a map
_NUMBER = r"([+-]?\d{1,3}(?:\.\d+)?)"
# Places in addresses of maps: geo:LAT,LON; /@LAT,LON,17z; ?q=LAT,LON; #map=17/LAT/LON; ?mlat=LAT&mlon=LON
_IN_ADDRESSES = tuple(
    re.compile(pattern.replace("NUMBER", _NUMBER))
    for pattern in (
        r"^geo:NUMBER,NUMBER",
        r"^https?://.*[?&]mlat=NUMBER&mlon=NUMBER",
        r"^https?://.*[?&](?:q|ll|query|destination)=(?:loc:)?NUMBER(?:,|%2C)\+?NUMBER",
        r"^https?://.*!3dNUMBER!4dNUMBER",
        r"^https?://.*/@NUMBER,NUMBER",
        r"^https?://.*#map=[\d.]+/NUMBER/NUMBER",
    )
)
_DECIMAL_COMMAS = re.compile(r"([+-]?\d{1,3},\d+)\s*[;,\s]\s*([+-]?\d{1,3},\d+)$")
_AFTER_LETTER = re.compile(r"(?<=[NSns])\s*[,;]?\s*(?=[^NSns]*[EWew]$)")
_BEFORE_LETTER = re.compile(r"\s*[,;]?\s*(?=[EWew][^EWew]*$)")


def read_position_text(text: str) -> Coordinates:
    """Read a position: degrees, degrees and minutes, or the address of a map. Raises `DataError` for what is none.

    >>> read_position_text("48.8584, 2.2945"), read_position_text("33\u00b0 51.408' S, 151\u00b0 12.918' E")
    (Coordinates(latitude=48.8584, longitude=2.2945), Coordinates(latitude=-33.8568, longitude=151.2153))
    >>> read_position_text("https://www.openstreetmap.org/#map=17/27.1750/78.0421")
    Coordinates(latitude=27.175, longitude=78.0421)
    >>> read_position_text("Paris")
    Traceback (most recent call last):
        ...
    landmark.core.errors.DataError: 'Paris' is no position. Expected a position such as 48.8584, 2.2945 or \
48\u00b051'30"N 2\u00b017'40"E.
    """
    text = text.strip()[:_MAX_LETTERS].strip("()[] ")
    for pattern in _IN_ADDRESSES:
        if found := pattern.search(text):
            return Coordinates(float(found[1]), float(found[2]))
    if found := _DECIMAL_COMMAS.match(text):
        return Coordinates(*(float(part.replace(",", ".")) for part in found.groups()))
    halves = _halves(text)
    if halves is None:
        raise DataError(f"{text[:60]!r} is no position. {_EXPECTED}")
    return Coordinates(_degrees(halves[0], "NS", "latitude"), _degrees(halves[1], "EW", "longitude"))


def _halves(text: str) -> tuple[Angle, Angle] | None:
    """Return latitude and longitude as they are written, or None."""
    for parts in (re.split(r"\s*[,;]\s*", text), _AFTER_LETTER.split(text), _BEFORE_LETTER.split(text), text.split()):
        angles = [parse_angle(part) for part in parts if part]
        if len(angles) == 2 and angles[0] and angles[1]:
            return angles[0], angles[1]
    return None


def _degrees(written: Angle, hemispheres: str, name: str) -> float:
    plain = Angle(written.parts, written.letters, written.sign, is_plain=not written.letters)
    degrees = signed_degrees(plain, hemispheres)
    if isinstance(degrees, str):
        raise DataError(f"{name}: {degrees}. {_EXPECTED}")
    return degrees
