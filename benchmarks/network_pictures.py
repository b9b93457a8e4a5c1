"""Networks and pipelines as pictures: layers as boxes of their true proportions, steps as a row with arrows.

`outline_network` reads the layers off a network, the other functions draw.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from landmark.pages.figures.figure import FAINT, INK, graph_objects, make_subplots, style
from landmark.photo.thumbnails import picture_uri
from landmark.training.networks.network import LandmarkNetwork
from landmark.training.networks.scratch import NeuralNetworkScratch

_KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.MaxPool2d: "max pool",
    nn.Linear: "fully connected",
}
_COLOURS = {"convolution": "#7fb3d8", "max pool": "#e07a5f", "fully connected": "#81b29a"}
_GAP = 0.35  # between layers, in units of the narrowest


@dataclass(frozen=True)
class Layer:
    """One layer of a network: what it does and what comes out of it for one photo."""

    name: str  # as in the state dict
    kind: str  # "convolution", "max pool", "fully connected"
    output_shape: tuple[int, ...]  # (channels, height, width) or (units,)
    n_parameters: int

    @property
    def label(self) -> str:
        """Return the text under the box."""
        return f"{self.kind} {' x '.join(map(str, reversed(self.output_shape)))}"


def outline_network(model: LandmarkNetwork, *, image_px: int | None = None) -> list[Layer]:
    """Return the convolutions, pools and fully connected layers of a network, with the shapes that a photo gives them.

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


def network_figure(layers: Sequence[Layer], *, title: str | None = None) -> Any:
    """Draw the layers from left to right: as high as the maps are wide in pixels, as wide as they have channels."""
    figure = graph_objects().Figure()
    x = 0.0
    shown: set[str] = set()
    for layer in layers:
        width, height = _box(layer)
        figure.add_trace(
            graph_objects().Scatter(
                x=[x, x + width, x + width, x, x], y=[-height / 2, -height / 2, height / 2, height / 2, -height / 2],
                fill="toself", mode="lines", line={"color": INK, "width": 1}, fillcolor=_COLOURS.get(layer.kind, FAINT),
                name=layer.kind, legendgroup=layer.kind, showlegend=layer.kind not in shown,
                text=f"{layer.name}<br>{layer.label}<br>{layer.n_parameters:,} weights",
                hoverinfo="text", hoveron="fills",
            )
        )  # fmt: skip
        figure.add_annotation(x=x + width / 2, y=-height / 2, text=_under(layer), textangle=-90, yanchor="top",
                              showarrow=False, font={"size": 11})  # fmt: skip
        shown.add(layer.kind)
        x += width + _GAP
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, range=[-9, 6])
    millions = sum(layer.n_parameters for layer in layers) / 1e6
    heading = f"{title}: {millions:.1f} million weights" if title else f"{millions:.1f} million weights"
    return style(figure, title=heading, height_px=460, width_px=1100, legend={"orientation": "h", "y": 1.06})


def steps_figure(steps: Sequence[tuple[str, str]], *, title: str | None = None) -> Any:
    """Draw steps, each a name and a line of explanation, in a row with arrows between them."""
    figure = graph_objects().Figure()
    for number, (name, explanation) in enumerate(steps):
        x = 3.0 * number
        figure.add_shape(type="rect", x0=x, x1=x + 2.3, y0=0, y1=1, line={"color": INK}, fillcolor="#eef1f4")
        figure.add_annotation(x=x + 1.15, y=0.66, text=f"<b>{name}</b>", showarrow=False, font={"size": 15})
        figure.add_annotation(x=x + 1.15, y=0.32, text=explanation, showarrow=False, font={"size": 11})
        if number:
            figure.add_annotation(x=x, y=0.5, ax=x - 0.7, ay=0.5, xref="x", yref="y", axref="x", ayref="y",
                                  showarrow=True, arrowhead=2, arrowwidth=1.5, text="")  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.1, 3.0 * len(steps) - 0.6])
    figure.update_yaxes(visible=False, range=[-0.1, 1.1])
    return style(figure, title=title, height_px=220, width_px=220 * len(steps))


def pictures_figure(pictures: Sequence[tuple[str, NDArray[np.uint8]]], *, title: str | None = None) -> Any:
    """Draw pictures (H, W, 3) in a row, each with what was done to it."""
    figure = make_subplots(rows=1, cols=len(pictures), subplot_titles=[name for name, _ in pictures])
    for column, (_, pixels) in enumerate(pictures, start=1):
        figure.add_trace(graph_objects().Image(source=picture_uri(pixels), hoverinfo="skip"), row=1, col=column)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return style(figure, title=title, height_px=330, width_px=250 * len(pictures))


def _box(layer: Layer) -> tuple[float, float]:
    """Return the width and height of a box; logarithms, or the first map would hide the last."""
    if len(layer.output_shape) == 3:
        channels, height_px, _ = layer.output_shape
        return 0.18 * math.log2(channels), 1.35 * math.log2(height_px)
    return 0.4, 0.8 * math.log2(max(2, layer.output_shape[0]))


def _under(layer: Layer) -> str:
    return " x ".join(map(str, (*layer.output_shape[1:], layer.output_shape[0])))
