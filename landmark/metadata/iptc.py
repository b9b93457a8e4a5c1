"""What IPTC-IIM says of where a photo was taken, by names, and when (IPTC Information Interchange Model 4.2).

Fields begin with 1C, the number of a record, that of a field, and a length. Letters are UTF-8 where that is announced.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime

from landmark.core.errors import DataError
from landmark.core.times import parse_day, parse_time
from landmark.geo.countries import find_country
from landmark.geo.place_names import PlaceNames
from landmark.metadata.reading import Reading

_MARK, _ENVELOPE, _APPLICATION = 0x1C, 1, 2
_CHARACTER_SET, _UTF_8 = 90, b"\x1b%G"
_DATE, _TIME = 55, 60
_CITY, _LOCATION, _STATE, _COUNTRY_CODE, _COUNTRY = 90, 92, 95, 100, 101
_MAX_FIELDS = 10_000
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)([+-]\d{4})?$")


def read_iptc(block: bytes, source: str = "IPTC") -> Reading:
    """Read a block of IPTC-IIM. Raises nothing.

    >>> read_iptc(bytes.fromhex("1c025a0004") + b"Agra").names
    PlaceNames(location='', city='Agra', state='', country='', country_code='')
    """
    fields: dict[tuple[int, int], bytes] = {}
    for record, number, value in _read_fields(block):
        fields.setdefault((record, number), value)
    is_utf_8 = fields.get((_ENVELOPE, _CHARACTER_SET)) == _UTF_8

    def text(number: int) -> str:
        return _decoded(fields.get((_APPLICATION, number), b""), is_utf_8)

    names = PlaceNames(
        text(_LOCATION), text(_CITY), text(_STATE), text(_COUNTRY), two_letter_code(text(_COUNTRY_CODE), text(_COUNTRY))
    )
    taken = _taken(text(_DATE), text(_TIME))
    return Reading(source, taken=taken, day=None if taken else _day(text(_DATE)), names=names if names else None)


def iptc_texts(block: bytes) -> dict[int, list[str]]:
    """Return the texts of the second record by their numbers, such as 25 for keywords. Raises nothing.

    >>> iptc_texts(bytes.fromhex("1c02190005") + b"Crete" + bytes.fromhex("1c02190005") + "März ".encode("latin-1"))
    {25: ['Crete', 'März']}
    """
    fields = list(_read_fields(block))
    is_utf_8 = (_ENVELOPE, _CHARACTER_SET, _UTF_8) in fields
    texts: dict[int, list[str]] = {}
    for record, number, value in fields:
        if record == _APPLICATION and (text := _decoded(value, is_utf_8)):
            texts.setdefault(number, []).append(text)
    return texts


def two_letter_code(code: str, country: str = "") -> str:
    """Return the code of ISO 3166-1 with two letters for one of three, as IPTC writes it, by the country's name.

    >>> two_letter_code("IND", "India"), two_letter_code("in"), two_letter_code("ZZZ", "Nowhere")
    ('IN', 'IN', 'ZZZ')
    """
    for found in (code, country) if code else ():
        with suppress(DataError):
            return find_country(found).code
    return code


def _read_fields(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield record, number and value of each field, up to where the block is broken."""
    at = 0
    for _ in range(_MAX_FIELDS):
        head = block[at : at + 5]
        if len(head) < 5 or head[0] != _MARK:
            return
        n_bytes = int.from_bytes(head[3:], "big")
        at += 5
        if n_bytes & 0x8000:  # a length of more bytes, which says how many they are
            n_of_length = n_bytes & 0x7FFF
            if n_of_length > 8:
                return
            n_bytes = int.from_bytes(block[at : at + n_of_length], "big")
            at += n_of_length
        if at + n_bytes > len(block):
            return
        yield head[1], head[2], block[at : at + n_bytes]
        at += n_bytes


def _decoded(value: bytes, is_utf_8: bool) -> str:
    """Return a text; where no character set is announced, UTF-8 if it can be that, else the letters of Windows."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("utf-8" if is_utf_8 else "cp1252", "replace")
    return text.split("\0")[0].strip()


def _taken(day: str, clock: str) -> datetime | None:
    found = _CLOCK.match(clock)
    if not found or len(day) != 8 or not day.isdigit():  # a date alone is no time of day
        return None
    return parse_time(f"{day[:4]}:{day[4:6]}:{day[6:]} {found[1]}:{found[2]}:{found[3]}{found[4] or ''}")


def _day(text: str) -> date | None:
    """Return a date that stands without a clock; a few programs write it with dashes."""
    return parse_day(f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else text)
