"""Charts as SVG: well-formed, drawn to scale, escaped, and loading nothing."""

import math
import re
from xml.etree import ElementTree

import pytest

from landmark.scoring.svg import Series, draw_chart

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*series: Series, **options: object) -> ElementTree.Element:
    return ElementTree.fromstring(draw_chart(series, title="T", x_title="x", y_title="y", **options))  # type: ignore[arg-type]


def texts(chart: ElementTree.Element) -> list[str]:
    return [str(node.text) for node in chart.iter(f"{SVG}text")]


def circles(chart: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(node.attrib["cx"]), float(node.attrib["cy"])) for node in chart.iter(f"{SVG}circle")]


def test_points_stand_where_they_belong() -> None:
    chart = drawn(Series("s", [(0, 0), (0.5, 0.25), (1, 1)], joined=False))
    (left, bottom), (middle, quarter), (right, top) = circles(chart)
    _, _, width, height = map(float, chart.attrib["viewBox"].split())
    assert 0 < left < middle < right < width and 0 < top < quarter < bottom < height
    assert middle == pytest.approx((left + right) / 2, abs=0.1)
    assert quarter == pytest.approx(bottom + (top - bottom) / 4, abs=0.1)


def test_the_height_goes_to_a_round_number_above_the_highest() -> None:
    chart = drawn(Series("s", [(0, 0.061)], joined=False), y_highest=0.061)
    assert [text for text in texts(chart) if "%" in text][:5] == ["0 %", "2 %", "4 %", "6 %", "8 %"]
    assert "1 %" in texts(drawn(Series("s", [(0, 0)]), y_highest=0.0)), "a chart of nothing but zeros"


def test_intervals_and_notes_belong_to_their_points() -> None:
    chart = drawn(Series("s", [(0.5, 0.5)], intervals=[(0.4, 0.7)], notes=["50 % & more"], joined=False))
    [title] = [node.text for node in chart.iter(f"{SVG}title") if node.text != "T"]
    assert title == "50 % & more"
    [(x, y)] = circles(chart)
    bars = [re.fullmatch(rf"M{x:g} ([\d.]+) V([\d.]+)", node.attrib["d"]) for node in chart.iter(f"{SVG}path")]
    [(low, high)] = [tuple(map(float, bar.groups())) for bar in bars if bar]
    assert high < y < low
    assert (low - y) / (y - high) == pytest.approx(0.5, abs=0.01)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    points = [(i / 9999, (i / 9999) ** 2) for i in range(10_000)]
    chart = draw_chart([Series("s", points)], title="T", x_title="x", y_title="y")
    assert len(chart) < 15_000
    assert circles(drawn(Series("s", [points[-1]], joined=False)))[0][0] == pytest.approx(532, abs=0.1)
    assert "532 " in chart


def test_steps_keep_their_height_until_the_next_point() -> None:
    chart = draw_chart([Series("s", [(0, 0), (0.5, 0.5)], steps=True)], title="T", x_title="x", y_title="y")
    assert re.search(r'd="M[\d.]+ [\d.]+ H[\d.]+ V[\d.]+"', chart)


def test_whatever_is_said_is_escaped_and_nothing_is_loaded() -> None:
    nasty = "<script>alert('x')</script>&"
    series = Series(nasty, [(0, 0)], notes=[nasty], joined=False)
    chart = draw_chart([series], title=nasty, x_title=nasty, y_title=nasty, diagonal=nasty)
    assert "<script" not in chart
    assert "".join(ElementTree.fromstring(chart).itertext()).count(nasty) == 6
    assert not re.search(r"href|url\(|<image|<use", chart)


def test_every_series_has_its_colour_and_its_name() -> None:
    chart = drawn(Series("one", [(0, 0)]), Series("two", [(0, 0)]), Series("three", [(0, 0)]), diagonal="line")
    assert [text for text in texts(chart) if text in {"one", "two", "three", "line"}] == ["one", "two", "three", "line"]
    fills = [node.attrib["fill"] for node in chart.iter(f"{SVG}rect")]
    assert len(set(fills)) == 4
    assert not any(math.isnan(float(value)) for node in chart.iter() for value in [node.attrib.get("x", "0")])
