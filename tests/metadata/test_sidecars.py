"""Whose sidecars are whose: by their names, by what they say themselves, and in the parts of a Takeout."""

from pathlib import Path

import pytest
from factories import photos as made
from factories.takeout import takeout_json

from landmark.geo.coordinates import Coordinates
from landmark.metadata.merging import read_metadata
from landmark.metadata.sidecars import FolderNames, find_sidecars

ROME, PARIS = Coordinates(41.9, 12.5), Coordinates(48.85, 2.35)


def add_photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.encode(made.scene(16, 16), "JPEG"))
    return path


def add_xmp(path: Path, at: Coordinates, extension: str = "", *, encoding: str = "utf-8") -> None:
    of = f'photoshop:SidecarForExtension="{extension}"' if extension else ""
    path.write_bytes(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {of} exif:GPSLatitude="{at.latitude}N" '
        f'exif:GPSLongitude="{at.longitude}E"/></rdf:RDF></x:xmpmeta>'.encode(encoding)
    )


def add_json(path: Path, at: Coordinates) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(takeout_json(path.name.partition(".json")[0], (at.latitude, at.longitude)), encoding="utf-8")


@pytest.mark.parametrize(
    ("extension", "is_taken"),
    [("", True), ("JPG", True), ("jpg", True), (".jpg", True), ("CR2", False), ("NEF", False), ("JPEG", False)],
)
def test_a_sidecar_says_of_which_extension_it_is(extension: str, is_taken: bool, tmp_path: Path) -> None:
    photo = add_photo(tmp_path / "P1.jpg")
    add_xmp(tmp_path / "P1.xmp", ROME, extension)
    found = read_metadata(photo)
    assert found.coordinates == (ROME if is_taken else None) and found.problems == ()


def test_a_sidecar_with_the_whole_name_needs_not_say_it(tmp_path: Path) -> None:
    photo = add_photo(tmp_path / "P1.jpg")
    add_xmp(tmp_path / "P1.jpg.xmp", ROME, "CR2")
    add_xmp(tmp_path / "P1.xmp", PARIS, "CR2")
    found = read_metadata(photo)
    assert (found.coordinates, found.problems) == (ROME, ())


def test_two_sidecars_far_apart_are_told(tmp_path: Path) -> None:
    photo = add_photo(tmp_path / "P1.jpg")
    add_xmp(tmp_path / "P1.jpg.xmp", ROME)
    add_xmp(tmp_path / "P1.xmp", PARIS)
    found = read_metadata(photo)
    assert found.coordinates == ROME
    assert found.problems == ("P1.jpg.xmp and P1.xmp are 1,105 km apart; P1.jpg.xmp is taken",)


def test_sidecars_of_two_folders_never_mix(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        add_photo(tmp_path / folder / "P1.jpg")
    add_xmp(tmp_path / "one" / "P1.jpg.xmp", ROME)
    add_json(tmp_path / "one" / "P1.jpg.json", PARIS)
    add_xmp(tmp_path / "P1.jpg.xmp", PARIS)
    assert read_metadata(tmp_path / "two" / "P1.jpg").coordinates is None


def test_composed_and_decomposed_names_are_the_same() -> None:
    names = FolderNames(["Bru\u0308cke.jpg", "Br\u00fccke.XMP", "e\u0301.jpg", "\u00e9.jpg"])
    assert find_sidecars("Bru\u0308cke.jpg", names) == ["Br\u00fccke.XMP"]
    assert names.has_twin("\u00e9.jpg") and not names.has_twin("Bru\u0308cke.jpg")
    names.add("Bru\u0308cke.jpg.xmp")
    assert find_sidecars("Bru\u0308cke.jpg", names) == ["Bru\u0308cke.jpg.xmp", "Br\u00fccke.XMP"]


INNER = Path("Google Photos") / "Photos from 2019"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("takeout-20240601T090000Z-001/Takeout", "takeout-20240601T090000Z-002/Takeout"),
        ("takeout-20240601T090000Z-3-001/Takeout", "takeout-20240601T090000Z-3-012/Takeout"),
        ("Takeout", "Takeout 2"),
        ("Takeout 3", "Takeout"),
        ("Takeout", "Takeout(1)"),
        ("part 1/Takeout", "part 2/Takeout"),
        ("001/Takeout", "002/Takeout"),
        ("Takeout", "takeout-20240601T090000Z-002/Takeout"),
        ("takeout-20240601T090000Z-002/Takeout", "Takeout"),
        ("takeout-001", "takeout-002"),
    ],
)
def test_a_json_is_found_in_another_part_of_a_takeout(one: str, other: str, tmp_path: Path) -> None:
    photo = add_photo(tmp_path / one / INNER / "P1.jpg")
    copy = add_photo(tmp_path / one / INNER / "P1-edited.jpg")
    add_json(tmp_path / other / INNER / "P1.jpg.supplemental-metadata.json", ROME)
    for path in (photo, copy):
        found = read_metadata(path)
        assert (found.coordinates, found.problems) == (ROME, ())
        assert found.coordinates_from and other.split("/")[0] in found.coordinates_from


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna/Takeout", "ben/Takeout"),
        ("takeout-20240601T090000Z-001/Takeout", "takeout-20230101T090000Z-002/Takeout"),
        ("Takeout", "Takeaway 2"),
    ],
)
def test_takeouts_of_two_people_do_not_mix(one: str, other: str, tmp_path: Path) -> None:
    photo = add_photo(tmp_path / one / INNER / "P1.jpg")
    add_json(tmp_path / other / INNER / "P1.jpg.json", ROME)
    found = read_metadata(photo)
    assert found.coordinates is None and "several parts" in found.problems[0]


def test_a_folder_that_is_only_called_so_is_no_takeout(tmp_path: Path) -> None:
    assert read_metadata(add_photo(tmp_path / "Takeout menus" / "P1.jpg")).problems == ()


def test_a_json_whose_photo_lies_beside_it_is_not_lent_to_another_part(tmp_path: Path) -> None:
    photo = add_photo(tmp_path / "Takeout" / INNER / "P1.jpg")
    add_photo(tmp_path / "Takeout 2" / INNER / "P1.jpg")
    add_json(tmp_path / "Takeout 2" / INNER / "P1.jpg.json", ROME)
    assert read_metadata(photo).coordinates is None


def test_the_original_of_an_edited_copy_may_lie_in_another_part(tmp_path: Path) -> None:
    copy = add_photo(tmp_path / "Takeout" / INNER / "P1-bearbeitet.jpg")
    add_photo(tmp_path / "Takeout 2" / INNER / "P1.jpg")
    add_json(tmp_path / "Takeout 2" / INNER / "P1.jpg.json", ROME)
    assert read_metadata(copy).coordinates == ROME


def test_old_and_new_json_of_one_photo_far_apart_are_told(tmp_path: Path) -> None:
    photo = add_photo(tmp_path / "P1.jpg")
    add_json(tmp_path / "P1.jpg.json", PARIS)
    add_json(tmp_path / "P1.jpg.supplemental-metadata.json", ROME)
    found = read_metadata(photo)
    assert found.coordinates == ROME and "P1.jpg.json are 1,105 km apart" in found.problems[0]


def test_a_refused_json_is_told(tmp_path: Path) -> None:
    for name in ("Lunch.jpg", "Lunch.png"):
        add_photo(tmp_path / name)
    (tmp_path / "Lunch.json").write_text(takeout_json("Lunch", (1, 2)))
    problems = read_metadata(tmp_path / "Lunch.jpg").problems
    assert problems == ("Takeout: Lunch.json may be of this photo or of Lunch.png; it is not taken",)
