"""What is said of a file that begins like a photo and cannot be decoded: which format, what is missing, what to do."""

import os

from landmark.core.errors import PhotoError
from landmark.metadata.formats.signatures import FORMATS, RAW_SUFFIXES
from landmark.metadata.formats.tiff import BIG_TIFF
from landmark.photo.truncation import describe_missing


def damage_error(name: str, data: bytes, format_name: str, error: Exception) -> PhotoError:
    """Return the error of a file whose reader failed with `error`."""
    if data[:4] in BIG_TIFF:
        return PhotoError(f"{name}: a BigTIFF, which is not supported. Expected {FORMATS}; save it as a plain TIFF.")
    if format_name == "TIFF" and os.path.splitext(name)[1].lower() in RAW_SUFFIXES:  # most of them are made like TIFF
        return PhotoError(f"{name}: a RAW file, with no picture that can be read. Expected {FORMATS}; export one.")
    return PhotoError(
        f"{name}: a damaged or truncated {format_name} file ({describe_missing(data, format_name) or _reason(error)}). "
        "Expected a whole one; copy or download it again."
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{error}".strip() or type(error).__name__
