"""Several looks at a photo, whose scores are averaged: the whole square, its mirror image, and a little closer.

Which looks was chosen on validation photos of the model that ships.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landmark.photo.preprocessing import Preprocessing

_CLOSER = 1.1


def one_look(preprocessing: Preprocessing, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The photo (H, W, 3) as the network is used to see it: (1, 3, crop, crop)."""
    return preprocessing(pixels)[None]


def several_looks(preprocessing: Preprocessing, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The photo (H, W, 3) as it is, mirrored, and closer by a tenth: (3, 3, crop, crop).

    >>> looks = several_looks(Preprocessing(), np.zeros((300, 400, 3), np.uint8))
    >>> looks.shape
    (3, 3, 224, 224)
    """
    as_it_is = preprocessing(pixels)
    closer = replace(preprocessing, resize_px=round(_CLOSER * preprocessing.resize_px))
    return np.stack([as_it_is, as_it_is[:, :, ::-1], closer(pixels)])
