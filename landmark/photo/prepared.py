"""A photo made ready for the network, or the reason why it cannot be read; with its metadata where these are wanted."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import PhotoError
from landmark.metadata.merging import PhotoMetadata
from landmark.photo import DEFAULT_LIMITS, Limits, Photo, PhotoFile
from landmark.photo.contents import PhotoContents, read_contents
from landmark.photo.decoding import decode_photo
from landmark.photo.memory import turn_of_file
from landmark.photo.metadata_reader import MetadataReader
from landmark.photo.preprocessing import Preprocessing

PhotoSource: TypeAlias = PhotoFile | Photo


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo after reading: the network's input, or an error; and its metadata, None where nobody asked for them."""

    name: str
    image: NDArray[np.float32] | None = None  # (3, crop, crop)
    size_px: tuple[int, int] | None = None  # (width, height) of the photo itself, upright
    warnings: tuple[str, ...] = ()
    error: str | None = None
    metadata: PhotoMetadata | None = None


def prepare_photo(
    source: PhotoSource,
    preprocessing: Preprocessing,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    read_metadata: MetadataReader | None = None,
) -> PreparedPhoto:
    """Read a photo for the network; `name` is what the answer calls it (default: its path).

    With `read_metadata` its metadata are read too, from the same bytes; those of a broken photo may be whole. Whatever
    goes wrong is said in the result; it raises nothing.
    """
    if name is None:  # never what is in it
        name = str(source) if isinstance(source, str | Path) else "photo"
        name = source.source if isinstance(source, Photo) else name
    contents: PhotoContents | None = None
    try:
        if isinstance(source, Photo):
            photo = source
        elif isinstance(source, PhotoFile):
            with turn_of_file(source):
                contents = read_contents(source, name, limits)
                photo = decode_photo(contents, source, limits=limits, short_side_px=preprocessing.resize_px)
        else:
            raise PhotoError(f"{name}: found a {type(source).__name__}. Expected a path, bytes or a Photo.")
        prepared = PreparedPhoto(name, preprocessing(photo.pixels), photo.original_size_px, photo.warnings)
    except PhotoError as error:
        prepared = PreparedPhoto(name, error=str(error))
    except Exception as error:  # a fault of ours or of a decoder; the other photos do not pay for it
        prepared = PreparedPhoto(name, error=_unexpected(error, f"{name}: ", "it"))
    if read_metadata is None or not isinstance(source, PhotoFile):
        return prepared
    try:
        return replace(prepared, metadata=read_metadata(source, contents))
    except Exception as error:
        return replace(prepared, warnings=(*prepared.warnings, _unexpected(error, "", "its metadata")))


def _unexpected(error: Exception, where: str, what: str) -> str:
    return f"{where}unexpected {type(error).__name__} while reading {what}: {error}"
