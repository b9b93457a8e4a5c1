"""What photos taken minutes apart with the same camera say about a candidate: they raise or lower it, no more.

A photo never takes its place from another one: between a tower and the next photo there may be the way home.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from landmark.core.text import count_text, km_text
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.place import Place
from landmark.tagging.evidence.times import is_too_far

RAISES = 8.0  # the odds of a candidate that stands where a nearby photo was taken: from 0.4 to 0.84
RAISES_WIDE = 2.0  # the same for a wide landmark: to be somewhere in such a region says little
_WIDE_KM = 25.0
_ON_FOOT_KM_H = 20.0  # within a town, by bus as well as on foot
_NEAR_KM = 1.0  # a photo is taken from a distance


@dataclass(frozen=True)
class NearbyPhoto:
    """A photo taken `minutes` apart, where it was taken, and how sure that is: 0 to 1."""

    photo: str
    minutes: float
    coordinates: Coordinates
    certainty: float
    radius_km: float = 0.0  # of the landmark that it was recognised by
    recognised: bool = False  # and has no GPS


@dataclass(frozen=True)
class Evidence:
    """The factor for the odds of a candidate, and the nearby photo that it comes from."""

    factor: float
    nearby: NearbyPhoto
    distance_km: float

    @property
    def supports(self) -> bool:
        """Return whether the candidate gains."""
        return self.factor > 1

    def __str__(self) -> str:
        """Return it in words: 12 minutes from IMG_0042 at 0.3 km."""
        how = ", recognised" if self.nearby.recognised else ""
        return f"{minutes_text(self.nearby.minutes)} from {self.nearby.photo}{how} at {km_text(self.distance_km)}"


def weigh(place: Place, nearby: Iterable[NearbyPhoto]) -> list[Evidence]:
    """Return the evidence for a place: at most one photo that supports it and one that contradicts it.

    One of each, the nearest in time, since photos of one walk are not independent of each other. The certainty q of a
    nearby photo counts: the odds are multiplied by (1 - q) + q r, where r is 8 if it was taken close by, and 0 if
    nobody could have been at both places.

    >>> taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
    >>> [evidence] = weigh(taj, [NearbyPhoto("IMG_0042", 12, Coordinates(27.1738, 78.045), 0.999)])
    >>> str(evidence), round(evidence.factor, 1)
    ('12 minutes from IMG_0042 at 0.3 km', 8.0)
    >>> round(weigh(taj, [NearbyPhoto("IMG_0042", 60, Coordinates(48.86, 2.29), 0.999)])[0].factor, 3)
    0.001
    """
    if place.coordinates is None:
        return []
    radius_km = place.radius_km or 0.0
    support: Evidence | None = None
    against: Evidence | None = None
    photos = sorted(nearby, key=lambda one: abs(one.minutes))
    for photo in photos:
        apart_km = distance_km(place.coordinates, photo.coordinates)
        beyond_km = apart_km - radius_km - photo.radius_km
        hours = abs(photo.minutes) / 60
        if beyond_km <= _NEAR_KM + _ON_FOOT_KM_H * hours:
            raises = RAISES if radius_km <= _WIDE_KM else RAISES_WIDE
            support = support or Evidence(_factor(photo.certainty, raises), photo, apart_km)
        elif against is None and is_too_far(beyond_km, 3600 * hours) and not _is_contradicted(photo, photos):
            against = Evidence(_factor(photo.certainty, 0.0), photo, apart_km)
    return [evidence for evidence in (support, against) if evidence]


def update_confidence(confidence: float, evidence: Sequence[Evidence]) -> float:
    """Return the confidence after the evidence: its odds times each factor.

    >>> taj = NearbyPhoto("a", 1, Coordinates(0, 0), 1.0)
    >>> round(update_confidence(0.4, [Evidence(8.0, taj, 0.1)]), 2), update_confidence(0.4, [])
    (0.84, 0.4)
    """
    odds = confidence / max(1e-9, 1 - confidence)
    if not evidence:
        return confidence
    for one in evidence:
        odds *= one.factor
    return odds / (1 + odds)


def minutes_text(minutes: float) -> str:
    """Return how far apart two photos were taken, in words.

    >>> minutes_text(-12.3), minutes_text(1), minutes_text(0.4)
    ('12 minutes', '1 minute', '24 seconds')
    """
    seconds, whole = round(abs(minutes) * 60), round(abs(minutes))
    number, unit = (seconds, "second") if seconds < 60 else (whole, "minute")
    return count_text(number, unit)


def _is_contradicted(photo: NearbyPhoto, others: Iterable[NearbyPhoto]) -> bool:
    """Return whether a surer photo rules this one out, as where it shows a poster."""
    return any(
        other.certainty > photo.certainty
        and is_too_far(
            distance_km(photo.coordinates, other.coordinates) - photo.radius_km - other.radius_km,
            60 * abs(other.minutes - photo.minutes),
        )
        for other in others
    )


def _factor(certainty: float, if_right: float) -> float:
    return (1 - certainty) + certainty * if_right
