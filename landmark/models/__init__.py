"""The networks: one trained from scratch, one that transfers from a pretrained backbone.

Every model takes the loaders' batches, (B, 3, H, W) float32 normalised with ImageNet's mean and deviation, and gives
log-probabilities (B, n_classes). It has `.features` (photos -> maps or embeddings) and `.classifier`
(embeddings -> log-probabilities).
"""

from landmark.models.backbones import BACKBONES, Backbone
from landmark.models.heads import HEADS
from landmark.models.network import LandmarkNetwork
from landmark.models.scratch import SCRATCH, NeuralNetworkScratch, get_model_scratch
from landmark.models.transfer import TransferModel, get_model_transfer

__all__ = [
    "BACKBONES",
    "HEADS",
    "SCRATCH",
    "Backbone",
    "LandmarkNetwork",
    "NeuralNetworkScratch",
    "TransferModel",
    "get_model_scratch",
    "get_model_transfer",
]
