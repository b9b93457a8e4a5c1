"""The bytes of a photo, from wherever it lies; of a RAW file those of the largest JPEG in it, of a film none.

RAW files and films may be large, and are not read whole.
"""

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from landmark.core.errors import PhotoError
from landmark.metadata.containers import identify_format
from landmark.metadata.formats.raw import RAW_FORMATS
from landmark.metadata.formats.raw_previews import Preview, find_preview
from landmark.metadata.formats.signatures import FORMATS, HEAD_BYTES, MOVIE_FORMATS
from landmark.photo.limits import Limits
from landmark.photo.memory import GATE, SMALL_BYTES

PhotoFile: TypeAlias = str | Path | bytes | bytearray | memoryview  # where it lies, or what is in it


@dataclass(frozen=True)
class PhotoContents:
    """What was found of a photo: its bytes, and what it is called.

    `format` is that of the file, None for what is no photo; `preview` tells of the JPEG that was taken out of a RAW
    file, whose bytes `data` then are. A film, and a RAW file without a JPEG, have no bytes.
    """

    name: str
    data: bytes
    format: str | None
    preview: Preview | None = None

    @property
    def default_orientation(self) -> int:
        """Return how the picture is to be turned, 1 to 8, where it does not say so itself: what the RAW file says."""
        return (self.preview.orientation if self.preview else None) or 1


def read_contents(source: PhotoFile, name: str | None, limits: Limits) -> PhotoContents:
    """Read the bytes of a photo. Raises `PhotoError` for what cannot be read, is empty, or too large."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)  # which copies nothing where it is bytes already
        return _of_file(io.BytesIO(data), len(data), name or "photo", limits)
    name = name or str(source)
    try:
        status = os.stat(source)
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError(f"{name}: this is a folder. Expected a photo ({FORMATS}).")
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device would be waited for without end
            raise PhotoError(f"{name}: this is a pipe or a device. Expected a photo in a regular file ({FORMATS}).")
        with open(source, "rb") as file:
            return _of_file(file, status.st_size, name, limits)
    except FileNotFoundError as error:
        raise PhotoError(f"{name}: no such file. Expected a photo ({FORMATS}).") from error
    except PermissionError as error:
        raise PhotoError(f"{name}: no permission to read it. Expected a file that you may read.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or f"{error}".strip() or type(error).__name__
        raise PhotoError(f"{name}: cannot be read ({why}). Expected a photo ({FORMATS}).") from error


def _of_file(file: BinaryIO, n_bytes: int, name: str, limits: Limits) -> PhotoContents:
    if n_bytes == 0:
        raise PhotoError(f"{name}: the file is empty. Expected a photo ({FORMATS}).")
    format_name = identify_format(file)
    if format_name in RAW_FORMATS:
        preview = find_preview(file, format_name)
        data = _read(file, preview.at, preview.n_bytes, preview.n_bytes, name, limits) if preview else b""
        return PhotoContents(name, data, format_name, preview)
    if format_name in MOVIE_FORMATS:
        return PhotoContents(name, b"", format_name)
    if format_name is None:  # what is no photo is not read to its end
        file.seek(0)
        return PhotoContents(name, file.read(HEAD_BYTES), None)
    data = _read(file, 0, n_bytes, _most_bytes(n_bytes, limits) + 1, name, limits)
    if data.endswith(bytes(64)) and data.startswith(b"\xff\xd8"):
        # a broken download that got its full length beforehand; a JPEG decoder would paint the zeros, without a word
        data = data.rstrip(b"\0")
    return PhotoContents(name, data, format_name)


def _read(file: BinaryIO, at: int, n_bytes: int, at_most: int, name: str, limits: Limits) -> bytes:
    most = _most_bytes(n_bytes, limits)
    if n_bytes <= most:
        file.seek(at)
        data = file.read(min(at_most, max(SMALL_BYTES, n_bytes) + 1))  # which is set aside; it may be growing
        n_bytes = len(data)
    if n_bytes > most:
        raise PhotoError(
            f"{name}: the file has {n_bytes / 1e6:,.1f} MB. Expected at most {most / 1e6:,.1f} MB; "
            "save it smaller, or raise Limits(max_bytes=…)."
        )
    return data


def _most_bytes(n_bytes: int, limits: Limits) -> int:
    """Return how many bytes are read of a file of so many, at most; memory is asked for only where it matters."""
    if limits.max_bytes is None:
        return max(SMALL_BYTES, GATE.budget_bytes if n_bytes > SMALL_BYTES else 0)
    return limits.max_bytes
