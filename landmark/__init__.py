"""Recognises the landmark in a photo and answers with the place: name, latitude, longitude, how sure it is.

Public names are resolved on first use: `import landmark` is instant and needs no PyTorch. The names of the lower half
of the table train models and need the extra: pip install '.[train]'.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from landmark.errors import require

if TYPE_CHECKING:
    from torch import nn as nn

    from landmark.answer import Answer as Answer
    from landmark.bundle import Bundle as Bundle
    from landmark.bundle import load_bundle as load_bundle
    from landmark.categories import Categories as Categories
    from landmark.data import get_data_loaders as get_data_loaders
    from landmark.errors import LandmarkError as LandmarkError
    from landmark.errors import PhotoError as PhotoError
    from landmark.evaluation import test as test
    from landmark.geo import Coordinates as Coordinates
    from landmark.geo import Place as Place
    from landmark.inference import Predictor as Predictor
    from landmark.inspection import inspect_data as inspect_data
    from landmark.models import NeuralNetworkScratch as NeuralNetworkScratch
    from landmark.models import get_model_scratch as get_model_scratch
    from landmark.models import get_model_transfer as get_model_transfer
    from landmark.photo import Limits as Limits
    from landmark.plots.curves import plot_metrics_file as plot_metrics_file
    from landmark.prediction import get_prediction_probs as get_prediction_probs
    from landmark.prediction import get_top_k_categories as get_top_k_categories
    from landmark.prediction import plot_top_k_categories as plot_top_k_categories
    from landmark.recipe import Recipe as Recipe
    from landmark.runs.comparison import fine_tune as fine_tune
    from landmark.tagging import tag_folder as tag_folder
    from landmark.training import train as train

# Before anything imports ONNX Runtime: newer ones then keep an identifier of the machine in its user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_BASE = {
    "Answer": "landmark.answer",
    "Bundle": "landmark.bundle",
    "Categories": "landmark.categories",
    "Coordinates": "landmark.geo",
    "LandmarkError": "landmark.errors",
    "Limits": "landmark.photo",
    "PhotoError": "landmark.errors",
    "Place": "landmark.geo",
    "Predictor": "landmark.inference",
    "Recipe": "landmark.recipe",
    "inspect_data": "landmark.inspection",
    "load_bundle": "landmark.bundle",
    "plot_metrics_file": "landmark.plots.curves",
    "tag_folder": "landmark.tagging",
}
_TRAIN = {
    "NeuralNetworkScratch": "landmark.models",
    "fine_tune": "landmark.runs.comparison",
    "get_data_loaders": "landmark.data",
    "get_model_scratch": "landmark.models",
    "get_model_transfer": "landmark.models",
    "get_prediction_probs": "landmark.prediction",
    "get_top_k_categories": "landmark.prediction",
    "nn": "torch",
    "plot_top_k_categories": "landmark.prediction",
    "test": "landmark.evaluation",
    "train": "landmark.training",
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
