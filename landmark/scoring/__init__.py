"""How well a bundle recognises photos (`measuring`), as a scorecard: a value, a text, a page."""

from landmark.scoring.measuring import score_bundle

__all__ = ["score_bundle"]
