"""A page that needs nothing else: whatever it says is escaped, and nothing is loaded from anywhere."""

import base64
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.markup import LOADING, Markup
from factories.photos import encode, exif, gps, scene
from jinja2 import UndefinedError
from PIL import Image

from landmark.pages.rendering import render, write_page
from landmark.photo.thumbnails import thumbnail_uri

NASTY = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(Image.fromarray(scene(640, 320)), "JPEG", exif=exif(6, gps(27.175, 78.042))))
    return path


def page_of(folder: Path, content: str, *, title: str = "Title", lead: str = "", **values: Any) -> str:
    """A page whose content is a template's text."""
    template = folder / f"{abs(hash(content))}.html"
    macros = '{% from "parts.html" import figure, photos, picture, points, table with context %}'
    template.write_text(f'{{% extends "page.html" %}}\n{macros}\n{{% block content %}}\n{content}\n{{% endblock %}}\n')
    return render(template, title=title, lead=lead, **values)


@pytest.fixture
def full_page(photo: Path, tmp_path: Path) -> str:
    go = pytest.importorskip("plotly.graph_objects")
    content = """
    <h2>{{ nasty }}</h2><p>{{ nasty }}</p>
    {{ points([nasty, "two"]) }}
    {{ table([["name", nasty], [nasty, nasty]], nasty) }}
    {{ figure(figures[0], nasty) }}
    {{ figure(figures[1]) }}
    {{ photos({nasty: [photo]}) }}
    """
    figures = go.Figure(go.Bar(x=[NASTY], y=[1], name=NASTY)), go.Figure(go.Bar(x=[1], y=[2]))
    return page_of(tmp_path, content, title=NASTY, lead=NASTY, nasty=NASTY, figures=figures, photo=photo)


def test_whatever_is_shown_is_escaped(full_page: str) -> None:
    assert "<script>alert" not in full_page
    markup = Markup(full_page)
    assert markup.open == [], "every tag is closed"
    assert markup.text.count(NASTY) == 12  # title twice, lead, section, text, list, three cells, three captions
    [alt] = [attributes["alt"] for tag, attributes in markup.tags if tag == "img"]
    assert alt == NASTY


def test_nothing_is_loaded_from_anywhere(full_page: str, tmp_path: Path) -> None:
    markup = Markup(full_page)
    loaded = [value for _, attributes in markup.tags for name, value in attributes.items() if name in LOADING]
    assert len(loaded) == 1 and str(loaded[0]).startswith("data:image/jpeg;base64,")
    assert not {"link", "iframe", "object", "base", "form", "a"} & {tag for tag, _ in markup.tags}
    [policy] = [attributes["content"] for tag, attributes in markup.tags if "http-equiv" in attributes]
    assert policy is not None and policy.startswith("default-src 'none'") and "http" not in policy
    assert "script-src 'unsafe-inline' 'unsafe-eval'; worker-src blob:" in policy
    style = re.findall(r"<style>(.*?)</style>", page_of(tmp_path, ""), re.DOTALL)
    assert len(style) == 1 and "url(" not in style[0] and "@import" not in style[0]


def test_no_button_sends_a_figure_away(full_page: str) -> None:
    assert full_page.count('"showSendToCloud": false') == 2


def test_plotly_is_inside_once_and_only_where_it_is_needed(full_page: str, tmp_path: Path) -> None:
    from plotly.offline import get_plotlyjs

    assert full_page.count(get_plotlyjs()) == 1
    assert [f'id="figure-{number}"' in full_page for number in (1, 2, 3)] == [True, True, False]
    plain = page_of(tmp_path, "<p>Text.</p>")
    assert len(plain) < 10_000 and Markup(plain).count("script") == 0


def test_the_page_fits_a_phone_and_both_themes(tmp_path: Path) -> None:
    markup = page_of(tmp_path, "", lead="Lead.")
    assert markup.startswith("<!doctype html>") and '<html lang="en">' in markup
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in markup
    assert "color-scheme: light dark" in markup and "prefers-color-scheme: dark" in markup
    assert "<title>Title</title>" in markup and '<p class="lead">Lead.</p>' in markup


def test_a_value_that_is_missing_is_an_error_and_no_gap(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="missing"):
        page_of(tmp_path, "{{ missing }}")


def test_columns_of_numbers_stand_to_the_right(tmp_path: Path) -> None:
    rows = [["part", "photos", "share", "note"], ["1", "3,974", "81.8 %", "fine"], ["2", "", "18.2 %", "3"]]
    markup = page_of(tmp_path, "{{ table(rows) }}{{ table([['only', 'a heading']]) }}", rows=rows)
    assert '<th scope="row">1</th><td class="number">3,974</td><td class="number">81.8 %</td><td>fine</td>' in markup
    assert '<th scope="col">part</th><th scope="col" class="number">photos</th>' in markup
    assert Markup(markup).count("table") == 2


def test_a_thumbnail_is_small_square_upright_and_without_metadata(photo: Path) -> None:
    uri = thumbnail_uri(photo, side_px=100)
    data = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    image = Image.open(io.BytesIO(data))
    assert image.size == (100, 100) and image.format == "JPEG" and len(data) < 20_000
    assert "exif" not in image.info and len(image.getexif()) == 0
    red, green, blue = np.asarray(image)[20, 80]  # turned upright: what was at the top left stands at the top right
    assert red > 150 and green < 100 and blue < 100


def test_a_photo_that_cannot_be_read_leaves_a_gap_with_its_name(photo: Path, tmp_path: Path) -> None:
    broken = tmp_path / "<broken>.jpg"
    broken.write_bytes(photo.read_bytes()[:40])
    markup = page_of(tmp_path, "{{ photos(groups) }}", groups={"Petra": [broken, photo]})
    assert markup.count("<img") == 1
    assert '<span class="missing" title="&lt;broken&gt;.jpg">cannot be read</span>' in markup
    assert markup.index("cannot be read") < markup.index("<img")


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    template = tmp_path / "template.html"
    template.write_text('{% extends "page.html" %}')
    lead = "Odd name: \udce9.jpg"  # a byte that is no UTF-8, as Python reads it from a folder
    path = write_page(tmp_path / "new" / "page.html", template, title="Città", lead=lead)
    assert path == tmp_path / "new" / "page.html"
    assert "<h1>Città</h1>" in path.read_text("utf-8")
    assert [entry.name for entry in path.parent.iterdir()] == ["page.html"]


def test_a_picture_is_inside_the_page(tmp_path: Path) -> None:
    uri = "data:image/jpeg;base64,AA+A/A=="
    [image] = [
        attributes
        for tag, attributes in Markup(page_of(tmp_path, "{{ picture(uri, nasty, nasty) }}", uri=uri, nasty=NASTY)).tags
        if tag == "img"
    ]
    assert image == {"src": uri, "alt": NASTY}


def test_answering_does_not_load_the_template_engine() -> None:
    code = (
        "import sys; import landmark.cli; from landmark.model.predictor import Predictor; Predictor.load(); "
        "print({'jinja2', 'plotly'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"
