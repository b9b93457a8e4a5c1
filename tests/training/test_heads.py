"""The heads: one contract for all, and the cosine head's pooling, centres and margin as they were published."""

import math
from pathlib import Path
from typing import Any

import pytest
from factories.landmarks import make_landmarks

pytest.importorskip("torch")
import numpy as np
import torch

from landmark.core.errors import ConfigurationError
from landmark.metrics.calibration import Calibration
from landmark.model.predictor import Predictor
from landmark.scoring import score_bundle
from landmark.training.checkpoint import load_checkpoint
from landmark.training.export import check_parity, to_onnx
from landmark.training.networks import HEADS, TransferModel, get_model_scratch, get_model_transfer
from landmark.training.networks.heads import CosineClassifier, GeM, widen_angles
from landmark.training.networks.network import LandmarkNetwork
from landmark.training.optimization import make_optimizer
from landmark.training.pipeline.comparison import fine_tune
from landmark.training.pipeline.networks import blank_network, make_network
from landmark.training.recipe import Recipe

BACKBONE = "test_efficientnet"


def make_model(head: str, backbone: str = BACKBONE, **settings: Any) -> TransferModel:
    torch.manual_seed(0)
    return get_model_transfer(4, backbone=backbone, weights=None, head=head, **settings).eval()


def cosine_classifier(model: LandmarkNetwork) -> CosineClassifier:
    found = model.get_submodule("classifier.1")
    assert isinstance(found, CosineClassifier)
    return found


@pytest.fixture
def photos() -> torch.Tensor:
    return torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("head", HEADS)
def test_every_head_keeps_the_contract(head: str, photos: torch.Tensor) -> None:
    model = make_model(head, dropout=0.3)
    embedding, pooled = model.embed_and_pool(photos)
    scores = model(photos)
    assert model.head == head and scores.shape == (3, 4)
    assert torch.allclose(scores.exp().sum(dim=1), torch.ones(3), atol=1e-5)
    assert torch.allclose(model.classifier(embedding), scores, atol=1e-5)
    assert torch.allclose(model.logits(embedding).log_softmax(dim=1), scores, atol=1e-5)
    assert pooled.shape == (3, model.pooled_size) == (3, 256)
    assert torch.allclose(pooled, make_model("linear").embed_and_pool(photos)[1], atol=1e-5), "whatever the head"
    of_head, of_features = list(model.head_parameters()), list(model.feature_parameters())
    assert {id(weight) for weight in of_head} == {id(weight) for weight in model.classifier.parameters()}
    assert {id(weight) for weight in of_features} == {id(weight) for weight in model.features.parameters()}


@pytest.mark.parametrize("head", HEADS)
def test_the_embedding_holds_nothing_that_the_head_trains(head: str, photos: torch.Tensor) -> None:
    """What a frozen backbone says of a photo is kept, and the head trained on it alone."""
    model = make_model(head)
    kept = [part.detach().clone() for part in model.embed_and_pool(photos)]
    optimizer = torch.optim.SGD(model.head_parameters(), lr=1.0)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model.train()
    model.features.eval()
    targets = torch.tensor([0, 1, 2])
    torch.autograd.backward(torch.nn.functional.nll_loss(model.training_scores(kept[0], targets), targets))
    optimizer.step()
    changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {f"classifier.{key}" for key, _ in model.classifier.named_parameters()}, "GeM's p among them"
    assert all(torch.equal(*pair) for pair in zip(kept, model.embed_and_pool(photos), strict=True))


@pytest.mark.parametrize("head", ["linear", "two-layer"])
def test_by_default_the_targets_are_ignored(head: str, photos: torch.Tensor) -> None:
    model = make_model(head).train()
    embedding = model.embed_and_pool(photos)[0]
    expected = model.logits(embedding).log_softmax(dim=1)
    assert torch.equal(model.training_scores(embedding, torch.tensor([0, 1, 2])), expected)
    scratch = get_model_scratch(4, image_px=32).eval()
    maps = scratch.embed_and_pool(photos[:, :, :32, :32])[0]
    assert torch.equal(scratch.training_scores(maps, torch.tensor([0, 1, 2])), scratch.classifier(maps))


def test_auto_is_what_there_was_before() -> None:
    assert make_model("auto").head == "linear" and make_model("auto").state_dict().keys() >= {"classifier.0.weight"}
    vgg = get_model_transfer(4, weights=None)
    assert vgg.head == "two-layer" and vgg.pooled_size == 512
    assert get_model_scratch(4, image_px=32).head == "two-layer"
    with pytest.raises(ConfigurationError, match=r"no head 'cosinus'.*auto, linear, two-layer, cosine"):
        make_model("cosinus")


def test_gem_lies_between_mean_and_maximum() -> None:
    maps = torch.rand(2, 5, 4, 3)
    mean, largest = maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))
    assert torch.allclose(GeM(p=1.0)(maps), mean, atol=1e-6)
    assert torch.allclose(GeM(p=3.0)(maps), maps.pow(3).mean(dim=(2, 3)).pow(1 / 3), atol=1e-6)
    assert ((mean < GeM()(maps)) & (GeM()(maps) < GeM(p=6.0)(maps)) & (GeM(p=6.0)(maps) < largest)).all()
    assert GeM().p.item() == 3.0 and GeM().p.requires_grad


@pytest.mark.parametrize("p", [0.1, 1.0, 3.0, 10.0, 50.0])
@pytest.mark.parametrize("size", [0.0, -1.0, 1e-4, 1e4])
def test_gem_and_its_gradients_stay_finite(p: float, size: float) -> None:
    """Maps that are dead, negative, tiny and huge; a p that training drove far out."""
    maps = (torch.rand(2, 3, 4, 4) * size).requires_grad_()
    pooling = GeM(p)
    pooled = pooling(maps)
    of_maps, of_p = torch.autograd.grad(pooled.sum(), (maps, pooling.p))
    assert pooled.isfinite().all() and of_maps.isfinite().all() and of_p.isfinite()


def test_gems_gradients_are_those_of_its_formula() -> None:
    """The largest value is divided by and multiplied with, and counts as a constant: that must not show."""
    maps = (torch.rand(2, 3, 2, 2, dtype=torch.double) + 0.1).requires_grad_()
    pooling = GeM().double()
    found = torch.autograd.grad(pooling(maps).square().sum(), (maps, pooling.p))
    formula = maps.pow(pooling.p).mean(dim=(2, 3)).pow(1 / pooling.p)
    expected = torch.autograd.grad(formula.square().sum(), (maps, pooling.p))
    assert all(torch.allclose(*pair) for pair in zip(found, expected, strict=True))


def test_the_nearest_of_a_landmarks_centres_counts() -> None:
    classifier = CosineClassifier(2, 2, sub_centres=2, scale=10.0)
    with torch.no_grad():
        classifier.centres.copy_(torch.tensor([[[5.0, 0.0], [0.0, -0.1]], [[-1.0, 0.0], [-1.0, 1.0]]]))
    scores = classifier(torch.tensor([[0.2, 0.0], [0.0, -3.0], [0.0, 1.0]]))
    assert torch.allclose(scores, torch.tensor([[10.0, -math.sqrt(50)], [10.0, 0.0], [0.0, math.sqrt(50)]]), atol=1e-4)


def test_the_margin_widens_the_targets_angle_and_no_other() -> None:
    classifier = CosineClassifier(8, 4, margin=0.4, scale=20.0)
    vectors, targets = torch.randn(6, 8), torch.tensor([0, 1, 2, 3, 0, 1])
    plain, widened = classifier(vectors) / 20, classifier.with_margin(vectors, targets) / 20
    rows = torch.arange(6)
    assert torch.allclose(widened[rows, targets].acos(), plain[rows, targets].acos() + 0.4, atol=1e-3)
    others = torch.ones(6, 4, dtype=torch.bool)
    others[rows, targets] = False
    assert torch.allclose(widened[others], plain[others], atol=1e-6)


def test_a_mixed_photo_gets_each_margin_in_proportion() -> None:
    classifier = CosineClassifier(8, 4, margin=0.4)
    vectors, targets = torch.randn(2, 8), torch.tensor([1, 3])
    whole = torch.nn.functional.one_hot(targets, 4).float()
    assert torch.equal(classifier.with_margin(vectors, whole), classifier.with_margin(vectors, targets))
    mixed = torch.tensor([[0.25, 0.75, 0.0, 0.0]]).expand(2, 4)
    angles = (classifier.with_margin(vectors, mixed) / classifier.scale).acos()
    assert torch.allclose(angles - classifier.cosines(vectors).acos(), 0.4 * mixed, atol=1e-3)


def test_a_wider_angle_never_scores_higher_and_has_a_gradient_everywhere() -> None:
    angles = torch.linspace(0, math.pi, 500)
    cosines = angles.cos().requires_grad_()
    widened = widen_angles(cosines, torch.full((500,), 0.5))
    (gradient,) = torch.autograd.grad(widened.sum(), cosines)
    steps = widened.diff()
    assert (steps < 0).all() and steps.abs().max() < 0.02, "without a jump where the angle reaches pi"
    assert gradient.isfinite().all() and (gradient > 0).all()


def test_the_margin_is_there_in_training_only(photos: torch.Tensor) -> None:
    model = make_model("cosine", margin=0.5)
    embedding, targets = model.embed_and_pool(photos)[0], torch.tensor([0, 1, 2])
    plain = model(photos)
    assert torch.allclose(model.training_scores(embedding, targets), plain)
    model.train()
    with_margin = model.training_scores(embedding, targets)
    rows = torch.arange(3)
    assert (with_margin[rows, targets] < plain[rows, targets] - 0.1).all()
    without = make_model("cosine", margin=0.0).train()
    assert torch.allclose(without.training_scores(embedding, targets), plain, atol=1e-5)


def test_dropout_before_the_cosine_head_drops_whole_maps(photos: torch.Tensor) -> None:
    model = make_model("cosine", dropout=0.5)
    maps = torch.ones(2, 256, 2, 2)
    dropped = model.dropout.train()(maps).flatten(2)
    assert torch.equal(dropped.amin(dim=2), dropped.amax(dim=2)) and 0.3 < (dropped == 0).float().mean() < 0.7


@pytest.mark.parametrize(
    ("backbone", "px", "shape"),
    [
        ("mobilenetv2_100", 64, (1280, 2, 2)),
        ("mobilenetv3_small_100", 64, (1024, 2, 2)),  # a layer between its pooling and its classifier
        ("resnet18", 64, (512, 2, 2)),
        ("test_convnext", 64, (64, 2, 2)),
        ("test_mambaout", 64, (256, 2, 2)),  # channels in the last place
        ("test_vit", 160, (64, 100, 1)),  # tokens, without the class token
    ],
)
def test_maps_of_many_kinds_of_backbones(backbone: str, px: int, shape: tuple[int, ...]) -> None:
    model = make_model("cosine", backbone)
    with torch.inference_mode():
        embedding, pooled = model.embed_and_pool(torch.randn(2, 3, px, px))
        scores = model.logits(embedding)
    assert embedding.shape == (2, *shape) and pooled.shape == (2, model.pooled_size) == (2, shape[0])
    assert scores.shape == (2, 4) and (scores.abs() <= cosine_classifier(model).scale).all()
    assert set(model.features.state_dict()) == set(make_model("linear", backbone).features.state_dict())


def test_the_course_projects_backbone_gives_its_maps_too() -> None:
    model = make_model("cosine", "vgg16")
    with torch.inference_mode():
        embedding, pooled = model.embed_and_pool(torch.randn(1, 3, 64, 64))
    assert embedding.shape == (1, 512, 2, 2) and pooled.shape == (1, model.pooled_size) == (1, 512)
    assert model.logits(embedding).shape == (1, 4)


@pytest.mark.parametrize("backbone", ["regnet_x_400mf", "efficientvit_b0"])
def test_a_backbone_that_gives_no_maps_is_refused(backbone: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"'{backbone}' pools its maps by itself.*the head 'linear'"):
        make_model("cosine", backbone)


def test_settings_that_make_no_cosine_head_are_refused() -> None:
    for wrong in ({"margin": -0.1}, {"margin": 2.0}, {"sub_centres": 0}, {"scale": 0.0}):
        with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))} = {next(iter(wrong.values()))}"):
            make_model("cosine", **wrong)
    with pytest.raises(ConfigurationError, match="seed_compatible"):
        get_model_transfer(4, weights=None, head="cosine", seed_compatible=True)


@pytest.mark.parametrize("head", ["two-layer", "cosine"])
def test_onnx_answers_as_pytorch_does(head: str) -> None:
    import onnxruntime

    model = make_model(head)
    photos = np.random.default_rng(0).normal(size=(5, 3, 64, 64)).astype(np.float32)
    network = to_onnx(model, crop_px=64)
    assert check_parity(model, network, photos, Calibration()) < 0.01
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    for n in (1, 5):
        logits, features = session.run(["logits", "features"], {"photos": photos[:n]})
        assert logits.shape == (n, 4) and features.shape == (n, 256)
    with torch.inference_mode():
        assert np.allclose(logits, model.score(torch.from_numpy(photos)), atol=0.02)


TINY = Recipe(
    backbone=BACKBONE, weights="", drop_path=0.0, dropout=0.0, resize_px=72, crop_px=64, train_px=(64,),
    batch_photos=8, epochs=5, learning_rate=5e-3, head_learning_rate=1e-2, average_decay=0.0, colour=0.0,
    freeze_batch_norm=False,
)  # fmt: skip


@pytest.mark.slow
def test_from_recipe_to_bundle_and_to_the_next_training(tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_landmarks(data / "train", n_photos=12)
    make_landmarks(data / "test", n_photos=4, seed=1)
    recipe = TINY.replace(head="cosine", margin=0.2, sub_centres=2)
    made = fine_tune(data, recipe, tmp_path / "out", log=lambda line: None)
    assert made.bundle.architecture["head"] == "cosine"
    assert score_bundle(Predictor.load(tmp_path / "out"), data).report.accuracy > 0.6, "three colours can be told apart"

    bundle = tmp_path / "out/bundle"
    for next_head in HEADS:
        model = get_model_transfer(7, backbone=BACKBONE, weights=bundle, head=next_head)
        trained = torch.load(tmp_path / "out/checkpoint.pt", weights_only=True)
        stem = "features.conv_stem.weight"
        assert torch.allclose(model.get_parameter(stem), trained[stem], atol=1e-3)
        assert model.head == next_head and model.n_classes == 7

    alone = tmp_path / "alone.pt"
    (tmp_path / "out/checkpoint.pt").rename(alone)
    again = blank_network(3, TINY, alone)
    assert again.head == "cosine", "a checkpoint tells its head itself"
    load_checkpoint(again, alone)
    assert all(torch.equal(value, trained[key]) for key, value in again.state_dict().items())


def test_a_recipe_makes_the_head_that_it_asks_for() -> None:
    model = make_network(3, TINY.replace(head="cosine", margin=0.25, sub_centres=4))
    classifier = cosine_classifier(model)
    assert classifier.margin == 0.25 and classifier.centres.shape == (3, 4, 256)
    groups = make_optimizer(model, TINY).param_groups
    decays = {id(weight): group["weight_decay"] for group in groups for weight in group["params"]}
    assert decays[id(model.get_parameter("classifier.0.p"))] == 0.0 < decays[id(classifier.centres)]


def test_the_head_learns_from_kept_embeddings_alone() -> None:
    """Maps that differ in one strong place: GeM sees it, and training ends with the landmarks told apart."""
    model = make_model("cosine")
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(32) % 4
    maps = torch.rand(32, 256, 2, 2, generator=random)
    maps[torch.arange(32), labels * 10, 0, 0] += 6.0
    optimizer = torch.optim.AdamW(model.head_parameters(), lr=0.005)
    model.train()
    for _ in range(30):
        optimizer.zero_grad()
        torch.autograd.backward(torch.nn.functional.nll_loss(model.training_scores(maps, labels), labels))
        optimizer.step()
    assert torch.equal(model.eval().logits(maps).argmax(dim=1), labels)
