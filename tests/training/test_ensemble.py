"""Backbones side by side: each trained alone, in one network that says what all of them say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from safetensors.torch import save_file

from landmark.core.errors import ConfigurationError
from landmark.core.logs import messages_to
from landmark.dataset.splits import Split, split_data
from landmark.metrics.calibration import Calibration
from landmark.metrics.ensemble import fit_ensemble_weights
from landmark.model.bundle import load_bundle
from landmark.training.evaluation import predict
from landmark.training.export import check_parity, to_onnx, weights_file
from landmark.training.networks import TransferModel, get_model_transfer
from landmark.training.networks.backbones import pads_as_tensorflow
from landmark.training.networks.ensemble import member_state
from landmark.training.networks.weights import read_weights
from landmark.training.options import Run
from landmark.training.pipeline.bundling import pretraining_of, starting_bundles
from landmark.training.pipeline.comparison import compare
from landmark.training.pipeline.ensemble import make_ensemble
from landmark.training.pipeline.exporting import export_checkpoint
from landmark.training.pipeline.finetuning import train_recipe
from landmark.training.pipeline.networks import make_recipe_loaders
from landmark.training.pipeline.tuning import tune
from landmark.training.recipe import Recipe

FIRST, SECOND = "test_efficientnet", "test_convnext"
BOTH = f"{FIRST}+{SECOND}"
CPU = torch.device("cpu")
PHOTOS = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
RECIPE = Recipe(
    backbone=BOTH, weights="", valid_ratio=0.25, resize_px=64, crop_px=64, train_px=(64,), epochs=1, dropout=0.0,
    drop_path=0.0, freeze_batch_norm=False,
)  # fmt: skip


def untrained(backbone: str, seed: int, **arguments: Any) -> TransferModel:
    torch.manual_seed(seed)
    return get_model_transfer(3, backbone=backbone, weights=None, **arguments).eval()


@pytest.fixture
def split(landmarks: Path) -> Split:
    return split_data(landmarks, valid_ratio=0.25)


def test_their_features_stand_one_behind_the_other() -> None:
    both, parts = untrained(BOTH, 0), [untrained(name, 0) for name in (FIRST, SECOND)]
    assert both.head == "linear" and both.pooled_size == sum(part.pooled_size for part in parts)
    for part, inside in zip(parts, both.features.get_submodule("parts").children(), strict=True):
        part.features.load_state_dict(inside.state_dict())
    pooled = both.embed_and_pool(PHOTOS)[1]
    assert torch.equal(pooled, torch.cat([part.embed_and_pool(PHOTOS)[1] for part in parts], dim=1))


def test_together_they_say_what_each_says_by_its_share(split: Split) -> None:
    valid = make_recipe_loaders(split, RECIPE)["valid"]
    parts = [untrained(FIRST, 1), untrained(SECOND, 2)]
    together, shares = make_ensemble(parts, valid, CPU)
    said = [predict(part, valid, CPU, score=part.score)[0] for part in parts]
    found, _ = predict(together, valid, CPU, score=together.score)
    assert sum(shares) == pytest.approx(1) and min(shares) >= 0
    assert found == pytest.approx(shares[0] * said[0] + shares[1] * said[1], abs=1e-4)
    photos = torch.cat([photos for photos, _ in valid])
    pooled = torch.split(together.embed_and_pool(photos)[1], [part.pooled_size for part in parts], dim=1)
    first, second = (of_one.norm(dim=1).mean().item() for of_one in pooled)
    assert first == pytest.approx(second, rel=0.01)


def test_each_is_trained_in_a_folder_of_its_own_and_not_again(split: Split, tmp_path: Path) -> None:
    said: list[str] = []
    with messages_to(said.append):
        first = train_recipe(split, RECIPE, Run.in_folder(tmp_path))
    assert [line for line in said if line.startswith("Backbone")] == [f"Backbone {FIRST}", f"Backbone {SECOND}"]
    for name in (FIRST, SECOND):
        alone = torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)
        whole = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
        position = [FIRST, SECOND].index(name)
        for key, value in alone.items():
            if key.startswith("features."):
                assert torch.equal(whole[key.replace("features", f"features.parts.{position}", 1)], value)
    said.clear()
    with messages_to(said.append):
        again = train_recipe(split, RECIPE, Run.in_folder(tmp_path))
    assert first.trained_now and not again.trained_now
    assert sum("Trained already" in line for line in said) == 2
    # Their scales and shares are fitted to features again, whose last digits differ with a processor's memory layout.
    for one, other in zip(first.model.state_dict().values(), again.model.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_file_of_both_gives_back_both_or_one(tmp_path: Path) -> None:
    names = (FIRST, "mobilenetv2_035")
    model = untrained("+".join(names), 3, pad_type="same")
    file = tmp_path / "weights.safetensors"
    file.write_bytes(weights_file(model))
    whole, *alone = (get_model_transfer(3, backbone=name, weights=file).eval() for name in (model.backbone, *names))
    pooled = model.embed_and_pool(PHOTOS)[1]
    assert torch.allclose(whole.embed_and_pool(PHOTOS)[1], pooled, atol=0.02)
    apart = [part.embed_and_pool(PHOTOS)[1] for part in alone]
    assert torch.allclose(torch.cat(apart, dim=1), pooled, atol=0.02)
    assert all(pads_as_tensorflow(part) for part in alone), "each pads as it did"


def test_onnx_answers_as_they_do() -> None:
    model = untrained(BOTH, 4)
    assert check_parity(model, to_onnx(model, crop_px=64), PHOTOS.numpy(), Calibration()) < 0.01


def test_what_cannot_stand_side_by_side_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="mobilenet_v3_small is torchvision's"):
        get_model_transfer(3, backbone=f"{FIRST}+mobilenet_v3_small", weights=None)
    with pytest.raises(ConfigurationError, match="linear head; found 'cosine'"):
        get_model_transfer(3, backbone=BOTH, weights=None, head="cosine")
    with pytest.raises(ConfigurationError, match=r"for 3 backbones .* for 2"):
        get_model_transfer(3, backbone=BOTH, weights="a.pth+b.pth+c.pth")
    files = []
    for name, mean in ((FIRST, "0.5,0.5,0.5"), (SECOND, "0.4,0.4,0.4")):
        files.append(str(tmp_path / f"{name}.safetensors"))
        state = untrained(name, 0).features.state_dict()
        save_file(state, files[-1], metadata={"architecture": name, "mean": mean, "std": "0.5,0.5,0.5"})
    with pytest.raises(ConfigurationError, match="normalised differently"):
        get_model_transfer(3, backbone=BOTH, weights="+".join(files))


def test_they_must_see_photos_alike(split: Split) -> None:
    """The first wants colours around 0, the second as ImageNet has them."""
    valid = make_recipe_loaders(split, RECIPE)["valid"]
    parts = [untrained(name, 0) for name in ("mobilenet_edgetpu_100", "mobilenetv2_035")]
    with pytest.raises(ConfigurationError, match="normalised differently"):
        make_ensemble(parts, valid, CPU)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"backbone": f"{FIRST}+{FIRST}"}, "different names"),
        ({"backbone": f"{FIRST}+"}, "different names"),
        ({"backbone": BOTH, "head": "two-layer"}, "head = 'two-layer'"),
    ],
)
def test_recipes_that_cannot_be_are_refused_before_training(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Recipe(weights="", **settings)


def test_heads_are_searched_for_one_backbone(landmarks: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="for one backbone"):
        tune(landmarks, RECIPE, tmp_path / "out", n_trials=1)


def test_a_run_becomes_a_bundle_and_its_checkpoint_a_start(split: Split, tmp_path: Path) -> None:
    run = train_recipe(split, RECIPE, Run.in_folder(tmp_path / "run"))
    made = export_checkpoint(tmp_path / "run", split.root, tmp_path / "bundle")
    assert made.bundle.architecture["backbone"] == BOTH and len(made.bundle.architecture["arguments"]) == 2
    again = get_model_transfer(3, backbone=BOTH, weights=tmp_path / "run/checkpoint.pt")
    found, expected = (model.get_submodule("features").state_dict() for model in (again, run.model))
    assert found.keys() == expected.keys() and all(torch.equal(found[key], expected[key]) for key in found)


def test_the_card_tells_where_the_weights_of_each_came_from(split: Split, tmp_path: Path) -> None:
    train_recipe(split, RECIPE, Run.in_folder(tmp_path / "run"))
    first = export_checkpoint(tmp_path / "run", split.root, tmp_path / "first").bundle
    both = RECIPE.replace(weights=f"{tmp_path / 'first'}+landmark")
    assert [start.name for start in starting_bundles(both)] == [first.name, "landmarks-29"]
    told = pretraining_of(both)
    assert told["origin"].startswith("none, random weights; ImageNet-1k")
    assert told["licence"] == "none needed; Apache-2.0"
    assert told["then"] == f"{first.name} 1 and landmarks-29 {load_bundle().version}"
    again, second = RECIPE.replace(weights=str(tmp_path / "first")), tmp_path / "second"
    export_checkpoint(tmp_path / "run/checkpoint.pt", split.root, second, again, version="2")
    third = pretraining_of(RECIPE.replace(weights=str(second)))
    assert third["then"] == f"{first.name} 1, then {first.name} 2", "nothing of its history is lost"
    other = pretraining_of(RECIPE.replace(weights="landmark+imagenet"))
    assert other == {"origin": "landmark+imagenet", "licence": "unknown"}


def test_the_page_tells_whose_curves_it_shows(landmarks: Path, tmp_path: Path) -> None:
    compare(landmarks, {"both": RECIPE, "one": RECIPE.replace(backbone=SECOND)}, tmp_path, log=lambda line: None)
    page = (tmp_path / "training.html").read_text(encoding="utf-8")
    assert f"both: the last of its trainings, of {SECOND}" in page and "one: the last" not in page
    assert page.count("of each its best") == 1


def test_the_model_that_ships_is_two() -> None:
    bundle = load_bundle()
    names = bundle.architecture["backbone"].split("+")
    assert len(names) == 2 and bundle.network_path.stat().st_size < 10_000_000
    assert sum(file.stat().st_size for file in bundle.path.iterdir()) < 20_000_000
    state, _ = read_weights(bundle.weights_path())
    for position, name in enumerate(names):
        found = get_model_transfer(29, backbone=name, weights="landmark").features.state_dict()
        expected = member_state(dict(state), position)
        assert expected and all(torch.equal(found[key], value.to(found[key].dtype)) for key, value in expected.items())


def test_what_counts_for_less_than_nothing_does_not_count() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=200)
    truth = np.eye(3)[labels]
    good, fair, misled = (sign * truth + rng.normal(size=truth.shape) for sign in (3.0, 1.5, -2.0))
    shares = fit_ensemble_weights([good, misled, fair], labels)
    assert shares[1] == 0 and shares.sum() == pytest.approx(1) and shares[0] > shares[2] > 0
    assert shares[[0, 2]] == pytest.approx(fit_ensemble_weights([good, fair], labels)), "as if it were not there"
