"""The network that is trained from scratch: a simplified VGG16."""

from collections.abc import Iterator
from itertools import chain
from typing import cast

import torch
from torch import nn

from landmark.training.networks.heads import TWO_LAYER
from landmark.training.networks.network import InputConversion, LandmarkNetwork

SCRATCH = "scratch"  # its name where backbones have theirs
_CONVOLUTIONS = {"1_1": (3, 16), "1_2": (16, 16), "2_1": (16, 32), "2_2": (32, 32), "3_1": (32, 64), "3_2": (64, 64)}


class NeuralNetworkScratch(LandmarkNetwork):
    """Three blocks of two 3x3 convolutions (16, 32, 64 channels) and a max pool, then 1000 units and `n_classes`.

    Takes (B, 3, image_px, image_px), gives log-probabilities (B, n_classes). With 224 px and 50 classes it has about
    50 million parameters, nearly all in `fc_1`.

    - `batch_norm` puts a batch norm behind each convolution: it trains faster and further.
    - `seed_compatible` computes what the course project's network computes with the same weights: no ReLU between the
      convolutions, and one before the log-softmax.

    >>> model = NeuralNetworkScratch(n_classes=5, image_px=32)
    >>> model(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self, n_classes: int = 50, *, image_px: int = 224, batch_norm: bool = False, seed_compatible: bool = False
    ) -> None:
        super().__init__()
        self.backbone = SCRATCH
        self.head = TWO_LAYER
        self.n_classes = n_classes
        self.image_px = image_px
        self.batch_norm = batch_norm
        self.seed_compatible = seed_compatible
        self.conversion = InputConversion()
        for name, (n_inputs, n_outputs) in _CONVOLUTIONS.items():
            self.add_module(f"conv_{name}", nn.Conv2d(n_inputs, n_outputs, 3, padding=1, bias=not batch_norm))
            if batch_norm:
                self.add_module(f"bn_{name}", nn.BatchNorm2d(n_outputs))
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.2)
        self.pooled_size = 64
        self.fc_1 = nn.Linear(self.pooled_size * (image_px // 8) ** 2, 1000)
        self.fc_2 = nn.Linear(1000, n_classes)
        self._initialise()

    def _initialise(self) -> None:
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                # He et al. 2015: keeps the signal's size through ReLUs; PyTorch's own default lets it fade.
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.constant_(layer.bias, 0.0)
        nn.init.normal_(self.fc_2.weight, std=0.01)  # starts undecided: a loss of log(n_classes)

    def features(self, photos: torch.Tensor) -> torch.Tensor:
        """Compute the last convolution's maps: (B, 3, H, W) -> (B, 64, H/8, W/8)."""
        x = photos
        for name in _CONVOLUTIONS:
            x = self.get_submodule(f"conv_{name}")(x)
            if self.batch_norm:
                x = self.get_submodule(f"bn_{name}")(x)
            if not self.seed_compatible:
                x = x.relu()
            if name.endswith("_2"):
                x = self.pool(x)  # each block halves H and W
        return x

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """Compute unnormalised scores: (B, 64, H/8, W/8) -> (B, n_classes)."""
        hidden = self.fc_1(self.dropout(embedding.flatten(1))).relu()  # (B, 50176) -> (B, 1000) at 224 px
        scores = self.fc_2(hidden)
        return cast(torch.Tensor, scores.relu() if self.seed_compatible else scores)

    def embed_and_pool(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the maps, and their means: (B, 3, H, W) -> (B, 64, H/8, W/8), (B, 64)."""
        maps = self.features(self.conversion(photos))
        return maps, maps.mean(dim=(2, 3))

    def classifier(self, maps: torch.Tensor) -> torch.Tensor:
        """Compute log-probabilities: (B, 64, H/8, W/8) -> (B, n_classes)."""
        return self.logits(maps).log_softmax(dim=1)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Return the weights of the two fully connected layers."""
        return chain(self.fc_1.parameters(), self.fc_2.parameters())


def get_model_scratch(
    n_classes: int = 50, *, image_px: int = 224, batch_norm: bool = False, seed_compatible: bool = False
) -> NeuralNetworkScratch:
    """Make a fresh `NeuralNetworkScratch` for `n_classes` landmarks and square photos of `image_px`.

    A checkpoint of the course project's network gives what it gave there with `seed_compatible=True`.
    """
    return NeuralNetworkScratch(n_classes, image_px=image_px, batch_norm=batch_norm, seed_compatible=seed_compatible)
