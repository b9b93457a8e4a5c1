"""Positions as people type them, and as they copy them from maps."""

import pytest

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.tagging.review.position_text import read_position_text

EIFFEL, SYDNEY = Coordinates(48.8584, 2.2945), Coordinates(-33.8568, 151.2153)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48.8584, 2.2945", EIFFEL),
        ("48.8584 2.2945", EIFFEL),
        ("(48.8584,2.2945)", EIFFEL),
        ("48.8584;2.2945", EIFFEL),
        ("48,8584; 2,2945", EIFFEL),
        ("48,8584, 2,2945", EIFFEL),
        ("48.8584° N, 2.2945° E", EIFFEL),
        ("48°51'30.24\"N 2°17'40.20\"E", EIFFEL),
        ("48\u00b0 51\u2032 30.24\u2033 N 2\u00b0 17\u2032 40.2\u2033 E", EIFFEL),
        ("N 48° 51.504, E 2° 17.670", EIFFEL),
        ("N 48° 51.504 E 2° 17.670", EIFFEL),
        ("-33.8568, 151.2153", SYDNEY),
        ("\u221233.8568, 151.2153", SYDNEY),
        ("33.8568 S 151.2153 E", SYDNEY),
        ("33° 51.408' S, 151° 12.918' E", SYDNEY),
        ("geo:48.8584,2.2945?z=17", EIFFEL),
        ("https://www.google.com/maps/@48.8584,2.2945,17z", EIFFEL),
        ("https://www.google.com/maps/place/X/@48.9,2.3,17z/data=!3m1!4b1!4m6!3d48.8584!4d2.2945", EIFFEL),
        ("https://www.google.com/maps/search/?api=1&query=48.8584%2C2.2945", EIFFEL),
        ("https://maps.apple.com/?ll=48.8584,2.2945&q=Tower", EIFFEL),
        ("https://www.openstreetmap.org/?mlat=48.85840&mlon=2.29450#map=15/48.9/2.3", EIFFEL),
        ("https://www.openstreetmap.org/#map=17/48.8584/2.2945", EIFFEL),
        ("0, 0", Coordinates(0, 0)),
    ],
)
def test_a_position_is_read(text: str, expected: Coordinates) -> None:
    assert distance_km(read_position_text(text), expected) < 0.002


@pytest.mark.parametrize(
    "text", ["", "Paris", "48.8584", "91, 0", "10, 181", "1, 2, 3", "48 N, 2 N", "nan, nan", "x" * 9999, "1e400, 1"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"[Ee]xpected"):
        read_position_text(text)
