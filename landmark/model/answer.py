"""What is said of one photo: a landmark or none, how sure, the best candidates, the place, or why it could not be read.

Values only; `inference` makes them, the command line and the server show them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates, Country, Place
from landmark.metrics.conformal import conformal_threshold, prediction_set
from landmark.model.bundle import Bundle

if TYPE_CHECKING:
    from landmark.model.explanation import Explanation

_DIGITS = 4  # of a confidence in a row: its calibration is not known to more


@dataclass(frozen=True)
class Candidate:
    """A landmark that the photo may show, and its calibrated probability, 0 to 1."""

    landmark: str
    confidence: float


@dataclass(frozen=True)
class Answer:
    """The answer for one photo.

    `landmark` is None for "no landmark I know": `confidence` is then the best candidate's, and `place` None. For a
    photo that could not be read `error` says why, `confidence` is None and `candidates` is empty.

    >>> answer = Answer("a.jpg", "Taj Mahal", 0.97, (Candidate("Taj Mahal", 0.97),), None)
    >>> answer.landmark, answer.confidence, answer.coordinates
    ('Taj Mahal', 0.97, None)
    """

    photo: str  # its path, or what it was called
    landmark: str | None
    confidence: float | None
    candidates: tuple[Candidate, ...]  # the best first
    place: Place | None  # None also where nobody told where the landmark stands
    warnings: tuple[str, ...] = ()
    error: str | None = None
    landmark_set: tuple[str, ...] | None = None  # holds the right one as often as was asked for; None: not asked for
    # The predictor's way back to the photo, no part of the value: not compared, not shown, not pickled.
    explainer: "Callable[[Any, str | None], Explanation] | None" = field(default=None, compare=False, repr=False)

    def explain(self, photo: Any = None, *, landmark: str | None = None) -> "Explanation":
        """Which part of the photo spoke for the best candidate, or for another `landmark`; takes about a second.

        A photo that was given by its path is read again; one that was given as bytes or as a `Photo` is not kept by its
        answer and is to be given again. Raises `PhotoError` when it cannot be read, `ConfigurationError` when it is not
        given, the landmark is unknown to the model, or no predictor of this process has made the answer.
        """
        if self.explainer is None:
            raise ConfigurationError(
                f"{self.photo}: this answer was not made by a predictor of this process. Expected one that was, "
                "which still has its model; or call Predictor.explain(photo)."
            )
        return self.explainer(photo, landmark)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"explainer": None}

    @property
    def coordinates(self) -> Coordinates | None:
        """Where the landmark stands, where that is known."""
        return self.place.coordinates if self.place else None

    @property
    def radius_km(self) -> float | None:
        """How far the landmark reaches from its coordinates, in km."""
        return self.place.radius_km if self.place else None

    @property
    def countries(self) -> tuple[Country, ...]:
        """The landmark's country; several where a border runs through it."""
        return self.place.countries if self.place else ()

    @property
    def map_link(self) -> str | None:
        """The place on openstreetmap.org. Makes no request."""
        return self.place.map_link if self.place else None

    def to_row(self) -> dict[str, Any]:
        """The row of `landmark locate --json`: always these keys, in this order, plain JSON values.

        `country` is a name, a list of names where a border runs through, or None. A set that was asked for is one key
        more, `set`, at the end.

        >>> list(Answer("a.jpg", None, None, (), None, error="a.jpg: no such file.").to_row())  # doctest: +ELLIPSIS
        ['photo', 'landmark', 'confidence', 'latitude', 'longitude', 'radius_km', 'country', 'candidates', ...]
        """
        at = self.coordinates
        return {
            "photo": self.photo,
            "landmark": self.landmark,
            "confidence": None if self.confidence is None else round(self.confidence, _DIGITS),
            "latitude": at.latitude if at else None,
            "longitude": at.longitude if at else None,
            "radius_km": self.radius_km,
            "country": self.place.country if self.place else None,
            "candidates": [
                {"landmark": candidate.landmark, "confidence": round(candidate.confidence, _DIGITS)}
                for candidate in self.candidates
            ],
            "warnings": list(self.warnings),
            "error": self.error,
        } | ({} if self.landmark_set is None else {"set": list(self.landmark_set)})


@dataclass(frozen=True)
class LocateOptions:
    """What is asked of answers beside the landmark: how many candidates, how few false places, how sure a set."""

    top: int = 5
    false_places: float | None = None  # the share of photos of anything else that may get a place; None: as calibrated
    coverage: float | None = None  # how often the set of landmarks shall hold the right one; None: no set

    def __post_init__(self) -> None:
        if self.top < 1:
            raise ConfigurationError(f"top is {self.top}. Expected the number of candidates to show, at least 1.")

    def threshold(self, bundle: Bundle) -> float:
        """The confidence from which on an answer is given."""
        if self.false_places is None:
            return bundle.calibration.threshold
        return bundle.calibration.threshold_for(self.false_places)

    def conformal_threshold(self, bundle: Bundle) -> float | None:
        """The probability from which on a landmark belongs to the set, or None."""
        return None if self.coverage is None else conformal_threshold(bundle.calibration.nonconformity, self.coverage)


def answer_from_scores(
    photo: str,
    logits: NDArray[np.float32],
    features: NDArray[np.float32],
    bundle: Bundle,
    options: LocateOptions,
    warnings: Sequence[str] = (),
) -> Answer:
    """The answer that a network's logits (C,) and features (D,) stand for, calibrated as the bundle says."""
    confidences = bundle.confidences(logits[None], features[None])[0]
    order = np.argsort(-confidences, kind="stable")  # of equals, the first category first
    best = int(order[0])
    confidence = float(confidences[best])
    sure = confidence >= options.threshold(bundle)
    least = options.conformal_threshold(bundle)
    return Answer(
        photo=photo,
        landmark=bundle.categories[best] if sure else None,
        confidence=confidence,
        candidates=tuple(
            Candidate(bundle.categories[index], float(confidences[index])) for index in order[: options.top]
        ),
        place=bundle.places[best] if sure else None,
        warnings=tuple(warnings),
        landmark_set=None if least is None else tuple(
            bundle.categories[index] for index in prediction_set(bundle.calibration.probabilities(logits), least)
        ),
    )  # fmt: skip
