"""How good answers are, as pure functions of arrays: N is the number of photos, C the number of landmarks.

Nothing to measure (no photos), arrays that do not fit together and NaN are a `LandmarkError`.
"""

from landmark.metrics.accuracy import (
    accuracy_per_class,
    confusion_matrix,
    macro_accuracy,
    top_k_accuracy,
    top_k_hits,
)
from landmark.metrics.distance import LIMITS_KM, share_within
from landmark.metrics.intervals import bootstrap_interval, macro_interval, wilson_interval
from landmark.metrics.paired import difference_interval, macro_difference_interval, mcnemar_test
from landmark.metrics.ranking import auroc, global_average_precision, global_average_precision_interval
from landmark.metrics.reliability import (
    ReliabilityBin,
    RiskCoverage,
    calibration_error_range,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)

__all__ = [
    "LIMITS_KM",
    "ReliabilityBin",
    "RiskCoverage",
    "accuracy_per_class",
    "auroc",
    "bootstrap_interval",
    "calibration_error_range",
    "confusion_matrix",
    "difference_interval",
    "expected_calibration_error",
    "global_average_precision",
    "global_average_precision_interval",
    "macro_accuracy",
    "macro_difference_interval",
    "macro_interval",
    "mcnemar_test",
    "reliability_bins",
    "risk_coverage",
    "share_within",
    "top_k_accuracy",
    "top_k_hits",
    "wilson_interval",
]
