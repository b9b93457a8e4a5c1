"""The landmarks a model knows, by folder and by file."""

import json
import os
from pathlib import Path

import pytest

from landmark.core.errors import DataError
from landmark.dataset.categories import Categories, name_of_folder


def test_numbered_folders_are_ordered_by_number_and_others_by_name() -> None:
    assert Categories.from_folders(["10.B", "9.C", "100.A"]).names == ("C", "B", "A")
    assert Categories.from_folders(["b", "a", "10.C"]).folders == ("10.C", "a", "b")


def test_the_course_projects_folder_names_give_its_category_names(shared: Path) -> None:
    folders = [entry.name for entry in (shared / "data/landmarks/train").iterdir()]
    known = Categories.read(shared / "data/landmarks/categories.json")
    assert Categories.from_folders(folders).names == known.names
    assert name_of_folder("20.Museu_Nacional_d_Art_de_Catalunya") == "Museu Nacional d Art de Catalunya"


def test_a_categories_file_is_read_and_written(tmp_path: Path) -> None:
    categories = Categories(names=("Taj Mahal", "Petra"))
    (tmp_path / "categories.json").write_text(json.dumps(categories.to_dict()))
    assert Categories.read(tmp_path / "categories.json") == categories


@pytest.mark.parametrize("text", ["", "[]", '{"a": "b"}', '{"0": "A", "2": "B"}', "\xff"])
def test_a_file_that_is_no_table_of_categories_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "categories.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"categories\.json"):
        Categories.read(path)


def test_two_folders_of_one_landmark_are_refused() -> None:
    with pytest.raises(DataError, match="Taj Mahal"):
        Categories.from_folders(["0.Taj_Mahal", "1.Taj_Mahal"])


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(DataError, match=r"'Caf\\udce9' has a name that is no text"):
        Categories.from_folders(["0.Petra", os.fsdecode(b"1.Caf\xe9")])
