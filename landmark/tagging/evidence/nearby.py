"""Photos nearby in time whose place is known: which of them count, and the place that they alone propose.

Photos of one walk are not independent of each other: of each source the nearest on each side counts, and no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from landmark.core.text import count_text, km_text
from landmark.geo.coordinates import Coordinates, distance_km, point_between
from landmark.tagging.evidence.weights import EvidenceWeights, Source

_OUTVOTED = 2  # photos that are less sure, beside the one that is judged, against one
_BY_ROAD_KM_H, _BY_ROAD_AT_LEAST_KM = 120.0, 20.0  # farther, one of two photos is hardly where it seems to be


@dataclass(frozen=True)
class NearbyPhoto:
    """A photo taken `minutes` later (or earlier: negative), where it was taken, and how sure that is: 0 to 1."""

    photo: str
    minutes: float
    coordinates: Coordinates
    certainty: float
    radius_km: float = 0.0  # of the landmark that it was recognised by
    recognised: bool = False  # and has no GPS

    @property
    def source(self) -> Source:
        """Return what its place is known by."""
        return Source.LANDMARK if self.recognised else Source.GPS


@dataclass(frozen=True)
class NearProposal:
    """A place that nearby photos alone propose: right within `radius_km` with this probability."""

    coordinates: Coordinates
    radius_km: float
    probability: float
    reason: str
    photos: tuple[str, ...]
    kind: str
    gap_min: float
    apart_km: float
    own_km: float = 0.0  # how far the landmarks reach that the photos were recognised by


def nearest_of_each(photos: Sequence[NearbyPhoto]) -> Iterator[NearbyPhoto]:
    """Yield the nearest photo in time of each source before and after; none that a surer one rules out.

    >>> near, far = (NearbyPhoto("IMG", minutes, Coordinates(0, 0), 0.99) for minutes in (3, 9))
    >>> [one.minutes for one in nearest_of_each([far, near])]
    [3]
    """
    for source in (Source.GPS, Source.LANDMARK):
        for is_before in (True, False):
            side = [one for one in photos if one.source is source and (one.minutes < 0) is is_before]
            for one in sorted(side, key=lambda one: abs(one.minutes)):
                if not is_contradicted(one, photos):
                    yield one
                    break


def is_contradicted(photo: NearbyPhoto, others: Sequence[NearbyPhoto]) -> bool:
    """Return whether a surer photo rules this one out, as where it shows a poster; or several, and none agrees.

    The position of one photo may have been given to it years later, at home.
    """
    against = [one for one in others if _exclude(photo, one)]
    if any(one.certainty > photo.certainty for one in against):
        return True
    agreeing = (one for one in others if one is not photo and one.source is photo.source and one not in against)
    return len(against) >= _OUTVOTED and next(agreeing, None) is None


def is_out_of_reach(beyond_km: float, minutes: float) -> bool:
    """Return whether two places are farther apart than one comes by road in that time.

    >>> is_out_of_reach(27, 120), is_out_of_reach(300, 60)
    (False, True)
    """
    return beyond_km > _BY_ROAD_AT_LEAST_KM + _BY_ROAD_KM_H * abs(minutes) / 60


def _exclude(one: NearbyPhoto, other: NearbyPhoto) -> bool:
    apart_km = distance_km(one.coordinates, other.coordinates)
    return is_out_of_reach(apart_km - one.radius_km - other.radius_km, other.minutes - one.minutes)


def propose_near(photos: Sequence[NearbyPhoto], within_min: float, weights: EvidenceWeights) -> NearProposal | None:
    """Return the place that nearby photos alone propose, or None; `photos` are the nearest of each source.

    >>> from landmark.tagging.evidence.weights import read_weights
    >>> sides = [NearbyPhoto("IMG_1", -4, Coordinates(0, 0), 1), NearbyPhoto("IMG_2", 2, Coordinates(0, 0.003), 1)]
    >>> found = propose_near(sides, 15, read_weights())
    >>> found.coordinates, found.reason
    (Coordinates(latitude=0.0, longitude=0.002), '4 minutes after IMG_1 and 2 minutes before IMG_2, 0.3 km apart')
    """
    found = [one for one in near_candidates(photos, within_min, weights) if one.probability > 0]
    return max(found, key=lambda one: (one.probability, -one.radius_km), default=None)


def near_candidates(
    photos: Sequence[NearbyPhoto], within_min: float, weights: EvidenceWeights
) -> Iterator[NearProposal]:
    """Yield the places between and near photos of each source, with probability 0 where none is worth proposing."""
    for source in (Source.GPS, Source.LANDMARK):
        near = [one for one in photos if one.source is source and abs(one.minutes) <= within_min]
        sides = sorted(near, key=lambda one: one.minutes)
        if len(sides) == 2:
            yield _between(sides[0], sides[1], weights)
        for one in sides:
            when = f"{minutes_text(one.minutes)} {'after' if one.minutes < 0 else 'before'} {one.photo}"
            yield _proposal(one.coordinates, (one,), when, 0.0, weights)


def minutes_text(minutes: float) -> str:
    """Return how far apart two photos were taken, in words.

    >>> minutes_text(-12.3), minutes_text(1), minutes_text(0.4), minutes_text(200)
    ('12 minutes', '1 minute', '24 seconds', '3.3 hours')
    """
    seconds, whole = round(abs(minutes) * 60), round(abs(minutes))
    if whole > 90:
        return f"{abs(minutes) / 60:.1f} hours"
    number, unit = (seconds, "second") if seconds < 60 else (whole, "minute")
    return count_text(number, unit)


def _between(before: NearbyPhoto, after: NearbyPhoto, weights: EvidenceWeights) -> NearProposal:
    gap_min = after.minutes - before.minutes
    share = -before.minutes / gap_min if gap_min else 0.0
    at = point_between(before.coordinates, after.coordinates, share)
    apart_km = distance_km(before.coordinates, after.coordinates)
    words = (
        f"{minutes_text(before.minutes)} after {before.photo} and {minutes_text(after.minutes)} before {after.photo}, "
        f"{km_text(apart_km)} apart"
    )
    return _proposal(at, (before, after), words, apart_km, weights)


def _proposal(
    at: Coordinates, photos: tuple[NearbyPhoto, ...], words: str, apart_km: float, weights: EvidenceWeights
) -> NearProposal:
    kind = f"{photos[0].source} {len(photos)}"
    gap_min = abs(photos[0].minutes) if len(photos) == 1 else photos[1].minutes - photos[0].minutes
    place = weights.near_place(kind, gap_min, apart_km)
    own_km = max(one.radius_km for one in photos)  # of a landmark: anywhere in it
    radius_km, probability = (place.radius_km + own_km, place.probability) if place else (own_km, 0.0)
    names = tuple(one.photo for one in photos)
    return NearProposal(at, radius_km, probability, words, names, kind, gap_min, apart_km, own_km)
