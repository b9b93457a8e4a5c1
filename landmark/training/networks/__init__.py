"""The networks: one trained from scratch, one that transfers from a pretrained backbone.

Every model takes the loaders' batches, (B, 3, H, W) float32 normalised with ImageNet's mean and deviation, and gives
log-probabilities (B, n_classes). It has `.features` (photos -> maps or embeddings) and `.classifier`
(embeddings -> log-probabilities).
"""

from landmark.training.networks.backbones import BACKBONES, Backbone
from landmark.training.networks.heads import HEADS
from landmark.training.networks.network import LandmarkNetwork
from landmark.training.networks.scratch import SCRATCH, NeuralNetworkScratch, get_model_scratch
from landmark.training.networks.transfer import TransferModel, get_model_transfer

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
