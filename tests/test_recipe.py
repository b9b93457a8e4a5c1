"""Recipes: what the file may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from landmark.errors import ConfigurationError
from landmark.recipe import NAMED_RECIPES, Recipe

RECIPES = sorted(NAMED_RECIPES.glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_the_recipes_of_the_package_are_read_and_survive_writing(path: Path, tmp_path: Path) -> None:
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
        ("epochs = 0", "at least 1"),
        ("optimizer = 'adam'", "adamw, sgd"),
        ("schedule = 'step'", "cosine, constant"),
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


def test_a_recipe_of_the_package_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = Recipe.read("seed")
    assert (seed.backbone, seed.optimizer, seed.learning_rate, seed.batch_photos, seed.epochs) == (
        "vgg16", "sgd", 0.01, 64, 50,
    )  # fmt: skip
    assert (seed.momentum, seed.weight_decay, seed.label_smoothing, seed.freeze_features, seed.schedule, seed.keep) == (
        0.0, 0.0, 0.0, True, "constant", "loss",
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("residual").mkdir()
    assert Recipe.read("residual").backbone == "resnet10t", "a folder of that name does not"
    Path("seed").write_text("epochs = 2")
    assert Recipe.read("seed").epochs == 2, "a file of that name comes first"
    with pytest.raises(ConfigurationError, match=r"sed: no such file.*scratch, seed"):
        Recipe.read("sed")
