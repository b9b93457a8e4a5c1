"""Figures of what is in a data folder: photos per landmark, file sizes, widths and heights, samples.

Each function takes an `Inspection` and returns a plotly figure; plotly is imported when one is called (extra: plot).
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from landmark.dataset.inspection import Inspection, sample_photos
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.pages.figures.figure import TEST_COLOUR, TRAIN_COLOUR, VALID_COLOUR, graph_objects, style
from landmark.photo.thumbnails import thumbnail_uris

Figure = Any  # plotly.graph_objects.Figure: plotly carries no types

_COLOURS = {"train": TRAIN_COLOUR, "valid": VALID_COLOUR, "test": TEST_COLOUR, "all": VALID_COLOUR}
_POINTS_AS_SVG = 5000  # more of them are drawn by WebGL, which is quick and which not every browser has
_BAR_PX = 22  # of the figure's height for each landmark
_TILE_PX = 160
_LABEL_PX = 34  # above a tile


def landmarks_figure(inspection: Inspection) -> Figure:
    """Draw how many photos each landmark has: bars of the splits end to end, the landmark with most photos first."""
    go = graph_objects()
    counts = inspection.photos_per_landmark()
    names = [_shown(landmark) for landmark in counts]
    bars = [
        go.Bar(
            name=split,
            y=names,
            x=[of_landmark[split] for of_landmark in counts.values()],
            orientation="h",
            marker_color=_COLOURS[split],
            hovertemplate=f"%{{y}}<br>%{{x:,}} photos in {split}<extra></extra>",
        )
        for split in inspection.splits
    ]
    figure = _drawn(go.Figure(bars), "Photos per landmark", "photos", "", barmode="stack", bargap=0.3)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, dtick=1)
    return figure.update_layout(height=150 + _BAR_PX * len(names), hovermode="closest")


def file_sizes_figure(inspection: Inspection) -> Figure:
    """Draw how large the files are: a histogram in kB (1,000 bytes), the splits on top of each other."""
    go = graph_objects()
    bars = [
        go.Histogram(
            name=split,
            x=[photo.n_bytes / 1000 for photo in photos],
            marker_color=_COLOURS[split],
            bingroup="kB",  # the same bins for all splits
            hovertemplate=f"%{{x}} kB<br>%{{y:,}} photos in {split}<extra></extra>",
        )
        for split, photos in _by_split(inspection)
    ]
    return _drawn(go.Figure(bars), "File sizes", "size of the file, kB", "photos", barmode="stack", bargap=0.05)


def dimensions_figure(inspection: Inspection) -> Figure:
    """Draw how wide and how high the photos are, upright: a point for each; on the line they are square."""
    go = graph_objects()
    points = go.Scattergl if len(inspection.photos) > _POINTS_AS_SVG else go.Scatter
    clouds = [
        points(
            name=split,
            x=[photo.width_px for photo in photos],
            y=[photo.height_px for photo in photos],
            text=[f"{_shown(photo.landmark)}<br>{_shown(photo.path.name)}" for photo in photos],
            mode="markers",
            marker={"color": _COLOURS[split], "size": 6, "opacity": 0.45},
            hovertemplate="%{text}<br>%{x:,} x %{y:,} px<extra>" + split + "</extra>",
        )
        for split, photos in _by_split(inspection)
    ]
    figure = _drawn(go.Figure(clouds), "Widths and heights", "width, px", "height, px", hovermode="closest")
    longest = max(max(photo.width_px, photo.height_px) for photo in inspection.photos)
    line = {"color": "#b8bec4", "width": 1, "dash": "dot"}
    figure.add_shape(type="line", x0=0, y0=0, x1=longest, y1=longest, line=line, layer="below")
    return figure.update_layout(height=520)


def samples_figure(
    inspection: Inspection, *, per_landmark: int = 2, columns: int = 6, max_tiles: int = 60, seed: int = 0
) -> Figure:
    """Draw some photos of each landmark as square tiles with its name above; the same ones for the same seed.

    Where there are very many landmarks, each has fewer tiles, and those beyond `max_tiles` have none.
    """
    go = graph_objects()
    per_landmark = max(1, min(per_landmark, max_tiles // len(inspection.landmarks)))
    samples = sample_photos(inspection, per_landmark=per_landmark, seed=seed)
    tiles = [(landmark, path) for landmark, paths in samples.items() for path in paths][:max_tiles]
    figure = go.Figure()
    for index, uri in enumerate(thumbnail_uris((path for _, path in tiles), side_px=_TILE_PX)):
        row, column = divmod(index, columns)
        _add_tile(figure, *tiles[index], uri, left=column * (_TILE_PX + 12), top=row * (_TILE_PX + _LABEL_PX))
    rows = -(-len(tiles) // columns)
    title = f"{len(tiles):,} of {len(inspection.photos):,} photos"
    _drawn(figure, title, "", "", hovermode="closest", height_px=110 + rows * (_TILE_PX + _LABEL_PX))
    figure.update_xaxes(visible=False, range=[-4, columns * (_TILE_PX + 12)])
    return figure.update_yaxes(visible=False, range=[rows * (_TILE_PX + _LABEL_PX), -_LABEL_PX], scaleanchor="x")


def _add_tile(figure: Figure, landmark: str, path: Path, uri: str | None, *, left: int, top: int) -> None:
    go = graph_objects()
    if uri is not None:
        hover = f"{_shown(landmark)}<br>{_shown(path.name)}<extra></extra>"
        figure.add_trace(go.Image(source=uri, x0=left, y0=top, hovertemplate=hover))
    label = _shown(landmark if len(landmark) <= 22 else landmark[:21] + "…")
    figure.add_annotation(
        x=left, y=top, text=label if uri else f"{label}: cannot be read", font_size=12, showarrow=False,
        xanchor="left", yanchor="bottom",
    )  # fmt: skip


def _drawn(figure: Figure, title: str, x_title: str, y_title: str, *, height_px: int = 450, **layout: Any) -> Figure:
    """Give a figure its titles, the look of all figures, and a legend at the top right."""
    legend = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom", "traceorder": "normal"}
    style(figure, title={"text": title, "x": 0.01, "xanchor": "left"}, legend=legend, height_px=height_px, **layout)
    return figure.update_layout(xaxis_title=x_title, yaxis_title=y_title)


def _by_split(inspection: Inspection) -> Iterator[tuple[str, list[PhotoHeader]]]:
    for split in inspection.splits:
        yield split, [photo for photo in inspection.photos if photo.split == split]


def _shown(name: str) -> str:
    """Return a name so that plotly shows it literally: a label may hold markup, links too."""
    return escape(name, quote=False)
