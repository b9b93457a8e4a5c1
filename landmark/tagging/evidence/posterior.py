"""What is believed of each landmark that a photo may show: its recognition, and what speaks for and against it.

The log-odds of recognition and fitted weights are added up; without any evidence the confidence stays as it is.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from landmark.core.text import km_text
from landmark.geo.coordinates import distance_km
from landmark.geo.place import Place
from landmark.geo.tracks.placing import TrackPosition
from landmark.model.answer import Candidate
from landmark.tagging.evidence.nearby import NearbyPhoto, minutes_text
from landmark.tagging.evidence.weights import EvidenceWeights, Source

_WIDE_KM = 25.0
_SAYS_LITTLE = 0.33  # to be somewhere in so wide a region
_WORDS = 0.3  # log-odds from which on evidence is worth a sentence
_SUREST = 1e-6  # nothing is surer, or no evidence could count


@dataclass(frozen=True)
class Evidence:
    """What one position says of a candidate: `weight` is added to its log-odds.

    `gap_min` and `beyond_km` are the time between and how far the candidate is beyond reach; `scale` is by how much
    the fitted weight counts, since its source is not quite sure, or the landmark is wide.
    """

    source: Source
    gap_min: float
    beyond_km: float
    scale: float
    weight: float
    distance_km: float
    words: str

    @property
    def supports(self) -> bool:
        """Return whether the candidate gains, by more than nothing."""
        return self.weight > _WORDS

    @property
    def contradicts(self) -> bool:
        """Return whether the candidate loses, by more than nothing."""
        return self.weight < -_WORDS

    def __str__(self) -> str:
        """Return it in words: 12 minutes and 0.3 km from IMG_0042."""
        return self.words


@dataclass(frozen=True)
class Belief:
    """A candidate with the evidence for and against it; `belief` is the probability that the photo was taken there."""

    candidate: Candidate
    place: Place | None
    belief: float
    evidence: tuple[Evidence, ...]


def judge(
    candidates: Sequence[Candidate],
    places: Mapping[str, Place],
    nearby: Sequence[NearbyPhoto],
    track: TrackPosition | None,
    weights: EvidenceWeights,
) -> list[Belief]:
    """Return what is believed of each candidate, in their order; `nearby` are the nearest of each source."""
    found = []
    for candidate in candidates:
        place = places.get(candidate.landmark)
        evidence = tuple(weigh(place, nearby, track, weights)) if place else ()
        found.append(Belief(candidate, place, update_confidence(candidate.confidence, evidence, weights), evidence))
    return found


def weigh(
    place: Place, nearby: Sequence[NearbyPhoto], track: TrackPosition | None, weights: EvidenceWeights
) -> Iterator[Evidence]:
    """Yield what nearby photos and a track say of a place.

    >>> from landmark.geo.coordinates import Coordinates
    >>> from landmark.tagging.evidence.weights import read_weights
    >>> taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
    >>> [one] = weigh(taj, [NearbyPhoto("IMG_0042", 12, Coordinates(27.1738, 78.045), 0.999)], None, read_weights())
    >>> str(one), one.supports
    ('12 minutes and 0.3 km from IMG_0042', True)
    """
    if place.coordinates is None:
        return
    radius_km = place.radius_km or 0.0
    for photo in nearby:
        apart_km = distance_km(place.coordinates, photo.coordinates)
        how = ", recognised" if photo.recognised else ""
        words = f"{minutes_text(photo.minutes)} and {km_text(apart_km)} from {photo.photo}{how}"
        beyond_km, gap_min = apart_km - radius_km - photo.radius_km, abs(photo.minutes)
        scale = (2 * photo.certainty - 1) ** 2 if photo.recognised else 1.0
        if (one := _evidence(photo.source, gap_min, beyond_km, scale, apart_km, words, radius_km, weights)) is not None:
            yield one
    if track:
        apart_km = distance_km(place.coordinates, track.coordinates)
        beyond_km, words = apart_km - radius_km - track.radius_km, f"{km_text(apart_km)} from where {track.source} was"
        if (one := _evidence(Source.TRACK, 0.0, beyond_km, 1.0, apart_km, words, radius_km, weights)) is not None:
            yield one


def update_confidence(confidence: float, evidence: Sequence[Evidence], weights: EvidenceWeights) -> float:
    """Return the confidence after the evidence; without any it stays what it is.

    >>> from landmark.tagging.evidence.weights import read_weights
    >>> update_confidence(0.4, [], read_weights())
    0.4
    """
    if not evidence:
        return confidence
    return sigmoid(weights.slope * log_odds(confidence) + sum(one.weight for one in evidence))


def probability_right(belief: Belief, weights: EvidenceWeights) -> float:
    """Return how likely the landmark's position is that of the photo, within its radius and 1 km."""
    offset, slope = weights.right["with_evidence" if belief.evidence else "alone"]
    return sigmoid(offset + slope * log_odds(belief.belief))


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, which are finite: nothing is quite sure.

    >>> log_odds(0.5), round(log_odds(1.0))
    (0.0, 14)
    """
    inside = min(1 - _SUREST, max(_SUREST, probability))
    return math.log(inside / (1 - inside))


def sigmoid(log_odds_: float) -> float:
    """Return the probability of log-odds.

    >>> sigmoid(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, log_odds_))))


def _evidence(
    source: Source,
    gap_min: float,
    beyond_km: float,
    scale: float,
    apart_km: float,
    words: str,
    radius_km: float,
    weights: EvidenceWeights,
) -> Evidence | None:
    weight = weights.of(source, gap_min, beyond_km)
    if weight is None:
        return None
    scale *= _SAYS_LITTLE if weight > 0 and radius_km > _WIDE_KM else 1.0
    return Evidence(source, gap_min, beyond_km, scale, scale * weight, apart_km, words)
