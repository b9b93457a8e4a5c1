"""Calibrating a bundle on the base install: the shipped model, always on drawn photos and on real ones if there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from landmark.core.errors import ConfigurationError, DataError
from landmark.core.logs import messages_to
from landmark.fitting.calibrate import calibrate, split_of
from landmark.model.bundle import load_bundle
from landmark.model.predictor import Predictor

COMMAND = [sys.executable, "-m", "landmark"]


def draw(path: Path, colour: tuple[int, ...], seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-60, 60, (40, 40, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).resize((160, 120)).save(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(load_bundle().path, tmp_path_factory.mktemp("model") / "model")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped model's landmarks, four drawings of each, and one of anything else."""
    root = tmp_path_factory.mktemp("drawn")
    for index, name in enumerate(load_bundle().categories):
        colour = tuple(int(value) for value in np.random.default_rng(index).integers(40, 215, 3))
        for number in range(4):
            draw(root / "data/train" / f"{index:02}.{name.replace(' ', '_')}" / f"{number}.jpg", colour, 7 * number)
    for number in range(20):
        draw(root / "others" / f"{number}.jpg", (number * 10, 128, 200 - number * 8), 1000 + number)
    return root


@pytest.mark.filterwarnings("ignore:.*holds other photos than the model was trained on:UserWarning")
def test_a_bundle_is_written_anew_and_refuses_as_was_asked(model: Path, drawn: Path) -> None:
    before = load_bundle(model)
    said: list[str] = []
    with messages_to(said.append):
        made = calibrate(
            Predictor.load(model),
            split_of(before, drawn / "data"),
            not_landmarks=drawn / "others",
            false_positive_rate=0.1,
        )
    assert load_bundle(model).calibration == made.calibration != before.calibration
    assert made.ood_scorer is not None and made.version == before.version
    measured = made.scores["not_landmarks"]
    assert measured["fitted_on"] == measured["measured_on"] == 10
    assert made.scores["test"] == before.scores["test"], "test photos were not looked at"
    assert len(made.calibration.negative_confidences) == 10 and "threshold" in said[-1]
    answers = Predictor.load(model).locate(sorted((drawn / "others").iterdir()), false_positive_rate=0.0)
    assert sum(answer.landmark is not None for answer in answers) <= 5
    assert made.weights_path().read_bytes() == load_bundle().weights_path().read_bytes()


def test_other_landmarks_and_refitted_models_are_refused(model: Path, drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(drawn / "data", tmp_path / "data")
    shutil.rmtree(next((tmp_path / "data/train").iterdir()))
    with pytest.raises(DataError, match="28 landmarks"):
        split_of(load_bundle(model), tmp_path / "data")
    for folder in (drawn / "data/train").iterdir():
        photo = sorted(folder.iterdir())[0]
        (tmp_path / "few" / folder.name).mkdir(parents=True)
        shutil.copy(photo, tmp_path / "few" / folder.name)
    with pytest.warns(UserWarning, match="other photos than the model was trained on.*'train': 3378"):
        split_of(load_bundle(model), drawn / "data")
    with pytest.raises(DataError, match="'valid': 0"):
        split_of(load_bundle(model), tmp_path / "few")
    bundle = load_bundle(model)
    bundle.training["recipe"]["refit"] = True
    with pytest.raises(ConfigurationError, match="refit"):
        split_of(bundle, drawn / "data")


def test_the_options_of_the_command(drawn: Path) -> None:
    photo = str(next((drawn / "others").iterdir()))
    said = subprocess.run(
        [*COMMAND, "locate", photo, "--json", "--false-places", "0.5 %", "--set", "90%"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["set"]
    wrong = subprocess.run([*COMMAND, "locate", photo, "--set", "often"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "95%" not in wrong.stdout and "often" in wrong.stderr


@pytest.mark.slow
def test_the_shipped_threshold_keeps_its_word_on_real_photos(shared: Path) -> None:
    """One photo of anything else in a hundred gets a place, nine known ones in ten do; unknown landmarks are harder."""
    predictor = Predictor.load()

    def placed(folder: str, step: int) -> float:
        answers = predictor.locate(sorted((shared / "data" / folder).rglob("*.jpg"))[::step])
        return float(np.mean([answer.landmark is not None for answer in answers]))

    assert placed("landmarks/test", 4) >= 0.88
    half = sorted((shared / "data/not_landmarks").rglob("*.jpg"))[200:]
    assert np.mean([answer.landmark is not None for answer in predictor.locate(half)]) <= 0.015
    assert placed("few_shot/test", 1) <= 0.6


@pytest.mark.slow
def test_sets_hold_the_right_landmark_as_often_as_promised(shared: Path) -> None:
    photos = sorted((shared / "data/landmarks/test").rglob("*.jpg"))[::3]
    answers = Predictor.load().locate(photos, coverage=0.95)
    held = [
        photo.parent.name.partition(".")[2].replace("_", " ") in (answer.landmark_set or ())
        for photo, answer in zip(photos, answers, strict=True)
    ]
    assert np.mean(held) >= 0.92
