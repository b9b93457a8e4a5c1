"""How far to trust a network: honest confidences, whether a photo shows any landmark it knows, sets with a promise."""

from landmark.calibration.confidence import Calibration, joint_log_odds, softmax, with_unknown

__all__ = ["Calibration", "joint_log_odds", "softmax", "with_unknown"]
