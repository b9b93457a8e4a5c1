"""What a pretrained network knew, kept while it learns landmarks: its own answers to the very same photos.

Whoever learns 29 landmarks from 4,000 photos forgets most of what a million photos taught, though that is how it
recognises a photo of something else. So the classifier that the weights came with is asked throughout, and its answers
are to stay what they were (Z. Li and D. Hoiem, Learning without forgetting, ECCV 2016).
"""

import copy

import torch
from torch import nn

from landmark.training.networks import LandmarkNetwork


class LearningWithoutForgetting:
    """A loss that grows as the features lose what the pretrained network's classifier reads from them.

    Of photos (B, 3, H, W) and the pooled features (B, D) that the network has of them now: `weight` times the mean
    Kullback-Leibler divergence, in nats, of the classifier's answers from those that it gave before training. The
    network is copied as it is when this is made.

    Example: `LearningWithoutForgetting(model, load_classifier("mobilenetv2_100", "timm", "v2.safetensors", 1280), 1)`.
    """

    def __init__(self, model: LandmarkNetwork, classifier: nn.Linear, weight: float) -> None:
        self.before = copy.deepcopy(model).eval().requires_grad_(False)
        self.classifier = classifier.eval().requires_grad_(False).to(next(model.parameters()).device)
        self.weight = weight

    def __call__(self, photos: torch.Tensor, pooled: torch.Tensor) -> torch.Tensor:
        """Return a number to be added to the loss."""
        with torch.no_grad():
            answers = self.classifier(self.before.embed_and_pool(photos)[1]).float().log_softmax(dim=1)
        now = self.classifier(pooled).float().log_softmax(dim=1)
        return self.weight * nn.functional.kl_div(now, answers, reduction="batchmean", log_target=True)

    def __repr__(self) -> str:
        return f"LearningWithoutForgetting({self.classifier!r}, weight={self.weight})"
