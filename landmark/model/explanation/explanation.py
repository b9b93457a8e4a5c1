"""Explains an answer: which part of the photo led to a candidate, as numbers, as a picture and in words.

`Predictor.explain` makes explanations, `occlusion` finds the part, `heat_map` draws it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError
from landmark.core.text import confidence_text
from landmark.geo.countries import name_key
from landmark.model.answer import Answer, Candidate
from landmark.model.bundle import Bundle
from landmark.model.explanation.heat_map import as_png, draw_heat_map
from landmark.model.explanation.occlusion import heat_of, hide, hottest
from landmark.photo import Photo

MARKED_SHARE = 0.2  # of what the network saw: the part that is outlined, and hidden for `confidence_without`

Confidences = Callable[[NDArray[np.float32]], NDArray[np.float64]]  # (B, 3, H, W) -> (B, C)

_SUREST = 1e-12  # how near a confidence is let to 0 and 1, whose odds have no logarithm


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which part of a photo led to a candidate, mostly the best one.

    `heat` is 0 to 1 over the square of the photo that the network saw, which is `box` (left, top, right, bottom, in
    pixels of `photo.pixels`). It compares the parts of this photo with each other and says nothing of how sure the
    answer is; `confidence_without` does: what stays of the candidate's confidence when the hottest fifth is blurred.
    """

    answer: Answer
    candidate: Candidate
    confidence_without: float
    heat: NDArray[np.float32]  # (crop_px, crop_px)
    box: tuple[float, float, float, float]
    photo: Photo

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Return the hottest fifth of the heat: (crop_px, crop_px)."""
        return hottest(self.heat, MARKED_SHARE)

    def to_png(self) -> bytes:
        """Draw the heat map over the photo, with the candidate's name and confidence, as the bytes of a PNG file."""
        caption = [self.heading(), self.marked_text()]
        return as_png(draw_heat_map(self.photo.pixels, self.heat, self.box, self.marked, caption))

    def heading(self) -> str:
        """Return what the map shows, in a line."""
        name, sure = self.candidate.landmark, confidence_text(self.candidate.confidence)
        if self.answer.landmark == name:
            return f"{name}, {sure} sure"
        if self.answer.landmark is None:
            return f"No landmark I know; {name}: {sure}"
        return f"{name}: {sure} (the answer is {self.answer.landmark})"

    def marked_text(self) -> str:
        """Return how much hangs on the outlined part, in a sentence."""
        return f"{self.candidate.landmark} with the outlined fifth blurred: {confidence_text(self.confidence_without)}"

    def to_row(self) -> dict[str, Any]:
        """Return the answer's row and what was explained as plain JSON values; `box` in shares of the photo's sides."""
        height, width = self.photo.pixels.shape[:2]
        sides = (width, height, width, height)
        return {
            **self.answer.to_row(),
            "explained": self.candidate.landmark,
            "explained_confidence": round(self.candidate.confidence, 4),
            "confidence_without_marked": round(self.confidence_without, 4),
            "marked_share": MARKED_SHARE,
            "box": [round(edge / side, 4) for edge, side in zip(self.box, sides, strict=True)],
        }


def explain_answer(
    answer: Answer, photo: Photo, bundle: Bundle, confidences: Confidences, landmark: str | None = None
) -> Explanation:
    """Explain the answer of a network, given as `confidences` of preprocessed photos; takes about a second.

    `landmark` is the candidate to explain; None is the best one. Raises `ConfigurationError` for one that the model
    does not know.
    """
    index = _find(landmark if landmark is not None else answer.candidates[0].landmark, bundle)
    image = bundle.preprocessing(photo.pixels)  # (3, crop, crop)

    def of_candidate(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return confidences(images)[:, index]  # (B, C) -> (B,)

    def log_odds(images: NDArray[np.float32]) -> NDArray[np.float64]:
        # From 99.0 to 99.9 % is as far as from 90 to 99: a sure answer's confidence hardly moves at first.
        sure = np.clip(of_candidate(images), _SUREST, 1 - _SUREST)
        return np.asarray(np.log(sure) - np.log1p(-sure))

    heat = heat_of(image, log_odds)
    without = hide(image, hottest(heat, MARKED_SHARE))
    confidence, confidence_without = (float(one) for one in of_candidate(np.stack([image, without])))
    height, width = photo.pixels.shape[:2]
    return Explanation(
        answer=answer,
        candidate=Candidate(bundle.categories[index], confidence),
        confidence_without=confidence_without,
        heat=heat,
        box=bundle.preprocessing.crop_box(width, height),
        photo=photo,
    )


def _find(landmark: str, bundle: Bundle) -> int:
    """Return the index of a landmark by its name; case, accents and punctuation do not matter."""
    index_of = {name_key(name): index for index, name in enumerate(bundle.categories)}
    if (index := index_of.get(name_key(landmark))) is not None:
        return index
    near = get_close_matches(name_key(landmark), index_of, n=3)
    names = [bundle.categories[index_of[key]] for key in near]
    hint = f"Did you mean {' or '.join(names)}?" if names else "They are listed by: landmark places"
    raise ConfigurationError(
        f"Found the landmark {landmark!r}. Expected one of {len(index_of)} that the model {bundle.name} knows. {hint}"
    )
