"""Points, distances, countries and places."""

import json
import math
import subprocess
import sys

import pytest

from landmark.core.errors import DataError
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates, distance_km
from landmark.geo.countries import Country, find_country, name_key
from landmark.geo.place import Place


@pytest.mark.parametrize(
    ("a", "b", "expected_km"),
    [
        ((0, 0), (0, 90), math.pi / 2 * EARTH_RADIUS_KM),
        ((90, 0), (-90, 0), math.pi * EARTH_RADIUS_KM),
        ((0, 0), (0, 180), math.pi * EARTH_RADIUS_KM),
        ((10, 20), (11, 20), math.pi / 180 * EARTH_RADIUS_KM),
        ((0, 179.5), (0, -179.5), math.pi / 180 * EARTH_RADIUS_KM),  # over the antimeridian
        ((90, 10), (90, -170), 0),  # one pole, two names
        ((27.175, 78.0421), (27.175, 78.0421), 0),
    ],
)
def test_distances_that_geometry_gives(a: tuple[float, float], b: tuple[float, float], expected_km: float) -> None:
    assert distance_km(Coordinates(*a), Coordinates(*b)) == pytest.approx(expected_km, abs=1e-9)
    assert distance_km(Coordinates(*b), Coordinates(*a)) == pytest.approx(expected_km, abs=1e-9)


def test_a_metre_is_a_metre() -> None:
    north = Coordinates(48.8584 + 1 / 111_195, 2.2945)
    assert distance_km(Coordinates(48.8584, 2.2945), north) == pytest.approx(0.001, rel=1e-3)


@pytest.mark.parametrize("latitude", [90.1, -91, math.nan, math.inf, "48.8", None, True])
def test_coordinates_refuse_what_is_no_latitude(latitude: float) -> None:
    with pytest.raises(DataError, match="latitude"):
        Coordinates(latitude, 0)


@pytest.mark.parametrize("longitude", [180.1, -181, math.nan, -math.inf, "2.3", None])
def test_coordinates_refuse_what_is_no_longitude(longitude: float) -> None:
    with pytest.raises(DataError, match="longitude"):
        Coordinates(0, longitude)


def test_the_ends_of_the_earth_are_coordinates() -> None:
    for latitude in (-90, 90):
        for longitude in (-180, 180):
            assert Coordinates(latitude, longitude).latitude == latitude


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Casa Batllo", "CASA BATLLÓ"),
        ("Museu_Nacional_d_Art_de_Catalunya", "Museu Nacional d'Art de Catalunya"),
        ("St Stephens Cathedral Vienna", "St. Stephen\u2019s Cathedral, Vienna"),
        ("Wroclaw", "Wrocław"),
        ("Thien Mu", "Thiên Mụ"),
        ("Hofn", "Höfn"),
        ("Straße", "STRASSE"),
        ("Haleakala", "Haleakalā"),
        ("Kirkjufell", "kirkju-fell"),
        ("Istanbul", "İSTANBUL"),
    ],
)
def test_keys_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Petra", "Petro"), ("की", "का"), ("🗼", "🗽"), ("故宫", "長城"), ("Pier 3", "Pier 9")]
)
def test_keys_of_two_names(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("text", ["VN", "vn", " vn ", "Vietnam", "VIET NAM", "viet-nam"])
def test_a_country_by_code_and_by_name(text: str) -> None:
    assert find_country(text) == Country("VN", "Vietnam")


@pytest.mark.parametrize(
    ("text", "code"),
    [("Cote d'Ivoire", "CI"), ("Reunion", "RE"), ("Czech Republic", "CZ"), ("UK", "GB"), ("usa", "US"), ("Niger", "NE"),
     ("Nigeria", "NG"), ("Namibia", "NA"), ("na", "NA"), ("Åland Islands", "AX"),
     ("Kosovo", "XK"), ("xk", "XK"), ("Republic of Kosovo", "XK")],
)  # fmt: skip
def test_other_names_of_countries(text: str, code: str) -> None:
    assert find_country(text).code == code


def test_an_unknown_country_is_told_with_the_nearest() -> None:
    with pytest.raises(DataError, match=r"'Inda'.*Did you mean India \(IN\)"):
        find_country("Inda")
    with pytest.raises(DataError, match="ISO 3166-1"):
        find_country("")


def test_a_place_comes_back_from_json() -> None:
    places = [
        Place("Dead Sea", Coordinates(31.5, 35.48), 35, (find_country("IL"), find_country("JO")), ("Yam HaMelach",)),
        Place("Mill", Coordinates(-1.0, 180), None),
        Place("Nowhere", None, None),
    ]
    for place in places:
        assert Place.from_dict(json.loads(json.dumps(place.to_dict()))) == place
    assert list(places[0].to_dict()) == ["name", "latitude", "longitude", "radius_km", "countries", "aliases"]
    assert places[0].to_dict()["countries"] == ["IL", "JO"]


@pytest.mark.parametrize(
    "change",
    [{"latitude": "48"}, {"latitude": None}, {"radius_km": "wide"}, {"radius_km": 0}, {"radius_km": -1},
     {"radius_km": math.inf}, {"countries": ["XX"]}, {"countries": None}, {"name": None}, {"name": " "},
     {"aliases": None}],
)  # fmt: skip
def test_what_is_no_place_is_refused(change: dict[str, object]) -> None:
    good = Place("Mill", Coordinates(1.0, 2.0), 1.0).to_dict()
    assert Place.from_dict(good).name == "Mill"
    with pytest.raises(DataError):
        Place.from_dict(good | change)


def test_a_place_with_a_key_missing_is_refused() -> None:
    with pytest.raises(DataError, match="radius_km"):
        Place.from_dict({"name": "Mill", "latitude": 1.0, "longitude": 2.0, "countries": [], "aliases": []})


def test_the_country_in_rows() -> None:
    india, nepal = find_country("IN"), find_country("NP")
    assert Place("a", None, None).country is None
    assert Place("a", None, None, (india,)).country == "India"
    assert Place("a", None, None, (india, nepal)).country == ["India", "Nepal"]


def test_the_map_shows_the_whole_place() -> None:
    zooms = []
    for radius_km in (0.1, 2, 30, 1000):
        link = Place("a", Coordinates(-33.85681, 151.21531), radius_km).map_link
        assert link is not None
        assert link.startswith("https://www.openstreetmap.org/?mlat=-33.85681&mlon=151.21531#map=")
        zooms.append(int(link.split("#map=")[1].split("/")[0]))
    assert zooms == sorted(zooms, reverse=True)
    assert len(set(zooms)) == 4
    assert Place("a", None, None).map_link is None
    for latitude in (-90, 90):  # where the meridians meet
        assert Place("pole", Coordinates(latitude, 0), 0.1).map_link


def test_importing_reads_no_table_and_no_heavy_package() -> None:
    script = (
        "import sys, dataclasses, landmark.core.errors; before = set(sys.modules); "
        "import landmark.geo.coordinates, landmark.geo.gazetteer; "
        "print(sorted({'csv', 'difflib', 'numpy', 'PIL', 'torch'} & (set(sys.modules) - before)))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
