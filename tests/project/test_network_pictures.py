"""The pictures of networks in the report, which a script draws."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("plotly")
pytest.importorskip("torch")

PIXELS = np.full((40, 60, 3), 200, np.uint8)


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks/network_pictures.py"
    spec = importlib.util.spec_from_file_location("network_pictures", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["network_pictures"] = module  # where dataclasses look
    spec.loader.exec_module(module)
    return module


def test_a_network_is_drawn_layer_by_layer(pictures: ModuleType) -> None:
    layers = [
        pictures.Layer("conv", "convolution", (64, 32, 32), 1792),
        pictures.Layer("fc", "fully connected", (5,), 320),
    ]
    figure = pictures.network_figure(layers, title="Two layers")
    first, second = figure.data
    assert (first.name, second.name) == ("convolution", "fully connected")
    assert "conv<br>convolution 32 x 32 x 64<br>1,792 weights" in first.text
    assert max(first.y) - min(first.y) > max(second.y) - min(second.y), "as high as its maps are wide"
    assert figure.layout.title.text == "Two layers: 0.0 million weights"


def test_steps_and_pictures_stand_in_a_row(pictures: ModuleType) -> None:
    steps = pictures.steps_figure([("photo", "any format"), ("network", "MobileNet"), ("place", "where")])
    assert sum(bool(note.showarrow) for note in steps.layout.annotations) == 2
    row = pictures.pictures_figure([("photo", PIXELS), ("flipped", PIXELS[:, ::-1])])
    assert [note.text for note in row.layout.annotations] == ["photo", "flipped"] and len(row.data) == 2


def test_the_outline_of_vgg16_is_read_off_the_network(pictures: ModuleType) -> None:
    from landmark.training.networks import get_model_transfer

    outline_network = pictures.outline_network
    layers = outline_network(get_model_transfer(weights=None))
    kinds = [layer.kind for layer in layers]
    assert (kinds.count("convolution"), kinds.count("max pool"), kinds.count("fully connected")) == (13, 5, 2)
    assert layers[-1].output_shape == (50,) and layers[0].output_shape == (64, 224, 224)
    assert sum(layer.n_parameters for layer in layers) == sum(
        weight.numel() for weight in get_model_transfer(weights=None).parameters()
    )
