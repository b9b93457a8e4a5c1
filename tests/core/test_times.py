"""Times in the forms that files have: zones, fractions, dates alone, clocks never set."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landmark.core.times import parse_day, parse_time, parse_zone

PLUS_2 = timezone(timedelta(hours=2))
NOON = datetime(2024, 5, 6, 12)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("Z", 0), ("z", 0), ("UTC", 0), ("GMT", 0), ("+02", 2), ("+2", 2), ("+0200", 2), ("+02:00", 2), ("+2:00", 2),
     ("UTC+2", 2), ("GMT+02:00", 2), ("-03", -3), ("\u221203:00", -3), ("+0530", 5.5), ("+5:45", 5.75), ("+02:00\0", 2),
     (" +02:00 ", 2), ("-00:00", 0), ("+14:00", 14), ("+02:00:00", 2)],
)  # fmt: skip
def test_zones_as_files_write_them(text: str, hours: float) -> None:
    assert parse_zone(text) == timezone(timedelta(hours=hours))
    written = text.strip(" \0")
    assert parse_time(f"2026-05-01T10:00:00{written}") == datetime(
        2026, 5, 1, 10, tzinfo=timezone(timedelta(hours=hours))
    )


@pytest.mark.parametrize(
    "text", ["", "   :  ", "CEST", "02:00", "+", "+99", "+02:77", "+02:0", "+16:00", "Zulu", "+2:3:4"]
)
def test_what_is_no_zone(text: str) -> None:
    assert parse_zone(text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024:05:06 12:00:00", NOON), ("2024-05-06T12:00", NOON), ("2024/05/06 12:00:00\0", NOON),
        ("2024-05-06t12:00:00", NOON), ("2024-5-6 12:00:00", NOON),
        ("2024-05-06T12:00:00.5", NOON.replace(microsecond=500_000)),
        ("2024-05-06T12:00:00.123456789012345", NOON.replace(microsecond=123_456)),
        ("2024-05-06T12:00:00,9999999999999", NOON.replace(microsecond=999_999)),
        ("2024-05-06T12:00:00.1234567890123+02", NOON.replace(microsecond=123_456, tzinfo=PLUS_2)),
        ("2024:05:05 24:00:00", datetime(2024, 5, 6)), ("2024:05:06 11:59:60", NOON),
    ],
)  # fmt: skip
def test_times_as_files_write_them(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["", "    :  :     :  :  ", "0000:00:00 00:00:00", "0001:01:01 00:00:00", "0001-01-01T00:00:00+02:00", "2024",
     "2024-05", "2024-05-06", "2024:13:06 12:00:00", "2024:02:30 12:00:00", "2024:05:06 25:00:00", "noon",
     "2024:05:06 24:00:01", "2024:05:06 12:61:00", "9999:12:31 24:00:00", "2024:05:06 12:00:00 PM",
     "2024-05-06T12:00:00+16:00"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert parse_time(text) is None


@given(st.text(alphabet="0123456789:-+TZ., \0/", max_size=40))
def test_any_text_raises_nothing(text: str) -> None:
    for time in (parse_time(text), parse_time(f"2024:05:06 12:00:00{text}")):
        assert time is None or time.year >= 1826
    parse_day(text)
    parse_zone(text)
