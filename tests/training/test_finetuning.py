"""From folders of photos to a bundle that answers: the whole of `landmark train`, on landmarks made on the spot."""

import json
import shutil
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

pytest.importorskip("torch")
import numpy as np
import torch
from PIL import Image

from landmark.core.errors import ConfigurationError, DataError, WeightsError
from landmark.metrics.calibration import Calibration
from landmark.model.predictor import Predictor
from landmark.scoring import score_bundle
from landmark.training.export import ExportError, check_parity, export_with_parity_check, to_onnx
from landmark.training.networks import NeuralNetworkScratch, get_model_transfer
from landmark.training.pipeline.comparison import fine_tune
from landmark.training.pipeline.exporting import export_checkpoint
from landmark.training.pipeline.networks import check_sizes, make_network
from landmark.training.recipe import Recipe

TINY = Recipe(
    backbone="test_efficientnet",
    weights="",
    drop_path=0.0,
    dropout=0.0,
    resize_px=72,
    crop_px=64,
    train_px=(48, 64),
    batch_photos=8,
    epochs=6,
    learning_rate=5e-3,
    head_learning_rate=1e-2,
    average_decay=0.5,
    colour=0.0,
    freeze_batch_norm=False,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, with the data beside it."""
    root = tmp_path_factory.mktemp("run")
    make_landmarks(root / "data/train", n_photos=16)
    make_landmarks(root / "data/test", n_photos=4, seed=1)
    others = make_landmarks(root / "others", n_photos=4, seed=2)
    for photo in others.rglob("*.jpg"):
        pixels = np.random.default_rng(int(photo.stem)).integers(0, 255, (50, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photo)
    said: list[str] = []
    fine_tune(root / "data", TINY, root / "out", not_landmarks=others, log=said.append)
    (root / "said.txt").write_text("\n".join(said))
    return root


def test_a_run_keeps_its_recipe_split_log_and_metrics(run: Path) -> None:
    assert Recipe.read(run / "out/recipe.toml") == TINY
    recorded = json.loads((run / "out/run.json").read_text())
    assert {part: len(photos) for part, photos in recorded["split"].items()} == {"train": 36, "valid": 12, "test": 12}
    assert len(json.loads((run / "out/metrics.json").read_text())["epoch"]) == 6
    assert (run / "out/train.log").read_text().strip() == (run / "said.txt").read_text().strip()


def test_the_bundle_answers_as_its_card_claims(run: Path) -> None:
    predictor = Predictor.load(run / "out")
    card = json.loads((run / "out/bundle/landmark.json").read_text())
    report = score_bundle(predictor, run / "data").report
    assert report.accuracy == pytest.approx(card["scores"]["test"]["accuracy"])
    assert report.accuracy > 0.6, "three colours can be told apart"
    assert card["scores"]["not_landmarks"]["fitted_on"] == card["scores"]["not_landmarks"]["measured_on"] == 6
    assert 0 < card["calibration"]["threshold"] <= 1
    assert card["export"]["largest_confidence_difference"] < 0.01
    assert set(card["files"]) == {"model.onnx", "weights.safetensors", "familiarity.npz"}


def test_places_come_from_the_gazetteer_and_the_log_tells_which_have_none(run: Path) -> None:
    places = Predictor.load(run / "out").bundle.places
    assert places[0] is not None and places[0].countries[0].code == "IN"
    assert places[2] is None
    assert "No place is known of My Statue" in (run / "said.txt").read_text()


def test_the_same_command_again_does_not_train_again(run: Path) -> None:
    said: list[str] = []
    before = (run / "out/checkpoint.pt").stat().st_mtime_ns
    fine_tune(run / "data", TINY, run / "out", log=said.append)
    assert any("Trained already" in line for line in said)
    assert (run / "out/checkpoint.pt").stat().st_mtime_ns == before


def test_a_users_table_of_places_comes_first(run: Path, tmp_path: Path) -> None:
    data = shutil.copytree(run / "data", tmp_path / "data")
    (data / "places.csv").write_text("name,latitude,longitude,radius_km\nMy Statue,48.1,11.5,0.1\n")
    made = export_checkpoint(run / "out", data, tmp_path / "bundle", name="mine")
    assert made.bundle.name == "mine"
    place = made.bundle.places[2]
    assert place is not None and place.coordinates is not None and place.coordinates.latitude == 48.1


def test_training_starts_from_a_bundle_of_ours(run: Path) -> None:
    first = get_model_transfer(3, backbone="test_efficientnet", weights=run / "out/bundle")
    trained = torch.load(run / "out/checkpoint.pt", weights_only=True)
    key = "features.conv_stem.weight"
    assert torch.allclose(first.state_dict()[key], trained[key], atol=1e-3)


def test_a_checkpoint_that_does_not_fit_is_refused_by_name(run: Path, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match=r"other\.pt"):
        export_checkpoint(tmp_path / "other.pt", run / "data", tmp_path / "out", TINY)


def test_onnx_takes_any_batch_and_agrees_with_pytorch() -> None:
    import onnxruntime

    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    network = to_onnx(model, crop_px=64)
    photos = np.random.default_rng(0).normal(size=(33, 3, 64, 64)).astype(np.float32)
    assert check_parity(model, network, photos, Calibration()) < 0.01
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    for n in (1, 2, 33):
        logits, features = session.run(["logits", "features"], {"photos": photos[:n]})
        assert logits.shape == (n, 3) and features.shape == (n, model.pooled_size)


def test_a_network_that_answers_otherwise_is_not_exported() -> None:
    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    other = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    other.get_parameter("classifier.0.bias").data += torch.tensor([3.0, 0.0, 0.0])
    photos = np.random.default_rng(0).normal(size=(4, 3, 64, 64)).astype(np.float32)
    with pytest.raises(ExportError, match="differs"):
        check_parity(model, to_onnx(other, crop_px=64), photos, Calibration())


def test_a_network_of_nan_is_not_exported() -> None:
    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    broken = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    broken.get_parameter("classifier.0.bias").data.fill_(float("nan"))
    photos = np.random.default_rng(0).normal(size=(4, 3, 64, 64)).astype(np.float32)
    with pytest.raises(ExportError, match="differs by nan"):
        check_parity(model, to_onnx(broken, crop_px=64), photos, Calibration())


def test_weights_that_need_more_digits_are_stored_in_32_bits() -> None:
    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_efficientnet", weights=None).eval()
    photos = np.random.default_rng(0).normal(size=(4, 3, 64, 64)).astype(np.float32)
    stored, small, _ = export_with_parity_check(model, photos, Calibration())
    assert stored == "float16"
    model.get_parameter("classifier.0.weight").data.mul_(1000).add_(40_000)  # where 16 bits know every 32nd number
    stored, large, difference = export_with_parity_check(model, photos, Calibration())
    assert stored == "float32" and difference < 0.01 and len(large) > 1.5 * len(small)


def test_depthwise_kernels_keep_all_digits() -> None:
    import onnx

    model = get_model_transfer(3, backbone="mobilenetv2_035", weights=None).eval()
    network = onnx.load_from_string(to_onnx(model, crop_px=64))
    types = {one.name: one.data_type for one in network.graph.initializer}
    kernels = {
        node.input[1]: any(of.name == "group" and of.i > 1 for of in node.attribute)
        for node in network.graph.node
        if node.op_type == "Conv"
    }
    assert sum(kernels.values()) == 17  # one in each block
    assert {types.get(name) for name, depthwise in kernels.items() if depthwise} == {onnx.TensorProto.FLOAT}
    halves = [name for name in types if types[name] == onnx.TensorProto.FLOAT16]
    assert len(halves) > 30, "the others are large, and stored in 16 bits"


@pytest.mark.parametrize(("n_landmarks", "n_photos"), [(1, 12), (2, 1)])
def test_too_little_to_learn_from_is_told_before_training(n_landmarks: int, n_photos: int, tmp_path: Path) -> None:
    make_landmarks(tmp_path / "data", n_photos=n_photos)
    for folder in sorted((tmp_path / "data").iterdir())[n_landmarks:]:
        shutil.rmtree(folder)
    with pytest.raises(DataError, match="at least 2 landmarks"):
        fine_tune(tmp_path / "data", TINY, tmp_path / "out", log=lambda line: None)
    assert not (tmp_path / "out/checkpoint.pt").exists()


SCRATCH = Recipe.read("scratch").replace(
    resize_px=40, crop_px=32, train_px=(32,), epochs=6, batch_photos=8, warm_up_epochs=0.5, mixup=0.0, average_decay=0.0
)


def test_the_network_from_scratch_becomes_a_bundle_too(run: Path, tmp_path: Path) -> None:
    made = fine_tune(run / "data", SCRATCH, tmp_path / "out", log=lambda line: None)
    assert made.bundle.architecture["backbone"] == "scratch" and made.bundle.feature_dim == 64
    assert score_bundle(Predictor.load(tmp_path / "out"), run / "data").report.accuracy > 0.6


def test_the_network_from_scratch_has_one_size_and_no_pretrained_weights() -> None:
    assert isinstance(make_network(3, SCRATCH), NeuralNetworkScratch)
    for wrong in ({"train_px": (24, 32)}, {"weights": "landmark"}, {"freeze_features": True}):
        with pytest.raises(ConfigurationError, match="at one size"):
            make_network(3, SCRATCH.replace(**wrong))


def test_frozen_features_stay_as_they_were(run: Path, tmp_path: Path) -> None:
    recipe = TINY.replace(freeze_features=True, optimizer="sgd", schedule="constant", epochs=1, average_decay=0.0)
    before = make_network(3, recipe).state_dict()
    fine_tune(run / "data", recipe, tmp_path / "out", log=lambda line: None)
    after = torch.load(tmp_path / "out/checkpoint.pt", weights_only=True)
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"classifier.0.weight", "classifier.0.bias"}


def test_another_recipes_files_do_not_pass_for_this_ones(run: Path, tmp_path: Path) -> None:
    """Another recipe in the same folder, stopped before its first epoch: then nothing of it is trained."""
    out = shutil.copytree(run / "out", tmp_path / "out")
    other = TINY.replace(label_smoothing=0.2)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("landmark.training.pipeline.finetuning.make_optimizer", _interrupt)
        fine_tune(run / "data", other, out, log=lambda line: None)
    assert not (out / "checkpoint.pt").exists() and (out / "checkpoint.1.pt").is_file()
    said: list[str] = []
    fine_tune(run / "data", other, out, log=said.append)
    assert not any("Trained already" in line for line in said)


def _interrupt(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_checkpoint_of_the_course_projects_scratch_network_becomes_a_bundle(run: Path, tmp_path: Path) -> None:
    model = NeuralNetworkScratch(3)
    torch.save(model.state_dict(), tmp_path / "model_checkpoint.pt")
    made = export_checkpoint(tmp_path / "model_checkpoint.pt", run / "data", tmp_path / "bundle", backbone="scratch")
    assert made.bundle.architecture["backbone"] == "scratch"
    assert made.bundle.pretraining["origin"] == "unknown", "not that of the model that ships"


def test_a_backbone_without_residual_branches_has_none_to_leave_out() -> None:
    assert make_network(3, Recipe(backbone="densenet121", weights="")).n_classes == 3


def test_sizes_that_a_network_does_not_take_are_told_before_training() -> None:
    recipe = Recipe(backbone="vit_tiny_patch16_224", weights="", drop_path=0.0, train_px=(224, 100), crop_px=224)
    with pytest.raises(ConfigurationError, match="takes no photos of 100 px"):
        check_sizes(make_network(3, recipe), recipe)
    check_sizes(make_network(3, recipe), recipe.replace(train_px=(224,)))
