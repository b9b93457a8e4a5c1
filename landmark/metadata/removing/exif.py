"""Our position taken out of EXIF or a TIFF file without moving anything that is there.

Its entry goes from the directory, where those behind it move up; what it pointed at becomes zeros. So maker notes keep
their places, which count from the beginning.
"""

import struct
from collections.abc import Iterable, Iterator

from landmark.metadata.blocks import NotWritableError, describe_error
from landmark.metadata.edits import Edit
from landmark.metadata.exif import (
    AREA,
    DATUM,
    LATITUDE,
    LATITUDE_REF,
    LONGITUDE,
    LONGITUDE_REF,
    PROCESSING_METHOD,
    coded_text,
    read_exif,
)
from landmark.metadata.formats.tiff import EXIF_IFD, GPS_IFD, Directory, Entry, FileBytes, Tiff, TiffError
from landmark.metadata.own_mark import OwnMark, own_method, parse_mark

_VERSION, _ERROR = 0, 31
_POSITION = frozenset({
    LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, DATUM, PROCESSING_METHOD, AREA, _ERROR,
})  # fmt: skip
_STALE = frozenset({AREA, _ERROR})  # what we said of a position that a person has corrected since
_ENTRY_BYTES = 12


def edit_removing_position(data: bytes, marks: Iterable[OwnMark], *, keeps_directory: bool = False) -> list[Edit]:
    """Return the edits that take our position out of a TIFF structure, none where it holds none.

    A GPS part of which nothing but the version is left goes as a whole, unless `keeps_directory`. Raises
    `NotWritableError` for what is broken.
    """
    try:
        tiff = Tiff(data)
        gps = tiff.below(tiff.first, GPS_IFD)
    except TiffError as error:
        raise NotWritableError(f"its EXIF is {describe_error(error)}") from error
    if gps is None:
        return []
    reading = read_exif(data)
    is_ours = reading.coordinates is not None and own_method(reading.coordinates, marks) is not None
    mark = parse_mark(coded_text(tiff, gps, AREA), coded_text(tiff, gps, PROCESSING_METHOD))
    if not is_ours and mark is None:
        return []
    gone = {entry.tag for entry in gps.entries} & (_POSITION if is_ours else _STALE)
    left = {entry.tag for entry in gps.entries} - gone
    edits = [] if not gone else [_shrink(tiff, gps, gone), *_blanked(tiff, gps, gone)]
    if left <= {_VERSION} and not keeps_directory:
        whole = _directory_span(data, gps)
        blank = Edit(whole[0], data[slice(*whole)], bytes(whole[1] - whole[0]))
        edits = [_shrink(tiff, tiff.first, {GPS_IFD}), blank, *_blanked(tiff, gps, gone)]
    return edits


def remaining_tags(exif: bytes) -> set[int]:
    """Return the tags of the first directory of EXIF; none for one that is empty or broken."""
    try:
        return {entry.tag for entry in Tiff(exif).first.entries}
    except TiffError:
        return set()


def edit_removing_entry(data: bytes, tag: int) -> list[Edit]:
    """Return the edits that take an entry out of the first directory, and blank what it points at."""
    tiff = Tiff(data)
    return [_shrink(tiff, tiff.first, {tag}), *_blanked(tiff, tiff.first, {tag})] if tiff.first.find(tag) else []


def _shrink(tiff: Tiff, directory: Directory, gone: set[int]) -> Edit:
    """Return the edit to a directory without some entries, as long as before."""
    start, end = _directory_span(tiff.data, directory)
    kept = [entry.raw for entry in directory.entries if entry.tag not in gone]
    new = struct.pack(f"{tiff.order}H", len(kept)) + b"".join(kept) + struct.pack(f"{tiff.order}I", directory.next_at)
    return Edit(start, bytes(tiff.data[start:end]), new.ljust(end - start, b"\0")[: end - start])


def _directory_span(data: bytes | FileBytes, directory: Directory) -> tuple[int, int]:
    end = directory.at + 2 + _ENTRY_BYTES * len(directory.entries) + 4
    return directory.at, min(end, len(data))


def _blanked(tiff: Tiff, directory: Directory, gone: set[int]) -> Iterator[Edit]:
    """Yield the edits that blank what entries point at, where no other entry points at it too."""
    others = list(_values(tiff, {(directory.at, tag) for tag in gone}))
    others += [_directory_span(tiff.data, one) for one in _directories(tiff)]
    for entry in directory.entries:
        start, end = entry.value_at, entry.value_at + entry.n_bytes
        if entry.tag not in gone or entry.n_bytes <= 4 or end > len(tiff.data):
            continue
        if not any(start < other_end and other_start < end for other_start, other_end in others):
            others.append((start, end))
            yield Edit(start, bytes(tiff.data[start:end]), bytes(end - start))


def _directories(tiff: Tiff) -> Iterator[Directory]:
    yield tiff.first
    for tag in (EXIF_IFD, GPS_IFD):
        try:
            if found := tiff.below(tiff.first, tag):
                yield found
        except TiffError:
            continue
    if tiff.first.next_at:
        try:
            yield tiff.directory(tiff.first.next_at)
        except TiffError:
            return


def _values(tiff: Tiff, but: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    entries: Iterator[tuple[Directory, Entry]] = (
        (directory, entry) for directory in _directories(tiff) for entry in directory.entries
    )
    for directory, entry in entries:
        if (directory.at, entry.tag) not in but and entry.n_bytes > 4:
            yield entry.value_at, entry.value_at + entry.n_bytes
