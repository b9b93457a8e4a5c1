"""The charts of a scorecard, as plotly figures (extra: plot)."""

from collections.abc import Sequence
from typing import Any

from landmark.core.text import percent_text
from landmark.metrics.reliability import RiskCoverage
from landmark.pages.figures.figure import INK, TEST_COLOUR, VALID_COLOUR, graph_objects, style
from landmark.scoring.measures import AnswerRate, Reliability

_MOST_POINTS = 300  # of a curve: more are not seen
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}


def reliability_figure(reliability: Reliability) -> Any:
    """Return confidence against accuracy: a point for each bin, with its 95 % interval, and the line of perfection."""
    bins = reliability.bins
    scatter = graph_objects().Scatter
    points = scatter(
        name="photos of its landmarks, with 95 % intervals",
        x=[one.confidence for one in bins],
        y=[one.accuracy for one in bins],
        error_y={
            "array": [one.interval[1] - one.accuracy for one in bins],
            "arrayminus": [one.accuracy - one.interval[0] for one in bins],
        },
        text=[f"{one.n_photos:,} photos" for one in bins],
        mode="markers",
        marker={"color": VALID_COLOUR, "size": 9},
        hovertemplate="confidence %{x:.1%}<br>accuracy %{y:.1%}<br>%{text}<extra></extra>",
    )
    line = scatter(name="perfectly calibrated", x=[0, 1], y=[0, 1], mode="lines", line={"color": INK, "dash": "dash"})
    figure = graph_objects().Figure([points, line])
    figure.update_xaxes(title="confidence", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(title="accuracy", range=[0, 1.02], tickformat=".0%")
    return style(figure, height_px=430, legend=_LEGEND)


def risk_figure(curves: Sequence[tuple[str, RiskCoverage]], answer_rate: AnswerRate) -> Any:
    """Return errors against answers given, a curve for each kind of photos, and where the model's threshold lies."""
    scatter = graph_objects().Scatter
    figure = graph_objects().Figure()
    for (name, curve), colour in zip(curves, (VALID_COLOUR, TEST_COLOUR), strict=False):
        shown = curve.spread_points(_MOST_POINTS)
        figure.add_trace(
            scatter(
                name=name,
                x=curve.coverage[shown].tolist(),
                y=curve.risk[shown].tolist(),
                mode="lines",
                line={"color": colour, "width": 2, "shape": "hv"},
                hovertemplate="%{x:.1%} answered, %{y:.1%} of them wrong<extra></extra>",
            )
        )
    if answer_rate.precision is not None:
        rate, risk = answer_rate.share, 1 - answer_rate.precision
        note = f"{percent_text(rate)} answered, {percent_text(risk)} of them wrong"
        marker = {"color": INK, "size": 10}
        figure.add_trace(
            scatter(name="at the model's threshold", x=[rate], y=[risk], mode="markers", marker=marker, hovertext=note)
        )
    figure.update_xaxes(title="answered, the most confident first", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(title="wrong among the answers", rangemode="tozero", tickformat=".1%")
    return style(figure, height_px=430, legend=_LEGEND)
