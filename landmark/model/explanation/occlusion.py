"""Finds the part of an image that a score depends on: parts are hidden, or shown alone, and scored again.

Arrays and a function that scores them, nothing else: so it holds for every network, whatever its layers are. What is
hidden is not cut out but blurred until nothing can be recognised, because a grey patch is itself something to see.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Image3 = NDArray[np.float32]  # (3, H, W), as a network is fed
Score = Callable[[NDArray[np.float32]], NDArray[np.float64]]  # (B, 3, H, W) -> (B,), the higher the more

_GRID = 5  # windows along each side
_WINDOW = 3 / 7  # of the side; windows next to each other overlap by more than half
_SMOOTH = 0.8  # of the distance between windows: how far, as a standard deviation, one colours what is around it
_BLUR_TO = 4  # pixels along each side that are left of a blurred image
_BATCH = 10  # images at a time: 6 MB at 224 px


def heat_of(image: Image3, score: Score) -> NDArray[np.float32]:
    """Return how much each point of an image contributes to a score, 0 (least) to 1 (most): (3, H, W) -> (H, W).

    A window slides over the image in steps. Each time the score is asked twice: how far does it fall when the window
    is hidden (M. Zeiler and R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014), and how high
    does it rise when nothing else is shown. The first finds what cannot be done without, the second what would be
    enough; each is put on the same scale, and a point gets the mean of the windows around it.

    >>> image = np.zeros((3, 70, 70), np.float32)
    >>> image[:, :20, 50:] = 1  # the upper right is all that counts
    >>> heat = heat_of(image, lambda images: images[:, :, :20, 50:].mean(axis=(1, 2, 3)).astype(np.float64))
    >>> bool(heat[5, 65] > 0.9), bool(heat[65, 5] < 0.1)
    (True, True)
    """
    down, across = (_distances(side) for side in image.shape[1:])  # (G, H), (G, W)
    windows = [row[:, None] & column for row in _inside(down) for column in _inside(across)]  # G * G of (H, W)
    blurred = blur(image)
    hidden = _score_each(image, blurred, windows, score)
    shown = _score_each(blurred, image, windows, score)
    evidence = (_standardised(shown) - _standardised(hidden)).reshape(_GRID, _GRID)
    heat = _shares(down).T @ evidence @ _shares(across)  # (H, G) x (G, G) x (G, W)
    spread = np.ptp(heat)
    return np.asarray((heat - heat.min()) / spread if spread > 0 else np.zeros_like(heat), dtype=np.float32)


def hottest(heat: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Mark the points of highest heat, this share of them: (H, W) -> (H, W).

    >>> hottest(np.array([[0.1, 0.9], [0.3, 0.2]], np.float32), 0.5).tolist()
    [[False, True], [True, False]]
    """
    chosen = np.zeros(heat.size, dtype=bool)
    chosen[np.argsort(-heat, axis=None, kind="stable")[: round(share * heat.size)]] = True
    return chosen.reshape(heat.shape)


def hide(image: Image3, where: NDArray[np.bool_]) -> Image3:
    """Blur what lies under the mask (H, W)."""
    return np.where(where, blur(image), image)


def blur(image: Image3) -> Image3:
    """Return the image's colours without its shapes: a few pixels, stretched smoothly over the whole."""
    size = image.shape[2], image.shape[1]
    blurred = [
        Image.fromarray(channel).resize((_BLUR_TO, _BLUR_TO), Image.Resampling.BOX).resize(
            size, Image.Resampling.BILINEAR
        )
        for channel in image
    ]  # fmt: skip
    return np.stack([np.asarray(channel, dtype=np.float32) for channel in blurred])


def _distances(side: int) -> NDArray[np.float64]:
    """Return how far each point of a side is from each window's centre, in distances between windows: (G, side)."""
    return np.abs((np.arange(side) + 0.5) * _GRID / side - (np.arange(_GRID) + 0.5)[:, None])


def _inside(distances: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points of a side a window covers; at the rim, windows are cut off by it: (G, side)."""
    return distances <= _WINDOW * _GRID / 2


def _shares(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what share each window has in the mean at each point of a side: (G, side), sums up to 1."""
    weights = np.exp(-0.5 * (distances / _SMOOTH) ** 2)
    return np.asarray(weights / weights.sum(axis=0))


def _score_each(
    below: Image3, above: Image3, windows: Sequence[NDArray[np.bool_]], score: Score
) -> NDArray[np.float64]:
    """Return the score of `below` with `above` in one window after the other: (M,)."""
    scores = []
    for start in range(0, len(windows), _BATCH):
        masks = np.stack(windows[start : start + _BATCH])[:, None]  # (b, 1, H, W)
        scores.append(score(np.where(masks, above, below)))
    return np.concatenate(scores)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)
