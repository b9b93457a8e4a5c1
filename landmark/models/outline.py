"""What a network consists of, read off the network itself: the layers in the order in which a photo passes them."""

from typing import Any

import torch
from torch import nn

from landmark.models.network import LandmarkNetwork
from landmark.plots.networks import Layer

_KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.MaxPool2d: "max pool",
    nn.Linear: "fully connected",
    nn.LogSoftmax: "log-softmax",
}


def outline_network(model: LandmarkNetwork, *, image_px: int = 224) -> list[Layer]:
    """The convolutions, pools and fully connected layers of a network, with the shapes that a photo gives them.

    >>> from landmark.models.scratch import NeuralNetworkScratch
    >>> layers = outline_network(NeuralNetworkScratch(5, image_px=32), image_px=32)
    >>> layers[0].name, layers[0].output_shape, layers[-1].output_shape
    ('conv_1_1', (16, 32, 32), (5,))
    """
    layers: list[Layer] = []
    names = {module: name for name, module in model.named_modules()}

    def note(module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        kind = next(kind for base, kind in _KINDS.items() if isinstance(module, base))
        n_parameters = sum(weight.numel() for weight in module.parameters())
        layers.append(Layer(names[module], kind, tuple(output.shape[1:]), n_parameters))

    handles = [module.register_forward_hook(note) for module in model.modules() if isinstance(module, tuple(_KINDS))]
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        model(torch.zeros(1, 3, image_px, image_px))
    for handle in handles:
        handle.remove()
    model.train(was_training)
    return layers
