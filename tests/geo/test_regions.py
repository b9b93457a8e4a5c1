"""Names for positions: the country on the map, the nearest town of that country on the sphere, and its region."""

import json
import subprocess
import sys

import numpy as np
import pytest

from landmark.core.errors import DataError
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates
from landmark.geo.countries import find_country
from landmark.geo.country_map import COLUMNS, REGIONS_FILE, ROWS, CountryMap, country_map, from_planes
from landmark.geo.place_names import PlaceNames
from landmark.geo.regions import CITY_KM, name_position, name_positions
from landmark.geo.towns import FAR_KM, Towns, builtin_towns, unit_vectors


def make_towns(latitudes: np.ndarray, longitudes: np.ndarray, countries: np.ndarray) -> Towns:
    numbers = np.arange(len(latitudes))
    names = np.array([f"town {number}" for number in numbers], dtype=object)
    return Towns(countries, latitudes, longitudes, numbers, np.zeros_like(numbers), names, np.array([""], dtype=object))


def nearest_by_brute_force(
    towns: Towns, latitudes: np.ndarray, longitudes: np.ndarray, countries: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    products = unit_vectors(latitudes, longitudes) @ unit_vectors(towns.latitudes, towns.longitudes).T
    products[countries[:, None] != towns.countries[None, :]] = -1
    away_km = EARTH_RADIUS_KM * np.arccos(np.clip(products.max(1), -1, 1))
    return np.where(away_km <= FAR_KM, products.argmax(1), -1), away_km


@pytest.mark.parametrize(
    ("name", "south", "north", "west", "east"),
    [
        ("anywhere", -90, 90, -180, 180),
        ("around the north pole", 88.5, 90, -180, 180),
        ("around the south pole", -90, -89.5, -180, 180),
        ("at the 180th meridian", -20, -15, 179, 180),
        ("in the far north", 70, 72, 20, 30),
        ("close together", 48.8, 48.9, 2.2, 2.4),
    ],
)
def test_the_nearest_town_is_the_one_that_all_distances_tell(
    name: str, south: float, north: float, west: float, east: float
) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    latitudes, longitudes = rng.uniform(south, north, 3000), rng.uniform(west, east, 3000)
    longitudes[::2] = np.where(east == 180, -longitudes[::2], longitudes[::2])  # on both sides of the meridian
    countries = rng.integers(1, 4, 3000).astype(np.uint8)
    towns = make_towns(latitudes[:1500], longitudes[:1500], countries[:1500])
    found, away_km = towns.nearest(latitudes[1500:], longitudes[1500:], countries[1500:])
    expected, expected_km = nearest_by_brute_force(towns, latitudes[1500:], longitudes[1500:], countries[1500:])
    assert (found == expected).all()
    assert away_km[found >= 0] == pytest.approx(expected_km[found >= 0], abs=1e-3)
    assert (expected >= 0).any()


def test_degrees_are_not_distances() -> None:
    """In the north a degree of longitude is short: what is nearest in degrees is not nearest on the ground."""
    towns = make_towns(np.array([70.0, 70.3]), np.array([20.6, 20.0]), np.array([1, 1], np.uint8))
    found, away_km = towns.nearest(np.array([70.0]), np.array([20.0]), np.array([1], np.uint8))
    assert found.tolist() == [0] and away_km[0] == pytest.approx(22.8, abs=0.1)


def test_a_town_is_of_the_country_and_none_is_far_away() -> None:
    towns = make_towns(np.array([10.0, 10.2]), np.array([20.0, 20.0]), np.array([1, 2], np.uint8))
    where = np.array([10.01, 10.01, 10.01, 12.0]), np.full(4, 20.0), np.array([1, 2, 0, 1], np.uint8)
    assert towns.nearest(*where)[0].tolist() == [0, 1, -1, -1]
    nowhere = make_towns(np.zeros(0), np.zeros(0), np.zeros(0, np.uint8))
    assert nowhere.nearest(np.array([10.0]), np.array([20.0]), np.array([1], np.uint8))[0].tolist() == [-1]


def test_a_map_of_runs_has_edges_at_the_180th_meridian_and_the_poles() -> None:
    middle = (ROWS // 2) * COLUMNS
    starts = np.array([0, 1, middle, middle + COLUMNS // 2, middle + COLUMNS, ROWS * COLUMNS - 1], np.uint32)
    small = CountryMap(starts, np.array([1, 0, 2, 3, 0, 4], np.uint8), np.array(["", "A", "B", "C", "D"], dtype=object))
    at = np.array([-90.0, -90.0, 0.0, 0.001, 0.001, 0.006, 90.0]), np.array([-180, -179.9, -180, -0.001, 0, 0, 180.0])
    assert small.look_up(*at).tolist() == [1, 0, 2, 2, 3, 0, 4]


@pytest.mark.parametrize(
    ("where", "latitude", "longitude", "code", "city"),
    [
        ("Eiffel Tower: a part of a city counts as the city", 48.8584, 2.2945, "FR", "Paris"),
        ("Times Square", 40.758, -73.9855, "US", "New York City"),
        ("Taj Mahal", 27.175, 78.0421, "IN", "Agra"),
        ("Pristina", 42.6629, 21.1655, "XK", "Pristina"),
        ("Tromsø, in the north", 69.649, 18.955, "NO", "Tromsø"),
        ("Longyearbyen, farther north", 78.2232, 15.6267, "SJ", "Longyearbyen"),
        ("Cayenne: a territory with a code of its own", 4.9224, -52.3135, "GF", "Cayenne"),
        ("San Juan", 18.4663, -66.1057, "PR", "San Juan"),
        ("Hong Kong", 22.3193, 114.1694, "HK", None),
        ("Basel, where three countries meet", 47.5584, 7.5733, "CH", "Basel"),
        ("Weil am Rhein, beside it", 47.5933, 7.6211, "DE", "Weil am Rhein"),
        ("Saint-Louis, on its other side", 47.5903, 7.5649, "FR", "Saint-Louis"),
        ("El Paso", 31.7587, -106.4869, "US", "El Paso"),
        ("Ciudad Juárez, across the river", 31.7202, -106.4608, "MX", "Ciudad Juárez"),
        ("Monaco", 43.7384, 7.4246, "MC", None),
        ("Vatican", 41.9022, 12.4533, "VA", "Vatican City"),
        ("Maseru, in a country inside another", -29.3167, 27.4833, "LS", "Maseru"),
        ("Taveuni, west of the 180th meridian", -16.79, 179.98, "FJ", None),
        ("Taveuni, east of it", -16.87, -179.97, "FJ", None),
        ("off Nice, on a boat", 43.66, 7.28, "FR", "Nice"),
        ("in the Atlantic", 0.0, -30.0, "", ""),
        ("South Pole", -90.0, 0.0, "AQ", ""),
        ("North Pole", 90.0, 0.0, "", ""),
        ("in the Sahara, far from any town", 23.0, 5.0, "DZ", ""),
        ("Simferopol, as GeoNames has it", 44.957, 34.111, "UA", "Simferopol"),
    ],
)
def test_known_places(where: str, latitude: float, longitude: float, code: str, city: str | None) -> None:
    names = name_position(Coordinates(latitude, longitude))
    assert names.country_code == code, where
    assert names.country == (find_country(code).name if code else "")
    assert city is None or names.city == city, where
    assert names.location == ""


def test_one_call_for_many_positions_says_what_single_calls_say() -> None:
    rng = np.random.default_rng(7)
    latitudes, longitudes = rng.uniform(-90, 90, 200), rng.uniform(-180, 180, 200)
    names = name_positions(latitudes, longitudes)
    assert len(names) == 200 and isinstance(names[0], PlaceNames)
    for number in range(0, 200, 20):
        assert names[number] == name_position(Coordinates(latitudes[number], longitudes[number]))
    json.dumps(vars(names[0]))  # plain texts
    assert len(name_positions([], [])) == 0


def test_no_name_without_its_country_and_no_city_beyond_its_limit() -> None:
    rng = np.random.default_rng(8)
    names = name_positions(np.degrees(np.arcsin(rng.uniform(-1, 1, 5000))), rng.uniform(-180, 180, 5000))
    has_city, has_state, has_country = ((one != "") for one in (names.cities, names.states, names.country_codes))
    assert not (has_city & ~has_country).any() and not (has_state & ~has_country).any()
    assert (names.distances_km[has_city] <= CITY_KM).all() and (names.distances_km[has_state] <= FAR_KM).all()
    assert 0.2 < has_country.mean() < 0.5  # land, and the sea close to it


def test_towns_lie_in_their_countries() -> None:
    towns, borders = builtin_towns(), country_map()
    found = borders.look_up(towns.latitudes, towns.longitudes)
    assert (found == towns.countries).mean() > 0.999
    assert all(find_country(code).code == code for code in borders.codes[1:])


@pytest.mark.parametrize(
    ("latitudes", "longitudes", "message"),
    [
        ([91.0], [0.0], r"latitudes, number 0: 91\.0: expected degrees from -90 to 90"),
        ([0.0, 0.0], [0.0, -181.0], r"longitudes, number 1: -181\.0"),
        ([float("nan")], [0.0], "latitudes, number 0: nan"),
        ([0.0, 1.0], [0.0], "2 latitudes and 1 longitudes"),
        ([[0.0]], [0.0], r"latitudes of the shape \(1, 1\)"),
    ],
)
def test_what_is_no_position_is_refused(latitudes: list[float], longitudes: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        name_positions(latitudes, longitudes)


def test_planes_of_bytes() -> None:
    assert from_planes(np.array([[255, 1], [255, 0], [0, 1]], np.uint8)).tolist() == [65535, 65537]


def test_the_data_is_small_and_read_only_when_a_name_is_asked_for() -> None:
    assert REGIONS_FILE.stat().st_size < 5e6
    program = (
        "import sys, landmark.geo.regions as regions, landmark.cli\n"
        "assert not regions.country_map.cache_info().currsize and not regions.builtin_towns.cache_info().currsize\n"
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
