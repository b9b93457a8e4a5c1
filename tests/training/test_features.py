"""Features of a frozen backbone: computed once, kept, and never served for anything else."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
import torch
from factories.training import CPU, make_loaders, make_model
from torch import nn

from landmark.core.errors import DataError
from landmark.core.logs import messages_to
from landmark.dataset.splits import split_data
from landmark.training.data import Augmentation, get_data_loaders
from landmark.training.feature_store import FeatureStore
from landmark.training.features import FeatureLoader, FeatureWork, keep_features
from landmark.training.loop import train
from landmark.training.networks import LandmarkNetwork, get_model_transfer
from landmark.training.pipeline.networks import make_augmentation, make_recipe_loaders
from landmark.training.recipe import Recipe


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANDMARK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


def folders(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def n_files(cache: Path) -> int:
    return len(list(cache.rglob("*.safetensors")))


def test_they_are_what_the_backbone_says_of_the_photo(landmarks: Path) -> None:
    loaders, model = make_loaders(landmarks), make_model()
    kept = keep_features(loaders, model, CPU, views=2)
    assert kept is not None
    with torch.inference_mode():
        expected = torch.cat([model.eval().embed_and_pool(photos)[0] for photos, _ in loaders["valid"]])
    found = torch.cat([features for features, _ in kept["valid"]])
    assert torch.allclose(found, expected, atol=2e-3, rtol=1e-3)  # 16 bits
    assert torch.equal(
        torch.cat([labels for _, labels in kept["valid"]]), torch.cat([labels for _, labels in loaders["valid"]])
    )
    loaders["train"].sampler.begin(epoch=3)
    expected_labels = torch.cat([labels for _, labels in loaders["train"]])
    loaders["train"].sampler.begin(epoch=3)
    assert torch.equal(torch.cat([labels for _, labels in kept["train"]]), expected_labels), "the same order"


def test_views_of_a_photo_differ_and_are_the_same_next_time(landmarks: Path, cache: Path) -> None:
    loaders, model, said = make_loaders(landmarks), make_model(), list[str]()
    with messages_to(said.append):
        first = FeatureWork(loaders["train"], model.eval(), CPU, 2).fill("train")
    assert first.shape[:2] == (18, 2)
    assert not torch.allclose(first[:, 0], first[:, 1])
    written = n_files(cache)
    assert any("36 views to compute" in line and "MB" in line for line in said)
    n_said = len(said)
    with messages_to(said.append):
        again = FeatureWork(make_loaders(landmarks)["train"], make_model().eval(), CPU, 2).fill("train")
    assert torch.equal(first, again)
    assert n_files(cache) == written
    assert len(said) == n_said, "nothing to compute, nothing to say"
    shutil.rmtree(cache)
    anew = FeatureWork(loaders["train"], model, CPU, 2).fill("train")
    assert torch.equal(first, anew), "a view is a function of the photo and its number"


def test_whatever_changes_is_computed_anew(landmarks: Path, cache: Path) -> None:
    def fill(model: LandmarkNetwork, loaders: Any) -> Any:
        return FeatureWork(loaders["valid"], model.eval(), CPU, 1).fill("valid")

    before = fill(make_model(), make_loaders(landmarks))
    assert len(folders(cache)) == 1
    assert not torch.allclose(fill(make_model(seed=1), make_loaders(landmarks)), before), "other weights"
    fill(make_model(), make_loaders(landmarks, crop_px=24))
    assert len(folders(cache)) == 3
    photo = make_loaders(landmarks)["valid"].dataset.photos[0].path
    stamp = photo.stat()
    Image.fromarray(np.full((48, 64, 3), 7, np.uint8)).save(photo, quality=90)
    os.utime(photo, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # another photo under the name and time of the old one
    after = fill(make_model(), make_loaders(landmarks))
    changed = (after != before).flatten(1).any(dim=1)
    assert changed.tolist() == [True] + [False] * (len(before) - 1)
    card = json.loads(next(cache.rglob("card.json")).read_text())
    assert card["backbone"] == "resnet10t" and len(card["weights_sha256"]) == 64


def test_filling_that_was_stopped_goes_on(landmarks: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landmark.training.features._FILE_BYTES", 4000)  # a few views a file
    written, write = list[int](), FeatureStore.write

    def stop_later(store: FeatureStore, keys: Any, features: Any) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        write(store, keys, features)
        written.append(len(keys))

    monkeypatch.setattr(FeatureStore, "write", stop_later)
    with pytest.raises(KeyboardInterrupt):
        keep_features(make_loaders(landmarks), make_model(), CPU, views=2)
    monkeypatch.undo()
    monkeypatch.setenv("LANDMARK_CACHE", str(cache.parent))
    said = list[str]()
    with messages_to(said.append):
        keep_features(make_loaders(landmarks), make_model(), CPU, views=2)
    assert f"{36 - sum(written)} views to compute" in said[0]
    damaged = next(cache.rglob("*.safetensors"))
    damaged.write_bytes(damaged.read_bytes()[:50])
    assert keep_features(make_loaders(landmarks), make_model(), CPU, views=2) is not None


def test_a_disk_with_too_little_room_is_told_beforehand(landmarks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landmark.training.features.free_bytes", lambda folder: 1000)
    said = list[str]()
    with messages_to(said.append):
        assert keep_features(make_loaders(landmarks), make_model(), CPU) is None
    assert "LANDMARK_CACHE" in said[0] and "again in every epoch" in said[0]


def test_what_learns_is_not_kept(landmarks: Path, cache: Path) -> None:
    model = make_model()
    next(model.feature_parameters()).requires_grad = True
    assert keep_features(make_loaders(landmarks), model, CPU) is None
    assert not cache.exists()


def test_train_uses_them_by_itself_with_the_same_files(landmarks: Path, tmp_path: Path) -> None:
    """As the course project's script does it: features frozen, the classifier's weights given to SGD."""
    results = {}
    for views in (2, 0):
        torch.manual_seed(0)
        loaders = make_loaders(landmarks)
        model = get_model_transfer(3, backbone="resnet10t", weights=None)
        for weight in model.features.parameters():
            weight.requires_grad = False
        optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.001)
        out = tmp_path / str(views)
        arguments = (8, loaders, model, optimizer, nn.NLLLoss(), out / "m.pt", out / "m.json")
        metrics = train(*arguments, views=views, log=lambda line: None)
        assert list(torch.load(out / "m.pt", weights_only=True)) == list(model.state_dict())
        results[views] = metrics.to_dict()
    kept, anew = results[2], results[0]
    assert list(kept) == list(anew)
    assert kept["valid_loss"][0] == pytest.approx(anew["valid_loss"][0], rel=0.2)
    assert kept["train_loss"][-1] < kept["train_loss"][0]


def test_a_blur_of_another_probability_is_computed_anew(landmarks: Path, cache: Path) -> None:
    for blur in (0.1, 1.0):
        loaders = make_recipe_loaders(split_data(landmarks), Recipe(train_px=(24, 32), crop_px=32, blur=blur))
        FeatureWork(loaders["train"], make_model().eval(), CPU, 1).fill("train")
    assert len(folders(cache)) == 2


def test_kept_views_are_of_the_last_size() -> None:
    frozen = Recipe(train_px=(24, 32), freeze_features=True)
    assert make_augmentation(frozen).sizes_px == (32,)
    assert make_augmentation(frozen.replace(views=0)).sizes_px == (24, 32)


def test_of_several_sizes_the_backbone_sees_the_last(landmarks: Path, cache: Path) -> None:
    loaders = get_data_loaders(landmarks / "train", None, landmarks / "test", workers=0,
                               augmentation=Augmentation((24, 40)))  # fmt: skip
    model, seen = make_model().eval(), set[int]()
    model.get_submodule("features").register_forward_pre_hook(lambda _, photos: seen.add(photos[0].shape[-1]))
    FeatureWork(loaders["train"], model, CPU, 1).fill("train")
    assert seen == {40}


def test_features_that_are_gone_are_not_invented(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, {})
    store.write(["a"], torch.ones(1, 4))
    with pytest.raises(DataError, match="features of 1 view are not there"):
        store.read(["a", "gone"], torch.Size([4]))
    assert store.read([], torch.Size([4])).shape == (0, 4)


def test_a_loader_of_no_photos_gives_none(landmarks: Path) -> None:
    loader = make_loaders(landmarks)["valid"]
    features = torch.zeros(len(loader.dataset), 1, 4)
    assert list(FeatureLoader(loader, features, range(0))) == []
    assert sum(len(labels) for _, labels in FeatureLoader(loader, features)) == len(loader.dataset)
