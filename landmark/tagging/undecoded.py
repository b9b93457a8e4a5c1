"""Files of an album whose picture is not decoded, though their metadata says something: films, JPEG XL, some RAW.

Without the extra `raw` they are no failure: their position and time count, and a place may be written beside them.
"""

from dataclasses import replace
from pathlib import Path

from landmark.core.text import count_text
from landmark.metadata.formats.signatures import MOVIE_FORMATS, RAW_SUFFIXES
from landmark.metadata.merging import PhotoMetadata
from landmark.model.answer import Answer
from landmark.photo.discovery import identify_file
from landmark.photo.extra_decoders import EXTRA_FORMATS, missing_package

_UNREAD = "its picture cannot be read"


def accept_undecoded(path: Path, metadata: PhotoMetadata, answer: Answer) -> tuple[Answer, str | None]:
    """Return the answer of the model, and why the file is skipped (None: it is not).

    An error of a file that has metadata, and whose picture needs an extra, becomes a warning, or is left to the note
    that counts them where the extra is not installed.
    """
    if answer.error is None:
        return answer, None
    try:
        format_name = identify_file(path)
    except OSError:
        return answer, None
    is_raw_by_name = format_name == "TIFF" and path.suffix.lower() in RAW_SUFFIXES  # of a maker that is not known
    if format_name not in EXTRA_FORMATS and not is_raw_by_name:
        return answer, None
    says_something = metadata.coordinates or metadata.taken or metadata.camera or metadata.names or metadata.day
    if not says_something:
        is_film = format_name in MOVIE_FORMATS
        return answer, f"a video ({path.suffix[1:].upper() or format_name})" if is_film else None
    warnings = answer.warnings
    if missing_package(format_name) is None:
        why = answer.error.removeprefix(answer.photo).lstrip(": ")
        warnings = (*warnings, f"{_UNREAD}: {why}")
    return replace(answer, error=None, warnings=warnings), None


def is_undecoded(answer: Answer) -> bool:
    """Return whether the picture was not looked at for want of an extra."""
    return not (answer.candidates or answer.error or any(one.startswith(_UNREAD) for one in answer.warnings))


def undecoded_note(n_undecoded: int) -> str:
    """Return what a person should know of files whose pictures were not looked at.

    >>> undecoded_note(1)
    "Read without looking at the picture: 1 video, RAW or JPEG XL file. To look at it: pip install '.[raw]'"
    """
    files = count_text(n_undecoded, "video, RAW or JPEG XL file")
    it = "it" if n_undecoded == 1 else "them"
    return f"Read without looking at the picture: {files}. To look at {it}: pip install '.[raw]'"
