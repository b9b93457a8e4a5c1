"""The film of a Live Photo: the few seconds around a photo, in a file beside it that keeps the position longer.

Phones write both with one identifier, into maker notes and into the film. Programs that copy photos drop it at times;
then the same name and the same minute must do.
"""

import os
import struct
from datetime import datetime
from pathlib import Path

from landmark.core.times import seconds_beside_zone
from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.containers import read_blocks
from landmark.metadata.formats.signatures import SUFFIXES
from landmark.metadata.formats.tiff import EXIF_IFD, MAKER_NOTE, Tiff, TiffError
from landmark.metadata.movie import CONTENT_IDENTIFIER, read_movie_tags
from landmark.metadata.reading import Reading
from landmark.metadata.sidecars import FolderNames
from landmark.metadata.time_kind import TimeKind

_PHOTOS = frozenset((*SUFFIXES["HEIC"], *SUFFIXES["JPEG"]))
_FILMS = (".MOV", ".mov", ".MP4", ".mp4")
_APART_S = 60.0
_IDENTIFIER = 0x0011
_APPLE = b"Apple iOS\0"  # before a version, the byte order, and at 14 a directory


def find_film(name: str, names: FolderNames) -> str | None:
    """Return the name of the film that may belong to a photo, or None.

    >>> find_film("IMG_1.HEIC", FolderNames(["IMG_1.HEIC", "IMG_1.MOV"])), find_film("a.png", FolderNames(["a.mov"]))
    ('IMG_1.MOV', None)
    """
    stem, suffix = os.path.splitext(name)
    if suffix.lower() not in _PHOTOS:
        return None
    return next((found for one in _FILMS if (found := names.find(stem + one)) and found != name), None)


def read_film(photo: Path, film: Path, taken: datetime | None) -> Reading | None:
    """Return the position that a film lends its photo; None where it has none, or is another photo's.

    `taken` is the time of the photo. Raises nothing.
    """
    of_film, of_photo = _read(film), _read(photo)
    if of_film is None or of_film.movie is None:
        return None
    reading = read_movie_tags(of_film.movie, film.name)
    identifiers = (of_film.movie.texts.get(CONTENT_IDENTIFIER), apple_identifier(of_photo.exif if of_photo else None))
    belongs = identifiers[0] == identifiers[1] if all(identifiers) else _are_close(taken, reading)
    return reading if belongs and reading.coordinates else None


def apple_identifier(exif: bytes | None) -> str | None:
    """Return the identifier that a phone's EXIF gives a Live Photo, or None.

    >>> apple_identifier(b"no exif") is None
    True
    """
    try:
        tiff = Tiff(exif or b"")
        camera = tiff.below(tiff.first, EXIF_IFD)
        entry = camera.find(MAKER_NOTE) if camera else None
        notes = tiff.bytes(entry) if entry else None
        if not notes or not notes.startswith(_APPLE):
            return None
        # made like EXIF, but for its first eight bytes
        order = notes[12:14]
        head = order + (b"\0*" + struct.pack(">I", 14) if order == b"MM" else b"*\0" + struct.pack("<I", 14))
        inner = Tiff(head + notes[8:])
        return inner.text(inner.first.find(_IDENTIFIER)) or None
    except TiffError:
        return None


def _read(path: Path) -> MetadataBlocks | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return read_blocks(file)[1]
    except (OSError, ValueError):
        return None


def _are_close(taken: datetime | None, reading: Reading) -> bool:
    """Return whether photo and film may be of the same minute; true where a time is not known."""
    filmed = reading.taken
    if taken is None or filmed is None:
        return True
    if taken.tzinfo is None:
        apart_s = (taken - filmed.replace(tzinfo=None)).total_seconds()
        if reading.time_kind is not TimeKind.ORIGINAL:  # the film's own counter, which is UTC or the camera's clock
            apart_s = seconds_beside_zone(apart_s)
        return abs(apart_s) <= _APART_S
    if filmed.tzinfo is None:
        filmed = filmed.replace(tzinfo=taken.tzinfo)
    return abs((taken - filmed).total_seconds()) <= _APART_S
