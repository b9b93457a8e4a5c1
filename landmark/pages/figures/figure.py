"""What all figures share: plotly, the colours, showing where there is somewhere to show, and writing to files.

Figures are plotly's and are returned; nothing here loads anything from a network.
"""

import os
import sys
import warnings
import webbrowser
from pathlib import Path
from typing import Any

from landmark.core.errors import LandmarkError, require
from landmark.core.files import atomic_write

# plotly.js has a button that sends a figure, with the names of its photos, to its maker's server.
FIGURE_CONFIG = {"displaylogo": False, "responsive": True, "showSendToCloud": False}
TRAIN_COLOUR, VALID_COLOUR, TEST_COLOUR, INK, FAINT = "#2e8b57", "#3465a4", "#dd9a3c", "#222222", "#d7dbe0"
HEIGHT_PX = 500


def graph_objects() -> Any:
    """Return plotly's `graph_objects`. Raises `MissingPackageError`, which names the extra to install."""
    return require("plotly.graph_objects", "plot")


def make_subplots(**arguments: Any) -> Any:
    """Return a figure of several panels, as plotly's function of this name makes it."""
    return require("plotly.subplots", "plot").make_subplots(**arguments)


def style(figure: Any, *, height_px: int = HEIGHT_PX, width_px: int | None = None, **layout: Any) -> Any:
    """Give a figure the look of all figures, and further settings of plotly's layout; return it."""
    figure.update_layout(
        template="plotly_white",
        height=height_px,
        width=width_px,
        font={"family": "system-ui, Helvetica, Arial, sans-serif", "size": 14, "color": INK},
        margin={"l": 60, "r": 30, "t": 60, "b": 55},
        **layout,
    )
    return figure


def figure_markup(figure: Any, number: int) -> str:
    """Return the HTML of a page's figure number 1, 2, ...; plotly.js stands before the first one."""
    markup: str = figure.to_html(
        full_html=False,
        include_plotlyjs=number == 1,
        div_id=f"figure-{number}",  # and not a random one: the same data make the same file
        default_height="28rem",  # of a figure that has none of its own
        config=FIGURE_CONFIG,
    )
    return markup


def show_figure(figure: Any) -> None:
    """Show a figure in the notebook or the browser; where there is neither (a server, a test), do nothing."""
    if _in_notebook():
        figure.show(config=FIGURE_CONFIG)
        _show_once(figure)
    elif _has_display():
        try:
            figure.show(renderer="browser", config=FIGURE_CONFIG)
        except webbrowser.Error as error:  # a training must not fail because there is no browser
            warnings.warn(f"The figure is not shown: there is no browser ({error}).", stacklevel=3)


def write_html(figure: Any, path: str | Path) -> None:
    """Write a figure as a page of its own: plotly.js is inside, nothing is fetched."""
    with atomic_write(path) as file:
        file.write(figure.to_html(include_plotlyjs=True, config=FIGURE_CONFIG).encode())


def write_png(figure: Any, path: str | Path, *, scale: float = 1.0) -> None:
    """Write a figure as a PNG; needs a Chrome or Chromium on this machine. Raises `LandmarkError` where there is none.

    `scale` multiplies the number of pixels.
    """
    require("kaleido", "plot")
    try:
        png = figure.to_image(format="png", scale=scale)
    except Exception as error:  # kaleido and the browser throw many kinds
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise LandmarkError(
            f"{path}: the picture could not be drawn ({reason}). Expected Chrome or Chromium on this machine "
            "(Debian and Ubuntu: apt install chromium); write_html needs neither."
        ) from error
    with atomic_write(path) as file:
        file.write(png)


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    return running is not None and "IPKernelApp" in running.config


def _show_once(figure: Any) -> None:
    """Keep a cell that ends in a function which shows its figure, and returns it, from showing it as its value too."""
    shell = sys.modules["IPython"].get_ipython()
    cell, display = shell.execution_count, figure._ipython_display_

    def display_in_other_cells() -> None:
        if shell.execution_count != cell:
            display()

    figure._ipython_display_ = display_in_other_cells


def _has_display() -> bool:
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
