"""Places on a map of the world: the coasts are an ordinary trace, since plotly's own maps load theirs."""

from collections.abc import Sequence
from html import escape
from typing import Any

from landmark.geo.coordinates import Coordinates
from landmark.pages.coastline import coastline
from landmark.pages.figures.figure import FAINT, graph_objects, style

PLACE_COLOUR = "#c0392b"


def world_traces(places: Sequence[tuple[str, Coordinates]]) -> list[Any]:
    """Return the outline of the land, and a dot for each named place."""
    scatter = graph_objects().Scatter
    longitudes, latitudes = coastline()
    return [
        scatter(x=longitudes, y=latitudes, mode="lines", fill="toself", fillcolor="#eef1f4",
                line={"color": FAINT, "width": 1}, hoverinfo="skip", showlegend=False),
        scatter(x=[at.longitude for _, at in places], y=[at.latitude for _, at in places],
                text=[escape(name) for name, _ in places], mode="markers", showlegend=False,
                marker={"color": PLACE_COLOUR, "size": 9, "line": {"color": "white", "width": 1}},
                hovertemplate="%{text}<br>%{y:.4f}, %{x:.4f}<extra></extra>"),
    ]  # fmt: skip


def world_axes() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the axes of a map: no ticks, a degree as wide as high (plate carrée)."""
    plain: dict[str, Any] = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return plain | {"range": [-180, 180]}, plain | {"range": [-60, 85], "scaleanchor": "x", "scaleratio": 1}


def places_on_world(places: Sequence[tuple[str, Coordinates]], *, title: str | None = None) -> Any:
    """Return a map of the world with named places on it."""
    figure = graph_objects().Figure(world_traces(places))
    longitude_axis, latitude_axis = world_axes()
    figure.update_xaxes(**longitude_axis)
    figure.update_yaxes(**latitude_axis)
    return style(figure, title=title, height_px=480, width_px=1000)
