"""The answer for one photo: a landmark or none, the confidence, candidates and place, or why it could not be read.

Values only: answers can be compared, pickled and written as JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country
from landmark.geo.place import Place
from landmark.metrics.conformal import conformal_threshold, prediction_set
from landmark.model.bundle import Bundle
from landmark.model.own_position import OwnPosition

_DIGITS = 4  # of a confidence in a row: its calibration is not known to more


@dataclass(frozen=True)
class Candidate:
    """A landmark that the photo may show, and its calibrated probability, 0 to 1."""

    landmark: str
    confidence: float

    def to_row(self) -> dict[str, Any]:
        """Return it as rows have it: plain JSON values, the confidence rounded."""
        return {"landmark": self.landmark, "confidence": round(self.confidence, _DIGITS)}


@dataclass(frozen=True)
class Answer:
    """The answer for one photo.

    `landmark` is None for "no landmark I know": `confidence` is then the best candidate's, and `place` None. For a
    photo that could not be read `error` says why, `confidence` is None and `candidates` is empty. `own` is where the
    photo itself, or a file beside it, says it was taken.

    >>> answer = Answer("a.jpg", "Taj Mahal", 0.97, (Candidate("Taj Mahal", 0.97),), None)
    >>> answer.landmark, answer.confidence, answer.coordinates
    ('Taj Mahal', 0.97, None)
    """

    photo: str  # its path, or what it was called
    landmark: str | None
    confidence: float | None
    candidates: tuple[Candidate, ...]  # the best first
    place: Place | None  # None also where it is not known where the landmark stands
    warnings: tuple[str, ...] = ()
    error: str | None = None
    landmark_set: tuple[str, ...] | None = None  # holds the right one as often as was asked for; None: not asked for
    own: OwnPosition | None = None

    @property
    def known(self) -> Coordinates | None:
        """Return where the photo itself, or a file beside it, says it was taken."""
        return self.own.coordinates if self.own else None

    @property
    def known_from(self) -> str | None:
        """Return which source says so: EXIF, XMP, or the name of a file beside the photo."""
        return self.own.source if self.own else None

    @property
    def distance_km(self) -> float | None:
        """Return how far that is from where the recognised landmark stands, in km."""
        return self.own.distance_km(self.place) if self.own else None

    @property
    def suspect(self) -> bool:
        """Return whether the recognised landmark contradicts the photo's own position: one of the two is wrong."""
        return self.own is not None and self.own.is_suspect(self.place)

    @property
    def suspicion(self) -> str | None:
        """Return in words what is suspect; None where nothing is."""
        return self.own.suspicion(self.place, self.confidence) if self.own and self.place and self.suspect else None

    @property
    def coordinates(self) -> Coordinates | None:
        """Return where the landmark stands, where that is known."""
        return self.place.coordinates if self.place else None

    @property
    def radius_km(self) -> float | None:
        """Return how far the landmark reaches from its coordinates, in km."""
        return self.place.radius_km if self.place else None

    @property
    def countries(self) -> tuple[Country, ...]:
        """Return the landmark's country; several where a border runs through it."""
        return self.place.countries if self.place else ()

    @property
    def map_link(self) -> str | None:
        """Return the place on openstreetmap.org. Makes no request."""
        return self.place.map_link if self.place else None

    def to_row(self) -> dict[str, Any]:
        """Return the row of `landmark locate --json`: always these keys, in this order, plain JSON values.

        `latitude` and `longitude` are the landmark's, `known_latitude` and `known_longitude` the photo's own. `country`
        is a name, a list of names where a border runs through, or None. A set that was asked for is one key more,
        `set`, at the end.

        >>> list(Answer("a.jpg", None, None, (), None, error="a.jpg: no such file.").to_row())  # doctest: +ELLIPSIS
        ['photo', 'landmark', 'confidence', 'latitude', 'longitude', 'radius_km', 'country', 'candidates', ...]
        """
        at, apart_km = self.coordinates, self.distance_km
        return {
            "photo": self.photo,
            "landmark": self.landmark,
            "confidence": None if self.confidence is None else round(self.confidence, _DIGITS),
            "latitude": at.latitude if at else None,
            "longitude": at.longitude if at else None,
            "radius_km": self.radius_km,
            "country": self.place.country if self.place else None,
            "candidates": [candidate.to_row() for candidate in self.candidates],
            "warnings": list(self.warnings),
            "error": self.error,
            "known_latitude": self.known.latitude if self.known else None,
            "known_longitude": self.known.longitude if self.known else None,
            "known_from": self.known_from,
            "distance_km": None if apart_km is None else round(apart_km, 3),
            "suspect": self.suspect,
        } | ({} if self.landmark_set is None else {"set": list(self.landmark_set)})


@dataclass(frozen=True)
class LocateOptions:
    """What an answer shall hold: how many candidates, at which false-positive rate, a prediction set or none."""

    top: int = 5
    false_positive_rate: float | None = None  # the share of negatives that may get a place; None: as calibrated
    coverage: float | None = None  # how often the prediction set shall hold the right landmark; None: no set

    def __post_init__(self) -> None:
        if self.top < 1:
            raise ConfigurationError(f"top is {self.top}. Expected the number of candidates to show, at least 1.")

    def threshold(self, bundle: Bundle) -> float:
        """Return the confidence from which on an answer is given."""
        if self.false_positive_rate is None:
            return bundle.calibration.threshold
        return bundle.calibration.threshold_for(self.false_positive_rate)

    def conformal_threshold(self, bundle: Bundle) -> float | None:
        """Return the probability from which on a landmark belongs to the prediction set, or None."""
        return None if self.coverage is None else conformal_threshold(bundle.calibration.nonconformity, self.coverage)


def answer_from_scores(
    photo: str,
    logits: NDArray[np.float32],
    features: NDArray[np.float32],
    bundle: Bundle,
    options: LocateOptions,
    warnings: Sequence[str] = (),
    own: OwnPosition | None = None,
) -> Answer:
    """Make the answer of a network's logits (C,) and features (D,), calibrated as the bundle says."""
    confidences = bundle.confidences(logits[None], features[None])[0]
    order = np.argsort(-confidences, kind="stable")  # of equals, the first category first
    best = int(order[0])
    confidence = float(confidences[best])
    sure = confidence >= options.threshold(bundle)
    least = options.conformal_threshold(bundle)
    members = () if least is None else prediction_set(bundle.calibration.probabilities(logits), least)
    return Answer(
        photo=photo,
        landmark=bundle.categories[best] if sure else None,
        confidence=confidence,
        candidates=tuple(Candidate(bundle.categories[i], float(confidences[i])) for i in order[: options.top]),
        place=bundle.places[best] if sure else None,
        warnings=tuple(warnings),
        landmark_set=None if least is None else tuple(bundle.categories[index] for index in members),
        own=own,
    )
