"""How confident an answer is, and when to give none: what turns a network's logits into confidences.

A temperature makes them honest; how likely a photo shows one of the landmarks at all lowers them; a threshold refuses.
`calibration_fit` fits the numbers; `ood` scores how likely a photo shows a known landmark.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import ConfigurationError


def softmax(logits: ArrayLike) -> NDArray[np.float64]:
    """Return probabilities along the last axis, of logits or logarithms of probabilities: (…, C) -> (…, C).

    >>> softmax([[0.0, 0.0], [1000.0, 0.0]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    values = np.asarray(logits, dtype=np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


# The keys of a bundle's manifest that are called otherwise here.
_STORED = {"platt": "sureness", "nonconformity": "misfits", "negative_confidences": "others"}


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
    unknown_logit: float | None = None  # of "none of them", in bundles without an OOD scorer; None: no such outcome
    # Platt scaling, slope and offset: from the log-odds of "known, and this landmark" to those of being right.
    platt: tuple[float, float] = (1.0, 0.0)
    nonconformity: tuple[float, ...] = ()  # scores of validation photos, in order: prediction sets are made of them
    negative_confidences: tuple[float, ...] = ()  # of the negatives that fitted the threshold, in order

    def __post_init__(self) -> None:
        # the types too, because the values come from a file
        if not isinstance(self.temperature, int | float) or not 0 < self.temperature < np.inf:
            raise ConfigurationError(f"Found temperature = {self.temperature!r}. Expected a finite number above 0.")
        if not isinstance(self.threshold, int | float) or not 0 <= self.threshold <= 1:
            raise ConfigurationError(f"Found threshold = {self.threshold!r}. Expected a number from 0 to 1.")
        unknown = self.unknown_logit
        if unknown is not None and not _is_finite(unknown):
            raise ConfigurationError(f"Found unknown_logit = {unknown!r}. Expected a finite number, or null.")
        if len(self.platt) != 2 or not all(map(_is_finite, self.platt)) or self.platt[0] <= 0:
            raise ConfigurationError(f"Found sureness = {self.platt!r}. Expected a slope above 0 and an offset.")
        for name in ("nonconformity", "negative_confidences"):
            values = getattr(self, name)
            if not all(_is_finite(value) and 0 <= value <= 1 for value in values) or list(values) != sorted(values):
                found = f"{_STORED[name]} = {str(values)[:60]}"
                raise ConfigurationError(f"Found {found}. Expected numbers from 0 to 1, in order.")

    def probabilities(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Return which landmark it is, provided that it is one of them: (…, C) -> (…, C), sums up to 1."""
        return softmax(np.asarray(logits, dtype=np.float64) / self.temperature)

    def confidences(self, logits: ArrayLike, known_logits: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return calibrated confidences (…, C) of logits (…, C); they sum up to at most 1.

        `known_logits` (…) are the log-odds that the photos show one of the landmarks, from `OodScorer`.
        """
        if known_logits is None:
            scaled = np.asarray(logits, dtype=np.float64) / self.temperature
            if self.unknown_logit is None:
                return softmax(scaled)
            none = np.full((*scaled.shape[:-1], 1), self.unknown_logit)  # one more outcome, which is left out
            return softmax(np.concatenate([scaled, none], axis=-1))[..., :-1]
        probabilities = self.probabilities(logits)
        most = np.minimum(probabilities.max(axis=-1, keepdims=True), 1 - 1e-12)
        known = np.asarray(known_logits, dtype=np.float64)[..., None]
        slope, offset = self.platt
        best = 1 / (1 + np.exp(-np.clip(slope * joint_log_odds(most, known) + offset, -700, 700)))
        # The others lose what the best loses, or keep their share of what it leaves: none comes to stand beside it.
        others = probabilities * np.minimum(best / most, (1 - best) / (1 - most))
        is_best = np.arange(probabilities.shape[-1]) == probabilities.argmax(axis=-1)[..., None]
        return np.where(is_best, best, others)

    def threshold_for(self, false_positive_rate: float) -> float:
        """Return the threshold at which this share of negatives would get an answer.

        Raises `ConfigurationError` where the rate is no fraction, or the bundle was calibrated without negatives.
        """
        if not 0 <= false_positive_rate <= 1:
            raise ConfigurationError(
                f"Found a false-positive rate of {false_positive_rate}. Expected a share from 0 to 1, such as 1%."
            )
        if not self.negative_confidences:
            raise ConfigurationError(
                "This model was calibrated without photos that show no landmark, so its false-positive rate is not "
                "known. Calibrate it with some: landmark calibrate BUNDLE DATA --not-landmarks DIR"
            )
        return threshold_expecting(self.negative_confidences, false_positive_rate)

    def to_dict(self) -> dict[str, Any]:
        """Return it as it stands in a bundle's manifest."""
        return {_STORED.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; what only newer bundles have may be missing. Raises `ConfigurationError`.

        >>> Calibration.from_dict({"temperature": 1.3, "threshold": 0.5, "unknown_logit": None}).temperature
        1.3
        """
        names = {_STORED.get(item.name, item.name): item.name for item in fields(cls)}
        needed = {"temperature", "threshold", "unknown_logit"}
        if not needed <= set(values) <= set(names):
            raise ConfigurationError(
                f"Found the calibration settings {', '.join(values) or '(none)'}. "
                f"Expected {', '.join(sorted(needed))}, and at most {', '.join(sorted(set(names) - needed))}."
            )
        settings: dict[str, Any] = {
            names[key]: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**settings)


def allowed_above(n_photos: int, share: float) -> int:
    """Return how many of some photos may pass a threshold for this share of others like them to be expected to.

    One more photo comes to lie anywhere among n others with the same probability, so where k of them pass, it does with
    a probability of (k + 1) / (n + 1), and not of k / n (V. Vovk et al., Algorithmic learning in a random world, 2005).

    >>> allowed_above(200, 0.01), allowed_above(99, 0.29), allowed_above(20, 0.01), allowed_above(4, 1.0)
    (1, 28, 0, 4)
    """
    if share >= 1:
        return n_photos
    return max(int(share * (n_photos + 1) + 1e-9) - 1, 0)  # 0.29 * 100 is 28.999… and means 29


def threshold_expecting(confidences: Sequence[float], share: float) -> float:
    """Return the smallest threshold that at most this share of other photos like these are expected to reach.

    `confidences` are those of the photos, in order, at least one.

    >>> threshold_expecting([0.1, 0.2, 0.6], 0.01) > 0.6, threshold_expecting([0.1, 0.2, 0.6], 1.0)
    (True, 0.0)
    """
    allowed = allowed_above(len(confidences), share)
    return math.nextafter(confidences[-1 - allowed], 1) if allowed < len(confidences) else 0.0


def joint_log_odds(probabilities: NDArray[np.float64], known_logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of "one of the landmarks, and this one".

    The odds against it, another landmark or none of them, add up.

    >>> joint_log_odds(np.array([0.5]), np.array([0.0])).round(3).tolist()  # 1 to 2
    [-0.693]
    >>> joint_log_odds(np.array([1.0]), np.array([2.0])).tolist()
    [2.0]
    """
    with np.errstate(divide="ignore"):  # against what is certain there are no odds: minus infinity is meant
        against = np.log1p(-probabilities) - np.log(np.maximum(probabilities, 1e-300))
    return np.asarray(-np.logaddexp(against, -known_logits))


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
