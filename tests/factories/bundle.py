"""A small bundle that is real in every part and whose answers can be foretold: it recognises photos by their colour.

Red is the Taj Mahal, green Niagara Falls (on a border), blue a landmark whose place nobody told; grey is none of them.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.place import Place
from landmark.metrics.calibration import Calibration
from landmark.model.bundle import NETWORK, WEIGHTS, Bundle, write_bundle
from landmark.photo.preprocessing import Preprocessing

COLOURS = {
    "Taj Mahal": (220, 20, 20),
    "Niagara Falls": (20, 220, 20),
    "Grandmother's House": (20, 20, 220),
    None: (120, 120, 120),
}
CATEGORIES = [name for name in COLOURS if name is not None]
FEATURE_DIM = 8
PREPROCESSING = Preprocessing(resize_px=36, crop_px=32)


def make_bundle(folder: Path, **changes: Any) -> Bundle:
    """Write the bundle to a folder; `changes` replace keys of its card. Skips the test where `onnx` is missing."""
    return write_bundle(folder, make_card(**changes), {NETWORK: make_network(), WEIGHTS: make_weights()})


def make_card(**changes: Any) -> dict[str, Any]:
    """What `landmark.json` says, as export gives it to `write_bundle`."""
    places = [
        Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5, (find_country("IN"),), ("Taj",)),
        Place("Niagara Falls", Coordinates(43.0799, -79.0747), 1.0, (find_country("US"), find_country("CA"))),
    ]
    card = {
        "name": "colours",
        "version": "1",
        "architecture": {"backbone": "colours", "n_classes": len(CATEGORIES), "feature_dim": FEATURE_DIM},
        "categories": CATEGORIES,
        "places": [*(place.to_dict() for place in places), None],
        "preprocessing": PREPROCESSING.to_dict(),
        "calibration": Calibration(temperature=0.5, threshold=0.6).to_dict(),
        "scores": {"test": {"n_photos": 10, "n_correct": 9, "accuracy": 0.9}},
        "training": {"photos": {"train": 30, "valid": 10, "test": 10}},
        "pretraining": {"origin": "none", "licence": "none"},
    }
    return card | changes


def make_network(
    *,
    crop_px: int = PREPROCESSING.crop_px,
    n_classes: int = len(CATEGORIES),
    feature_dim: int = FEATURE_DIM,
    input_name: str = "photos",
    output_names: tuple[str, str] = ("logits", "features"),
    batch: str | int = "batch",
) -> bytes:
    """An ONNX file: a convolution of random weights, the mean over the picture, and a layer that undoes the mixing."""
    pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    mix = np.random.default_rng(0).normal(size=(feature_dim, 3))
    back = np.zeros((feature_dim, n_classes))
    back[:, :3] = np.linalg.pinv(mix).T[:, :n_classes]  # the class's logit is then the mean of its colour
    weights = {"mix": mix[:, :, None, None], "back": back}
    logits, features = output_names
    graph = helper.make_graph(
        [
            helper.make_node("Conv", [input_name, "mix"], ["mixed"], kernel_shape=[1, 1]),
            helper.make_node("GlobalAveragePool", ["mixed"], ["mean"]),
            helper.make_node("Flatten", ["mean"], [features]),
            helper.make_node("MatMul", [features, "back"], [logits]),
        ],
        "colours",
        [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, [batch, 3, crop_px, crop_px])],
        [
            helper.make_tensor_value_info(logits, TensorProto.FLOAT, [batch, n_classes]),
            helper.make_tensor_value_info(features, TensorProto.FLOAT, [batch, feature_dim]),
        ],
        [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def make_weights() -> bytes:
    """A safetensors file with one tensor, written by hand so that no package is needed."""
    header = json.dumps({"mix": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    return len(header).to_bytes(8, "little") + header + np.ones(1, np.float16).tobytes()


def make_photo(path: Path, shows: str | None, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a photo in the colour of a landmark, or of none; the format follows from the extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[shows]).save(path)
    return path
