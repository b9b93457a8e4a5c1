"""The quantized version of a bundle: a smaller network, nearly the same answers, confidences that mean the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from landmark.core.errors import BundleError, ConfigurationError, DataError
from landmark.fitting.calibrate import split_of
from landmark.fitting.quantize import QuantizedBundle, quantize, quantized_network
from landmark.model.bundle import load_bundle
from landmark.model.predictor import Predictor

pytest.importorskip("onnx", reason="quantising needs onnx: pip install '.[train]'")

# The shipped model is fitted to drawings here.
pytestmark = pytest.mark.filterwarnings("ignore:.*holds other photos than the model was trained on:UserWarning")


def draw(path: Path, index: int, number: int) -> None:
    rng = np.random.default_rng([index, number])
    colour = np.random.default_rng(index).integers(40, 215, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (colour + rng.integers(-60, 60, (40, 40, 3))).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).resize((160, 120)).save(path)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped model's landmarks, four drawings of each: one is held out."""
    root = tmp_path_factory.mktemp("drawn")
    for index, name in enumerate(load_bundle().categories):
        for number in range(4):
            draw(root / "train" / f"{index:02}.{name.replace(' ', '_')}" / f"{number}.jpg", index, number)
    return root


@pytest.fixture(scope="module")
def made(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> QuantizedBundle:
    whole = load_bundle()
    out = tmp_path_factory.mktemp("model") / "small"
    return quantize(whole, split_of(whole, drawn), out)


def test_it_is_a_bundle_like_any_other_and_smaller(made: QuantizedBundle) -> None:
    whole, small = load_bundle(), load_bundle(made.bundle.path)
    sizes = [bundle.network_path.stat().st_size for bundle in (small, whole)]
    assert sizes[0] < 0.7 * sizes[1]  # most weights of which have 12 bits
    assert sizes[0] < 0.65 * 2 * whole.architecture["parameters"], "of what 16 bits each would take"
    assert small.categories == whole.categories and small.places == whole.places
    assert small.weights_path().read_bytes() == whole.weights_path().read_bytes()
    card = json.loads((small.path / "landmark.json").read_text())
    assert card["export"]["weights"] == "int8"
    assert set(card["scores"]) == {"valid"}, "test scores were the other network's"
    assert small.calibration != whole.calibration


def test_it_answers_nearly_as_the_whole_one(made: QuantizedBundle, drawn: Path) -> None:
    photos = sorted(drawn.rglob("*.jpg"))[::3]
    whole, small = (Predictor(bundle).scores(photos) for bundle in (load_bundle(), made.bundle))
    difference = np.abs(whole.logits - small.logits).mean() / whole.logits.std()
    assert 0 < difference < 0.3
    assert "before" in str(made) and made.n_photos == 29


def test_a_photo_gets_the_same_answer_in_any_company(made: QuantizedBundle, drawn: Path) -> None:
    photos = sorted(drawn.rglob("*.jpg"))[:20]
    predictor = Predictor(made.bundle)
    assert predictor.locate(photos) == [predictor.locate([photo])[0] for photo in photos]


def test_the_model_itself_is_not_written_over_nor_quantized_twice(
    made: QuantizedBundle, drawn: Path, tmp_path: Path
) -> None:
    whole = load_bundle(shutil.copytree(load_bundle().path, tmp_path / "model"))
    for bundle, out, reason in (
        (whole, tmp_path / "model", "the model itself"),
        (made.bundle, tmp_path / "again", "8-bit integers already"),
    ):
        with pytest.raises(ConfigurationError, match=reason):
            quantize(bundle, split_of(bundle, drawn), out)
    (tmp_path / "few").mkdir()
    shutil.copy(next(drawn.rglob("*.jpg")), tmp_path / "few")
    with pytest.raises(DataError, match=r"few: found 1 photo.*at least 4"):
        quantize(whole, split_of(whole, drawn), tmp_path / "again", not_landmarks=tmp_path / "few")
    with pytest.raises(BundleError, match=r"found a folder with other files in it"):
        quantize(whole, split_of(whole, drawn), drawn)
    assert load_bundle(tmp_path / "model").files == whole.files and not (tmp_path / "again").exists()


def test_the_same_photos_make_the_same_network() -> None:
    network = load_bundle().network_path.read_bytes()
    images = [np.random.default_rng(seed).standard_normal((1, 3, 224, 224)).astype(np.float32) for seed in range(2)]
    assert quantized_network(network, iter(images)) == quantized_network(network, iter(images))


@pytest.mark.soak
def test_on_real_photos_confidence_means_the_same(shared: Path, tmp_path: Path) -> None:
    """A part of the shared photos: the accuracy of both is alike, and so is what confidence says of it."""
    data = tmp_path / "data" / "train"
    for folder in sorted((shared / "data/landmarks/train").iterdir()):
        (data / folder.name).mkdir(parents=True)
        for photo in sorted(folder.iterdir())[:40:2]:
            os.symlink(photo, data / folder.name / photo.name)
    whole = load_bundle()
    made = quantize(whole, split_of(whole, data.parent), tmp_path / "small")
    assert abs(made.n_correct - made.n_correct_before) <= 0.05 * made.n_photos
    photos = sorted((shared / "data/landmarks/test").rglob("*.jpg"))[::9]
    answers = [Predictor(bundle).locate(photos) for bundle in (whole, made.bundle)]
    same = [one.candidates[0].landmark == other.candidates[0].landmark for one, other in zip(*answers, strict=True)]
    assert np.mean(same) > 0.95
    best = np.array([[answer.confidence for answer in of] for of in answers], dtype=float)
    assert np.abs(best[0] - best[1]).mean() < 0.06


@pytest.mark.soak  # the fixture `made` does the same without the command
def test_the_command(drawn: Path, tmp_path: Path) -> None:
    model = shutil.copytree(load_bundle().path, tmp_path / "model")
    command = [sys.executable, "-m", "landmark", "quantize", str(model), str(drawn), "--out", str(tmp_path / "small")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Validation:" in done.stdout and f"Wrote {tmp_path / 'small'}" in done.stdout
    assert "pre-processing" not in done.stderr, "a library's advice to whoever calls it is none to users"
    assert load_bundle(tmp_path / "small").name == load_bundle(model).name


def test_the_command_still_goes_by_its_old_name() -> None:
    command = [sys.executable, "-m", "landmark", "quantise", ".", "."]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    told, error = done.stderr.splitlines()
    assert done.returncode == 2 and told.startswith("landmark: quantise is now called quantize;")
    assert "Expected a trained model" in error
