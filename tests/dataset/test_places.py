"""Where a user's own landmarks stand: their table, the gazetteer, or the GPS of their photos, in this order."""

from pathlib import Path

import pytest
from factories.landmarks import make_landmarks
from factories.photos import exif, gps
from PIL import Image

from landmark.core.errors import DataError
from landmark.dataset.folders import read_folder
from landmark.dataset.places import find_places
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.photo.discovery import discover_photos

STATUE = Coordinates(48.1374, 11.5755)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_landmarks(tmp_path / "data", n_photos=6)


def give_gps(data: Path, positions: list[tuple[float, float]]) -> None:
    for photo, position in zip(sorted((data / "2.My_Statue").iterdir()), positions, strict=False):
        Image.open(photo).save(photo, exif=exif(gps=gps(*position)))


def test_the_gazetteer_knows_some_and_the_rest_have_no_place(data: Path) -> None:
    folder = read_folder(data)
    taj_mahal, petra, statue = find_places(folder.categories, data, folder.photos)
    assert taj_mahal is not None and taj_mahal.countries[0].code == "IN"
    assert petra is not None and petra.countries[0].code == "JO"
    assert statue is None


def test_the_photos_gps_gives_the_place_and_one_wrong_photo_does_not_move_it(data: Path) -> None:
    give_gps(data, [(48.1374, 11.5755), (48.1375, 11.5757), (48.1373, 11.5753), (48.1374, 11.5756), (-33.8, 151.2)])
    folder = read_folder(data)
    statue = find_places(folder.categories, data, folder.photos)[2]
    assert statue is not None and statue.coordinates is not None and statue.radius_km is not None
    assert distance_km(statue.coordinates, STATUE) < 0.05
    assert statue.radius_km < 1


def test_the_users_table_comes_before_all_else(data: Path) -> None:
    give_gps(data, [(48.1374, 11.5755)] * 6)
    (data / "places.csv").write_text("name,latitude,longitude,radius_km\nmy statue,1.5,2.5,0.1\nTaj Mahal,3,4,1\n")
    folder = read_folder(data)
    taj_mahal, petra, statue = find_places(folder.categories, data, folder.photos)
    assert taj_mahal is not None and taj_mahal.coordinates == Coordinates(3, 4)
    assert petra is not None and petra.countries[0].code == "JO"
    assert statue is not None and statue.coordinates == Coordinates(1.5, 2.5)


def test_a_broken_table_is_an_error_that_names_the_row(data: Path) -> None:
    (data / "places.csv").write_text("name,latitude,longitude,radius_km\nMy Statue,91,2.5,0.1\n")
    folder = read_folder(data)
    with pytest.raises(DataError, match=r"places\.csv.*2"):
        find_places(folder.categories, data, folder.photos)


def test_a_walk_keeps_the_order_of_its_arguments_and_counts(data: Path) -> None:
    (data / "0.Taj_Mahal" / "notes.txt").write_text("no photo")
    walk = discover_photos([data / "1.Petra", Path("gone.jpg"), data / "0.Taj_Mahal"])
    assert [path.parent.name for path in walk.photos] == ["1.Petra"] * 6 + [""] + ["0.Taj_Mahal"] * 6
    assert walk.skipped == 1 and walk.notes() == ["Skipped 1 file that is not a photo."]


def test_a_folder_without_photos_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no photo")
    assert discover_photos([tmp_path]).notes() == ["Skipped 1 file that is not a photo.", "No photos found."]
