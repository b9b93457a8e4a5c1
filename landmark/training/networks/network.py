"""What every network of ours can do, so that training, export and reports need not know which one it is.

Takes the loaders' batches, (B, 3, H, W) float32 normalised with ImageNet's mean and deviation, and gives
log-probabilities (B, n_classes).
"""

from collections.abc import Iterator

import torch
from torch import nn

from landmark.photo.preprocessing import IMAGENET_MEAN, IMAGENET_STD

Triple = tuple[float, float, float]


class InputConversion(nn.Module):
    """From the loaders' normalisation (ImageNet's mean and deviation) to the one a backbone was trained with.

    Keeps every loader fit for every model. Adds nothing to the state dict.
    """

    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, mean: Triple = IMAGENET_MEAN, std: Triple = IMAGENET_STD) -> None:
        super().__init__()
        loader_mean, loader_std = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD)
        scale, shift = loader_std / torch.tensor(std), (loader_mean - torch.tensor(mean)) / torch.tensor(std)
        self.mean, self.std = tuple(mean), tuple(std)
        self.needed = self.mean != IMAGENET_MEAN or self.std != IMAGENET_STD
        self.register_buffer("scale", scale.view(3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.view(3, 1, 1), persistent=False)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """Convert photos: (B, 3, H, W) -> (B, 3, H, W)."""
        return photos * self.scale + self.shift if self.needed else photos


class LandmarkNetwork(nn.Module):
    """The parent of the networks: features, a head on them, and log-probabilities at the end."""

    backbone: str  # what makes the features: a backbone's name, or "scratch"
    n_classes: int
    conversion: InputConversion
    head: str  # what stands on the features, by its name in `heads`
    pooled_size: int  # the length of the pooled features

    def embed_and_pool(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the head takes, and the pooled features: (B, 3, H, W) -> (B, …), (B, pooled_size).

        Neither holds anything of the head: of a frozen backbone both can be kept, and the head trained on them alone.
        """
        raise NotImplementedError

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """Compute unnormalised scores of what the head takes: (B, …) -> (B, n_classes)."""
        raise NotImplementedError

    def score(self, photos: torch.Tensor) -> torch.Tensor:
        """Compute unnormalised scores, whose size tells a photo of nothing known: (B, 3, H, W) -> (B, n_classes)."""
        return self.logits(self.embed_and_pool(photos)[0])

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """Compute log-probabilities: (B, 3, H, W) -> (B, n_classes)."""
        return self.score(photos).log_softmax(dim=1)

    def training_scores(self, embedding: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Compute log-probabilities to train with, (B, …) -> (B, n_classes); a head may want the targets.

        Targets are indices (B,), or probabilities (B, n_classes) where photos were mixed. Most heads ignore them.
        """
        return self.logits(embedding).log_softmax(dim=1)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Return the weights of the head, which is new for new landmarks."""
        raise NotImplementedError

    def feature_parameters(self) -> Iterator[nn.Parameter]:
        """Return the weights of everything before the head."""
        heads = {id(weight) for weight in self.head_parameters()}
        return (weight for weight in self.parameters() if id(weight) not in heads)
