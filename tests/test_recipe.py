"""Recipes: what the file may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from landmark.errors import ConfigurationError
from landmark.recipe import Recipe

RECIPES = sorted((Path(__file__).parents[1] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_the_recipes_of_the_repository_are_read_and_survive_writing(path: Path, tmp_path: Path) -> None:
    recipe = Recipe.read(path)
    assert recipe != Recipe()
    (tmp_path / "again.toml").write_text(recipe.to_toml())
    assert Recipe.read(tmp_path / "again.toml") == recipe


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch = 3", "epochs"),
        ("epochs = '3'", "epochs"),
        ("epochs = 2.5", "int"),
        ("freeze_batch_norm = 1", "bool"),
        ("train_px = ['a']", "train_px"),
        ("zzz = 1", "Known"),
        ("epochs = ", "TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        Recipe.read(tmp_path / "r.toml")


def test_whole_numbers_serve_as_fractions_and_one_size_as_a_list(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("mixup = 1\ntrain_px = 96\n")
    recipe = Recipe.read(tmp_path / "r.toml")
    assert recipe.mixup == 1.0 and recipe.train_px == (96,)


def test_replacing_leaves_alone_what_is_none() -> None:
    assert Recipe().replace(epochs=3, backbone=None) == Recipe(epochs=3)
