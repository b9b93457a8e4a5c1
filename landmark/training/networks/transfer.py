"""The network that transfers: a pretrained backbone and a new head.

The module's keys are the course project's, `features.*`, `classifier.0.*`, `classifier.2.*`: checkpoints load by key.
The heads are described in `heads`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from landmark.training.networks.backbones import Features, arrange_maps, build_features, normalisation_of, stop_pooling
from landmark.training.networks.heads import (
    AUTO,
    COSINE,
    MARGIN,
    SCALE,
    SUB_CENTRES,
    CosineClassifier,
    choose_head,
    make_head,
)
from landmark.training.networks.network import InputConversion, LandmarkNetwork
from landmark.training.networks.weights import load_features


class TransferModel(LandmarkNetwork):
    """A backbone (`features`) and a head (`classifier`) that ends in a log-softmax.

    Takes (B, 3, H, W) as the loaders give it, gives log-probabilities (B, n_classes). Make one with
    `get_model_transfer`.
    """

    def __init__(
        self,
        backbone: str,
        features: Features,
        head: str,
        classifier: nn.Sequential,
        n_classes: int,
        conversion: InputConversion,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.n_classes = n_classes
        self.pooled_size = features.channels
        self.conversion = conversion
        self.features = features.module
        # Whole maps are dropped: once they are pooled, that is dropout of the vector.
        self.dropout = nn.Dropout2d(dropout) if head == COSINE else nn.Dropout(dropout)
        self.classifier = classifier

    def embed_and_pool(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the head takes, and the pooled features: (B, 3, H, W) -> (B, …), (B, pooled_size).

        The embedding is a vector (B, embedding_size), for the head "cosine" the maps (B, pooled_size, h, w).
        """
        found = self.features(self.conversion(photos))
        if self.head == COSINE:
            maps = arrange_maps(self.features, found, self.pooled_size)
            return maps, maps.mean(dim=(2, 3))
        if found.ndim == 2:  # the backbone pools by itself
            return found, found
        maps = nn.functional.adaptive_avg_pool2d(found, 7)  # VGG16: (B, 512, h, w) -> (B, 512, 7, 7)
        return maps.flatten(1), found.mean(dim=(2, 3))

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """Compute unnormalised scores: (B, …) -> (B, n_classes)."""
        return cast(torch.Tensor, self.classifier[:-1](self.dropout(embedding)))

    def training_scores(self, embedding: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Compute log-probabilities to train with: (B, …) -> (B, n_classes).

        In training mode the head "cosine" puts its margin on the targets, indices (B,) or probabilities
        (B, n_classes). That makes them look worse than they are: accuracy in training is then the lower bound.
        """
        *pooling, classifier, _ = self.classifier
        if not (self.training and isinstance(classifier, CosineClassifier)):
            return super().training_scores(embedding, targets)
        vectors = nn.Sequential(*pooling)(self.dropout(embedding))
        return classifier.with_margin(vectors, targets).log_softmax(dim=1)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Return the weights of the classifier."""
        return self.classifier.parameters()


def get_model_transfer(
    n_classes: int = 50,
    *,
    backbone: str = "vgg16",
    weights: str | Path | None = "imagenet",
    head: str = AUTO,
    margin: float = MARGIN,
    sub_centres: int = SUB_CENTRES,
    scale: float = SCALE,
    dropout: float = 0.0,
    seed_compatible: bool = False,
    **backbone_arguments: Any,
) -> TransferModel:
    """Make a model that starts from a pretrained backbone; nothing in it is frozen.

    - `backbone`: a name of `BACKBONES`, or any of timm's or torchvision's; several of timm's with a plus: an ensemble.
    - `weights`: "imagenet" for the library's default weights (from its cache or the network), another of the library's
      names for weights, "landmark" for those of the model that ships, a local .safetensors or .pth file, a bundle's
      folder, or None for random ones. Of an ensemble, one for all, or one for each with a plus between them.
    - `head`: "linear", one layer; "two-layer", the course project's Linear d-1000, ReLU, Linear 1000-n; "cosine",
      generalised-mean pooling and the angle to the nearest of `sub_centres` centres of each landmark, as a cosine times
      `scale`, trained with a `margin` in radians. "auto" is "two-layer" for VGG and "linear" for any other backbone.
    - `seed_compatible` computes what the course project's VGG16 computes with the same weights: it has one more ReLU,
      before the log-softmax, which silences a landmark whose score falls below zero.
    - `backbone_arguments` go to timm (`drop_path_rate=0.1`).

    Raises `WeightsError` when the weights are not available, and says where it looked; `ConfigurationError` for a
    backbone or a head that does not exist, and for two that do not go together.

    >>> model = get_model_transfer(n_classes=3, backbone="mobilenetv2_100", weights=None)
    >>> round(model.eval()(torch.zeros(1, 3, 64, 64)).exp().sum().item(), 3)
    1.0
    """
    head = choose_head(head, backbone)
    features = build_features(backbone, **backbone_arguments)
    if weights is None:
        mean, std = normalisation_of(backbone)
    else:
        mean, std = load_features(features.module, backbone, features.library, weights)
    if head == COSINE:
        stop_pooling(backbone, features)
    classifier = make_head(
        head,
        features.channels if head == COSINE else features.embedding_size,
        n_classes,
        margin=margin,
        sub_centres=sub_centres,
        scale=scale,
        seed_compatible=seed_compatible,
    )
    return TransferModel(backbone, features, head, classifier, n_classes, InputConversion(mean, std), dropout)
