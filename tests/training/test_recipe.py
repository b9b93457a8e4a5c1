"""Recipes: what the file may say, and what it is told when it says something else."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from landmark.core.errors import ConfigurationError
from landmark.training.recipe import Recipe


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch = 3", "epochs"),
        ("epochs = '3'", "epochs"),
        ("epochs = 2.5", "a whole number"),
        ("epochs = true", "a whole number"),
        ("freeze_batch_norm = 1", "true or false"),
        ("train_px = ['a']", "train_px"),
        ("zzz = 1", "Known"),
        ("epochs = 0", "at least 1"),
        ("optimizer = 'adam'", "adamw, sgd or lbfgs"),
        ("schedule = 'step'", "cosine or constant"),
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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("learning_rate", 0.0, "above 0"),
        ("learning_rate", float("nan"), "above 0"),
        ("weight_decay", float("inf"), "at least 0"),
        ("blur", 1.5, "at least 0 and at most 1"),
        ("dropout", 1.0, "at least 0 and below 1"),
        ("valid_ratio", 0.0, "above 0 and below 1"),
        ("layer_decay", 0.0, "above 0"),
        ("train_px", (128, 0), r"\[128, 0\].*at least 1"),
        ("train_px", (), "at least one size"),
        ("accumulate", 0, "at least 1"),
        ("views", -1, "at least 0"),
        ("margin", -0.1, "at least 0"),
        ("head", "arcface", "auto, linear, two-layer or cosine"),
        ("precision", "float8", "float32, bfloat16 or float16"),
        ("backbone", None, "text"),
        ("train_px", ("a",), "a list, each a whole number"),
    ],
)
def test_a_value_is_checked_whoever_gives_it(name: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' is .*{said}"):
        Recipe(**{name: value})


def test_lbfgs_needs_a_linear_head_on_kept_features() -> None:
    fitted = Recipe(optimizer="lbfgs", freeze_features=True)
    for wrong in ({"freeze_features": False}, {"views": 0}, {"head": "cosine"}):
        with pytest.raises(ConfigurationError, match="linear head to kept features"):
            fitted.replace(**wrong)


def test_every_setting_says_in_a_sentence_what_it_is_for() -> None:
    for item in fields(Recipe):
        text = item.metadata["text"]
        assert text.endswith(".") and text[0].isupper() and len(text) > 15, item.name
        assert getattr(Recipe(), item.name) == item.default, "a default is of its own type"


def test_a_fit_to_convergence_needs_weight_decay() -> None:
    with pytest.raises(ConfigurationError, match="found weight_decay = 0"):
        Recipe(optimizer="lbfgs", freeze_features=True, weight_decay=0.0)


@pytest.mark.parametrize(
    ("name", "value"), [("teachers", ["runs/a"]), ("distillation", 0.7), ("refit", True), ("decoded_cache_mb", 0)]
)
def test_settings_of_features_that_are_gone_are_ignored_with_a_warning(name: str, value: Any, tmp_path: Path) -> None:
    with pytest.warns(FutureWarning, match=f"'{name}' is ignored"):
        assert Recipe(**{name: value}) == Recipe()
    with pytest.warns(FutureWarning, match=name):
        assert Recipe().replace(**{name: value}) == Recipe()
    (tmp_path / "r.toml").write_text(f"epochs = 3\n{name} = {json.dumps(value)}\n")
    with pytest.warns(FutureWarning, match=name):
        assert Recipe.read(tmp_path / "r.toml") == Recipe(epochs=3)
