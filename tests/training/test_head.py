"""A linear head fitted to convergence on kept features, through `landmark train`'s own path."""

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from landmark.core.errors import ConfigurationError  # noqa: E402
from landmark.core.logs import messages_to  # noqa: E402
from landmark.dataset.splits import split_data  # noqa: E402
from landmark.training.options import Run  # noqa: E402
from landmark.training.pipeline.finetuning import train_recipe  # noqa: E402
from landmark.training.recipe import Recipe  # noqa: E402
from landmark.training.tracking import JsonLines  # noqa: E402

FIT = Recipe(
    backbone="resnet10t", weights="", drop_path=0.0, resize_px=36, crop_px=32, train_px=(32,), freeze_features=True,
    optimizer="lbfgs", weight_decay=0.01,
)  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDMARK_CACHE", str(tmp_path / "cache"))


def test_it_writes_what_training_writes_and_is_not_done_twice(landmarks: Path, tmp_path: Path) -> None:
    said: list[str] = []
    split = split_data(landmarks)
    lines = JsonLines(tmp_path / "out")
    with messages_to(said.append):
        run = train_recipe(split, FIT, Run.in_folder(tmp_path / "out", trackers=(lines,)))
    start, epoch = map(json.loads, lines.path.read_text().splitlines())
    assert start["config"]["recipe"]["optimizer"] == "lbfgs" and epoch["epoch"] == 1
    metrics = json.loads((tmp_path / "out/metrics.json").read_text())
    assert metrics["epoch"] == [1] and metrics["checkpoint"] == [1]
    assert metrics["train_acc"][0] > 0.9
    assert list(torch.load(tmp_path / "out/checkpoint.pt", weights_only=True)) == list(run.model.state_dict())
    with messages_to(said.append):
        again = train_recipe(split, FIT, Run.in_folder(tmp_path / "out"))
    assert not again.trained_now and "Trained already" in said[-2]


def test_a_head_that_is_not_linear_is_refused(landmarks: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="linear head"):
        train_recipe(split_data(landmarks), FIT.replace(backbone="vgg11"), Run.in_folder(tmp_path / "out"))
