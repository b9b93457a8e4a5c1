"""Small charts of fractions as SVG, which a page shows without any package: curves and points with intervals.

Larger figures, to hover and zoom, are `plots`'. Colours follow the page's theme; a file of its own has fixed ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _PLOT_HEIGHT = 560, 316
_LEFT, _RIGHT, _BOTTOM = 64, 28, 50
_LEGEND_LINE = 20
_INK, _FAINT = "var(--soft, #68727d)", "var(--line, #c3c9d0)"
_COLOURS = ("var(--accent, #2f6690)", "var(--second, #c2701c)", "var(--third, #4d8b55)")
_MOST_POINTS = 300  # of a curve: more are not seen on so small a chart


@dataclass(frozen=True)
class Series:
    """One line or set of points, in fractions from 0 to 1."""

    label: str
    points: Sequence[tuple[float, float]]
    intervals: Sequence[tuple[float, float]] = ()  # of the heights, one for each point, or none
    notes: Sequence[str] = ()  # what a point tells when the mouse rests on it, one for each, or none
    joined: bool = True  # by a line; or points alone
    steps: bool = False  # the line keeps its height until the next point


def draw_chart(
    series: Sequence[Series],
    *,
    title: str,
    x_title: str,
    y_title: str,
    y_highest: float = 1.0,
    diagonal: str = "",
) -> str:
    """A chart as SVG: x goes from 0 to 100 %, y to a round number from `y_highest` on.

    `title` is read to those who do not see it. `diagonal` is what a line from corner to corner stands for; without it
    there is none.

    >>> chart = draw_chart([Series("a < b", [(0, 0), (1, 0.5)])], title="Risk", x_title="x", y_title="y")
    >>> chart.startswith("<svg"), "a &lt; b" in chart
    (True, True)
    """
    y_ticks = _ticks(y_highest)
    drawn = list(zip(series, _COLOURS, strict=False))
    legend = [(one.label, colour) for one, colour in drawn] + ([(diagonal, _INK)] if diagonal else [])
    scale = _Scale(y_ticks[-1], top=_LEGEND_LINE * len(legend) + 14)
    parts = [*_grid(scale, y_ticks, x_title, y_title)]
    if diagonal:
        corner, end = scale.at(0, 0), scale.at(min(1, scale.y_highest), min(1, scale.y_highest))
        parts.append(f'<path d="M{corner} L{end}" stroke="{_INK}" stroke-dasharray="5 5" fill="none"/>')
    for one, colour in drawn:
        parts += _draw(one, colour, scale)
    parts += _legend(legend)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {scale.height}" role="img" '
        f'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13"><title>{escape(title)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


@dataclass(frozen=True)
class _Scale:
    """From fractions to positions in the drawing."""

    y_highest: float
    top: int  # above the plot

    @property
    def height(self) -> int:
        return self.top + _PLOT_HEIGHT + _BOTTOM

    def x(self, value: float) -> float:
        return round(_LEFT + value * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.top + (1 - value / self.y_highest) * _PLOT_HEIGHT, 1)

    def at(self, x: float, y: float) -> str:
        return f"{self.x(x):g} {self.y(y):g}"


def _ticks(highest: float) -> list[float]:
    """From 0 in about five round steps to at least the highest value.

    >>> _ticks(1.0), _ticks(0.061)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 0.02, 0.04, 0.06, 0.08])
    """
    rough = max(highest, 0.01) / 5
    magnitude = 10 ** math.floor(math.log10(rough) + 1e-9)
    step = next(size * magnitude for size in (1, 2, 5, 10) if size * magnitude >= rough * (1 - 1e-9))
    count = math.ceil(max(highest, 0.01) / step - 1e-9)
    return [round(number * step, 10) for number in range(count + 1)]


def _percent(value: float) -> str:
    return f"{100 * value:.6g} %"


def _grid(scale: _Scale, y_ticks: Sequence[float], x_title: str, y_title: str) -> list[str]:
    left, right, bottom = scale.x(0), scale.x(1), scale.y(0)
    parts = []
    for value in y_ticks:
        y = scale.y(value)
        parts.append(f'<path d="M{left} {y} H{right}" stroke="{_FAINT}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" fill="{_INK}">{_percent(value)}</text>')
    for value in _ticks(1.0):
        x = scale.x(value)
        parts.append(f'<path d="M{x} {bottom} v5" stroke="{_INK}"/>')
        parts.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle" fill="{_INK}">{_percent(value)}</text>')
    middle = (scale.y(0) + scale.y(scale.y_highest)) / 2
    parts.append(f'<text x="{(left + right) / 2}" y="{scale.height - 8}" text-anchor="middle" fill="{_INK}">'
                 f"{escape(x_title)}</text>")  # fmt: skip
    parts.append(f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle" fill="{_INK}">'
                 f"{escape(y_title)}</text>")  # fmt: skip
    return parts


def _draw(series: Series, colour: str, scale: _Scale) -> list[str]:
    parts = []
    if series.joined and series.points:
        parts.append(f'<path d="{_path(series, scale)}" stroke="{colour}" stroke-width="2" fill="none"/>')
    for (x, _), (low, high) in zip(series.points, series.intervals, strict=False):
        bar = f"M{scale.at(x, min(low, scale.y_highest))} V{scale.y(min(high, scale.y_highest))}"
        parts.append(f'<path d="{bar}" stroke="{colour}" stroke-width="1.5"/>')
    if not series.joined or series.notes:
        notes = [*series.notes, *[""] * (len(series.points) - len(series.notes))]
        for (x, y), note in zip(series.points, notes, strict=True):
            told = f"<title>{escape(note)}</title>" if note else ""
            parts.append(f'<circle cx="{scale.x(x)}" cy="{scale.y(y)}" r="4.5" fill="{colour}">{told}</circle>')
    return parts


def _path(series: Series, scale: _Scale) -> str:
    step = max(1, len(series.points) // _MOST_POINTS)
    shown = [*series.points[:-1:step], series.points[-1]]
    (first_x, first_y), *rest = shown
    moves = [f"H{scale.x(x):g} V{scale.y(y):g}" if series.steps else f"L{scale.at(x, y)}" for x, y in rest]
    return " ".join([f"M{scale.at(first_x, first_y)}", *moves])


def _legend(names: Sequence[tuple[str, str]]) -> list[str]:
    """Above the plot, where it hides nothing."""
    parts = []
    for number, (name, colour) in enumerate(names):
        y = 16 + _LEGEND_LINE * number
        parts.append(f'<rect x="{_LEFT}" y="{y - 9}" width="12" height="10" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + 18}" y="{y}" fill="{_INK}">{escape(name)}</text>')
    return parts
