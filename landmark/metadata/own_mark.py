"""The mark beside a position that this program wrote, by which it is known again as ours.

GPSProcessingMethod takes four words, and MANUAL is that of every position which no receiver measured: people's own
programs write it too. So the mark stands in GPSAreaInformation, beside the position, where it stays when an editor
drops XMP and goes when the position is deleted; and once more in XMP. It repeats the position: of one that a person has
corrected since, with a program that leaves the mark alone, it is not the mark.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.place_tag import PositionMethod

_SAME_KM = 0.01  # programs that write a position again round it, to metres at worst
_MARK = re.compile(rf"({'|'.join(PositionMethod)}) (-?\d{{1,2}}\.\d+),(-?\d{{1,3}}\.\d+)", re.ASCII)


@dataclass(frozen=True)
class OwnMark:
    """How a position was found that this program wrote, and which; None: that beside it, as before 0.2."""

    method: PositionMethod
    coordinates: Coordinates | None = None

    def __str__(self) -> str:
        at = self.coordinates
        return f"{self.method} {at.latitude:.6f},{at.longitude:.6f}" if at else self.method.value


def parse_mark(area: str, method: str = "") -> OwnMark | None:
    """Return the mark in GPSAreaInformation or landmark:Position; or that of before 0.2, in GPSProcessingMethod.

    >>> parse_mark("LANDMARK RECOGNITION 27.175000,78.042200").coordinates
    Coordinates(latitude=27.175, longitude=78.0422)
    >>> parse_mark("", "GPS TRACK").method.value, parse_mark("Agra", "MANUAL"), parse_mark("GPS TRACK 95.0,0.0")
    ('GPS TRACK', None, None)
    """
    if found := _MARK.fullmatch(area.strip()):
        try:
            return OwnMark(PositionMethod(found[1]), Coordinates(float(found[2]), float(found[3])))
        except (ValueError, DataError):  # of no place on Earth
            return None
    return OwnMark(PositionMethod(method)) if method in [*PositionMethod] else None


def own_method(coordinates: Coordinates, marks: Iterable[OwnMark]) -> PositionMethod | None:
    """Return how this program found the position that a photo has; None for a position that is the photo's own.

    `marks` are those of all that was read of the photo (`Reading.own_mark`): EXIF, XMP, sidecars. One that names
    another place, more than 10 m away, is left over from before a person corrected the position, and does not count. A
    copy that another program made of our position, in a sidecar of its own, is ours. A position whose mark is nowhere
    is the photo's own, even where GPSProcessingMethod is MANUAL: it may be a person's.

    >>> agra, mark = Coordinates(27.175, 78.0422), parse_mark("LANDMARK RECOGNITION 27.175000,78.042200")
    >>> own_method(agra, [mark]) is PositionMethod.RECOGNITION, own_method(Coordinates(27.18, 78.02), [mark])
    (True, None)
    """
    for mark in marks:
        if mark.coordinates and distance_km(mark.coordinates, coordinates) <= _SAME_KM:
            return mark.method
    return None
