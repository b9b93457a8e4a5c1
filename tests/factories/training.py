"""A small network on a frozen backbone, and loaders of small photos, for tests of training."""

from pathlib import Path
from typing import Any

import torch

from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Augmentation, get_data_loaders
from landmark.training.networks import LandmarkNetwork, get_model_transfer

CPU = torch.device("cpu")


def make_loaders(data: Path, *, crop_px: int = 32) -> Any:
    preprocessing = Preprocessing(resize_px=36, crop_px=crop_px)
    augmentation = Augmentation(crop_px, preprocessing=preprocessing)
    return get_data_loaders(
        data / "train", None, data / "test", 0.25, batch_size=6, workers=0, preprocessing=preprocessing,
        augmentation=augmentation,
    )  # fmt: skip


def make_model(seed: int = 0) -> LandmarkNetwork:
    torch.manual_seed(seed)
    model = get_model_transfer(3, backbone="resnet10t", weights=None)
    for weight in model.feature_parameters():
        weight.requires_grad = False
    return model
