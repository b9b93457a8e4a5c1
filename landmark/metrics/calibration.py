"""How sure an answer is, and when to give none: what turns a network's logits into confidences.

A temperature makes them honest; how likely a photo shows one of the landmarks at all lowers them; a threshold refuses.
`confidence_fit` fits the numbers; whether a photo is familiar is `familiarity`'s; how well it worked, `metrics` says.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import ConfigurationError


def softmax(logits: ArrayLike) -> NDArray[np.float64]:
    """Probabilities along the last axis; logarithms of probabilities are taken as well as logits: (…, C) -> (…, C).

    >>> softmax([[0.0, 0.0], [1000.0, 0.0]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    values = np.asarray(logits, dtype=np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Calibration:
    """What turns a network's logits into confidences, and says which are high enough for an answer.

    A confidence is the probability that the landmark is right, for a photo of one of those that the model knows. One
    that looks like none of them gets a low confidence, and below the threshold no answer.

    >>> Calibration(temperature=2.0, threshold=0.6).confidences([[2.0, 0.0]]).round(3).tolist()
    [[0.731, 0.269]]
    >>> Calibration().confidences([[2.0, 0.0]], known_logits=[0.0]).round(3).tolist()  # known as likely as not
    [[0.468, 0.063]]
    """

    temperature: float = 1.0
    threshold: float = 0.0  # an answer is given where the best candidate's confidence is at least this
    unknown_logit: float | None = None  # of "none of them", where there is no familiarity; None: no such outcome
    # With familiarity: from the log-odds of "known, and this landmark" to those of being right on validation photos.
    sureness: tuple[float, float] = (1.0, 0.0)  # slope and offset
    misfits: tuple[float, ...] = ()  # of validation photos, in order: `prediction_sets` makes sets of them
    others: tuple[float, ...] = ()  # confidences of the photos of anything else that made the threshold, in order

    def __post_init__(self) -> None:
        # the types too, because the values come from a file
        if not isinstance(self.temperature, int | float) or not 0 < self.temperature < np.inf:
            raise ConfigurationError(f"Found temperature = {self.temperature!r}. Expected a finite number above 0.")
        if not isinstance(self.threshold, int | float) or not 0 <= self.threshold <= 1:
            raise ConfigurationError(f"Found threshold = {self.threshold!r}. Expected a number from 0 to 1.")
        unknown = self.unknown_logit
        if unknown is not None and not _finite(unknown):
            raise ConfigurationError(f"Found unknown_logit = {unknown!r}. Expected a finite number, or null.")
        if len(self.sureness) != 2 or not all(map(_finite, self.sureness)) or self.sureness[0] <= 0:
            raise ConfigurationError(f"Found sureness = {self.sureness!r}. Expected a slope above 0 and an offset.")
        for name, values in (("misfits", self.misfits), ("others", self.others)):
            if not all(_finite(value) and 0 <= value <= 1 for value in values) or list(values) != sorted(values):
                raise ConfigurationError(f"Found {name} = {str(values)[:60]}. Expected numbers from 0 to 1, in order.")

    def probabilities(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Which landmark it is, provided that it is one of them: (…, C) -> (…, C), sums up to 1."""
        return softmax(np.asarray(logits, dtype=np.float64) / self.temperature)

    def confidences(self, logits: ArrayLike, known_logits: ArrayLike | None = None) -> NDArray[np.float64]:
        """Calibrated confidences (…, C) of logits (…, C); they sum up to at most 1.

        `known_logits` (…) are the log-odds that the photos show one of the landmarks, from `Familiarity`.
        """
        if known_logits is None:
            scaled = np.asarray(logits, dtype=np.float64) / self.temperature
            return softmax(scaled) if self.unknown_logit is None else with_unknown(scaled, self.unknown_logit)
        probabilities = self.probabilities(logits)
        most = np.minimum(probabilities.max(axis=-1, keepdims=True), 1 - 1e-12)
        known = np.asarray(known_logits, dtype=np.float64)[..., None]
        slope, offset = self.sureness
        best = 1 / (1 + np.exp(-np.clip(slope * joint_log_odds(most, known) + offset, -700, 700)))
        # The others lose what the best loses, or keep their share of what it leaves: none comes to stand beside it.
        others = probabilities * np.minimum(best / most, (1 - best) / (1 - most))
        is_best = np.arange(probabilities.shape[-1]) == probabilities.argmax(axis=-1)[..., None]
        return np.where(is_best, best, others)

    def threshold_for(self, false_places: float) -> float:
        """The threshold at which this share of photos like those of anything else would get a place.

        Raises `ConfigurationError` where the share is no fraction, or the bundle holds nothing to tell it by.
        """
        if not 0 <= false_places <= 1:
            raise ConfigurationError(f"Found {false_places} false places. Expected a share from 0 to 1, such as 1%.")
        if not self.others:
            raise ConfigurationError(
                "This model was calibrated without photos of anything else, so the share of false places is not known. "
                "Calibrate it with some: landmark calibrate BUNDLE DATA --not-landmarks DIR"
            )
        return threshold_expecting(self.others, false_places)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a bundle."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; what only newer bundles have may be missing. Raises `ConfigurationError`.

        >>> Calibration.from_dict({"temperature": 1.3, "threshold": 0.5, "unknown_logit": None}).temperature
        1.3
        """
        known = {item.name: item for item in fields(cls)}
        needed = {"temperature", "threshold", "unknown_logit"}
        if not needed <= set(values) <= set(known):
            raise ConfigurationError(
                f"Found the calibration settings {', '.join(values) or '(none)'}. "
                f"Expected {', '.join(sorted(needed))}, and at most {', '.join(sorted(set(known) - needed))}."
            )
        tuples: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**tuples)


def allowed_above(n_photos: int, share: float) -> int:
    """How many of some photos may pass a threshold, for at most this share of other photos like them to be expected to.

    One more photo comes to lie anywhere among n others with the same probability, so where k of them pass, it does with
    a probability of (k + 1) / (n + 1), and not of k / n (V. Vovk et al., Algorithmic learning in a random world, 2005).

    >>> allowed_above(200, 0.01), allowed_above(99, 0.29), allowed_above(20, 0.01), allowed_above(4, 1.0)
    (1, 28, 0, 4)
    """
    if share >= 1:
        return n_photos
    return max(int(share * (n_photos + 1) + 1e-9) - 1, 0)  # 0.29 * 100 is 28.999… and means 29


def threshold_expecting(confidences: Sequence[float], share: float) -> float:
    """The smallest threshold that at most this share of other photos like these are expected to reach.

    `confidences` are those of the photos, in order, at least one.

    >>> threshold_expecting([0.1, 0.2, 0.6], 0.01) > 0.6, threshold_expecting([0.1, 0.2, 0.6], 1.0)
    (True, 0.0)
    """
    allowed = allowed_above(len(confidences), share)
    return math.nextafter(confidences[-1 - allowed], 1) if allowed < len(confidences) else 0.0


def joint_log_odds(probabilities: NDArray[np.float64], known_logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-odds of "one of the landmarks, and this one": the odds against it, another one or none of them, add up.

    >>> joint_log_odds(np.array([0.5]), np.array([0.0])).round(3).tolist()  # 1 to 2
    [-0.693]
    >>> joint_log_odds(np.array([1.0]), np.array([2.0])).tolist()
    [2.0]
    """
    with np.errstate(divide="ignore"):  # against what is certain there are no odds: minus infinity is meant
        against = np.log1p(-probabilities) - np.log(np.maximum(probabilities, 1e-300))
    return np.asarray(-np.logaddexp(against, -known_logits))


def with_unknown(logits: NDArray[np.float64], unknown_logit: float) -> NDArray[np.float64]:
    """Softmax with one more outcome, whose own probability is left out: (…, C) -> (…, C), sums up to 1 at most."""
    none = np.full((*logits.shape[:-1], 1), unknown_logit)
    return softmax(np.concatenate([logits, none], axis=-1))[..., :-1]


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
