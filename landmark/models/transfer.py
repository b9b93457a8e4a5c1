"""The network that transfers: a pretrained backbone and a new head.

The module's keys are the course project's, `features.*`, `classifier.0.*`, `classifier.2.*`: checkpoints load by key.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from landmark.models.backbones import BACKBONES, build_features
from landmark.models.network import InputConversion, LandmarkNetwork
from landmark.models.weights import load_features
from landmark.preprocessing import IMAGENET_MEAN, IMAGENET_STD


class TransferModel(LandmarkNetwork):
    """A backbone (`features`) and a head (`classifier`) that ends in a log-softmax.

    Takes (B, 3, H, W) as the loaders give it, gives log-probabilities (B, n_classes). Make one with
    `get_model_transfer`.
    """

    def __init__(self, backbone: str, features: nn.Module, classifier: nn.Sequential, conversion: InputConversion,
                 dropout: float = 0.0) -> None:  # fmt: skip
        super().__init__()
        self.backbone = backbone
        self.conversion = conversion
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.classifier = classifier
        layers = [part for part in classifier if isinstance(part, nn.Linear)]
        self.n_classes = layers[-1].out_features
        self.pooled_size = layers[0].in_features // (49 if backbone.startswith("vgg") else 1)

    def embed_and_pool(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the head takes, and the pooled features: (B, 3, H, W) -> (B, embedding_size), (B, pooled_size)."""
        found = self.features(self.conversion(photos))
        if found.ndim == 2:  # the backbone pools by itself
            return found, found
        maps = nn.functional.adaptive_avg_pool2d(found, 7)  # VGG16: (B, 512, h, w) -> (B, 512, 7, 7)
        return maps.flatten(1), found.mean(dim=(2, 3))

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """Unnormalised scores: (B, embedding_size) -> (B, n_classes)."""
        return cast(torch.Tensor, self.classifier[:-1](self.dropout(embedding)))

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """The weights of the classifier."""
        return self.classifier.parameters()


def get_model_transfer(
    n_classes: int = 50,
    *,
    backbone: str = "vgg16",
    weights: str | Path | None = "imagenet",
    dropout: float = 0.0,
    seed_compatible: bool = False,
    **backbone_arguments: Any,
) -> TransferModel:
    """A model that starts from a pretrained backbone; nothing in it is frozen.

    - `backbone`: a name of `BACKBONES`, or any of timm's or torchvision's.
    - `weights`: "imagenet" for the library's default weights (from its cache or the network), another of the library's
      names for weights, "landmark" for those of the model that ships, a local .safetensors or .pth file, a bundle's
      folder, or None for random ones.
    - `seed_compatible` computes what the course project's VGG16 computes with the same weights: it has one more ReLU,
      before the log-softmax, which silences a landmark whose score falls below zero.
    - `backbone_arguments` go to timm (`drop_path_rate=0.1`).

    With "vgg16" the head is the course project's: Linear 25088-1000, ReLU, Linear 1000-n, log-softmax; with any other
    backbone one linear layer and log-softmax. Raises `WeightsError` when the weights are not to be had, and says where
    it looked.

    >>> model = get_model_transfer(n_classes=3, backbone="mobilenetv2_100", weights=None)
    >>> model.eval()(torch.zeros(1, 3, 64, 64)).exp().sum().item()
    1.0
    """
    module, embedding_size, library = build_features(backbone, **backbone_arguments)
    row = BACKBONES.get(backbone)
    mean, std = (row.mean, row.std) if row else (IMAGENET_MEAN, IMAGENET_STD)
    if weights is not None:
        mean, std = load_features(module, backbone, library, weights, default=(mean, std))
    layers: list[nn.Module] = [nn.Linear(embedding_size, n_classes)]
    if backbone.startswith("vgg"):
        layers = [nn.Linear(embedding_size, 1000), nn.ReLU(), nn.Linear(1000, n_classes)]
    if seed_compatible:
        layers.append(nn.ReLU())
    head = nn.Sequential(*layers, nn.LogSoftmax(1))
    return TransferModel(backbone, module, head, InputConversion(mean, std), dropout)
