"""A photo made ready for the network, or the reason why it cannot be read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import PhotoError
from landmark.photo import DEFAULT_LIMITS, Limits, Photo, PhotoFile, read_photo
from landmark.photo.preprocessing import Preprocessing

PhotoSource: TypeAlias = PhotoFile | Photo


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo after reading: the network's input, or an error."""

    name: str
    image: NDArray[np.float32] | None = None  # (3, crop, crop)
    size_px: tuple[int, int] | None = None  # (width, height) of the photo itself, upright
    warnings: tuple[str, ...] = ()
    error: str | None = None


def prepare_photo(
    source: PhotoSource,
    preprocessing: Preprocessing,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> PreparedPhoto:
    """Read a photo for the network; `name` is what the answer calls it (default: its path).

    Whatever goes wrong with it is said in the result; it raises nothing.
    """
    if name is None:  # never what is in it
        name = str(source) if isinstance(source, str | Path) else "photo"
        name = source.source if isinstance(source, Photo) else name
    try:
        if isinstance(source, Photo):
            photo = source
        elif isinstance(source, PhotoFile):
            photo = read_photo(source, name=name, limits=limits, short_side_px=preprocessing.resize_px)
        else:
            raise PhotoError(f"{name}: found a {type(source).__name__}. Expected a path, bytes or a Photo.")
        return PreparedPhoto(name, preprocessing(photo.pixels), photo.original_size_px, photo.warnings)
    except PhotoError as error:
        return PreparedPhoto(name, error=str(error))
    except Exception as error:  # a fault of ours or of a decoder; the other photos do not pay for it
        return PreparedPhoto(name, error=f"{name}: unexpected {type(error).__name__} while reading it: {error}")
