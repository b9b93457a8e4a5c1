"""What photos taken minutes apart with the same camera say of a candidate: they raise or lower it, no more.

A neighbour never gives its place to another photo: between a tower and the next photo there may be the way home.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.place import Place

RAISES = 8.0  # the odds of a candidate that stands where a neighbour was taken: from 0.4 to 0.84
RAISES_WIDE = 2.0  # and of one that is wide: to be somewhere in such a region says little
_WIDE_KM = 25.0
_ON_FOOT_KM_H = 20.0  # what one gets about within a town, by bus as well as on foot
_NEAR_KM = 1.0  # a photo is taken from a distance
_BY_AIR_KM_H = 1000.0  # faster than this nobody was on the way
_BY_AIR_AT_LEAST_KM = 50.0  # and clocks and positions are a little wrong


@dataclass(frozen=True)
class Neighbour:
    """A photo taken `minutes` apart, where it was taken, and how sure that is: 0 to 1."""

    photo: str
    minutes: float
    coordinates: Coordinates
    certainty: float
    radius_km: float = 0.0  # of the landmark that it was recognised by
    recognised: bool = False  # and has no GPS


@dataclass(frozen=True)
class Evidence:
    """By what the odds of a candidate are multiplied, and the neighbour that says so."""

    factor: float
    neighbour: Neighbour
    distance_km: float

    @property
    def supports(self) -> bool:
        """Whether the candidate gains."""
        return self.factor > 1

    def __str__(self) -> str:
        """In words: 12 minutes from IMG_0042 at 0.3 km."""
        how = ", recognised" if self.neighbour.recognised else ""
        return (
            f"{minutes_in_words(self.neighbour.minutes)} from {self.neighbour.photo}{how} at "
            f"{km_in_words(self.distance_km)}"
        )


def weigh(place: Place, neighbours: Iterable[Neighbour]) -> list[Evidence]:
    """What neighbours say of a place: at most one that supports it and one that rules it out, the nearest in time each.

    One of each, since photos of one walk are not independent of one another. A neighbour's own certainty q weighs:
    the odds are multiplied by (1 - q) + q r, r being 8 where it is near and 0 where nobody could have been at both.

    >>> taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
    >>> [evidence] = weigh(taj, [Neighbour("IMG_0042", 12, Coordinates(27.1738, 78.045), 0.999)])
    >>> str(evidence), round(evidence.factor, 1)
    ('12 minutes from IMG_0042 at 0.3 km', 8.0)
    >>> round(weigh(taj, [Neighbour("IMG_0042", 60, Coordinates(48.86, 2.29), 0.999)])[0].factor, 3)
    0.001
    """
    if place.coordinates is None:
        return []
    support: Evidence | None = None
    against: Evidence | None = None
    witnesses = sorted(neighbours, key=lambda one: abs(one.minutes))
    for neighbour in witnesses:
        apart_km = distance_km(place.coordinates, neighbour.coordinates)
        beyond_km = apart_km - (place.radius_km or 0) - neighbour.radius_km
        hours = abs(neighbour.minutes) / 60
        if beyond_km <= _NEAR_KM + _ON_FOOT_KM_H * hours:
            raises = RAISES if (place.radius_km or 0) <= _WIDE_KM else RAISES_WIDE
            support = support or Evidence(_mixed(neighbour.certainty, raises), neighbour, apart_km)
        elif against is None and _too_far(beyond_km, hours) and not _refuted(neighbour, witnesses):
            against = Evidence(_mixed(neighbour.certainty, 0.0), neighbour, apart_km)
    return [evidence for evidence in (support, against) if evidence]


def updated(confidence: float, evidence: Sequence[Evidence]) -> float:
    """The confidence after the evidence: its odds times each factor.

    >>> taj = Neighbour("a", 1, Coordinates(0, 0), 1.0)
    >>> round(updated(0.4, [Evidence(8.0, taj, 0.1)]), 2), updated(0.4, [])
    (0.84, 0.4)
    """
    odds = confidence / max(1e-9, 1 - confidence)
    if not evidence:
        return confidence
    for one in evidence:
        odds *= one.factor
    return odds / (1 + odds)


def minutes_in_words(minutes: float) -> str:
    """How far apart two photos were taken.

    >>> minutes_in_words(-12.3), minutes_in_words(1), minutes_in_words(0.4)
    ('12 minutes', '1 minute', '24 seconds')
    """
    seconds = round(abs(minutes) * 60)
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    whole = round(abs(minutes))
    return f"{whole} minute{'' if whole == 1 else 's'}"


def km_in_words(km: float) -> str:
    """A distance, with a decimal where it matters.

    >>> km_in_words(0.31), km_in_words(8123.4)
    ('0.3 km', '8,123 km')
    """
    return f"{km:.1f} km" if km < 10 else f"{km:,.0f} km"


def _too_far(apart_km: float, hours: float) -> bool:
    return apart_km > _BY_AIR_AT_LEAST_KM + _BY_AIR_KM_H * hours


def _refuted(neighbour: Neighbour, witnesses: Iterable[Neighbour]) -> bool:
    """Whether a surer witness excludes this one: a photo of a poster says nothing of where the camera was."""
    return any(
        other.certainty > neighbour.certainty
        and _too_far(
            distance_km(neighbour.coordinates, other.coordinates) - neighbour.radius_km - other.radius_km,
            abs(other.minutes - neighbour.minutes) / 60,
        )
        for other in witnesses
    )


def _mixed(certainty: float, if_right: float) -> float:
    return (1 - certainty) + certainty * if_right
