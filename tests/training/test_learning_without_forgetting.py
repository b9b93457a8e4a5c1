"""Retention: what the pretrained network's own classifier answers is kept while landmarks are learnt."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import timm
import torch
from safetensors.torch import load_file, save_file

from landmark.core.errors import ConfigurationError, WeightsError
from landmark.dataset.splits import split_data
from landmark.training.learning_without_forgetting import LearningWithoutForgetting
from landmark.training.networks import LandmarkNetwork, get_model_transfer
from landmark.training.networks.weights import load_classifier
from landmark.training.options import Run
from landmark.training.pipeline.finetuning import train_recipe
from landmark.training.recipe import Recipe
from landmark.training.recipe.choice import choose_recipes
from landmark.training.tracking import JsonLines

BACKBONE = "test_efficientnet"
SIZE = 256  # of its pooled features
PHOTOS = torch.randn(5, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole network of seven classes, as a library keeps it."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "whole.safetensors"
    state = timm.create_model(BACKBONE, num_classes=7).state_dict()
    state["classifier.weight"] *= 100  # an untrained classifier answers all photos alike
    save_file(state, path)
    return path


@pytest.fixture
def model(weights: Path) -> LandmarkNetwork:
    return get_model_transfer(3, backbone=BACKBONE, weights=weights)


def test_the_classifier_answers_as_the_whole_network_did(weights: Path, model: LandmarkNetwork) -> None:
    whole = timm.create_model(BACKBONE, num_classes=7).eval()
    whole.load_state_dict(load_file(weights))
    classifier = classifier_of(model, weights)
    with torch.inference_mode():
        _, pooled = model.eval().embed_and_pool((PHOTOS - model.conversion.shift) / model.conversion.scale)
        assert torch.allclose(classifier(pooled), whole(PHOTOS), atol=1e-4)


def classifier_of(model: LandmarkNetwork, weights: Path) -> torch.nn.Linear:
    return load_classifier(model.get_submodule("features"), BACKBONE, "timm", weights, SIZE)


def test_it_is_0_at_first_grows_with_what_is_lost_and_leads_back(weights: Path, model: LandmarkNetwork) -> None:
    model.eval()
    retention = LearningWithoutForgetting(model, classifier_of(model, weights), 2.0)
    assert retention(PHOTOS, model.embed_and_pool(PHOTOS)[1]).item() == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        for weight in model.feature_parameters():
            weight.mul_(1.05)
    pooled = model.embed_and_pool(PHOTOS)[1].detach().requires_grad_()
    lost = retention(PHOTOS, pooled)
    assert lost.item() > 1e-4
    torch.autograd.backward(lost)
    assert pooled.grad is not None
    assert retention(PHOTOS, pooled.detach() - 1e-6 * pooled.grad).item() < lost.item()
    half = LearningWithoutForgetting(model, retention.classifier, 1.0)
    half.before = retention.before
    assert half(PHOTOS, pooled).item() == pytest.approx(lost.item() / 2)


@pytest.mark.parametrize("backbone", ["vgg11", "resnet10t"])
def test_weights_without_one_linear_classifier_on_the_features_are_refused(backbone: str, tmp_path: Path) -> None:
    model = get_model_transfer(3, backbone=backbone, weights=None)
    torch.save(model.features.state_dict(), tmp_path / "features.pth")
    with pytest.raises(WeightsError, match="Expected one linear layer"):
        load_classifier(model.features, backbone, "timm", tmp_path / "features.pth", 512)


def test_a_classifier_with_more_than_one_layer_is_refused(model: LandmarkNetwork, tmp_path: Path) -> None:
    torch.save(timm.create_model("efficientvit_m0").state_dict(), tmp_path / "norm_and_linear.pth")
    features = get_model_transfer(3, backbone="efficientvit_m0", weights=None).features
    with pytest.raises(WeightsError, match=r"head\.bn\.weight"):
        load_classifier(features, "efficientvit_m0", "timm", tmp_path / "norm_and_linear.pth", 192)
    convnext = timm.create_model("convnext_atto")  # its norm comes before the pooled features, and is the backbone's
    torch.save(convnext.state_dict(), tmp_path / "norm_inside.pth")
    features = get_model_transfer(3, backbone="convnext_atto", weights=None).features
    assert load_classifier(features, "convnext_atto", "timm", tmp_path / "norm_inside.pth", 320).out_features == 1000


def test_a_run_keeps_more_of_it_and_averages_runs_that_differ(weights: Path, landmarks: Path, tmp_path: Path) -> None:
    recipe = Recipe(
        backbone=BACKBONE, weights=str(weights), drop_path=0.0, dropout=0.0, resize_px=72, crop_px=64, train_px=(64,),
        batch_photos=8, epochs=4, learning_rate=1e-3, keep="last",
    )  # fmt: skip
    split = split_data(landmarks)

    def lost(recipe: Recipe, name: str) -> tuple[LandmarkNetwork, float]:
        run = train_recipe(split, recipe, Run.in_folder(tmp_path / name))
        start = get_model_transfer(len(split.categories), backbone=BACKBONE, weights=weights).eval()
        retention = LearningWithoutForgetting(start, classifier_of(start, weights), 1.0)
        with torch.inference_mode():
            return run.model, retention(PHOTOS, run.model.eval().embed_and_pool(PHOTOS)[1]).item()

    kept, loss_with = lost(recipe.replace(keep_pretrained=10.0, soup=2), "with")
    _, loss_without = lost(recipe, "without")
    assert loss_with < 0.75 * loss_without
    parts = [torch.load(tmp_path / f"with/training-{number}/checkpoint.pt", weights_only=True) for number in (1, 2)]
    mean = torch.load(tmp_path / "with/checkpoint.pt", weights_only=True)
    key = "classifier.0.weight"
    assert torch.allclose(mean[key], (parts[0][key] + parts[1][key]) / 2) and not torch.equal(*(p[key] for p in parts))
    assert torch.equal(kept.state_dict()[key], mean[key])
    assert Recipe.read(tmp_path / "with/recipe.toml").soup == 2
    (tmp_path / "with/training-2/metrics.json").unlink()  # as if it had been stopped in its second training
    lines, changed = JsonLines(tmp_path / "with"), recipe.replace(keep_pretrained=10.0, soup=2)
    resumed = train_recipe(split, changed, Run.in_folder(tmp_path / "with", trackers=(lines,)))
    assert resumed.trained_now and lines.path.read_text().count('"epoch":') >= 4
    again = train_recipe(split, recipe.replace(keep_pretrained=10.0, soup=2), Run.in_folder(tmp_path / "with"))
    assert not again.trained_now and torch.equal(again.model.state_dict()[key], mean[key])


def test_what_cannot_be_kept_is_refused() -> None:
    for settings in ({"freeze_features": True}, {"weights": ""}, {"head": "cosine"}):
        with pytest.raises(ConfigurationError, match="keep_pretrained = 1"):
            Recipe(keep_pretrained=1.0, **settings)
    for settings in ({"freeze_features": True}, {"weights": ""}):
        with pytest.raises(ConfigurationError, match="soup = 3"):
            Recipe(soup=3, **settings)
    both = choose_recipes("both", None, {"soup": 3, "keep_pretrained": 0.4})
    assert [(one.soup, one.keep_pretrained) for one in (both["scratch"], both["transfer"])] == [(1, 0), (3, 0.4)]
