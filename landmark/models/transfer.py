"""The network that transfers: a pretrained backbone and a new head.

The module's keys are the course project's, `features.*`, `classifier.0.*`, `classifier.2.*`: checkpoints load by key.
"""

from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from landmark.models.backbones import BACKBONES, Triple, build_features
from landmark.models.weights import load_features
from landmark.preprocessing import IMAGENET_MEAN, IMAGENET_STD


class InputConversion(nn.Module):
    """From the loaders' normalisation (ImageNet's mean and deviation) to the one a backbone was trained with.

    Keeps every loader fit for every model. Adds nothing to the state dict.
    """

    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, mean: Triple, std: Triple) -> None:
        super().__init__()
        loader_mean, loader_std = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD)
        scale, shift = loader_std / torch.tensor(std), (loader_mean - torch.tensor(mean)) / torch.tensor(std)
        self.mean, self.std = tuple(mean), tuple(std)
        self.needed = self.mean != IMAGENET_MEAN or self.std != IMAGENET_STD
        self.register_buffer("scale", scale.view(3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.view(3, 1, 1), persistent=False)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) -> (B, 3, H, W)."""
        return photos * self.scale + self.shift if self.needed else photos


class TransferModel(nn.Module):
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
        self.n_classes = int([part for part in classifier if isinstance(part, nn.Linear)][-1].out_features)

    def embed_and_pool(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the head takes, and the pooled features: (B, 3, H, W) -> (B, embedding_size), (B, pooled_size)."""
        found = self.features(self.conversion(photos))
        if found.ndim == 2:  # the backbone pools by itself
            return found, found
        maps = nn.functional.adaptive_avg_pool2d(found, 7)  # VGG16: (B, 512, h, w) -> (B, 512, 7, 7)
        return maps.flatten(1), found.mean(dim=(2, 3))

    @property
    def pooled_size(self) -> int:
        """The length of the pooled features."""
        first = next(part for part in self.classifier if isinstance(part, nn.Linear))
        return int(first.in_features) // (49 if self.backbone.startswith("vgg") else 1)

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """Unnormalised scores: (B, embedding_size) -> (B, n_classes)."""
        return cast(torch.Tensor, self.classifier[:-1](self.dropout(embedding)))

    def score(self, photos: torch.Tensor) -> torch.Tensor:
        """Unnormalised scores, whose size tells a photo of nothing known: (B, 3, H, W) -> (B, n_classes)."""
        return self.logits(self.embed_and_pool(photos)[0])

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """Log-probabilities: (B, 3, H, W) -> (B, n_classes)."""
        embedding, _ = self.embed_and_pool(photos)
        return cast(torch.Tensor, self.classifier(self.dropout(embedding)))


def get_model_transfer(
    n_classes: int = 50,
    *,
    backbone: str = "vgg16",
    weights: str | Path | None = "imagenet",
    dropout: float = 0.0,
    **backbone_arguments: Any,
) -> TransferModel:
    """A model that starts from a pretrained backbone; nothing in it is frozen.

    - `backbone`: a name of `BACKBONES`, or any of timm's or torchvision's.
    - `weights`: "imagenet" for the library's default weights (from its cache or the network), another of the library's
      names for weights, "landmark" for those of the model that ships, a local .safetensors or .pth file, a bundle's
      folder, or None for random ones.
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
    if backbone.startswith("vgg"):
        head = nn.Sequential(nn.Linear(embedding_size, 1000), nn.ReLU(), nn.Linear(1000, n_classes), nn.LogSoftmax(1))
    else:
        head = nn.Sequential(nn.Linear(embedding_size, n_classes), nn.LogSoftmax(1))
    return TransferModel(backbone, module, head, InputConversion(mean, std), dropout)
