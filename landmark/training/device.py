"""The device that a network computes on, and whether a network fits the photos that it is given."""

import warnings
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.core.errors import ConfigurationError, DataError


def pick_device(device: str | torch.device) -> torch.device:
    """Return the device asked for, or the CPU, with a warning, where there is no such GPU."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ConfigurationError(f"There is no device {str(device)!r}. Expected cpu, cuda or cuda:0.") from error
    if wanted.type == "cuda" and not torch.cuda.is_available():
        # of this line, whoever calls: Python shows it once then, however often a training asks
        warnings.warn("device='cuda' was asked for, and no GPU can be used here: using the CPU.", stacklevel=1)
        return torch.device("cpu")
    return wanted


def check_model_fits(model: nn.Module, loader: DataLoader[Any], device: torch.device) -> None:
    """Raise `DataError` when the model has another number of landmarks than the data."""
    classes = getattr(loader.dataset, "classes", None)
    if classes is None:
        return
    mode = model.training
    model.eval()
    photo = loader.dataset[0][0]
    try:
        with torch.inference_mode():
            n_outputs = model(photo.unsqueeze(0).to(device)).shape[1]
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise DataError(
            f"The model cannot take photos of {tuple(photo.shape)} ({str(error).splitlines()[0]}). Expected loaders "
            "that give photos of its size: get_data_loaders(…, preprocessing=Preprocessing(resize_px=…, crop_px=…))."
        ) from error
    finally:
        model.train(mode)
    if n_outputs != len(classes):
        raise DataError(
            f"The model has {n_outputs} landmarks, and the data holds {len(classes)}. Make the model with "
            'n_classes=len(dls["train"].dataset.classes).'
        )
