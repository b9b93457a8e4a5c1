"""Places on a map of the world: an outline of the land as an ordinary trace, since plotly's own maps load theirs.

The outline is Natural Earth's land at 1:110 million, which is in the public domain (naturalearthdata.com).
"""

import csv
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from landmark.core.resources import DATA_DIR
from landmark.geo.coordinates import Coordinates
from landmark.pages.figures.figure import FAINT, graph_objects, style

PLACE_COLOUR = "#c0392b"
_OUTLINE = DATA_DIR / "coastline.csv"


@cache
def world_outline() -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Longitudes and latitudes of the coasts in degrees, with None between one coast and the next.

    >>> longitudes, latitudes = world_outline()
    >>> len(longitudes) == len(latitudes), min(filter(None, longitudes)), max(filter(None, longitudes))
    (True, -180.0, 180.0)
    """
    with _OUTLINE.open(encoding="utf-8", newline="") as file:
        rows = [tuple(float(cell) if cell else None for cell in row) for row in list(csv.reader(file))[1:]]
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


def world_traces(places: Sequence[tuple[str, Coordinates]]) -> list[Any]:
    """The outline of the land, and a dot for each named place."""
    scatter = graph_objects().Scatter
    longitudes, latitudes = world_outline()
    return [
        scatter(x=longitudes, y=latitudes, mode="lines", fill="toself", fillcolor="#eef1f4",
                line={"color": FAINT, "width": 1}, hoverinfo="skip", showlegend=False),
        scatter(x=[at.longitude for _, at in places], y=[at.latitude for _, at in places],
                text=[escape(name) for name, _ in places], mode="markers", showlegend=False,
                marker={"color": PLACE_COLOUR, "size": 9, "line": {"color": "white", "width": 1}},
                hovertemplate="%{text}<br>%{y:.4f}, %{x:.4f}<extra></extra>"),
    ]  # fmt: skip


def world_axes() -> tuple[dict[str, Any], dict[str, Any]]:
    """Axes for a map: no ticks, a degree as wide as high (plate carrée)."""
    plain: dict[str, Any] = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return plain | {"range": [-180, 180]}, plain | {"range": [-60, 85], "scaleanchor": "x", "scaleratio": 1}


def places_on_world(places: Sequence[tuple[str, Coordinates]], *, title: str | None = None) -> Any:
    """A map of the world with named places on it."""
    figure = graph_objects().Figure(world_traces(places))
    longitude_axis, latitude_axis = world_axes()
    figure.update_xaxes(**longitude_axis)
    figure.update_yaxes(**latitude_axis)
    return style(figure, title=title, height_px=480, width_px=1000)
