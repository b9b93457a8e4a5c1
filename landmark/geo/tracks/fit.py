"""FIT, which watches and cycling computers write: only what a track needs, the messages named `record`.

A file is a header, then definitions of messages and messages by these, then a checksum; several may follow each other.
Positions are whole numbers of semicircles, times seconds since the last day of 1989 (UTC).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.core.errors import DataError
from landmark.geo.tracks.track import FixCollector, Track

_MAX_FIT_BYTES = 64_000_000  # it is read whole; a day takes a few megabytes
_EPOCH_S = 631_065_600.0  # 1989-12-31, in seconds since 1970
_DEGREES = 180 / 2**31  # of a semicircle
_RECORD, _EVENT = 20, 21  # numbers of messages
_LATITUDE, _LONGITUDE, _ACCURACY, _TIME = 0, 1, 31, 253  # numbers of fields
_FIRST_TIME = 0x10000000  # smaller numbers are seconds since the device was switched on
_EVENT_KIND, _EVENT_TYPE, _TIMER, _STOPS = 0, 1, 0, (1, 4, 8, 9)


@dataclass(frozen=True)
class _Definition:
    """How the messages of a local type are laid out: `fields` maps the numbers of fields to offset and size."""

    message: int
    is_big_endian: bool
    n_bytes: int
    fields: dict[int, tuple[int, int]]


def read_fit(file: BinaryIO, source: str, max_bytes: int) -> Track:
    """Read the fixes of a FIT file. Raises `DataError` where it holds none."""
    data = file.read(min(max_bytes, _MAX_FIT_BYTES) + 1)
    if len(data) > min(max_bytes, _MAX_FIT_BYTES):
        raise DataError(f"found more than {_MAX_FIT_BYTES / 1e6:.0f} MB of FIT. Expected less: split the track.")
    fixes, start = FixCollector(source), 0
    while len(data) - start >= 12 and data[start + 8 : start + 12] == b".FIT":
        head, size = data[start], int.from_bytes(data[start + 4 : start + 8], "little")
        end = start + head + size
        if head < 12 or end > len(data):
            fixes.notes.append("it breaks off; the fixes before that are used.")
        _read_messages(data[start + head : end], fixes)
        start = end + 2  # after the checksum
        fixes.start_segment()
    return fixes.finish()


def _read_messages(data: bytes, fixes: FixCollector) -> None:
    definitions: dict[int, _Definition] = {}
    at, last_time = 0, 0
    while at < len(data):
        header = data[at]
        at += 1
        if header & 0xC0 == 0x40:
            found = _read_definition(data, at, has_developer_fields=bool(header & 0x20))
            if found is None:
                break
            definitions[header & 0x0F], at = found
            continue
        is_compressed = bool(header & 0x80)  # then the header holds the last five bits of the time
        definition = definitions.get((header >> 5) & 3 if is_compressed else header & 0x0F)
        if definition is None:
            fixes.notes.append("a message without its definition; the fixes before that are used.")
            return
        body = data[at : at + definition.n_bytes]
        at += definition.n_bytes
        if len(body) < definition.n_bytes:
            return
        time = _number(body, definition, _TIME) or 0
        if is_compressed:
            time = (last_time & ~31) + (header & 31) + (32 if header & 31 < last_time & 31 else 0)
        if 0 < time < 0xFFFFFFFF:
            last_time = time
        if definition.message == _RECORD:
            _add_record(body, definition, time, fixes)
        elif definition.message == _EVENT and _is_stop(body, definition):
            fixes.start_segment()


def _read_definition(data: bytes, at: int, *, has_developer_fields: bool) -> tuple[_Definition, int] | None:
    """Return a definition and where the next message begins; None where the data ends before."""
    if at + 5 > len(data):
        return None
    is_big_endian = data[at + 1] == 1
    message = int.from_bytes(data[at + 2 : at + 4], "big" if is_big_endian else "little")
    fields, offset = {}, 0
    entries = list(_entries(data, at + 5, data[at + 4]))
    after = at + 5 + 3 * data[at + 4]
    for number, size in entries:
        fields[number] = (offset, size)
        offset += size
    if has_developer_fields:
        if after >= len(data):
            return None
        offset += sum(size for _, size in _entries(data, after + 1, data[after]))
        after += 1 + 3 * data[after]
    if after > len(data):
        return None
    return _Definition(message, is_big_endian, offset, fields), after


def _entries(data: bytes, at: int, n_fields: int) -> Iterator[tuple[int, int]]:
    """Yield the number and size of each field."""
    for start in range(at, min(at + 3 * n_fields, len(data) - 2), 3):
        yield data[start], data[start + 1]


def _number(body: bytes, definition: _Definition, field: int, *, signed: bool = False) -> int | None:
    place = definition.fields.get(field)
    if place is None or place[1] not in (1, 4):
        return None
    part = body[place[0] : place[0] + place[1]]
    return int.from_bytes(part, "big" if definition.is_big_endian else "little", signed=signed)


def _add_record(body: bytes, definition: _Definition, time: int, fixes: FixCollector) -> None:
    latitude, longitude = (_number(body, definition, field, signed=True) for field in (_LATITUDE, _LONGITUDE))
    if latitude is None or longitude is None or 0x7FFFFFFF in (latitude, longitude):
        fixes.leave_out("record", "without a position")  # indoors, or before the first fix
    elif not _FIRST_TIME <= time < 0xFFFFFFFF:
        fixes.leave_out("record", "without a time")
    else:
        accuracy_m = _number(body, definition, _ACCURACY)
        told = accuracy_m is not None and accuracy_m < 0xFF
        fixes.add(
            _EPOCH_S + time, latitude * _DEGREES, longitude * _DEGREES, float(accuracy_m or 0) if told else math.nan
        )


def _is_stop(body: bytes, definition: _Definition) -> bool:
    """Return whether the timer was stopped, after which the track begins again elsewhere."""
    return _number(body, definition, _EVENT_KIND) == _TIMER and _number(body, definition, _EVENT_TYPE) in _STOPS
