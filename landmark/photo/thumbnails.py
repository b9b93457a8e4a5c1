"""Small pictures of photos for pages and figures, as text that needs no file beside it.

They are made of pixels alone: where and when a photo was taken, and with which camera, stays behind.
"""

import base64
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from landmark.core.cpu import available_cpus
from landmark.core.errors import PhotoError
from landmark.core.progress import track
from landmark.photo.decoding import read_photo

_JPEG_QUALITY = 80  # about 8 kB at 200 px


def thumbnail_jpeg(source: str | Path | bytes, *, side_px: int = 200) -> bytes:
    """Return the middle square of a photo, `side_px` wide, as a JPEG. Raises `PhotoError` for what is no photo."""
    pixels = read_photo(source, short_side_px=side_px).pixels
    return _as_jpeg(ImageOps.fit(Image.fromarray(pixels), (side_px, side_px)))


def picture_jpeg(source: str | Path | bytes, *, long_side_px: int = 900) -> bytes:
    """Return a whole photo, at most `long_side_px` wide and high, as a JPEG. Raises `PhotoError` for what is none."""
    picture = Image.fromarray(read_photo(source, short_side_px=long_side_px // 2).pixels)
    picture.thumbnail((long_side_px, long_side_px))
    return _as_jpeg(picture)


def thumbnail_uri(source: str | Path | bytes, *, side_px: int = 200) -> str:
    """Return the middle square of a photo, `side_px` wide, as a `data:` URI with a JPEG in it.

    Raises `PhotoError` for what cannot be read as a photo.

    >>> dot = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
    >>> thumbnail_uri(dot)[:30]
    'data:image/jpeg;base64,/9j/4AA'
    """
    return _as_uri(thumbnail_jpeg(source, side_px=side_px))


def picture_uri(pixels: NDArray[np.uint8], *, long_side_px: int = 800) -> str:
    """Return pixels (H, W, 3) as a `data:` URI with a JPEG in it, at most `long_side_px` wide and high.

    >>> picture_uri(np.zeros((2, 3, 3), np.uint8))[:30]
    'data:image/jpeg;base64,/9j/4AA'
    """
    picture = Image.fromarray(pixels)
    picture.thumbnail((long_side_px, long_side_px))
    return _as_uri(_as_jpeg(picture))


def thumbnail_uris(photos: Iterable[Path], *, side_px: int = 200) -> Iterator[str | None]:
    """Yield thumbnails in the order of the photos; None for one that cannot be read: a page does without it."""

    def make(path: Path) -> str | None:
        try:
            return thumbnail_uri(path, side_px=side_px)
        except PhotoError:
            return None

    paths = list(photos)
    makers = ThreadPoolExecutor(max_workers=available_cpus())
    uris = makers.map(make, paths)
    # All are in the queue. A generator that is left unfinished may be collected while a thread starts, which holds the
    # lock that waiting for threads takes: so nobody waits here.
    makers.shutdown(wait=False)
    yield from track(uris, "Making thumbnails", total=len(paths))


def _as_jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _as_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
