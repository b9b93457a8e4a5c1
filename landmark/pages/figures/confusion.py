"""Which landmark is taken for which: a matrix of photos."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.pages.figures.figure import graph_objects, style


def confusion_figure(matrix: NDArray[np.int64], landmarks: Sequence[str], *, title: str | None = None) -> Any:
    """Draw the photos by true (rows) and answered (columns) landmark, (C, C), coloured by their share of the row."""
    names = [escape(landmark) for landmark in landmarks]
    totals = np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    heat = graph_objects().Heatmap(
        z=matrix / totals,
        x=names,
        y=names,
        text=[[str(count) if count else "" for count in row] for row in matrix],
        texttemplate="%{text}",
        customdata=matrix,
        hovertemplate="%{y}<br>taken for %{x}: %{customdata}<extra></extra>",
        colorscale=[[0, "#ffffff"], [1, "#3465a4"]],
        zmin=0,
        zmax=1,
        showscale=False,
    )
    figure = graph_objects().Figure(heat)
    figure.update_xaxes(type="category", title="answered", tickangle=-45, constrain="domain")
    figure.update_yaxes(type="category", title="shown", autorange="reversed", scaleanchor="x", constrain="domain")
    size_px = max(500, 22 * len(landmarks) + 260)
    return style(figure, title=title, height_px=size_px, width_px=size_px + 60)
