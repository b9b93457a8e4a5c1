"""Whether confidence is honest (calibration), and what refusing the least certain answers buys (risk and coverage)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from landmark.core.errors import LandmarkError
from landmark.metrics.arrays import (
    Floats,
    Integers,
    as_flags,
    as_probabilities,
    as_vector,
    check_same_length,
    quantile_interval,
)
from landmark.metrics.intervals import wilson_interval

_DRAWS_AT_ONCE = 4_000_000  # of a simulation: 32 MB


@dataclass(frozen=True)
class ReliabilityBin:
    """Photos of about the same confidence, and how many of their answers were right."""

    n_photos: int
    confidence: float  # mean
    accuracy: float
    interval: tuple[float, float]  # of the accuracy, Wilson, 95 %


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> float:
    """Return how far confidence and accuracy differ, on average over bins of equally many photos; (N,), (N,) of 0/1.

    Equal confidences are never torn apart, so the order of the photos does not matter.

    >>> expected_calibration_error([0.8] * 5, [1, 1, 1, 1, 0])
    0.0
    >>> round(expected_calibration_error([0.6, 0.6, 0.9, 0.9], [0, 1, 1, 1], bins=2), 2)
    0.1
    """
    stated, right = as_vector(confidence, "confidence"), as_vector(correct, "correct")
    check_same_length(confidence=stated, correct=right)
    # a bin's size * |mean confidence - accuracy| is the absolute sum of the differences
    gaps = np.bincount(_bin_of(stated, bins), weights=stated - right)
    error = float(np.abs(gaps).sum() / len(stated))
    return 0.0 if error < 1e-12 else error  # rounding of sums, not miscalibration


def calibration_error_range(
    confidence: ArrayLike, bins: int = 10, *, level: float = 0.95, n_samples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the range of `expected_calibration_error` for a perfectly calibrated model of these confidences; (N,).

    Even its error is not 0, since few photos fall into a bin. It is simulated: each answer is right with the
    probability that was stated, again and again. An error above the range is more than chance.

    After J. Bröcker and L. A. Smith, Increasing the reliability of reliability diagrams, Weather and Forecasting 22
    (2007) 651-661.

    >>> low, high = calibration_error_range([0.9] * 100)
    >>> round(low, 2), round(high, 2)
    (0.0, 0.07)
    """
    stated = as_probabilities(confidence, "confidence")
    bin_of, rng = _bin_of(stated, bins), np.random.default_rng(seed)
    by_bin = np.argsort(bin_of, kind="stable")
    starts = np.flatnonzero(np.diff(bin_of[by_bin], prepend=-1))
    ordered = stated[by_bin]
    at_once = max(1, _DRAWS_AT_ONCE // len(stated))
    errors: list[Floats] = []
    for first in range(0, n_samples, at_once):
        right = rng.random((min(at_once, n_samples - first), len(stated))) < ordered  # (S, N)
        gaps = np.add.reduceat(ordered - right, starts, axis=1)  # (S, bins)
        errors.append(np.abs(gaps).sum(axis=1) / len(stated))
    return quantile_interval(np.concatenate(errors), level)


def reliability_bins(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return the bins of `expected_calibration_error`, from the least to the most confident; (N,), (N,) of 0/1.

    >>> for one in reliability_bins([0.6, 0.6, 0.9, 0.9], [0, 1, 1, 1], bins=2):
    ...     print(one.n_photos, one.confidence, one.accuracy)
    2 0.6 0.5
    2 0.9 1.0
    """
    stated, right = as_vector(confidence, "confidence"), as_flags(correct, "correct")
    check_same_length(confidence=stated, correct=right)
    bin_of = _bin_of(stated, bins)
    found = []
    for number in np.unique(bin_of):
        inside = bin_of == number
        n_photos, n_right = int(inside.sum()), int(right[inside].sum())
        interval = wilson_interval(n_right, n_photos)
        found.append(ReliabilityBin(n_photos, float(stated[inside].mean()), n_right / n_photos, interval))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """For each share of photos that is answered, the surest first (coverage), the share of wrong answers (risk)."""

    coverage: Floats  # (K,), rising to 1: one for each confidence that occurs
    risk: Floats  # (K,)
    threshold: Floats  # (K,): the lowest confidence that is answered
    area: float  # the mean risk over all coverages, photo by photo

    def risk_at(self, coverage: float) -> float:
        """Return the risk where at least this share of the photos is answered."""
        return float(self.risk[np.searchsorted(self.coverage, coverage - 1e-12)])

    def coverage_at(self, risk: float) -> float:
        """Return the largest share of photos that can be answered with at most this risk; 0 where there is none."""
        return float(self.coverage[self.risk <= risk].max(initial=0.0))

    def spread_points(self, count: int) -> Integers:
        """Return the indices of at most so many points, evenly spread from the first to the last."""
        return np.unique(np.linspace(0, len(self.risk) - 1, count).round().astype(int))


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> RiskCoverage:
    """Return risk and coverage at each threshold; (N,), (N,) of 0/1. Equal confidences are answered together.

    Y. Geifman and R. El-Yaniv, Selective classification for deep neural networks, NeurIPS 2017.

    >>> curve = risk_coverage([0.9, 0.8, 0.8, 0.5], [1, 1, 0, 0])
    >>> curve.coverage.tolist(), curve.risk.round(2).tolist()
    ([0.25, 0.75, 1.0], [0.0, 0.33, 0.5])
    >>> curve.coverage_at(risk=0.4), curve.risk_at(coverage=0.5) == 1 / 3
    (0.75, True)
    """
    stated, right = as_vector(confidence, "confidence"), as_flags(correct, "correct")
    check_same_length(confidence=stated, correct=right)
    order = np.argsort(-stated, kind="stable")
    ends = np.flatnonzero(np.diff(stated[order], append=-np.inf))  # of runs of equal confidence
    answered = ends + 1
    risk = (~right[order]).cumsum()[ends] / answered
    area = float((risk * np.diff(answered, prepend=0)).sum() / len(stated))
    return RiskCoverage(answered / len(stated), risk, stated[order][ends], area)


def _bin_of(stated: Floats, bins: int) -> Integers:
    """Return the bin of each photo: about equally many in each, equal confidences together."""
    if bins < 1:
        raise LandmarkError(f"Found bins = {bins}. Expected 1 or more.")
    starts = np.sort(stated)[np.arange(1, bins) * len(stated) // bins]  # the lowest of each bin but the first
    return np.searchsorted(starts, stated, side="right")
