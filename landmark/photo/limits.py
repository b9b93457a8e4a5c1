"""What a photo may be at most: checked before anything is decoded, so that made-up files cost nothing."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice

from PIL import Image

from landmark.core.errors import ConfigurationError, PhotoError
from landmark.metadata.formats.gif import read_frames
from landmark.photo.memory import GATE, SMALL_BYTES

_APPLICATION_SEGMENTS = "applist"  # where Pillow keeps those of a JPEG, metadata of all kinds


@dataclass(frozen=True)
class Limits:
    """What a photo may be at most. All of it is checked before anything is decoded.

    Without `max_pixels` a photo may have as many as there is memory for: it may take half of what is free, and have at
    most 500 million pixels. Without `max_bytes` its file may be as large as the same memory.
    """

    max_bytes: int | None = None
    max_pixels: int | None = None
    # Long side to short side. Panoramas end near 20; a strip of 1 x 20,000 px, scaled to a short side of 255 px for a
    # model, would be 5,100,000 px long.
    max_aspect: int = 50
    # What lies beside the picture costs next to nothing here, so only who reads photos of strangers sets these.
    max_frames: int | None = None
    max_metadata_bytes: int | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
            if not is_number and not (value is None and item.default is None):
                without = ", or None" if item.default is None else ""
                raise ConfigurationError(f"Limits: {item.name} is {value!r}. Expected a number above 0{without}.")


DEFAULT_LIMITS = Limits()
_LARGE_PIXELS, _MOST_PIXELS_OF_BYTE = 100_000_000, 200  # the smallest files of photos have a byte for 50 pixels
MOST_PIXELS = 500_000_000  # however much memory there is: a small file may hold any number of black pixels


def check_pixels(size: tuple[int, int], name: str, limits: Limits) -> None:
    """Raise `PhotoError` for a size (width, height) in px of too many pixels."""
    n_pixels = size[0] * size[1]
    most = MOST_PIXELS if limits.max_pixels is None else limits.max_pixels
    if n_pixels > most:
        raise PhotoError(
            f"{name}: {size[0]:,} x {size[1]:,} px are {n_pixels / 1e6:,.1f} megapixels. "
            f"Expected at most {most / 1e6:,.1f}; save it smaller, or raise the limit where there "
            "is one (--max-megapixels, in Python Limits(max_pixels=…))."
        )


def check_density(n_file_bytes: int, size: tuple[int, int], name: str, limits: Limits) -> None:
    """Raise `PhotoError` for very many pixels (width, height) in a file that is too small for a photo: a bomb.

    Who sets a limit of pixels wants all up to there.
    """
    n_pixels = size[0] * size[1]
    least = n_pixels / _MOST_PIXELS_OF_BYTE
    if limits.max_pixels is None and n_pixels > _LARGE_PIXELS and n_file_bytes < least:
        raise PhotoError(
            f"{name}: {size[0]:,} x {size[1]:,} px are {n_pixels / 1e6:,.1f} megapixels, in "
            f"{n_file_bytes / 1e6:,.2f} MB. Expected at least {least / 1e6:,.1f} MB of a photo; save it smaller, or "
            f"allow it yourself (--max-megapixels {math.ceil(n_pixels / 1e6)}, in Python Limits(max_pixels=…))."
        )


def check_memory(n_bytes: int, size: tuple[int, int], name: str, limits: Limits) -> None:
    """Raise `PhotoError` for a photo of this size (width, height) in px that takes too much memory to decode.

    Who sets a limit of pixels has decided that there is enough.
    """
    if limits.max_pixels is not None or n_bytes <= SMALL_BYTES or n_bytes <= (budget := GATE.budget_bytes):
        return
    megapixels = size[0] * size[1] / 1e6
    raise PhotoError(
        f"{name}: {size[0]:,} x {size[1]:,} px ({megapixels:,.1f} megapixels) take {n_bytes / 1e6:,.0f} MB of memory. "
        f"Expected at most {budget / 1e6:,.0f} MB, half of what is free; save it smaller, close other programs, "
        f"or allow it yourself (--max-megapixels {math.ceil(megapixels)}, in Python Limits(max_pixels=…))."
    )


def check_aspect(size: tuple[int, int], name: str, limits: Limits) -> None:
    """Raise `PhotoError` for a size (width, height) in px that is a strip."""
    if max(size) > limits.max_aspect * min(size):
        raise PhotoError(
            f"{name}: {size[0]:,} x {size[1]:,} px is a strip, not a photo. "
            f"Expected one side at most {limits.max_aspect} times the other; cut it, or raise Limits(max_aspect=…)."
        )


def check_payload(data: bytes, image: Image.Image, format_name: str, name: str, limits: Limits) -> None:
    """Raise `PhotoError` for too many frames or too much metadata: the payload apart from the picture."""
    if limits.max_frames is not None and has_more_frames(data, image, format_name, limits.max_frames):
        raise PhotoError(f"{name}: over {limits.max_frames:,} frames. Expected a photo; save the first frame alone.")
    n_bytes = metadata_bytes(image)
    if limits.max_metadata_bytes is not None and n_bytes > limits.max_metadata_bytes:
        raise PhotoError(
            f"{name}: {n_bytes / 1e6:,.1f} MB of metadata. Expected at most {limits.max_metadata_bytes / 1e6:,.1f} MB; "
            "save it without."
        )


def metadata_bytes(image: Image.Image) -> int:
    """Return how many bytes of metadata an opened image brings: EXIF, XMP, colour profile, comments, texts.

    >>> picture = Image.new("L", (1, 1))
    >>> picture.info["comment"] = b"Dear diary,"
    >>> metadata_bytes(picture)
    11
    """
    segments = getattr(image, _APPLICATION_SEGMENTS, None)
    values = [body for _, body in segments] if segments else image.info.values()
    return sum(len(value) for value in values if isinstance(value, bytes | str))


def has_more_frames(data: bytes, image: Image.Image, format_name: str, limit: int) -> bool:
    """Return whether a file holds more than `limit` frames or pages; looks no further than that.

    >>> dot = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
    >>> has_more_frames(dot, Image.new("L", (1, 1)), "GIF", 1)
    False
    """
    if format_name in ("GIF", "TIFF"):
        frames = read_frames(data) if format_name == "GIF" else _tiff_pages(data)
        return sum(1 for _ in islice(frames, limit + 1)) > limit
    return int(getattr(image, "n_frames", 1)) > limit  # known from the header


def _tiff_pages(data: bytes) -> Iterator[int]:
    """Yield where the pages of a TIFF begin: a chain of directories, each of which ends with the offset of the next."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    first, count, offset, entry_bytes = (8, "Q", "Q", 20) if big else (4, "H", "I", 12)
    try:
        at = struct.unpack_from(order + offset, data, first)[0]
        while at:
            yield at
            entries = struct.unpack_from(order + count, data, at)[0]
            at = struct.unpack_from(order + offset, data, at + struct.calcsize("=" + count) + entries * entry_bytes)[0]
    except struct.error:  # a chain that leads out of the file
        return
