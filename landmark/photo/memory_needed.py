"""How much memory a photo takes to decode, by its header: measured for each format by `benchmarks/large_photos.py`."""

import math

from PIL import ImageFile

from landmark.photo.readers import tile_size

# Bytes of a pixel of an opened picture, in Pillow's memory; four in all other modes.
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
# What `to_rgb` takes beside it before it shrinks the picture.
_GREYS = {"I": 24, "F": 24} | dict.fromkeys(("I;16", "I;16B", "I;16L", "I;16N"), 6)
_TRANSPARENT, _OTHER = 9, 4
_PLAIN = ("RGB", "L", "CMYK")
_WHOLE = 11  # more, where a picture is kept as large as it is: turned, in sRGB, and as an array
# What the decoder keeps beside Pillow's picture, in bytes of a pixel.
_DECODER = {"HEIC": 6, "AVIF": 6, "WebP": 12, "GIF": 4}
_COEFFICIENT = 2.1  # bytes of each sample of a progressive JPEG, all of which are kept until the last pass


def opening_bytes(format_name: str, size: tuple[int, int]) -> int:
    """Return about how much memory the readers take that set it aside on opening, for a size (width, height) in px."""
    return (4 + _DECODER.get(format_name, 0)) * size[0] * size[1]


def decoding_bytes(
    image: ImageFile.ImageFile, format_name: str, size: tuple[int, int], *, is_shrunk: bool = True
) -> int:
    """Return about how much memory decoding takes, without the file's own bytes; `image` is opened, and draws nothing.

    `size` is (width, height) in px as stored, of which a JPEG may be decoded at an eighth. `is_shrunk`: the caller
    wants a picture of a few hundred pixels.

    >>> import io
    >>> from PIL import Image, PngImagePlugin
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (2000, 1000)).save(file, "PNG")
    >>> _ = file.seek(0)
    >>> decoding_bytes(PngImagePlugin.PngImageFile(file), "PNG", (2000, 1000))
    8000000
    """
    stored = _STORED.get(image.mode, 4)
    per_pixel = stored + _DECODER.get(format_name, 0) + _converting(image) + (0 if is_shrunk else _WHOLE)
    n_bytes = per_pixel * max(image.width * image.height, math.prod(tile_size(image)))
    if "progressive" in image.info:
        n_bytes += round(_COEFFICIENT * _samples(image) * size[0] * size[1])
    return n_bytes


def _converting(image: ImageFile.ImageFile) -> int:
    if image.mode in _GREYS:
        return _GREYS[image.mode]
    if image.has_transparency_data:
        return _TRANSPARENT
    is_inverted = image.mode == "CMYK" and "adobe" not in image.info
    return _OTHER if is_inverted or image.mode not in _PLAIN else 0


def _samples(image: ImageFile.ImageFile) -> float:
    """Return how many samples a pixel of a JPEG has: 3 with colours in full, 1.5 with colours at a half."""
    shares = [across * down for _, across, down, _ in getattr(image, "layer", [])]
    return sum(shares) / max(shares) if shares else 4.0
