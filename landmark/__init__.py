"""Recognises the landmark in a photo and answers with the place: name, latitude, longitude, how sure it is.

Public names are resolved on first use: `import landmark` is instant and needs no PyTorch. The names of the lower half
of the table train models and need the extra: pip install '.[train]' ./weights.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from landmark.core.errors import require

if TYPE_CHECKING:
    from torch import nn as nn

    from landmark.core.errors import LandmarkError as LandmarkError
    from landmark.core.errors import PhotoError as PhotoError
    from landmark.dataset.categories import Categories as Categories
    from landmark.dataset.inspection import inspect_data as inspect_data
    from landmark.geo.coordinates import Coordinates as Coordinates
    from landmark.geo.place import Place as Place
    from landmark.model.answer import Answer as Answer
    from landmark.model.bundle import Bundle as Bundle
    from landmark.model.bundle import load_bundle as load_bundle
    from landmark.model.predictor import Predictor as Predictor
    from landmark.pages.figures.curves import plot_metrics_file as plot_metrics_file
    from landmark.photo import Limits as Limits
    from landmark.tagging import tag_folder as tag_folder
    from landmark.training.data import get_data_loaders as get_data_loaders
    from landmark.training.evaluation import test as test
    from landmark.training.loop import train as train
    from landmark.training.networks import NeuralNetworkScratch as NeuralNetworkScratch
    from landmark.training.networks import get_model_scratch as get_model_scratch
    from landmark.training.networks import get_model_transfer as get_model_transfer
    from landmark.training.pipeline.comparison import fine_tune as fine_tune
    from landmark.training.prediction import get_prediction_probs as get_prediction_probs
    from landmark.training.prediction import get_top_k_categories as get_top_k_categories
    from landmark.training.prediction import plot_top_k_categories as plot_top_k_categories
    from landmark.training.recipe import Recipe as Recipe

# Before anything imports ONNX Runtime: newer ones then keep an identifier of the machine in its user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_BASE = {
    "Answer": "landmark.model.answer",
    "Bundle": "landmark.model.bundle",
    "Categories": "landmark.dataset.categories",
    "Coordinates": "landmark.geo.coordinates",
    "LandmarkError": "landmark.core.errors",
    "Limits": "landmark.photo",
    "PhotoError": "landmark.core.errors",
    "Place": "landmark.geo.place",
    "Predictor": "landmark.model.predictor",
    "Recipe": "landmark.training.recipe",
    "inspect_data": "landmark.dataset.inspection",
    "load_bundle": "landmark.model.bundle",
    "plot_metrics_file": "landmark.pages.figures.curves",
    "tag_folder": "landmark.tagging",
}
_TRAIN = {
    "NeuralNetworkScratch": "landmark.training.networks",
    "fine_tune": "landmark.training.pipeline.comparison",
    "get_data_loaders": "landmark.training.data",
    "get_model_scratch": "landmark.training.networks",
    "get_model_transfer": "landmark.training.networks",
    "get_prediction_probs": "landmark.training.prediction",
    "get_top_k_categories": "landmark.training.prediction",
    "nn": "torch",
    "plot_top_k_categories": "landmark.training.prediction",
    "test": "landmark.training.evaluation",
    "train": "landmark.training.loop",
}

__all__ = [
    *_BASE,
    *_TRAIN,
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # not above: it takes longer than all the rest of this module

        return version("landmark")
    module = _BASE.get(name) or _TRAIN.get(name)
    if module is None:
        raise AttributeError(f"module 'landmark' has no attribute {name!r}")
    if name in _TRAIN:
        for package in ("torch", "torchvision", "timm"):
            require(package, "train")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
