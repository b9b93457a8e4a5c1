"""A photo beside the landmarks that it may show: "Is this a picture of…"."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.text import percent_text
from landmark.geo.coordinates import Coordinates
from landmark.pages.figures.figure import HEIGHT_PX, graph_objects, make_subplots, style
from landmark.pages.figures.world import world_axes, world_traces
from landmark.photo.thumbnails import picture_uri

QUESTION = "Is this a picture of…"


def candidates_figure(
    pixels: NDArray[np.uint8],
    landmarks: Sequence[str],
    confidences: Sequence[float] | None = None,
    place: tuple[str, Coordinates] | None = None,
) -> Any:
    """Draw the photo (H, W, 3) beside the names of the candidates, the best first.

    `confidences`, one a landmark from 0 to 1, makes a second column; `place`, a name and where it stands, a map.
    """
    kinds = [{"type": "image"}, {"type": "table"}] + ([{"type": "xy"}] if place else [])
    figure = make_subplots(rows=1, cols=len(kinds), specs=[kinds], horizontal_spacing=0.04)
    figure.add_trace(graph_objects().Image(source=picture_uri(pixels), hoverinfo="skip"), row=1, col=1)
    figure.add_trace(_table(landmarks, confidences), row=1, col=2)
    figure.update_xaxes(showticklabels=False, showgrid=False, row=1, col=1)
    figure.update_yaxes(showticklabels=False, showgrid=False, row=1, col=1)
    if place:
        for trace in world_traces([place]):
            figure.add_trace(trace, row=1, col=3)
        longitude_axis, latitude_axis = world_axes()
        figure.update_xaxes(**longitude_axis, row=1, col=3)
        figure.update_yaxes(**latitude_axis | {"scaleanchor": "x2"}, row=1, col=3)
    return style(figure, width_px=len(kinds) * HEIGHT_PX)


def _table(landmarks: Sequence[str], confidences: Sequence[float] | None) -> Any:
    names = [f"{escape(landmark)}?" for landmark in landmarks]
    percent = []
    if confidences is not None:
        percent = [[percent_text(one).replace(" ", "\N{NO-BREAK SPACE}") for one in confidences]]
    look = {"font": {"size": 20}, "height": 34, "align": ["left", "right"]}
    return graph_objects().Table(
        header={"values": [QUESTION] + ["confidence"] * len(percent), "fill": {"color": "#eef1f4"}, **look},
        cells={"values": [names, *percent], "fill": {"color": "white"}, **look},
        columnwidth=[3, 1] if percent else [1],
    )
