"""The search: it gets better or stays, goes on after a stop, and its best recipe trains."""

from pathlib import Path
from typing import Any

import pytest
from factories.landmarks import make_landmarks

pytest.importorskip("torch")
pytest.importorskip("optuna")

from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import ConfigurationError
from landmark.core.logs import messages_to
from landmark.dataset.splits import split_data
from landmark.training.options import Run
from landmark.training.pipeline.finetuning import train_recipe
from landmark.training.pipeline.tuning import tune
from landmark.training.recipe import Recipe

BASE = Recipe(
    backbone="resnet10t", weights="", drop_path=0.0, resize_px=36, crop_px=32, train_px=(32,), epochs=2, batch_photos=8
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tune")
    make_landmarks(root / "train", n_photos=8)
    make_landmarks(root / "test", n_photos=1, seed=1)
    return root


def test_it_finds_writes_and_goes_on(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    first = tune(data, BASE, tmp_path, n_trials=3, log=said.append)
    assert first.n_trials == 3 and len(first.table) == 4
    assert float(first.table[1][1].rstrip("%")) == max(float(row[1].rstrip("%")) for row in first.table[1:])
    again = tune(data, BASE, tmp_path, n_trials=4, log=said.append)
    assert again.n_trials == 4 and again.accuracy >= first.accuracy
    assert any("Resuming after 3 trials" in line for line in said)
    best = Recipe.read(tmp_path / "best.toml")
    assert best == again.best and best.freeze_features
    with messages_to(said.append):
        run = train_recipe(split_data(data), best, Run.in_folder(tmp_path / "run"))
    assert run.metrics.valid_acc[(run.metrics.best_epoch or 1) - 1] == again.accuracy, "the same again"
    assert (tmp_path / "tune.html").stat().st_size > 100_000
    other = tune(data, BASE.replace(seed=1), tmp_path, n_trials=1, log=said.append)
    assert other.n_trials == 1 and (tmp_path / "trials.1.log").is_file()


def test_what_is_fixed_is_left_alone(data: Path, tmp_path: Path) -> None:
    base = BASE.replace(views=1, head="two-layer")
    found = tune(data, base, tmp_path, fixed=("views", "head"), n_trials=2, log=lambda line: None)
    assert (found.best.views, found.best.head, found.best.optimizer) == (1, "two-layer", "adamw")
    assert not {"views", "kind"} & set(found.table[0]), "a trial is not asked for what is fixed"


def test_a_fixed_optimizer_brings_its_own_settings(data: Path, tmp_path: Path) -> None:
    base = BASE.replace(freeze_features=True, optimizer="lbfgs", views=1)
    found = tune(data, base, tmp_path, fixed=("optimizer", "views"), n_trials=1, log=lambda line: None)
    assert set(found.table[0]) == {"trial", "valid", "s", "balance", "logistic_weight_decay"}
    assert found.best.optimizer == "lbfgs" and found.best.dropout == base.dropout


def test_the_command_freezes_by_itself(data: Path, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE.replace(views=1).to_toml())
    asked = ["tune", data, "--config", tmp_path / "base.toml", "--optimizer", "lbfgs", "--trials", "1"]
    done = CliRunner().invoke(app, [str(word) for word in [*asked, "--out", tmp_path / "out"]])
    assert done.exit_code == 0, done.output
    assert Recipe.read(tmp_path / "out/best.toml").optimizer == "lbfgs"


@pytest.mark.parametrize(("wrong", "expected"), [({"n_trials": 0}, "n_trials is 0"), ({"fixed": ("view",)}, "'views'")])
def test_what_cannot_be_searched_is_told(wrong: dict[str, Any], expected: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        tune(data, BASE, tmp_path, **wrong)
