"""The places in the package, a user's table of places, and places from photos."""

import csv
import json
import math
import random
import re
import time
from pathlib import Path

import pytest

from landmark.core.errors import DataError
from landmark.geo import gazetteer as gazetteer_module
from landmark.geo.coordinates import EARTH_RADIUS_KM, Coordinates, distance_km
from landmark.geo.countries import find_country, name_key
from landmark.geo.gazetteer import builtin_gazetteer, read_places
from landmark.geo.photo_positions import place_from_photos
from landmark.geo.place import Place

PACKAGE = Path(gazetteer_module.__file__).parents[1]

# The names in ../shared/seed_categories.json and, without number and with spaces, of the folders in ../shared/data.
SEED = """Haleakala National Park;Mount Rainier National Park;Ljubljana Castle;Dead Sea;Wroclaws Dwarves
London Olympic Stadium;Niagara Falls;Stonehenge;Grand Canyon;Golden Gate Bridge;Edinburgh Castle
Mount Rushmore National Memorial;Kantanagar Temple;Yellowstone National Park;Terminal Tower;Central Park;Eiffel Tower
Changdeokgung;Delicate Arch;Vienna City Hall;Matterhorn;Taj Mahal;Moscow Raceway;Externsteine;Soreq Cave
Banff National Park;Pont du Gard;Seattle Japanese Garden;Sydney Harbour Bridge;Petronas Towers;Brooklyn Bridge
Washington Monument;Hanging Temple;Sydney Opera House;Great Barrier Reef;Monumento a la Revolucion
Badlands National Park;Atomium;Forth Bridge;Gateway of India;Stockholm City Hall;Machu Picchu
Death Valley National Park;Gullfoss Falls;Trevi Fountain;Temple of Heaven;Great Wall of China
Prague Astronomical Clock;Whitby Abbey;Temple of Olympian Zeus"""
LANDMARKS = """Alhambra;Angkor Wat;Berlin Cathedral;Casa Batllo;Chichen Itza;Christ the Redeemer;Cologne Cathedral
Colosseum;Dome of the Rock;Forbidden City;Great Pyramid of Giza;Great Wall of China;Ha Long Bay;Hagia Sophia
Haleakala National Park;Ho Chi Minh Mausoleum;Hofburg;Hoi An;Hue Imperial City;Machu Picchu
Museu Nacional d Art de Catalunya;Palace of Versailles;Pantheon Rome;Petra;Petronas Towers;Rialto Bridge
Sa Pa Rice Terraces;St Stephens Cathedral Vienna;Taj Mahal"""
FEW_SHOT = """Academy of Athens;Bibi Ka Maqbara;Buckingham Palace;CCTV Headquarters;Cathedral of Brasilia
Chartres Cathedral;Chrysler Building;Concertgebouw;Eiffel Tower;Fogong Temple Pagoda;Giant Wild Goose Pagoda
Hallgrimskirkja;Jama Masjid Delhi;Louvre Pyramid;Milan Cathedral;Notre Dame de Paris;Pantheon Paris;Pyramid of Djoser
Ripon Building;Santa Cecilia Acatitlan;Shwedagon Pagoda;St Vitus Cathedral;Thien Mu Pagoda;Tianning Temple Pagoda
Tomb of Akbar;Tomb of Itimad ud Daulah"""
KNOWN = [set(re.split("[;\n]", names)) for names in (SEED, LANDMARKS, FEW_SHOT)]

# Coarse frames: latitude from, to, longitude from, to. Of the islands, only those that matter here.
FRAMES = {
    "AT": (46.3, 49.1, 9.5, 17.2), "AU": (-44, -10, 112, 154.5), "BD": (20.5, 26.7, 88, 92.7),
    "BE": (49.4, 51.6, 2.5, 6.5), "BR": (-34, 5.3, -74, -34), "CA": (41.6, 83.2, -141.1, -52),
    "CH": (45.8, 47.9, 5.9, 10.6), "CN": (18, 53.6, 73, 135.1), "CZ": (48.5, 51.1, 12, 18.9),
    "DE": (47.2, 55.1, 5.8, 15.1), "EG": (21.9, 31.8, 24.6, 37), "ES": (35.9, 43.9, -9.4, 4.4),
    "FR": (41.3, 51.1, -5.2, 9.7), "GB": (49.8, 60.9, -8.7, 1.8), "GR": (34.7, 41.8, 19.3, 29.7),
    "IL": (29.4, 33.4, 34.2, 35.9), "IN": (6.7, 35.6, 68.1, 97.5), "IS": (63.2, 66.6, -24.6, -13.4),
    "IT": (35.4, 47.1, 6.6, 18.6), "JO": (29.1, 33.4, 34.9, 39.4), "KH": (10.3, 14.7, 102.3, 107.7),
    "KR": (33.1, 38.7, 125.8, 129.6), "MM": (9.5, 28.6, 92.1, 101.2), "MX": (14.5, 32.8, -118.5, -86.6),
    "MY": (0.8, 7.4, 99.6, 119.3), "NL": (50.7, 53.6, 3.3, 7.3), "PE": (-18.4, 0.1, -81.4, -68.6),
    "PL": (49, 54.9, 14.1, 24.2), "PS": (31.2, 32.6, 34.2, 35.6), "RU": (41.1, 82, 19.6, 180),
    "SE": (55.3, 69.1, 10.9, 24.2), "SI": (45.4, 46.9, 13.3, 16.7), "TR": (35.8, 42.2, 25.6, 44.9),
    "US": (18.9, 71.4, -179.2, -66.9), "VN": (8.5, 23.4, 102.1, 109.5),
}  # fmt: skip


def centre(name: str) -> Coordinates:
    place = builtin_gazetteer().find(name)
    assert place is not None
    assert place.coordinates is not None
    return place.coordinates


def moved(start: Coordinates, bearing: float, by_km: float) -> Coordinates:
    """The point reached from a start in a direction (radians from north), over the sphere."""
    latitude, longitude, angle = math.radians(start.latitude), math.radians(start.longitude), by_km / EARTH_RADIUS_KM
    up = math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)
    north = -math.sin(latitude) * math.cos(longitude), -math.sin(latitude) * math.sin(longitude), math.cos(latitude)
    east = -math.sin(longitude), math.cos(longitude), 0.0
    x, y, z = (
        math.cos(angle) * u + math.sin(angle) * (math.cos(bearing) * n + math.sin(bearing) * e)
        for u, n, e in zip(up, north, east, strict=True)
    )
    return Coordinates(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))


# --- the places in the package


def test_the_gazetteer_holds_the_three_lists_and_nothing_else() -> None:
    assert [len(names) for names in KNOWN] == [50, 29, 26]
    names = [place.name for place in builtin_gazetteer()]
    assert len(names) == len(builtin_gazetteer()) == 99
    assert set(names) == set.union(*KNOWN)
    assert len({name_key(name) for name in names}) == 99


def test_the_three_lists_are_those_of_the_photos(shared: Path) -> None:
    seed = set(json.loads((shared / "seed_categories.json").read_text()).values())
    folders = [
        {
            re.sub(r"^\d+\.", "", entry.name).replace("_", " ")
            for entry in (shared / "data" / folder / "train").iterdir()
        }
        for folder in ("landmarks", "few_shot")
    ]
    assert [seed, *folders] == KNOWN


def test_every_name_and_alias_is_found_and_stands_for_one_place() -> None:
    seen: dict[str, str] = {}
    for place in builtin_gazetteer():
        keys = {name_key(name) for name in (place.name, *place.aliases)}
        for key in keys:
            assert seen.setdefault(key, place.name) == place.name, key
        assert len({name_key(alias) for alias in place.aliases}) == len(set(place.aliases)) == len(place.aliases)
        for name in (place.name, *place.aliases, place.name.replace(" ", "_").upper()):
            assert builtin_gazetteer().find(name) is place


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("museu nacional d'art de catalunya", "Museu Nacional d Art de Catalunya"),
        ("St. Stephen's Cathedral, Vienna", "St Stephens Cathedral Vienna"),
        ("Kölner Dom", "Cologne Cathedral"),
        ("wroclaw's dwarves", "Wroclaws Dwarves"),
        ("Ha_Long-Bay", "Ha Long Bay"),
        ("长城", "Great Wall of China"),
        ("Ayasofya", "Hagia Sophia"),
    ],
)
def test_names_as_people_write_them(written: str, name: str) -> None:
    place = builtin_gazetteer().find(written)
    assert place is not None
    assert place.name == name


@pytest.mark.parametrize("name", ["Pantheon", "Notre Dame", "St Stephens Cathedral", "Santa Sofia", "", "Atlantis"])
def test_names_that_several_places_have_are_nobody(name: str) -> None:
    assert builtin_gazetteer().find(name) is None


def test_every_place_is_complete_and_the_small_ones_are_to_ten_metres() -> None:
    with (PACKAGE / "data" / "gazetteer.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, place in zip(rows, builtin_gazetteer(), strict=True):
        assert row["name"] == place.name
        assert place.coordinates is not None
        assert place.countries
        assert place.radius_km is not None
        assert 0.1 <= place.radius_km <= 1500, place.name
        if place.radius_km <= 1 and place.name != "Moscow Raceway":
            for column in ("latitude", "longitude"):
                assert re.fullmatch(r"-?\d+\.\d{4}", row[column]), place.name


def test_every_place_lies_in_the_frame_of_each_of_its_countries() -> None:
    used = set()
    for place in builtin_gazetteer():
        assert place.coordinates is not None
        for country in place.countries:
            used.add(country.code)
            south, north, west, east = FRAMES[country.code]
            assert south <= place.coordinates.latitude <= north, (place.name, country.name)
            assert west <= place.coordinates.longitude <= east, (place.name, country.name)
    assert used == set(FRAMES)


def test_borders() -> None:
    several = {place.name: place.country for place in builtin_gazetteer() if len(place.countries) > 1}
    assert several == {
        "Dead Sea": ["Israel", "Jordan", "Palestine"],
        "Dome of the Rock": ["Israel", "Palestine"],
        "Matterhorn": ["Switzerland", "Italy"],
        "Niagara Falls": ["United States", "Canada"],
    }


def test_a_second_look_agrees() -> None:
    with (Path(__file__).parent / "gazetteer_second_look.csv").open(encoding="utf-8", newline="") as file:
        second = {
            row["name"]: Coordinates(float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)
        }
    assert set(second) == {place.name for place in builtin_gazetteer()}
    for place in builtin_gazetteer():
        assert place.coordinates is not None
        assert place.radius_km is not None
        away_km = distance_km(place.coordinates, second[place.name])
        assert away_km <= max(0.3, 0.5 * place.radius_km), f"{place.name}: {away_km:.2f} km"


def test_hemispheres() -> None:
    places = [(place, place.coordinates) for place in builtin_gazetteer() if place.coordinates is not None]
    assert {place.name for place, at in places if at.latitude < 0} == {
        "Cathedral of Brasilia", "Christ the Redeemer", "Great Barrier Reef", "Machu Picchu", "Sydney Harbour Bridge",
        "Sydney Opera House",
    }  # fmt: skip
    western = {"BR", "CA", "IS", "MX", "PE", "US"}
    for place, at in places:
        if place.name in {"Alhambra", "Buckingham Palace", "London Olympic Stadium"}:
            assert -4 < at.longitude < 0, place.name
        elif place.countries[0].code == "GB":
            assert at.longitude < -0.5, place.name
        else:
            assert (at.longitude < 0) == (place.countries[0].code in western), place.name


@pytest.mark.parametrize(
    ("one", "other", "expected_km", "within_km"),
    [
        ("Eiffel Tower", "Taj Mahal", 6760, 20),
        ("Eiffel Tower", "Notre Dame de Paris", 4.1, 0.1),
        ("Eiffel Tower", "Buckingham Palace", 341, 3),
        ("Sydney Opera House", "Sydney Harbour Bridge", 0.65, 0.1),
        ("Colosseum", "Pantheon Rome", 1.6, 0.1),
        ("Colosseum", "Trevi Fountain", 1.4, 0.1),
        ("Taj Mahal", "Tomb of Itimad ud Daulah", 2.3, 0.2),
        ("Great Pyramid of Giza", "Pyramid of Djoser", 14.4, 0.5),
        ("Forbidden City", "Temple of Heaven", 4.0, 0.2),
        ("Forbidden City", "CCTV Headquarters", 5.8, 0.3),
        ("Chrysler Building", "Brooklyn Bridge", 5.4, 0.2),
        ("Hofburg", "St Stephens Cathedral Vienna", 0.62, 0.1),
        ("St Vitus Cathedral", "Prague Astronomical Clock", 1.5, 0.1),
        ("Academy of Athens", "Temple of Olympian Zeus", 1.2, 0.15),
        ("Hue Imperial City", "Thien Mu Pagoda", 4.0, 0.3),
        ("Christ the Redeemer", "Machu Picchu", 3290, 60),
        ("Golden Gate Bridge", "Brooklyn Bridge", 4140, 30),
    ],
)
def test_distances_that_are_known(one: str, other: str, expected_km: float, within_km: float) -> None:
    assert distance_km(centre(one), centre(other)) == pytest.approx(expected_km, abs=within_km)


def test_the_countries_are_those_of_iso_3166_and_kosovo() -> None:
    with (PACKAGE / "data" / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 249 + 1
    codes = [row["code"] for row in rows]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
    assert {"AX", "BQ", "NA", "PS", "SS", "TL", "XK"} <= set(codes)
    names = [name for row in rows for name in (row["name"], *filter(None, row["aliases"].split(";")))]
    assert len({name_key(name) for name in names}) == len(names)
    for row in rows:
        for text in (row["code"], row["name"], *filter(None, row["aliases"].split(";"))):
            assert find_country(text).code == row["code"]
    # A name of two letters must not be another country's code.
    assert {name for name in names if len(name) == 2 and name in codes} == set()


# --- a user's table


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "places.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_users_table(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "\ufeffAliases, Name ,longitude,latitude,radius_km,countries\r\n"
        '"Mühle;mill, old", Old Mill ,11.5,-48.1,,Germany; at\r\n'
        ",,,,,\r\n"
        ",Bridge,180,90,0.5,\r\n",
    )
    places = read_places(path)
    mill, bridge = places
    assert mill == Place(
        "Old Mill", Coordinates(-48.1, 11.5), None, (find_country("DE"), find_country("AT")), ("Mühle", "mill, old")
    )
    assert bridge == Place("Bridge", Coordinates(90, 180), 0.5)
    assert places.find("OLD_MILL") is places.find("muhle") is mill


def test_a_users_table_may_name_kosovo(tmp_path: Path) -> None:
    lines = (
        "name,latitude,longitude,radius_km,countries\nOld Bridge,42.21,20.74,0.1,Kosovo\nTower,42.6,20.9,0.1,xk;RS\n"
    )
    bridge, tower = read_places(table(tmp_path, lines))
    assert bridge.countries == (find_country("XK"),) and [one.code for one in tower.countries] == ["XK", "RS"]


HEADER = "name,latitude,longitude,radius_km\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "columns none, without name, latitude"),
        ("name,lat,lon\nMill,1,2\n", "without latitude, longitude, radius_km"),
        ("name;latitude;longitude;radius_km\nMill;1;2;1\n", "name;latitude"),
        ("name,latitude,longitude,radius_km,country\nMill,1,2,1,India\n", "unknown country"),
        (HEADER + "Mill,1,2,1\nTower,high,2,1\n", "line 3: latitude 'high': expected a number"),
        (HEADER + "Mill,,2,1\n", "line 2: latitude ''"),
        (HEADER + "Mill,1\n", "line 2: longitude ''"),
        (HEADER + "Mill,151.2,-33.9,1\n", "line 2: latitude 151.2.*swapped"),
        (HEADER + "Mill,1,2,0\n", "line 2: Mill: radius_km 0.0"),
        (HEADER + "Mill,1,2,nan\n", "line 2: Mill: radius_km nan"),
        (HEADER + ",1,2,1\n", "line 2: A place without a name"),
        (HEADER + "Mill,1,2,1,IN,mill\n", r"line 2: more values than columns: \['IN', 'mill'\]"),
        (HEADER + "Mill,1,2,1\nmill!,3,4,1\n", "'mill!' and 'Mill' share a name"),
        ("name,latitude,longitude,radius_km,countries\nMill,1,2,1,Inda\n", r"line 2: country 'Inda'.*India \(IN\)"),
        (HEADER + '"Mill,1,2,1\n', "unexpected end of data"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(DataError, match=told) as raised:
        read_places(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_tables_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="UTF-8"):
        read_places(table(tmp_path, HEADER + "Mühle,1,2,1\n", encoding="latin-1"))
    with pytest.raises(DataError, match=r"places\.csv: cannot be read"):
        read_places(tmp_path / "folder" / "places.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_places(tmp_path)


# --- places from photos


@pytest.mark.parametrize(
    "middle",
    [Coordinates(48.8584, 2.2945), Coordinates(-16.8, 179.99), Coordinates(65.8, -180), Coordinates(89.99, 40),
     Coordinates(-90, 0), Coordinates(0, 0)],
)  # fmt: skip
@pytest.mark.parametrize("spread_km", [0.3, 20])
@pytest.mark.parametrize("kind", ["one spot near", "one spot far", "null island", "anywhere"])
def test_three_photos_in_ten_elsewhere_do_not_move_the_place(middle: Coordinates, spread_km: float, kind: str) -> None:
    chance = random.Random(f"{middle} {spread_km} {kind}")
    near = [
        moved(middle, chance.uniform(0, 2 * math.pi), spread_km * math.sqrt(chance.random())) for _ in range(70)
    ]  # evenly over a disc
    spot = {
        "one spot near": moved(middle, 1.0, 10 * spread_km),
        "one spot far": moved(middle, 2.0, 8000),
        "null island": Coordinates(0, 0),
    }
    elsewhere = [spot.get(kind, Coordinates(chance.uniform(-90, 90), chance.uniform(-180, 180))) for _ in range(30)]
    place = place_from_photos("Mill", chance.sample(near + elsewhere, 100))
    assert place is not None
    assert place.coordinates is not None
    assert place.radius_km is not None
    assert distance_km(place.coordinates, middle) < 0.25 * spread_km
    assert 0.7 * spread_km <= place.radius_km <= 1.3 * spread_km
    assert place.countries == ()


def test_a_few_photos() -> None:
    here, there = Coordinates(48.8584, 2.2945), Coordinates(48.8590, 2.2945)
    assert place_from_photos("Mill", []) is None
    assert place_from_photos("Mill", [here]) == Place("Mill", here, 0.1)
    both = place_from_photos("Mill", iter([here, there]))
    assert both is not None
    assert both.coordinates is not None
    assert 48.8584 <= both.coordinates.latitude <= 48.8590
    assert both.radius_km == 0.1
    opposite = place_from_photos("Mill", [Coordinates(90, 0), Coordinates(-90, 0)])  # no middle, and no crash
    assert opposite is not None


def test_many_photos_take_no_time() -> None:
    chance = random.Random(1)
    photos = [Coordinates(48 + chance.random(), 2 + chance.random()) for _ in range(2000)]
    start_s = time.perf_counter()
    assert place_from_photos("Mill", photos) is not None
    assert time.perf_counter() - start_s < 5
