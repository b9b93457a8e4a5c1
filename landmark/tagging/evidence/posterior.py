"""What is believed of each landmark that a photo may show: its recognition, and what speaks for and against it.

The log-odds of recognition and fitted weights are added up; without any evidence the confidence stays as it is.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from landmark.core.text import km_text
from landmark.geo.coordinates import distance_km
from landmark.geo.place import Place
from landmark.model.answer import Candidate
from landmark.tagging.evidence.heard import Heard
from landmark.tagging.evidence.nearby import NearbyPhoto, is_out_of_reach, minutes_text
from landmark.tagging.evidence.weights import MOST_AGREEING, EvidenceWeights, Source

_WIDE_KM = 25.0
_SAME_PLACE_KM = 5.0  # two landmarks are seen on one walk
_SAYS_LITTLE = 0.33  # to be somewhere in so wide a region
_AT_THE_PLACE_KM = 1.0  # beyond a landmark's edge: across the square
_WORDS = 0.3  # log-odds from which on evidence is worth a sentence
_SUREST = 1e-6  # nothing is surer, or no evidence could count


@dataclass(frozen=True)
class Evidence:
    """What one position says of a candidate: `weight` is added to its log-odds.

    `gap_min` and `beyond_km` are the time between and how far the candidate is beyond reach (of landmarks that other
    photos show: how many agree, and whether some do not); `scale` is by how much the fitted weight counts.
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
    def agrees(self) -> bool:
        """Return whether it is of this very place, and of no other."""
        if self.source is Source.LANDMARK:
            return self.gap_min > 0 and not self.beyond_km
        return self.beyond_km <= _AT_THE_PLACE_KM

    @property
    def contradicts(self) -> bool:
        """Return whether the candidate loses, by more than nothing."""
        return self.weight < -_WORDS and not self.agrees

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
    candidates: Sequence[Candidate], places: Mapping[str, Place], heard: Heard, weights: EvidenceWeights
) -> list[Belief]:
    """Return what is believed of each candidate, in their order."""
    found = []
    for candidate in candidates:
        place = places.get(candidate.landmark)
        evidence = tuple(weigh(place, heard, weights)) if place else ()
        found.append(Belief(candidate, place, update_confidence(candidate.confidence, evidence, weights), evidence))
    return found


def weigh(place: Place, heard: Heard, weights: EvidenceWeights) -> Iterator[Evidence]:
    """Yield what is heard for and against a place.

    >>> from landmark.geo.coordinates import Coordinates
    >>> from landmark.tagging.evidence.weights import read_weights
    >>> taj = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
    >>> near = NearbyPhoto("IMG_0042", 12, Coordinates(27.1738, 78.045), 0.999)
    >>> [one] = weigh(taj, Heard(gps=(near,)), read_weights())
    >>> str(one), one.supports
    ('12 minutes and 0.3 km from IMG_0042', True)
    """
    if place.coordinates is None:
        return
    for photo in heard.gps:
        apart_km = distance_km(place.coordinates, photo.coordinates)
        words = f"{minutes_text(photo.minutes)} and {km_text(apart_km)} from {photo.photo}"
        yield from _by_distance(Source.GPS, abs(photo.minutes), place, apart_km, 0.0, words, weights)
    yield from _by_landmarks(place, heard, weights)
    if heard.track:
        apart_km = distance_km(place.coordinates, heard.track.coordinates)
        words = f"{km_text(apart_km)} from where {heard.track.source} was"
        yield from _by_distance(Source.TRACK, 0.0, place, apart_km, heard.track.radius_km, words, weights)
    if heard.away_km:
        apart_km = heard.away_km(place)
        words = f"{km_text(apart_km)} from the nearest position that is known"
        yield from _by_distance(Source.JOURNEY, 0.0, place, apart_km, 0.0, words, weights)


def find_agreeing(place: Place, landmarks: Sequence[NearbyPhoto]) -> list[NearbyPhoto]:
    """Return the photos that show a landmark at this place, the nearest in time first."""
    assert place.coordinates
    reach_km = (place.radius_km or 0.0) + _SAME_PLACE_KM
    near = [one for one in landmarks if distance_km(place.coordinates, one.coordinates) <= reach_km + one.radius_km]
    return sorted(near, key=lambda one: abs(one.minutes))


def update_confidence(confidence: float, evidence: Sequence[Evidence], weights: EvidenceWeights) -> float:
    """Return the confidence after the evidence; without any it stays what it is, and what agrees never lowers it.

    >>> from landmark.tagging.evidence.weights import read_weights
    >>> update_confidence(0.4, [], read_weights())
    0.4
    """
    if not evidence:
        return confidence
    found = sigmoid(weights.slope * log_odds(confidence) + weights.offset + sum(one.weight for one in evidence))
    return max(confidence, found) if all(one.agrees for one in evidence) else found


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


def _by_landmarks(place: Place, heard: Heard, weights: EvidenceWeights) -> Iterator[Evidence]:
    """Yield what it says of a place which landmarks other photos show.

    That they show none is heard on a journey with positions only: who photographs each landmark once, and without GPS,
    has nothing but recognition. Landmarks within reach by road say nothing against each other.
    """
    agreeing = find_agreeing(place, heard.landmarks)
    elsewhere = [one for one in heard.landmarks if _is_out_of_reach(place, one)]
    is_among_silent = heard.is_among_others and not (heard.gps or heard.track)  # which tell where one was
    if not (agreeing or elsewhere or (is_among_silent and heard.away_km)):
        return
    n_agreeing = min(len(agreeing), MOST_AGREEING)
    weight = weights.landmark[n_agreeing][bool(elsewhere)]
    scale = _scale(weight, place)
    words = _landmark_words(agreeing if weight > 0 or not elsewhere else [], elsewhere)
    yield Evidence(Source.LANDMARK, n_agreeing, bool(elsewhere), scale, scale * weight, 0.0, words)


def _landmark_words(agreeing: Sequence[NearbyPhoto], elsewhere: Sequence[NearbyPhoto]) -> str:
    if agreeing:
        more = f" and {len(agreeing) - 1} more" if len(agreeing) > 1 else ""
        return f"{minutes_text(agreeing[0].minutes)} from {agreeing[0].photo}{more}, recognised there"
    if elsewhere:
        first = min(elsewhere, key=lambda one: abs(one.minutes))
        return f"{minutes_text(first.minutes)} from {first.photo}, recognised elsewhere"
    return "no photo taken shortly before or after shows it"


def _is_out_of_reach(place: Place, photo: NearbyPhoto) -> bool:
    assert place.coordinates
    beyond_km = distance_km(place.coordinates, photo.coordinates) - (place.radius_km or 0.0) - photo.radius_km
    return is_out_of_reach(beyond_km, photo.minutes)


def _by_distance(
    source: Source,
    gap_min: float,
    place: Place,
    apart_km: float,
    radius_km: float,
    words: str,
    weights: EvidenceWeights,
) -> Iterator[Evidence]:
    beyond_km = apart_km - (place.radius_km or 0.0) - radius_km
    weight = weights.of(source, gap_min, beyond_km)
    if weight is not None:
        scale = _scale(weight, place)
        yield Evidence(source, gap_min, beyond_km, scale, scale * weight, apart_km, words)


def _scale(weight: float, place: Place) -> float:
    """Return by how much a weight counts: of a wide landmark less, since to be somewhere in it says little."""
    return _SAYS_LITTLE if weight > 0 and (place.radius_km or 0.0) > _WIDE_KM else 1.0
