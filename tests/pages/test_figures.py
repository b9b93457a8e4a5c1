"""Figures: what is in them, where they show, and that nothing in them asks a network for anything."""

import json
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("plotly")
from landmark.core.errors import DataError, LandmarkError
from landmark.geo.coordinates import Coordinates
from landmark.pages.coastline import coastline
from landmark.pages.figures import figure as figures
from landmark.pages.figures.candidates import QUESTION, candidates_figure
from landmark.pages.figures.confusion import confusion_figure
from landmark.pages.figures.curves import learning_curves, plot_metrics_file, read_metrics
from landmark.pages.figures.world import places_on_world

METRICS: dict[str, list[float]] = {
    "epoch": [1, 2, 3],
    "train_loss": [3.0, 2.0, 1.0],
    "train_acc": [0.1, 0.3, 0.6],
    "valid_loss": [2.5, 2.2, 2.4],
    "valid_acc": [0.2, 0.4, 0.35],
    "checkpoint": [1, 1, 0],
}
PIXELS = np.full((40, 60, 3), 200, np.uint8)
needs_browser = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "google-chrome", "chrome"))), reason="no Chrome or Chromium on this machine"
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """How figures were shown: the renderer, for each."""
    import plotly.graph_objects as go

    calls: list[str | None] = []
    monkeypatch.setattr(go.Figure, "show", lambda self, renderer=None, config=None: calls.append(renderer))
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return calls


@pytest.mark.parametrize("marks", [[1, 1, 0], [0, 1, 0]])  # ours mark every best epoch, the course project's the last
def test_curves_show_accuracy_beside_loss_and_mark_the_kept_checkpoint(marks: list[int]) -> None:
    figure = learning_curves(METRICS | {"checkpoint": marks})
    traces = [(trace.name, trace.xaxis, tuple(trace.x), tuple(trace.y)) for trace in figure.data]
    assert traces == [
        ("train", "x", (1, 2, 3), (0.1, 0.3, 0.6)),
        ("valid", "x", (1, 2, 3), (0.2, 0.4, 0.35)),
        ("checkpoint", "x", (2,), (0.4,)),
        ("train", "x2", (1, 2, 3), (3.0, 2.0, 1.0)),
        ("valid", "x2", (1, 2, 3), (2.5, 2.2, 2.4)),
        ("checkpoint", "x2", (2,), (2.2,)),
    ]
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text) == ("accuracy", "loss")


def test_a_metrics_file_is_plotted_and_shown_only_where_there_is_a_display(
    tmp_path: Path, shown: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.json").write_text(json.dumps(METRICS))
    plot_metrics_file(tmp_path / "m.json")
    assert shown == [], "no display: quiet"
    monkeypatch.setenv("DISPLAY", ":0")
    plot_metrics_file(tmp_path / "m.json", show=False)
    assert shown == []
    figure = plot_metrics_file(file_metrics=tmp_path / "m.json")
    assert shown == ["browser"] and len(figure.data) == 6


def test_in_a_notebook_a_cell_shows_its_figure_once(shown: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace(config={"IPKernelApp": {}}, execution_count=3)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    figure = learning_curves(METRICS)
    displayed = []
    figure._ipython_display_ = lambda: displayed.append(shell.execution_count)
    figures.show_figure(figure)
    figure._ipython_display_()  # as the value of the cell that has shown it
    assert (len(shown), displayed) == (1, [])
    shell.execution_count = 4
    figure._ipython_display_()
    assert displayed == [4]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", json.dumps(METRICS | {"epoch": [1]}), json.dumps(METRICS | {"valid_acc": ["a", "b", "c"]}),
     json.dumps({name: [] for name in METRICS})],
)  # fmt: skip
def test_what_holds_no_metrics_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(DataError, match=r"m\.json.*Expected the JSON that train writes"):
        read_metrics(tmp_path / "m.json")


def test_candidates_stand_beside_the_photo() -> None:
    figure = candidates_figure(PIXELS, ["Petra", "<b>Taj"])
    photo, table = figure.data
    assert photo.type == "image" and photo.source.startswith("data:image/jpeg;base64,")
    assert list(table.header["values"]) == [QUESTION]
    assert list(table.cells["values"][0]) == ["Petra?", "&lt;b&gt;Taj?"]


def test_candidates_may_have_confidences_and_a_place() -> None:
    figure = candidates_figure(PIXELS, ["Petra"], [0.876], ("Petra", Coordinates(30.3285, 35.4444)))
    table, outline, dot = figure.data[1:]
    assert list(table.cells["values"][1]) == ["87.6\N{NO-BREAK SPACE}%"]
    assert outline.mode == "lines" and len(outline.x) > 5000
    assert (dot.x, dot.y, dot.text) == ((35.4444,), (30.3285,), ("Petra",))
    assert all(trace.type != "scattergeo" for trace in figure.data), "plotly's own maps load theirs from the network"


def test_the_outline_of_the_land_holds_known_coasts() -> None:
    longitudes, latitudes = coastline()
    points = [(x, y) for x, y in zip(longitudes, latitudes, strict=True) if x is not None and y is not None]
    assert longitudes.count(None) == latitudes.count(None) == 128
    steps = [
        (x, next_x)
        for (x, y), (next_x, _) in pairwise(zip(longitudes, latitudes, strict=True))
        if x is not None and next_x is not None and y is not None and y > -80
    ]
    assert all(abs(next_x - x) < 180 for x, next_x in steps), "nothing runs across the map but at the pole"
    for longitude, latitude in ((-9.5, 38.7), (18.4, -34.1), (-67.3, -55.9)):  # Lisbon, Cape Town, Cape Horn
        assert min(abs(x - longitude) + abs(y - latitude) for x, y in points) < 2.5


def test_a_confusion_matrix_shows_counts_coloured_by_share() -> None:
    [heat] = confusion_figure(np.array([[8, 2], [0, 0]]), ["Petra", "Taj Mahal"]).data
    assert [list(row) for row in heat.text] == [["8", "2"], ["", ""]]
    assert np.allclose(heat.z, np.array([[0.8, 0.2], [0.0, 0.0]]))


def test_a_page_stands_for_itself(tmp_path: Path) -> None:
    figures.write_html(places_on_world([("Petra", Coordinates(30.3, 35.4))]), tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text()
    assert "Petra" in page and len(page) > 1_000_000, "plotly.js is inside"
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=", page) == []
    assert '"showSendToCloud": false' in page, "no button that sends it to plotly's server"


@needs_browser
def test_a_figure_becomes_a_png(tmp_path: Path) -> None:
    from PIL import Image

    figures.write_png(learning_curves(METRICS), tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.format == "PNG" and picture.height == 500
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20, "something is drawn"


def test_without_a_browser_the_error_tells_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import plotly.graph_objects as go

    def fail(self: object, **arguments: object) -> bytes:
        raise RuntimeError("Kaleido requires Google Chrome")

    monkeypatch.setattr(go.Figure, "to_image", fail)
    with pytest.raises(LandmarkError, match=r"a\.png: .*requires Google Chrome.*apt install chromium"):
        figures.write_png(learning_curves(METRICS), tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
