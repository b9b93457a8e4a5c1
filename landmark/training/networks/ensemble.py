"""An ensemble of backbones, named with a plus: "mobilenet_edgetpu_100+mobilenetv2_100".

Backbones that were trained apart notice different things, so that together they tell better what they do not know. Each
is trained as a network of its own; how much its answers then count is fitted afterwards (`pipeline.ensemble`).
"""

from collections.abc import Sequence

import torch
from torch import nn


class Ensemble(nn.Module):
    """Features of several backbones, one behind the other: (B, 3, H, W) -> (B, sum of their sizes).

    `scales` (N,) are factors that bring their features to the same length, so that in distances each counts the same.

    >>> both = Ensemble([nn.Flatten(), nn.Flatten()])
    >>> both(torch.ones(2, 3, 1, 1)).shape
    torch.Size([2, 6])
    """

    scales: torch.Tensor

    def __init__(self, parts: Sequence[nn.Module], scales: Sequence[float] | None = None) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.register_buffer("scales", torch.tensor(scales or [1.0] * len(parts)))

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """Compute the features: (B, 3, H, W) -> (B, D)."""
        return torch.cat([scale * part(photos) for scale, part in zip(self.scales, self.parts, strict=True)], dim=1)


def member_state(state: dict[str, torch.Tensor], position: int) -> dict[str, torch.Tensor]:
    """Return what a state dict of an ensemble holds of one backbone, named as that backbone alone names it.

    >>> member_state({"features.parts.1.conv.weight": torch.ones(1), "features.scales": torch.ones(2)}, 1)
    {'conv.weight': tensor([1.])}
    """
    prefix = f"features.parts.{position}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
