"""What a network consists of, read off the network itself: the layers in the order in which a photo passes them."""

from typing import Any

import torch
from torch import nn

from landmark.pages.figures.networks import Layer
from landmark.training.networks.network import LandmarkNetwork
from landmark.training.networks.scratch import NeuralNetworkScratch

_KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.MaxPool2d: "max pool",
    nn.Linear: "fully connected",
}


def outline_network(model: LandmarkNetwork, *, image_px: int | None = None) -> list[Layer]:
    """The convolutions, pools and fully connected layers of a network, with the shapes that a photo gives them.

    `image_px` is the photo's side: by default 224, or what the network takes.

    >>> layers = outline_network(NeuralNetworkScratch(5, image_px=32))
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
    side_px = image_px or (model.image_px if isinstance(model, NeuralNetworkScratch) else 224)
    device = next(model.parameters()).device
    try:
        with torch.inference_mode():
            model(torch.zeros(1, 3, side_px, side_px, device=device))
    finally:
        for handle in handles:
            handle.remove()
        model.train(was_training)
    return layers
