"""Photo -> array: the one way from pixels to what a network is fed, the same in training, evaluation and prediction.

The settings travel with a trained model, as a dictionary in its bundle.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from landmark.core.errors import ConfigurationError, PhotoError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# Of a photo with more extreme proportions only the middle is resized. Without this, one of 1 x 20,000 px would be
# resized to 255 x 5,100,000; panoramas of real cameras stay below it and are resized whole.
_MAX_ASPECT = 8


@dataclass(frozen=True)
class Preprocessing:
    """Resize the short side, crop the centre, scale to 0..1, normalise.

    Colours are RGB; mean and deviation are of values in 0..1.

    >>> preprocessing = Preprocessing()
    >>> array = preprocessing(np.full((300, 400, 3), 255, dtype=np.uint8))
    >>> array.shape, array.dtype, float(array[0, 0, 0].round(2))
    ((3, 224, 224), dtype('float32'), 2.25)
    """

    resize_px: int = 255  # of the short side; with the crop of 224 these are the course project's numbers
    crop_px: int = 224
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def __post_init__(self) -> None:
        pixels_fit = all(type(size) is int for size in (self.resize_px, self.crop_px))
        if not pixels_fit or not 1 <= self.crop_px <= self.resize_px:
            raise ConfigurationError(
                f"Found resize_px = {self.resize_px!r} and crop_px = {self.crop_px!r}. Expected whole numbers, "
                "the crop at least 1 and not larger than the short side it is cut from."
            )
        for name, values in (("mean", self.mean), ("std", self.std)):
            if not _is_colour(values) or (name == "std" and min(values) <= 0):
                raise ConfigurationError(
                    f"Found {name} = {values!r}. Expected three finite numbers, for red, green and blue"
                    f"{', all above 0.' if name == 'std' else '.'}"
                )

    def __call__(self, pixels: NDArray[np.uint8], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Turn the pixels of a photo (H, W, 3) into an array (3, crop_px, crop_px); `out` is written to when given.

        Equal, to float rounding, to torchvision's `Resize(resize_px)` on a PIL image (bilinear, antialiased),
        `CenterCrop(crop_px)`, `ToTensor()` and `Normalize(mean, std)`. The one exception are photos whose long side is
        more than eight times the short one: of those only the middle, eight times as long as wide, is resized,
        which moves what is seen by a pixel of the result at most. Raises `PhotoError` for arrays that are no pixels.

        >>> batch = np.empty((2, 3, 224, 224), dtype=np.float32)
        >>> for row in batch:
        ...     _ = Preprocessing()(np.zeros((300, 400, 3), dtype=np.uint8), out=row)
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
            raise PhotoError(
                f"Found an array of shape {pixels.shape} and type {pixels.dtype}. Expected the pixels of a photo: "
                "(height, width, 3), uint8, as read_photo gives them."
            )
        cropped = self._resize_and_crop(pixels)  # (H, W, 3) -> (crop, crop, 3)
        # (x / 255 - mean) / std as one product and one sum, in float32 and in place
        deviation = np.array(self.std)[:, None, None]
        scale = (1 / (255 * deviation)).astype(np.float32)
        shift = (np.array(self.mean)[:, None, None] / deviation).astype(np.float32)
        if out is None:
            out = np.empty((3, self.crop_px, self.crop_px), dtype=np.float32)
        np.multiply(cropped.transpose(2, 0, 1), scale, out=out)  # -> (3, crop, crop)
        np.subtract(out, shift, out=out)
        return out

    def crop_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Return the part of a photo of this size that the array shows: left, top, right, bottom, in its pixels.

        >>> Preprocessing(resize_px=256, crop_px=224).crop_box(512, 1024)
        (32.0, 288.0, 480.0, 736.0)
        """
        columns, rows = _kept(width, height), _kept(height, width)
        (new_width, new_height), left, top = self._geometry(len(columns), len(rows))
        per_column, per_row = len(columns) / new_width, len(rows) / new_height  # pixels of the photo to one resized
        return (
            columns.start + per_column * left,
            rows.start + per_row * top,
            columns.start + per_column * (left + self.crop_px),
            rows.start + per_row * (top + self.crop_px),
        )

    def _geometry(self, width: int, height: int) -> tuple[tuple[int, int], int, int]:
        """Return the size to resize to, and the left and top of the crop in it."""
        short = min(height, width)
        # torchvision cuts the long side's fraction off, and rounds the crop's corner half to even
        new_width, new_height = int(self.resize_px * width / short), int(self.resize_px * height / short)
        return (new_width, new_height), round((new_width - self.crop_px) / 2), round((new_height - self.crop_px) / 2)

    def _resize_and_crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = pixels.shape[:2]
        rows, columns = _kept(height, width), _kept(width, height)
        pixels = pixels[rows.start : rows.stop, columns.start : columns.stop]
        size, left, top = self._geometry(len(columns), len(rows))
        # Not resize(box=...), which would compute the crop alone and save a third of the time: Pillow keeps the box in
        # single precision and then rounds up to a quarter of the values the other way.
        resized = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
        return np.asarray(resized.crop((left, top, left + self.crop_px, top + self.crop_px)))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as they stand in a bundle: plain JSON values."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; all keys must be there and no others. Raises `ConfigurationError`.

        >>> Preprocessing.from_dict(Preprocessing(resize_px=256).to_dict()) == Preprocessing(resize_px=256)
        True
        """
        expected = [field.name for field in fields(cls)]
        if sorted(values) != sorted(expected):
            raise ConfigurationError(
                f"Found the preprocessing settings {', '.join(values) or '(none)'}. Expected exactly "
                f"{', '.join(expected)}."
            )
        colours = {
            key: tuple(values[key]) if isinstance(values[key], list | tuple) else values[key] for key in ("mean", "std")
        }
        return cls(**{**values, **colours})


def _is_colour(values: Any) -> bool:
    return (
        isinstance(values, tuple)
        and len(values) == 3
        and all(isinstance(value, float | int) and np.isfinite(value) for value in values)
    )


def _kept(length: int, other: int) -> range:
    """Return which pixels of a side are kept, given the length of the other side."""
    start = max(0, (length - _MAX_ASPECT * other) // 2)
    # one more where an odd number would be cut, so that the centre stays where it was
    return range(start, length - start)
