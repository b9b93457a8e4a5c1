"""A GPS position put into EXIF or a TIFF file without moving anything that is there.

Maker notes hold positions that count from the beginning of the EXIF, so they must stay where they are. What is new is
appended; of what is old only pointers change: the one to the first directory, which moves to the end with one entry
more, or the one to a GPS directory that had no position yet. The old directory stays behind, unused.
"""

import struct

from landmark.metadata.blocks import NotWritableError, describe_error
from landmark.metadata.edits import Edit, apply_edits
from landmark.metadata.exif import (
    AREA,
    DATUM,
    LATITUDE,
    LATITUDE_REF,
    LONGITUDE,
    LONGITUDE_REF,
    PROCESSING_METHOD,
    STATUS,
    coded_text,
    is_unset,
)
from landmark.metadata.formats.tiff import (
    ASCII,
    BYTE,
    GPS_IFD,
    LONG,
    RATIONAL,
    UNDEFINED,
    XMP_TAG,
    Directory,
    Entry,
    Tiff,
    TiffError,
)
from landmark.metadata.formats.tiff_packing import Values, pack_directory, pack_tiff
from landmark.metadata.own_mark import OwnMark, parse_mark
from landmark.metadata.place_tag import PlaceTag

_VERSION, _ERROR = 0, 31
_REPLACED = frozenset({  # the position, and what is said of it
    LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, STATUS, DATUM, PROCESSING_METHOD, _ERROR,
})  # fmt: skip
_SECOND_PARTS = 10_000  # 3 mm


def add_to_exif(exif: bytes | None, tag: PlaceTag, needed: Values | None = None) -> bytes:
    """Add the tag's position to a block of EXIF without one. Raises `NotWritableError`.

    None: make a block, with what a format needs in its first directory, the numbers high byte first.
    """
    if exif is None:
        return pack_tiff(">", needed or {}, {GPS_IFD: _gps_values(tag, ">", [])})
    return apply_edits(exif, edit_tiff(exif, tag))


def edit_tiff(data: bytes, tag: PlaceTag, xmp: bytes | None = None) -> list[Edit]:
    """Return the edits that put the tag's position, if it has one, and XMP, if given, into a TIFF structure."""
    try:
        tiff = Tiff(data)
        below = tiff.below(tiff.first, GPS_IFD)
    except TiffError as error:
        raise NotWritableError(f"its EXIF is {describe_error(error)}") from error
    tail = bytes(len(data) % 2)  # positions are even
    values: Values = {}
    if tag.coordinates:
        at = len(data) + len(tail)
        kept_gps = _kept_gps(tiff, below)
        tail += pack_directory(at, _gps_values(tag, tiff.order, kept_gps), tiff.order, kept_gps)
        values[GPS_IFD] = (LONG, 1, struct.pack(f"{tiff.order}I", at))
    if xmp is not None:
        values[XMP_TAG] = (BYTE, len(xmp), xmp)
    if len(data) + len(tail) + sum(len(value) for _, _, value in values.values()) > 0xFFFF_0000:
        raise NotWritableError("it would be larger than its positions can say")
    old = tiff.first.find(GPS_IFD)
    if values.keys() == {GPS_IFD} and old is not None:
        where = tiff.first.at + 2 + 12 * tiff.first.entries.index(old) + 8
        return [Edit(where, data[where : where + 4], values[GPS_IFD][2]), Edit(len(data), b"", tail)]
    at = len(data) + len(tail)
    kept = [entry for entry in tiff.first.entries if entry.tag not in values]
    tail += pack_directory(at, values, tiff.order, kept, tiff.first.next_at)
    return [Edit(4, data[4:8], struct.pack(f"{tiff.order}I", at)), Edit(len(data), b"", tail)]


def _kept_gps(tiff: Tiff, below: Directory | None) -> list[Entry]:
    """Return the entries of a GPS directory that has no position yet, such as the time of a receiver without a fix.

    Zeros are no position: Android and others leave them in the place of one, receivers write them without a fix.
    """
    if below is None:
        return []
    if not is_unset(tiff, (entry for entry in below.entries if entry.tag in (LATITUDE, LONGITUDE))):
        raise NotWritableError("its EXIF already holds a GPS position, or parts of one")
    kept = [entry for entry in below.entries if entry.tag not in _REPLACED]
    if parse_mark(coded_text(tiff, below, AREA)):  # of a position that is gone
        kept = [entry for entry in kept if entry.tag != AREA]
    return [entry for entry in kept if entry.tag not in (_VERSION, AREA) or not is_unset(tiff, [entry])]


def _gps_values(tag: PlaceTag, order: str, kept: list[Entry]) -> Values:
    assert tag.coordinates
    method, mark = (
        b"ASCII\0\0\0" + text.encode()
        for text in (tag.method.processing_method, str(OwnMark(tag.method, tag.coordinates)))
    )
    values = {
        _VERSION: (BYTE, 4, b"\2\3\0\0"),
        LATITUDE_REF: (ASCII, 2, b"N\0" if tag.coordinates.latitude >= 0 else b"S\0"),
        LATITUDE: (RATIONAL, 3, _degrees(tag.coordinates.latitude, order)),
        LONGITUDE_REF: (ASCII, 2, b"E\0" if tag.coordinates.longitude >= 0 else b"W\0"),
        LONGITUDE: (RATIONAL, 3, _degrees(tag.coordinates.longitude, order)),
        DATUM: (ASCII, 7, b"WGS-84\0"),
        PROCESSING_METHOD: (UNDEFINED, len(method), method),
        AREA: (UNDEFINED, len(mark), mark),
    }
    if tag.radius_km:
        values[_ERROR] = (RATIONAL, 1, struct.pack(f"{order}II", min(round(tag.radius_km * 1000), 0xFFFF_FFFF), 1))
    there = {entry.tag for entry in kept}
    return {key: value for key, value in values.items() if key not in there}  # version and area stay


def _degrees(value: float, order: str) -> bytes:
    total = round(abs(value) * 3600 * _SECOND_PARTS)
    minutes, seconds = divmod(total, 60 * _SECOND_PARTS)
    return struct.pack(f"{order}6I", minutes // 60, 1, minutes % 60, 1, seconds, _SECOND_PARTS)
