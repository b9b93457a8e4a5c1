"""Several networks on the same photos: the better one is picked on validation, and it alone is tested."""

import json
import os
import re
import shutil
import warnings
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

pytest.importorskip("torch")
pytest.importorskip("plotly")
import torch
from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import BundleError, ConfigurationError, DataError, WeightsError
from landmark.dataset.splits import split_data
from landmark.model.predictor import Predictor
from landmark.training.data import PhotoDataset
from landmark.training.pipeline import bundling
from landmark.training.pipeline.bundling import BundleOptions
from landmark.training.pipeline.candidates import Comparison
from landmark.training.pipeline.checks import hints
from landmark.training.pipeline.comparison import compare
from landmark.training.pipeline.exporting import export_checkpoint
from landmark.training.recipe import Recipe

SMALL = {
    "resize_px": 40, "crop_px": 32, "batch_photos": 8, "average_decay": 0.0, "mixup": 0.0, "colour": 0.0,
    "freeze_batch_norm": False, "warm_up_epochs": 0.5,
}  # fmt: skip
RECIPES = {
    "scratch": Recipe.read("scratch").replace(**SMALL, train_px=(32,), epochs=8),
    # A rate of next to nothing: it learns nothing and must lose.
    "transfer": Recipe(backbone="test_efficientnet", weights="", train_px=(32,), epochs=1, learning_rate=1e-9,
                       head_learning_rate=1e-9, drop_path=0.0).replace(**SMALL),
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    make_landmarks(root / "train", n_photos=16)
    make_landmarks(root / "test", n_photos=4, seed=1)
    return root


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def comparison(data: Path, out: Path, said: list[str]) -> Comparison:
    return compare(data, RECIPES, out, log=said.append)


def test_the_better_one_on_validation_is_picked_and_becomes_the_bundle(comparison: Comparison, out: Path) -> None:
    scratch, transfer = comparison.candidates
    assert scratch.valid.accuracy > transfer.valid.accuracy
    assert comparison.best is scratch
    assert Predictor.load(out).bundle.architecture["backbone"] == "scratch"
    assert comparison.made.valid.accuracy == scratch.valid.accuracy


def test_only_the_picked_one_is_tested(comparison: Comparison, said: list[str]) -> None:
    assert "Picked on validation: scratch. It alone is tested." in said
    assert len([line for line in said if line.startswith("Test:")]) == 1
    written = comparison.to_dict()
    assert written["picked"] == "scratch" and written["test"]["n_photos"] == 12
    assert all("test" not in network for network in written["networks"].values())


def test_both_saw_the_same_photos(comparison: Comparison) -> None:
    first, second = (candidate.run.loaders for candidate in comparison.candidates)
    for part in ("train", "valid", "test"):
        photos = [loaders[part].dataset for loaders in (first, second)]
        samples = [dataset.samples for dataset in photos if isinstance(dataset, PhotoDataset)]
        assert samples[0] == samples[1]


def test_the_page_and_the_table_are_written(comparison: Comparison, out: Path) -> None:
    page = (out / "training.html").read_text()
    for shown in ("Compared on validation", "test_efficientnet", "Learning curves", "Which landmark was taken"):
        assert shown in page
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']http", page) == []
    assert json.loads((out / "training.json").read_text()) == json.loads(json.dumps(comparison.to_dict()))
    assert (out / "scratch/checkpoint.pt").is_file() and (out / "transfer/metrics.json").is_file()


def test_the_same_again_trains_nothing_again(comparison: Comparison, data: Path, out: Path) -> None:
    said: list[str] = []
    again = compare(data, RECIPES, out, log=said.append)
    assert sum("Trained already" in line for line in said) == 2
    assert again.to_dict() == comparison.to_dict()


def test_the_confusion_matrix_agrees_with_the_report(comparison: Comparison) -> None:
    report = comparison.best.valid
    matrix = report.confusion_matrix()
    assert matrix.sum() == report.n_photos and matrix.trace() == report.n_correct
    assert matrix.sum(axis=1).tolist() == [score.n_photos for score in report.per_landmark]


def test_it_warns_where_the_weights_may_have_seen_the_photos(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    compare(data, {"transfer": RECIPES["transfer"]}, tmp_path / "first", log=said.append)
    assert not any("have been trained on photos" in line for line in said)
    again = RECIPES["transfer"].replace(weights=str(tmp_path / "first"))
    compare(data, {"transfer": again}, tmp_path / "second", log=said.append)
    assert any("trained on photos of Taj Mahal, Petra, My Statue" in line for line in said)


def test_what_would_stop_it_at_the_end_is_told_at_the_start(data: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a.jpg").write_bytes(next((data / "test").rglob("*.jpg")).read_bytes())
    with pytest.raises(DataError, match=r"one: found 1 photo.*at least 4"):
        compare(
            data,
            RECIPES,
            tmp_path / "out",
            options=BundleOptions(not_landmarks=tmp_path / "one"),
            log=lambda line: None,
        )
    with pytest.raises(ConfigurationError, match="no device 'gpu'"):
        compare(data, RECIPES, tmp_path / "out", device="gpu", log=lambda line: None)
    large = {**RECIPES, "transfer": RECIPES["transfer"].replace(resize_px=30)}
    with pytest.raises(ConfigurationError, match="resize_px = 30"):
        compare(data, large, tmp_path / "out", log=lambda line: None)
    missing = {**RECIPES, "transfer": RECIPES["transfer"].replace(weights="no/such.pth")}
    with pytest.raises(WeightsError, match=r"no/such\.pth"):
        compare(data, missing, tmp_path / "out", log=lambda line: None)
    (tmp_path / "out/bundle").mkdir(parents=True, exist_ok=True)
    (tmp_path / "out/bundle/holiday.jpg").touch()
    with pytest.raises(BundleError, match=r"holiday\.jpg"):
        compare(data, RECIPES, tmp_path / "out", log=lambda line: None)
    shutil.copytree(data, tmp_path / "data")
    (tmp_path / "data/places.csv").write_text("name,latitude,longitude,radius_km\nPetra,north,35,1\n")
    with pytest.raises(DataError, match=r"places\.csv: line 2"):
        compare(tmp_path / "data", RECIPES, tmp_path / "other", log=lambda line: None)
    assert not list(tmp_path.glob("o*/scratch")), "no network has been trained"


def test_what_is_mostly_not_meant_is_told_before_training(data: Path, tmp_path: Path) -> None:
    split = split_data(data)
    assert hints(split, [RECIPES["scratch"]]) == []
    [few] = hints(split, [RECIPES["transfer"].replace(weights="landmark")])
    assert "no more than 12 photos" in few and "--freeze" in few
    frozen = RECIPES["transfer"].replace(weights="landmark", freeze_features=True)
    assert hints(split, [frozen]) == []
    shutil.copytree(data, tmp_path / "data")
    (tmp_path / "data/places.csv").write_text("name,latitude,longitude,radius_km\nPetr,30,35,1\nPetra,30,35,1\n")
    [misspelt] = hints(split_data(tmp_path / "data"), [RECIPES["scratch"]])
    assert misspelt == "places.csv has places of no landmark here, which are not used: Petr."


def test_a_gpu_that_is_not_there_is_told_once(data: Path, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        compare(data, {"transfer": RECIPES["transfer"]}, tmp_path, device="cuda", log=lambda line: None)
    assert len([one for one in found if "no GPU can be used" in str(one.message)]) == 1


def test_photos_may_have_names_that_are_no_text(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    for part in ("train", "test"):
        photo = next((tmp_path / "data" / part).rglob("*.jpg"))
        try:
            photo.rename(photo.with_name(os.fsdecode(b"caf\xe9.jpg")))
        except OSError:
            pytest.skip("this file system has names of letters only")
    made = compare(tmp_path / "data", {"transfer": RECIPES["transfer"]}, tmp_path / "out", log=lambda line: None).made
    assert made.bundle.path.is_dir() and str(made).startswith(f"{made.bundle.path}\nValidation: ")


def test_a_part_without_photos_is_told_by_export_too(comparison: Comparison, out: Path, tmp_path: Path) -> None:
    make_landmarks(tmp_path / "few", n_photos=1)  # a flat folder: nothing is left for validation and test
    with pytest.raises(DataError, match=r"few: found 3 landmarks, photos: .*'valid': 0"):
        export_checkpoint(out / comparison.best.kind, tmp_path / "few", tmp_path / "out")


def test_networks_are_compared_on_the_same_validation_photos_or_not_at_all(data: Path, tmp_path: Path) -> None:
    recipes = {"a": RECIPES["scratch"], "b": RECIPES["transfer"].replace(valid_ratio=0.4)}
    with pytest.raises(ConfigurationError, match="hold out different photos"):
        compare(data, recipes, tmp_path / "out", log=lambda line: None)


def test_the_command_trains_the_networks_that_are_asked_for(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "PARITY_PHOTOS", 4)
    (tmp_path / "scratch").mkdir()
    monkeypatch.chdir(tmp_path)  # a folder of a recipe's name must not be taken for it
    (tmp_path / "r.toml").write_text(
        "crop_px = 32\nresize_px = 40\ntrain_px = 32\nepochs = 1\nbatch_photos = 16\nbackbone = 'test_efficientnet'\n"
        "weights = ''\ndrop_path = 0.0\n"
    )
    arguments = ["train", str(data), "--model", "both", "--config", str(tmp_path / "r.toml"), "--out"]
    options = ["--batch-photos", "8", "--train-px", "24,32", "--dropout", "0.5"]
    result = CliRunner().invoke(app, [*arguments, str(tmp_path / "run"), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "run/training.json").read_text())
    assert list(told["networks"]) == ["scratch", "transfer"] and told["picked"] in told["networks"]
    used = {kind: Recipe.read(tmp_path / "run" / kind / "recipe.toml") for kind in ("scratch", "transfer")}
    assert all((one.batch_photos, one.epochs, one.dropout) == (8, 1, 0.5) for one in used.values())
    assert (used["scratch"].train_px, used["transfer"].train_px) == ((32,), (24, 32))
    assert (tmp_path / "run/scratch/checkpoint.pt").is_file() and (tmp_path / "run/bundle/landmark.json").is_file()
    state = torch.load(tmp_path / "run/scratch/checkpoint.pt", weights_only=True)
    assert state["bn_1_1.running_mean"].abs().max() > 0, "random weights have no statistics worth freezing"
