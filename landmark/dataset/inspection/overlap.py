"""Whether two photos are one: laid over each other, at several scales and wherever they fit best.

Two photos of a building agree in their large shapes and not in their edges; one photo that was saved again, scaled,
cropped, brightened or given a watermark agrees in both. So edges are compared. For pairs that look alike: each takes
tens of milliseconds.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from landmark.photo import read_photo

SAME_PHOTO = 0.81  # of `overlap`, both ways. Real pairs of one photo gave 0.82 and more, of two photos 0.80 at most
_SIDE_PX = 96  # of the first photo's long side
_GRID_PX = 192  # room for the second to be shifted
_EDGE_PX = 3  # what is wider than this is no edge
_SCALES = (0.8, 0.87, 0.92, 0.96, 1.0, 1.04, 1.08, 1.15, 1.25)
_FINER_STEPS = (0.025, 0.012)  # between them
_WORTH_A_CLOSER_LOOK = 0.5
_MIN_SHARED = 0.6  # of the smaller picture; less could agree by chance
_PHOTOS_KEPT = 512  # decoded, 30 kB each

_Plane = NDArray[np.float32]
_Spectrum = NDArray[np.complexfloating]


def is_same_photo(first: Path, second: Path) -> bool:
    """Return whether two files show one photo: their edges agree, whichever of the two is laid over the other.

    Raises `PhotoError` for a photo that cannot be read. Example: `is_same_photo(a, b)`.
    """
    return overlap(first, second) >= SAME_PHOTO and overlap(second, first) >= SAME_PHOTO


def overlap(first: Path, second: Path) -> float:
    """Return how well the edges of two photos agree where they agree best: 1 for the same picture, 0 for no likeness.

    The normalised cross-correlation of the pictures without their large shapes, over all shifts (D. Padfield, "Masked
    Object Registration in the Fourier Domain", 2012), for the second photo at scales from 0.8 to 1.25 times the first
    one's width, and squeezed to its proportions. It stops at `SAME_PHOTO`, so it is a little low for sure pairs.

    Raises `PhotoError` for a photo that cannot be read. Example: `overlap(a, b)`.
    """
    reference = _edges(first, *_fit(_grey(first).size))
    height_px, width_px = reference.shape
    spectra = _spectra(reference)
    wide, high = _grey(second).size

    def at(scale: float) -> float:
        size = round(width_px * scale), round(width_px * scale * high / wide)
        if max(size) > _GRID_PX - _SIDE_PX // 2 or min(size) < 8:
            return 0.0
        return _best_correlation(spectra, reference.size, _edges(second, *size))

    squeezed = _best_correlation(spectra, reference.size, _edges(second, width_px, height_px))
    if squeezed >= SAME_PHOTO:
        return squeezed
    best, scale = max((at(scale), scale) for scale in _SCALES)
    for step in _FINER_STEPS:
        if not _WORTH_A_CLOSER_LOOK <= best < SAME_PHOTO:
            break
        best, scale = max((best, scale), (at(scale - step), scale - step), (at(scale + step), scale + step))
    return max(squeezed, best)


@lru_cache(_PHOTOS_KEPT)
def _grey(path: Path) -> Image.Image:
    picture = Image.fromarray(read_photo(path, short_side_px=_SIDE_PX).pixels).convert("L")
    picture.thumbnail((2 * _SIDE_PX, 2 * _SIDE_PX))
    return picture


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    scale = _SIDE_PX / max(size)
    return max(8, round(size[0] * scale)), max(8, round(size[1] * scale))


def _edges(path: Path, width_px: int, height_px: int) -> _Plane:
    picture = _grey(path).resize((width_px, height_px), Image.Resampling.LANCZOS)
    shapes = picture.filter(ImageFilter.GaussianBlur(_EDGE_PX))
    return np.asarray(picture, np.float32) - np.asarray(shapes, np.float32)


def _spectra(plane: _Plane) -> tuple[_Spectrum, _Spectrum, _Spectrum]:
    """Return the spectra of a picture's mask, of the picture, and of its square."""
    grid = (_GRID_PX, _GRID_PX)
    return _mask_spectrum(plane.shape), np.fft.rfft2(plane, grid), np.fft.rfft2(plane * plane, grid)


@lru_cache(256)
def _mask_spectrum(shape: tuple[int, ...]) -> _Spectrum:
    return np.fft.rfft2(np.ones(shape, np.float32), (_GRID_PX, _GRID_PX))


def _best_correlation(first: tuple[_Spectrum, ...], first_size: int, second_plane: _Plane) -> float:
    """Return the highest correlation of two pictures over all shifts at which they share enough."""
    mask, picture, square = first
    other_mask, other_picture, other_square = (np.conj(spectrum) for spectrum in _spectra(second_plane))
    products = (
        mask * other_mask, picture * other_mask, mask * other_picture,
        picture * other_picture, square * other_mask, mask * other_square,
    )  # fmt: skip
    shared, total, other_total, product, squares, other_squares = (
        np.fft.irfft2(spectrum, (_GRID_PX, _GRID_PX)) for spectrum in products
    )
    shared = np.maximum(np.round(shared), 1)  # how many px lie over each other at each shift
    covariance = product - total * other_total / shared
    variance = np.maximum(squares - total**2 / shared, 1)
    other_variance = np.maximum(other_squares - other_total**2 / shared, 1)
    correlation = covariance / np.sqrt(variance * other_variance)
    enough = shared >= _MIN_SHARED * min(first_size, second_plane.size)
    return float(np.where(enough, correlation, 0).max())
