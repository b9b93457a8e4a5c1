"""Pictures that the base install does not decode: JPEG XL, films, and RAW files without a JPEG (extra `raw`).

The packages were chosen by what their wheels hold: imagecodecs (BSD), opencv-python-headless (Apache 2.0, its FFmpeg is
LGPL), rawpy (MIT, LibRaw is LGPL). PyAV's wheels bring x264 and x265 (GPL), pillow-jxl-plugin is GPL itself.
"""

import io
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from landmark.core.errors import MissingPackageError, PhotoError, require
from landmark.metadata.formats.jxl import read_codestream_head
from landmark.metadata.formats.raw import RAW_FORMATS
from landmark.metadata.formats.signatures import FORMATS, MOVIE_FORMATS
from landmark.photo.contents import PhotoContents, PhotoFile
from landmark.photo.limits import Limits, check_aspect, check_memory, check_pixels
from landmark.photo.orientation import TURNS

EXTRA = "raw"
_BYTES_PER_PIXEL = 16  # of memory, until it is RGB: JPEG XL with transparency takes the most
EXTRA_FORMATS = frozenset({"JPEG XL", *MOVIE_FORMATS, *RAW_FORMATS})


def needs_extra(found: PhotoContents) -> bool:
    """Return whether there is no picture in a photo that the base install decodes."""
    return found.format in EXTRA_FORMATS and not found.preview


def decode_with_extra(found: PhotoContents, source: PhotoFile, limits: Limits) -> tuple[np.ndarray, tuple[int, int]]:
    """Return upright pixels, uint8 (H, W, 3), of a file of one of `EXTRA_FORMATS`, and its own (width, height) in px.

    Raises `PhotoError`: for one that cannot be decoded, and without the package that it needs.
    """
    try:
        if found.format == "JPEG XL":
            pixels = _decode_jxl(found, limits)
        elif found.format in MOVIE_FORMATS:
            pixels = _first_frame(found, source, limits)
        else:
            pixels = _develop(found, source, limits)
    except PhotoError:
        raise
    except MissingPackageError as error:
        raise PhotoError(f"{found.name}: this is {describe_extra(found)}. Expected {FORMATS}. {error}") from error
    except Exception as error:  # decoders raise of many kinds
        why = f"{error}".strip() or type(error).__name__
        if found.format in MOVIE_FORMATS:
            what = f"this is {describe_extra(found)}, and {why}. Expected {FORMATS}, or a whole film."
            raise PhotoError(f"{found.name}: {what}") from error
        raise PhotoError(
            f"{found.name}: a damaged or truncated {found.format} file ({why}). "
            "Expected a whole one; copy or download it again."
        ) from error
    pixels.flags.writeable = False
    scale = 2 if found.format in RAW_FORMATS else 1
    return pixels, (scale * pixels.shape[1], scale * pixels.shape[0])


def size_of_extra(found: PhotoContents, limits: Limits) -> tuple[int, int] | None:
    """Return the upright (width, height) in px of a JPEG XL that can be decoded here; None for all else."""
    head = read_codestream_head(found.data) if found.format == "JPEG XL" else None
    if head is None or missing_package(found.format):
        return None
    (width, height), orientation = head
    _check_size((width, height), found.name, limits)
    return (height, width) if orientation >= 5 else (width, height)


def missing_package(format_name: str | None) -> str | None:
    """Return the package without which the picture of a file of this format is not decoded; None where it is there.

    >>> missing_package("JPEG") is None
    True
    """
    package = _packages().get(format_name or "")
    return package if package and find_spec(package) is None else None


@cache
def installed_packages() -> tuple[str, ...]:
    """Return which of the packages that decode `EXTRA_FORMATS` are installed."""
    return tuple(sorted(package for package in set(_packages().values()) if find_spec(package)))


def _packages() -> dict[str, str]:
    films, raw = dict.fromkeys(MOVIE_FORMATS, "cv2"), dict.fromkeys(RAW_FORMATS, "rawpy")
    return {"JPEG XL": "imagecodecs", **films, **raw}


def describe_extra(found: PhotoContents) -> str:
    """Return what a file of `EXTRA_FORMATS` is, in words for an error."""
    if found.format in MOVIE_FORMATS:
        return f"a video ({found.format})"
    return "a JPEG XL file" if found.format == "JPEG XL" else f"a RAW file ({found.format}) without a JPEG inside"


def _decode_jxl(found: PhotoContents, limits: Limits) -> np.ndarray:
    head = read_codestream_head(found.data)
    if head is None:
        raise PhotoError(f"{found.name}: this is a JPEG XL file without a picture. Expected {FORMATS}.")
    _check_size(head[0], found.name, limits)
    decoded = require("imagecodecs", EXTRA).jpegxl_decode(found.data, index=0, keeporientation=True)
    upright = _as_rgb(np.asarray(decoded))
    return np.array(upright.transpose(TURNS[head[1]]) if head[1] in TURNS else upright)


def _first_frame(found: PhotoContents, source: PhotoFile, limits: Limits) -> np.ndarray:
    for name, level in (("OPENCV_FFMPEG_LOGLEVEL", "-8"), ("OPENCV_LOG_LEVEL", "SILENT")):
        os.environ.setdefault(name, level)  # what it would print of broken films, nobody can act on
    cv2: Any = require("cv2", EXTRA)
    if not isinstance(source, str | Path):
        raise PhotoError(f"{found.name}: this is {describe_extra(found)}. Expected {FORMATS}, or a film in a file.")
    film = cv2.VideoCapture(str(source), cv2.CAP_FFMPEG)
    try:
        size = int(film.get(cv2.CAP_PROP_FRAME_WIDTH)), int(film.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not film.isOpened() or min(size) <= 0:
            raise ValueError("no picture in it can be decoded")
        _check_size(size, found.name, limits)
        is_read, frame = film.read()  # turned as the film says
    finally:
        film.release()
    if not is_read:
        raise ValueError("its first picture cannot be decoded")
    return np.ascontiguousarray(frame[:, :, ::-1])


def _develop(found: PhotoContents, source: PhotoFile, limits: Limits) -> np.ndarray:
    rawpy: Any = require("rawpy", EXTRA)
    with rawpy.imread(str(source) if isinstance(source, str | Path) else io.BytesIO(bytes(source))) as raw:
        _check_size((raw.sizes.raw_width, raw.sizes.raw_height), found.name, limits)
        return np.asarray(raw.postprocess(half_size=True, use_camera_wb=True))  # turned by it


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    check_pixels(size, name, limits)
    check_memory(_BYTES_PER_PIXEL * size[0] * size[1], size, name, limits)
    check_aspect(size, name, limits)


def _as_rgb(pixels: np.ndarray) -> Image.Image:
    """Return a picture of grey or colour, with or without transparency, of 8, 16 or 32 bits: on white.

    >>> np.asarray(_as_rgb(np.array([[0, 65535]], np.uint16))).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.dtype == np.uint16:
        pixels = pixels >> 8
    elif pixels.dtype != np.uint8:
        pixels = np.nan_to_num(pixels.astype(np.float32)).clip(0, 1) * 255
    pixels = pixels.astype(np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    picture = Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels)
    if mode in ("LA", "RGBA"):
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    return picture.convert("RGB")
