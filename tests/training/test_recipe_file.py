"""Recipes as files: names, groups as comments, and what a file is told that is none."""

from dataclasses import fields
from pathlib import Path

import pytest

from landmark.core.errors import ConfigurationError
from landmark.training.recipe import Recipe
from landmark.training.recipe.file import NAMED_RECIPES

RECIPES = sorted(NAMED_RECIPES.glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_the_recipes_of_the_package_are_read_and_survive_writing(path: Path, tmp_path: Path) -> None:
    recipe = Recipe.read(path)
    assert recipe != Recipe()
    (tmp_path / "again.toml").write_text(recipe.to_toml())
    assert Recipe.read(tmp_path / "again.toml") == recipe


def test_a_written_recipe_holds_every_setting_under_the_comment_of_its_group() -> None:
    group, groups = "", {}
    for line in filter(None, Recipe(train_px=(96,), weights='b "c"').to_toml().splitlines()):
        if line.startswith("# "):
            group = line[2:]
        else:
            groups[line.partition(" = ")[0]] = group
    assert groups == {item.name: item.metadata["group"] for item in fields(Recipe)}


def test_lists_and_quotes_survive_writing(tmp_path: Path) -> None:
    recipe = Recipe(train_px=(96,), learning_rate=1e-9, weights='b "c" \\ ü')
    (tmp_path / "r.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert Recipe.read(tmp_path / "r.toml") == recipe


@pytest.mark.parametrize("text", ["[optimiser]\nepochs = 3", "epochs.most = 3"])
def test_a_section_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"holds a section \[(optimiser|epochs)\].*outside any section"):
        Recipe.read(tmp_path / "r.toml")


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
