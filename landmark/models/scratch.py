"""The network that is trained from scratch: a simplified VGG16."""

from typing import cast

import torch
from torch import nn


class NeuralNetworkScratch(nn.Module):
    """Three blocks of two 3x3 convolutions (16, 32, 64 channels) and a max pool, then 1000 units and `n_classes`.

    Takes (B, 3, image_px, image_px), gives log-probabilities (B, n_classes). With 224 px and 50 classes it has about
    50 million parameters, nearly all in `fc_1`.

    >>> model = NeuralNetworkScratch(n_classes=5, image_px=32)
    >>> model(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_classes: int = 50, *, image_px: int = 224) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.conv_1_1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv_1_2 = nn.Conv2d(16, 16, 3, padding=1)
        self.conv_2_1 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv_2_2 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv_3_1 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv_3_2 = nn.Conv2d(64, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.2)
        self.fc_1 = nn.Linear(64 * (image_px // 8) ** 2, 1000)
        self.fc_2 = nn.Linear(1000, n_classes)
        for layer in self.children():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                # He et al. 2015: keeps the signal's size through ReLUs; PyTorch's own default lets it fade.
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.constant_(cast(torch.Tensor, layer.bias), 0.0)
        nn.init.normal_(self.fc_2.weight, std=0.01)  # starts undecided: a loss of log(n_classes)

    def features(self, photos: torch.Tensor) -> torch.Tensor:
        """The last convolution's maps: (B, 3, H, W) -> (B, 64, H/8, W/8)."""
        x = photos
        for first, second in (
            (self.conv_1_1, self.conv_1_2),
            (self.conv_2_1, self.conv_2_2),
            (self.conv_3_1, self.conv_3_2),
        ):
            x = self.pool(second(first(x).relu()).relu())  # each block halves H and W
        return x

    def logits(self, maps: torch.Tensor) -> torch.Tensor:
        """Unnormalised scores: (B, 64, H/8, W/8) -> (B, n_classes)."""
        hidden = self.fc_1(self.dropout(maps.flatten(1))).relu()  # (B, 50176) -> (B, 1000) at 224 px
        return cast(torch.Tensor, self.fc_2(hidden))

    def classifier(self, maps: torch.Tensor) -> torch.Tensor:
        """Log-probabilities: (B, 64, H/8, W/8) -> (B, n_classes)."""
        return self.logits(maps).log_softmax(dim=1)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """Log-probabilities: (B, 3, H, W) -> (B, n_classes)."""
        return self.classifier(self.features(photos))


def get_model_scratch(n_classes: int = 50, *, image_px: int = 224) -> NeuralNetworkScratch:
    """A fresh `NeuralNetworkScratch` for `n_classes` landmarks and square photos of `image_px`."""
    return NeuralNetworkScratch(n_classes, image_px=image_px)
