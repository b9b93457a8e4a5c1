"""Learning curves: accuracy beside loss, train and valid, the kept checkpoint marked."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from landmark.core.errors import DataError
from landmark.pages.figures.figure import (
    INK,
    TRAIN_COLOUR,
    VALID_COLOUR,
    graph_objects,
    make_subplots,
    show_figure,
    style,
)

METRICS = ("epoch", "train_loss", "train_acc", "valid_loss", "valid_acc", "checkpoint")

Curves = Mapping[str, Sequence[float]]


def plot_metrics_file(file_metrics: str | Path, *, show: bool = True) -> Any:
    """Plot the learning curves of a metrics file, this project's or the course project's; returns the figure.

    It is shown in the notebook or the browser, where there is one, unless `show=False`. Raises `DataError` for a file
    that holds no metrics.

    Example: `plot_metrics_file("model_metrics.json")`.
    """
    figure = learning_curves(read_metrics(file_metrics))
    if show:
        show_figure(figure)
    return figure


def read_metrics(file_metrics: str | Path) -> dict[str, list[float]]:
    """Return the six lists of a metrics file. Raises `DataError` when it is not one."""
    expected = f"Expected the JSON that train writes: an object with the lists {', '.join(METRICS)}, of equal length."
    try:
        found = json.loads(Path(file_metrics).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file_metrics}: cannot be read as metrics ({error}). {expected}") from error
    lists: dict[str, Any] = {name: found.get(name) for name in METRICS} if isinstance(found, dict) else {}
    lengths = {len(values) for values in lists.values() if isinstance(values, list)}
    numbers = all(isinstance(values, list) and all(_is_number(value) for value in values) for values in lists.values())
    if not lists or not numbers or len(lengths) != 1 or lengths == {0}:
        raise DataError(f"{file_metrics}: holds no metrics. {expected}")
    return lists


def learning_curves(metrics: Curves, *, title: str | None = None) -> Any:
    """Draw the six lists; the last epoch marked as checkpoint is the kept one."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=["Accuracy", "Loss"], horizontal_spacing=0.1)
    scatter = graph_objects().Scatter
    kept = max((index for index, mark in enumerate(metrics["checkpoint"]) if mark), default=None)
    for column, kind in ((1, "acc"), (2, "loss")):
        for part, colour in (("train", TRAIN_COLOUR), ("valid", VALID_COLOUR)):
            figure.add_trace(
                scatter(x=metrics["epoch"], y=metrics[f"{part}_{kind}"], name=part, mode="lines+markers",
                        line={"color": colour, "width": 2}, marker={"size": 4}, showlegend=column == 1),
                row=1, col=column,
            )  # fmt: skip
        if kept is not None:
            figure.add_trace(
                scatter(x=[metrics["epoch"][kept]], y=[metrics[f"valid_{kind}"][kept]], name="checkpoint",
                        mode="markers", marker={"color": INK, "size": 11}, showlegend=column == 1),
                row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="epoch", rangemode="tozero")
    figure.update_yaxes(title="accuracy", range=[0, 1], tickformat=".0%", row=1, col=1)
    highest = max(*metrics["train_loss"], *metrics["valid_loss"])
    figure.update_yaxes(title="loss", range=[0, 1.1 * highest], row=1, col=2)
    return style(figure, title=title)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
