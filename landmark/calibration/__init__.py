"""How far to trust a network: honest confidences, whether a photo shows any landmark it knows, sets with a promise."""

from landmark.calibration.confidence import Calibration, softmax

__all__ = ["Calibration", "softmax"]
