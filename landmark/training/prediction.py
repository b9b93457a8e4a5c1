"""One photo through a network in PyTorch: the course project's three functions.

The same photo gets the same answer every time: it is prepared as for validation, never augmented. For photos in
numbers, calibrated and with places, there is `inference`, which needs no PyTorch.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from landmark.core.errors import DataError
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.pages.figures.candidates import candidates_figure
from landmark.pages.figures.figure import show_figure
from landmark.photo import read_photo
from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Evaluation, PhotoDataset
from landmark.training.device import pick_device
from landmark.training.networks import NeuralNetworkScratch

SHOWN_PX = 800  # short side of the photo in a figure


def get_prediction_probs(
    model: nn.Module, dt: Dataset[Any], idx_img: int, device: str = "cpu", *, preprocessing: Preprocessing | None = None
) -> torch.Tensor:
    """Return the probabilities of one photo of a data set, (1, n_classes), on the device; they sum up to 1.

    A photo of the "train" data set is prepared as for validation too. `preprocessing` is that of the model, where it
    is not the usual one.

    Example: `get_prediction_probs(model, dls["test"].dataset, 0)`.
    """
    if isinstance(dt, PhotoDataset):
        if preprocessing is None and isinstance(dt.transform, Evaluation):
            preprocessing = dt.transform.preprocessing
        return _probabilities(model, dt.photos[idx_img].path, device, preprocessing)
    image, _ = dt[idx_img]
    return _infer(model, image, device)


def get_top_k_categories(
    model: nn.Module,
    img_path: str | Path,
    d_categories: Mapping[str, str],
    k: int = 5,
    device: str = "cpu",
    *,
    preprocessing: Preprocessing | None = None,
) -> list[str]:
    """Return the names of the `k` landmarks that a photo most likely shows, the best first.

    `d_categories` maps indices, as text, to names, as `categories.json` does. Raises `PhotoError` for a file that is no
    photo and `DataError` for a table of categories of another size than the model's.

    Example: `get_top_k_categories(model, "testme.jpg", json.load(open("categories.json")), 3)`.
    """
    return [name for name, _ in _candidates(model, img_path, d_categories, k, device, preprocessing)]


def plot_top_k_categories(
    model: nn.Module,
    img_path: str | Path,
    d_categories: Mapping[str, str],
    k: int = 5,
    device: str = "cpu",
    *,
    show: bool = True,
    confidences: bool = False,
    place: bool = False,
    preprocessing: Preprocessing | None = None,
) -> Any:
    """Plot a photo beside the `k` landmarks that it most likely shows; returns the plotly figure.

    It is shown in the notebook or the browser, where there is one, unless `show=False`. `confidences` adds how sure the
    network is of each; `place` a map of the world with the first, where the gazetteer knows it.

    Example: `plot_top_k_categories(model, "testme.jpg", d_categories, 3, device)`.
    """
    candidates = _candidates(model, img_path, d_categories, k, device, preprocessing)
    names = [name for name, _ in candidates]
    known = builtin_gazetteer().find(names[0]) if place else None
    figure = candidates_figure(
        read_photo(img_path, short_side_px=SHOWN_PX).pixels,
        names,
        [probability for _, probability in candidates] if confidences else None,
        (known.name, known.coordinates) if known and known.coordinates else None,
    )
    if show:
        show_figure(figure)
    return figure


def _candidates(
    model: nn.Module,
    img_path: str | Path,
    d_categories: Mapping[str, str],
    k: int,
    device: str,
    preprocessing: Preprocessing | None,
) -> list[tuple[str, float]]:
    if k < 1:
        raise DataError(f"k is {k}. Expected how many landmarks to name, at least 1.")
    probabilities = _probabilities(model, img_path, device, preprocessing)[0]
    d_categories = {str(index): name for index, name in d_categories.items()}  # as text in JSON, as numbers elsewhere
    if missing := [index for index in range(len(probabilities)) if str(index) not in d_categories]:
        raise DataError(
            f"The model has {len(probabilities)} landmarks, and the categories name {len(d_categories)}: no "
            f"name for {missing[:3]}. Expected the categories.json of the folders that the model was trained on."
        )
    best = probabilities.topk(min(k, len(probabilities)))
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [(d_categories[str(index)], probability) for index, probability in pairs]


def _probabilities(
    model: nn.Module, photo: str | Path, device: str, preprocessing: Preprocessing | None
) -> torch.Tensor:
    prepare = preprocessing or _preprocessing_of(model)
    pixels = read_photo(photo, short_side_px=prepare.resize_px).pixels
    return _infer(model, torch.from_numpy(np.asarray(prepare(pixels))), device)


def _infer(model: nn.Module, image: torch.Tensor, device: str) -> torch.Tensor:
    """Predict probabilities (1, n_classes) of an image (3, H, W)."""
    place = pick_device(device)
    model.to(place).eval()
    with torch.inference_mode():
        probabilities: torch.Tensor = model(image.unsqueeze(0).to(place)).exp()
    return probabilities


def _preprocessing_of(model: nn.Module) -> Preprocessing:
    """Return the usual one, or of the same proportions where the network takes one other size only."""
    usual = Preprocessing()
    if not isinstance(model, NeuralNetworkScratch) or model.image_px == usual.crop_px:
        return usual
    return Preprocessing(resize_px=round(model.image_px * usual.resize_px / usual.crop_px), crop_px=model.image_px)
