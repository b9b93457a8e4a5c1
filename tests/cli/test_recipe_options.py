"""The options of a command that takes a recipe's settings: the same set, and what is given arrives as it was meant."""

import re
import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from landmark.cli import app
from landmark.cli.recipe_options import given_settings, recipe_command
from landmark.training.recipe.recipe import DEPRECATED_SETTINGS, Recipe


def given_by(*options: str) -> dict[str, Any]:
    """What a command gets of options."""
    given: dict[str, Any] = {}
    probe = typer.Typer()

    @recipe_command("For models", to=probe)
    def train(data: str, **settings: Any) -> None:
        given.update(given_settings(settings))

    probe(["photos", *options], standalone_mode=False)
    return given


def test_the_options_of_train_are_its_own_and_the_settings_of_a_recipe() -> None:
    train = get_command(app).commands["train"]  # type: ignore[attr-defined]
    with train.make_context("train", ["."]) as context:
        names = [item.name for item in train.get_params(context)]
    own = {"data", "config", "model", "out", "not_landmarks", "name", "device", "resume", "track", "help"}
    own |= {"include_hidden", "exclude"}
    assert sorted(names) == sorted(own | {item.name for item in fields(Recipe)} | set(DEPRECATED_SETTINGS))


def test_what_is_not_given_is_left_out() -> None:
    assert given_by() == {}


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--learning-rate", "1e-3", "--epochs", "3"], {"learning_rate": 1e-3, "epochs": 3}),
        (["--valid-ratio", "30%", "--dropout", "0.2"], {"valid_ratio": 0.3, "dropout": 0.2}),
        (["--train-px", "128,160,192"], {"train_px": (128, 160, 192)}),
        (["--train-px", "128", "--train-px", "160, 192"], {"train_px": (128, 160, 192)}),
        (["--no-freeze-batch-norm", "--compile"], {"freeze_batch_norm": False, "compile": True}),
        (["--freeze"], {"freeze_features": True}),
        (["--freeze-features"], {"freeze_features": True}),
        (["--no-freeze-features"], {"freeze_features": False}),
        (["--weights", "", "--mixup", "0"], {"weights": "", "mixup": 0.0}),
    ],
)
def test_what_is_given_arrives_by_the_settings_name(options: list[str], settings: dict[str, Any]) -> None:
    assert given_by(*options) == settings


def test_every_option_can_be_given_its_default() -> None:
    recipe, options = Recipe(), []
    for item in fields(Recipe):
        name, value = item.name.replace("_", "-"), item.default
        if isinstance(value, bool):
            options.append(f"--{name}" if value else f"--no-{name}")
        elif isinstance(value, tuple):
            options += [f"--{name}={part}" for part in value]
        else:
            options.append(f"--{name}={value}")
    given = given_by(*options)
    assert Recipe.from_dict(given) == recipe
    assert len(given) == len(fields(Recipe))


def test_options_of_features_that_are_gone_are_taken_and_not_shown() -> None:
    given = given_by("--teachers", "runs/a", "--distillation", "0.5", "--no-refit", "--decoded-cache-mb", "500")
    assert set(given) == set(DEPRECATED_SETTINGS)
    with pytest.warns(FutureWarning, match="ignored") as told:
        assert Recipe().replace(**given) == Recipe()
    assert len(told) == 4
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    assert "--teachers" not in shown and "--refit" not in shown


def test_the_help_shows_groups_sentences_and_defaults() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    told = re.sub(r"[\s│]+", " ", shown)
    for item in fields(Recipe):
        assert f" {item.metadata['group']} ─" in shown
        assert f"--{item.name.replace('_', '-')}" in told
        assert item.metadata["text"] in told
    assert "[default: (128,160,192)]" in told and "One of: adamw, sgd, lbfgs." in told


def test_a_value_that_is_no_number_is_wrong_usage_and_one_out_of_range_is_told_in_a_sentence() -> None:
    refused = CliRunner().invoke(app, ["train", ".", "--train-px", "128,large"])
    assert refused.exit_code == 2 and "--train-px" in refused.output
    command = [sys.executable, "-m", "landmark", "train", ".", "--learning-rate", "0"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stderr == "landmark: The setting 'learning_rate' is 0.0. Expected a number, above 0.\n"


def test_other_commands_start_without_the_recipe() -> None:
    code = "import sys, typer.main, landmark.cli; typer.main.get_command(landmark.cli.app); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "landmark.cli" in loaded and "landmark.training.recipe" not in loaded
