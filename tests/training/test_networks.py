"""The networks: shapes, keys, weights from everywhere, and errors that say where they looked."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import torch
from safetensors.torch import save_file

from landmark.core.errors import ConfigurationError, WeightsError
from landmark.training.networks import BACKBONES, NeuralNetworkScratch, get_model_scratch, get_model_transfer


def is_log_probability(scores: torch.Tensor) -> bool:
    return torch.allclose(scores.exp().sum(dim=1), torch.ones(len(scores)), atol=1e-4)


def test_the_scratch_network_is_as_described() -> None:
    model = get_model_scratch()
    names = [f"conv_{block}_{number}" for block in (1, 2, 3) for number in (1, 2)] + ["fc_1", "fc_2"]
    assert {key.rpartition(".")[0] for key in model.state_dict()} == set(names)
    assert [getattr(model, name).out_channels for name in names[:6]] == [16, 16, 32, 32, 64, 64]
    assert model.fc_1.in_features == 64 * 28 * 28 and model.fc_2.out_features == 50
    assert 50e6 < sum(weight.numel() for weight in model.parameters()) < 52e6
    assert NeuralNetworkScratch(7).fc_2.out_features == 7


def test_the_scratch_network_gives_log_probabilities_with_activations_between_convolutions() -> None:
    torch.manual_seed(0)
    model = NeuralNetworkScratch(5, image_px=32).eval()
    photos = torch.randn(4, 3, 32, 32)
    assert is_log_probability(model(photos))
    first = model.get_submodule("conv_1_1")(photos).relu()
    assert torch.equal(model.pool(model.get_submodule("conv_1_2")(first).relu()), _after_first_block(model, photos))
    assert model.features(photos).min() >= 0


def _after_first_block(model: NeuralNetworkScratch, photos: torch.Tensor) -> torch.Tensor:
    seen: list[torch.Tensor] = []
    handle = model.get_submodule("conv_2_1").register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    model(photos)
    handle.remove()
    return seen[0]


def seeds_scratch_network(state: dict[str, torch.Tensor], photos: torch.Tensor) -> torch.Tensor:
    """What the course project's network computes: nothing between its convolutions, a ReLU too many at the end."""
    layer = torch.nn.functional
    x = photos
    for block in "123":
        for number in "12":
            name = f"conv_{block}_{number}"
            x = layer.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=1)
        x = layer.max_pool2d(x, 2)
    for name in ("fc_1", "fc_2"):
        x = layer.linear(x.flatten(1), state[f"{name}.weight"], state[f"{name}.bias"]).relu()
    return x.log_softmax(dim=1)


def test_old_checkpoints_of_the_scratch_network_give_what_they_gave() -> None:
    torch.manual_seed(0)
    state = {key: value + 0.05 * torch.randn_like(value) for key, value in NeuralNetworkScratch(7).state_dict().items()}
    photos = torch.randn(3, 3, 224, 224)
    model = get_model_scratch(7, seed_compatible=True).eval()
    model.load_state_dict(state)
    assert torch.allclose(model(photos), seeds_scratch_network(state, photos), atol=1e-5)
    ours = get_model_scratch(7).eval()
    ours.load_state_dict(state)
    assert not torch.allclose(ours(photos), model(photos), atol=0.1)


def test_old_checkpoints_of_vgg16_give_what_they_gave() -> None:
    torch.manual_seed(0)
    ours = get_model_transfer(4, weights=None).eval()
    with torch.no_grad():
        ours.get_parameter("classifier.2.bias").copy_(torch.tensor([-9.0, 1.0, -9.0, 2.0]))
    model = get_model_transfer(4, weights=None, seed_compatible=True).eval()
    model.load_state_dict(ours.state_dict())
    photos = torch.randn(1, 3, 64, 64)
    scores = ours.score(photos)
    assert torch.allclose(model(photos), scores.relu().log_softmax(dim=1), atol=1e-5)
    assert (scores < 0).any() and not torch.allclose(model(photos), ours(photos), atol=0.1)


def test_batch_norm_is_an_option_of_the_scratch_network() -> None:
    model = NeuralNetworkScratch(3, image_px=32, batch_norm=True)
    assert model.get_buffer("bn_3_2.running_mean").shape == (64,)
    assert is_log_probability(model(torch.randn(4, 3, 32, 32)))
    own = {id(weight) for weight in model.head_parameters()}
    assert own == {id(weight) for layer in (model.fc_1, model.fc_2) for weight in layer.parameters()}
    assert len(list(model.feature_parameters())) + len(own) == len(list(model.parameters()))


def test_vgg16_has_the_course_projects_keys_and_no_activation_before_the_log_softmax() -> None:
    model = get_model_transfer(weights=None)
    keys = set(model.state_dict())
    assert {"features.0.weight", "classifier.0.weight", "classifier.2.bias"} <= keys
    assert all(key.startswith(("features.", "classifier.0.", "classifier.2.")) for key in keys)
    assert model.classifier[0].in_features == 25088 and model.classifier[0].out_features == 1000
    assert [type(layer).__name__ for layer in model.classifier] == ["Linear", "ReLU", "Linear", "LogSoftmax"]
    assert model.classifier[2].out_features == 50
    assert all(weight.requires_grad for weight in model.features.parameters())
    assert is_log_probability(model.eval()(torch.randn(1, 3, 224, 224)))


@pytest.mark.parametrize("backbone", ["mobilenet_edgetpu_100", "mobilenetv2_100", "resnet18", "regnet_x_400mf"])
def test_backbones_of_the_table_of_timm_and_of_torchvision_have_features_and_classifier(backbone: str) -> None:
    model = get_model_transfer(4, backbone=backbone, weights=None).eval()
    photos = torch.randn(2, 3, 64, 64)
    assert is_log_probability(model(photos)) and model(photos).shape == (2, 4)
    embedding, pooled = model.embed_and_pool(photos)
    assert pooled.shape == (2, model.pooled_size)
    assert torch.allclose(model.logits(embedding).log_softmax(1), model(photos), atol=1e-5)


@pytest.mark.parametrize(("backbone", "px"), [("maxvit_t", 224), ("googlenet", 64)])
def test_torchvisions_odd_ones_train_too(backbone: str, px: int) -> None:
    """MaxViT pools in what is its classifier, GoogLeNet gives several outputs while it trains."""
    model = get_model_transfer(n_classes=3, backbone=backbone, weights=None)
    for mode in (True, False):
        assert model.train(mode)(torch.zeros(2, 3, px, px)).shape == (2, 3)


def test_the_table_tells_the_true_sizes() -> None:
    for name in ("mobilenet_edgetpu_100", "mobilenetv2_100", "resnet50"):
        model = get_model_transfer(2, backbone=name, weights=None)
        assert model.pooled_size == BACKBONES[name].embedding_size
        millions = sum(weight.numel() for weight in model.features.parameters()) / 1e6
        assert millions == pytest.approx(BACKBONES[name].parameters_million, abs=0.1)


def test_an_unknown_backbone_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(ConfigurationError, match="mobilenetv2_100"):
        get_model_transfer(backbone="mobilnetv2_100", weights=None)


def test_weights_come_from_a_safetensors_file_with_their_own_preprocessing(tmp_path: Path) -> None:
    start = get_model_transfer(3, backbone="mobilenetv2_100", weights=None)
    state = {key: value.contiguous() for key, value in start.features.state_dict().items()}
    path = tmp_path / "weights.safetensors"
    metadata = {"mean": "0.5,0.5,0.5", "std": "0.25,0.25,0.25", "pad_type": "same", "architecture": "mobilenetv2_100"}
    save_file(state | {"classifier.weight": torch.zeros(1000, 1280)}, path, metadata)
    model = get_model_transfer(5, backbone="mobilenetv2_100", weights=path)
    stem = "features.conv_stem.weight"
    assert torch.equal(model.get_parameter(stem), start.get_parameter(stem))
    assert type(model.features.get_submodule("conv_stem")).__name__ == "Conv2dSame"
    white = (1 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    converted = model.conversion(white.view(1, 3, 1, 1).expand(1, 3, 4, 4))
    assert converted.allclose(torch.tensor((1 - 0.5) / 0.25), atol=1e-5), "white, as this backbone wants to see it"
    with pytest.raises(WeightsError, match="mobilenetv2_100"):
        get_model_transfer(5, backbone="resnet18", weights=path)


def test_weights_come_from_a_checkpoint_of_ours(tmp_path: Path) -> None:
    start = get_model_transfer(3, backbone="resnet18", weights=None)
    torch.save(start.state_dict(), tmp_path / "checkpoint.pt")
    model = get_model_transfer(9, backbone="resnet18", weights=str(tmp_path / "checkpoint.pt"))
    assert torch.equal(model.features.get_parameter("conv1.weight"), start.features.get_parameter("conv1.weight"))
    assert model.n_classes == 9


def test_weights_that_do_not_fit_or_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "other.pt")
    (tmp_path / "text.safetensors").write_text("not weights")
    torch.save({"a": Path("evil")}, tmp_path / "pickle.pt")
    for name in ("other.pt", "text.safetensors", "pickle.pt", "missing.pth"):
        with pytest.raises(WeightsError, match=name):
            get_model_transfer(backbone="resnet18", weights=tmp_path / name)


def test_vgg16s_weights_are_taken_from_torchvisions_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = get_model_transfer(2, weights=None)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    state = {f"features.{key}": value for key, value in made.features.state_dict().items()}
    torch.save(state | {"classifier.0.weight": torch.zeros(1)}, tmp_path / "hub/checkpoints/vgg16-397923af.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    model = get_model_transfer(2)
    assert torch.equal(model.features.get_parameter("0.weight"), made.features.get_parameter("0.weight"))


def test_without_network_and_weights_the_error_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", _no_network)
    with pytest.raises(WeightsError, match=r"checkpoints/vgg16-397923af\.pth.*weights='path"):
        get_model_transfer()


def test_without_network_timms_weights_are_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"timm/resnet18.*model\.safetensors"):
        get_model_transfer(backbone="resnet18")


def _no_network(*args: object, **kwargs: object) -> None:
    raise OSError("no network")


@pytest.mark.parametrize("name", ["mobilenet_edgetpu_100", "mobilenetv2_100"])
def test_real_weights_recognise_what_imagenet_taught_them(shared: Path, name: str) -> None:
    """The features of two photos of one landmark are nearer to each other than to another landmark's."""
    from landmark.photo import read_photo
    from landmark.photo.preprocessing import Preprocessing

    model = get_model_transfer(2, backbone=name, weights=shared / f"weights/{name}.imagenet1k.safetensors").eval()
    assert model.conversion.mean != (0.485, 0.456, 0.406)
    prepare, folders = Preprocessing(), ("17.Hoi_An", "24.Petronas_Towers")
    photos = [
        torch.from_numpy(prepare(read_photo(path).pixels))
        for folder in folders
        for path in sorted((shared / "data/landmarks/test" / folder).iterdir())[:4]
    ]
    with torch.inference_mode():
        _, pooled = model.embed_and_pool(torch.stack(photos))
    pooled = torch.nn.functional.normalize(pooled)
    similarity = pooled @ pooled.T
    assert similarity[:4, :4].mean() > similarity[:4, 4:].mean() + 0.1
