"""Explains an answer: which part of a photo led to it, as numbers, as a picture, as a page."""

from landmark.model.explanation.explanation import MARKED_SHARE, Explanation, explain_answer

__all__ = ["MARKED_SHARE", "Explanation", "explain_answer"]
