"""Any decoded picture as RGB of 8 bits: deep and float greys, palettes, CMYK, transparency, colour profiles."""

import functools
import io
import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from PIL import ImageCms

_PROFILE_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK"}  # Pillow's mode: the colour space that a profile for it declares


def to_rgb(image: Image.Image, *, shrink: int = 1) -> Image.Image:
    """Return the picture in RGB of 8 bits, on white where transparent, in sRGB where its profile says another space.

    `shrink` averages that many pixels along each side into one, before the costly steps. Raises `ValueError` for a mode
    that Pillow has no way from (CIELAB).

    >>> to_rgb(Image.new("RGBA", (2, 2), (255, 0, 0, 0))).getpixel((0, 0))
    (255, 255, 255)
    >>> to_rgb(Image.new("I;16", (2, 2), 0x80FF)).getpixel((0, 0))
    (128, 128, 128)
    """
    profile = image.info.get("icc_profile")
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(_to_8_bits(np.asarray(image)))
    elif image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(with_alpha, mask=with_alpha.getchannel("A"))
    elif image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which hold their inks inverted
        image = ImageChops.invert(image)
    elif image.mode not in ("RGB", "CMYK", "L"):
        image = image.convert("RGB")
    if shrink > 1:
        image = image.reduce(shrink)
    if isinstance(profile, bytes) and profile[16:20] == _PROFILE_SPACES.get(image.mode) and not _is_srgb(profile):
        image = _to_srgb(image, profile)
    return image.convert("RGB") if image.mode != "RGB" else image


def _to_8_bits(values: np.ndarray) -> np.ndarray:
    """Return greys of 16 or 32 bits, or floats, of shape (H, W) as uint8.

    White is 1 for floats as far as none exceeds it, else 255, else 65535, the customs of those who write such files.
    What has negative values, or greater ones, is no photo but data: it is stretched from its least to its greatest.
    """
    if values.dtype.itemsize == 2:
        return (values >> 8).astype(np.uint8)  # the upper byte, as Pillow does for colour of 16 bits
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(min(0, values.min())), float(values.max())
    customs = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
    white = next((white for white in customs if low == 0 and high <= white), high)
    return ((values - low) * (255 / max(white - low, 1e-30))).astype(np.uint8)


def _is_srgb(profile: bytes) -> bool:
    """Return whether an ICC profile calls itself sRGB; most photos carry such a one, and need no conversion."""
    n_tags = int.from_bytes(profile[128:132], "big")
    table = profile[132 : 132 + 12 * min(n_tags, 64)]
    for name, start, length in struct.iter_unpack(">4sII", table[: len(table) // 12 * 12]):
        if name == b"desc":
            words = profile[start : start + length].replace(b"\0", b"")  # ASCII in version 2, UTF-16 in version 4
            return b"sRGB" in words and b"with sRGB" not in words  # "Display P3 Gamut with sRGB Transfer" is not
    return False


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert colours by the photo's own profile (Display P3 of phones, a printer's inks), unless it is broken."""
    try:
        return _transform_to_srgb(profile, image.mode).apply(image)
    except (OSError, TypeError, ValueError):
        return image


@functools.lru_cache(maxsize=8)
def _transform_to_srgb(profile: bytes, mode: str) -> "ImageCms.ImageCmsTransform":
    """Make a transform, and keep it: photos are of few cameras, and making one takes longer than a small photo."""
    from PIL import ImageCms  # costs 40 ms, which most photos need not pay

    source, srgb = (
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
    )
    # several threads share it, so it must not remember its last pixel
    return ImageCms.ImageCmsTransform(source, srgb, mode, "RGB", flags=ImageCms.Flags.NOCACHE)
