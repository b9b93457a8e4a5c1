"""The model that ships: whole, small, and as good through the installed command as its card claims."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from landmark.core.errors import BundleError
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.model.bundle import load_bundle, save_bundle
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos

ROOT = Path(__file__).parents[2]


def locate(*photos: Path) -> list[dict[str, Any]]:
    command = [str(Path(sys.executable).parent / "landmark"), "locate", "--json", *map(str, photos)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_it_is_whole_and_small() -> None:
    bundle = load_bundle()
    sizes = {path.name: path.stat().st_size for path in bundle.path.iterdir()}
    assert sizes["model.onnx"] <= 10e6
    assert sum(sizes.values()) <= 10e6, "the base wheel holds the weights once"
    assert bundle.weights_path().is_file()
    assert bundle.pretraining["origin"] and bundle.pretraining["licence"] == "Apache-2.0"


def test_every_landmark_has_the_place_that_the_gazetteer_tells() -> None:
    bundle, gazetteer = load_bundle(), builtin_gazetteer()
    for name, place in zip(bundle.categories, bundle.places, strict=True):
        assert place is not None and place == gazetteer.find(name)


def test_a_drawn_postcard_is_answered() -> None:
    [row] = locate(ROOT / "examples" / "postcard.jpg")
    assert row["error"] is None and row["candidates"][0]["landmark"] == "Taj Mahal"


def test_its_landmarks_are_those_of_the_training_photos(shared: Path) -> None:
    named = json.loads((shared / "data/landmarks/categories.json").read_text())
    assert list(load_bundle().categories) == [named[str(index)] for index in range(len(named))]


@pytest.mark.slow
def test_a_sample_of_the_test_photos_scores_what_the_card_claims(shared: Path, tmp_path: Path) -> None:
    claimed = load_bundle().scores["test"]["accuracy"]
    photos = find_photos(shared / "data/landmarks/test").photos[::2]
    right = 0
    for number, photo in enumerate(photos):
        (tmp_path / f"{number:04}.jpg").symlink_to(photo)
    for photo, row in zip(photos, locate(tmp_path), strict=True):
        name = photo.parent.name.partition(".")[2].replace("_", " ")
        right += row["candidates"][0]["landmark"] == name
    assert right / len(photos) == pytest.approx(claimed, abs=0.03)


@pytest.mark.slow
def test_negatives_get_a_place_about_as_often_as_the_model_card_claims(shared: Path) -> None:
    claimed = load_bundle().scores["not_landmarks"]["false_places"]
    photos = find_photos(shared / "data/not_landmarks").photos
    rows = locate(*photos[len(photos) // 2 :])
    placed = sum(row["landmark"] is not None for row in rows) / len(rows)
    assert placed == pytest.approx(claimed, abs=0.01)


def test_without_its_weights_it_answers_and_training_is_told_how_to_get_them(tmp_path: Path) -> None:
    """The base install: the model's folder alone, and no package landmark-weights."""
    copied = load_bundle(shutil.copytree(load_bundle().path, tmp_path / "model"))
    assert copied.weights_path().name == "landmarks-29.safetensors", "a checkout finds them"
    manifest = json.loads((copied.path / "landmark.json").read_text())
    (copied.path / "landmark.json").write_text(json.dumps(manifest | {"name": "landmarks-0"}))
    alone = load_bundle(copied.path)
    assert Predictor(alone).locate([ROOT / "examples" / "postcard.jpg"])[0].candidates[0].landmark == "Taj Mahal"
    with pytest.raises(BundleError, match=r"weights\.safetensors: not there.*landmark-weights: pip install"):
        alone.weights_path()
    assert "weights.safetensors" not in save_bundle(alone).files, "what is made of it answers all the same"
    assert "weights.safetensors" in save_bundle(load_bundle().changed({}, path=tmp_path / "again")).files
