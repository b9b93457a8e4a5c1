"""A page that needs nothing else: whatever it says is escaped, and nothing is loaded from anywhere."""

import base64
import io
import re
import sys
from pathlib import Path

import pytest
from factories.markup import LOADING, Markup
from factories.photos import encode, exif, gps, scene
from PIL import Image

from landmark.core.errors import MissingPackageError
from landmark.pages.page import Page
from landmark.photo.thumbnails import thumbnail_uri

NASTY = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(Image.fromarray(scene(640, 320)), "JPEG", exif=exif(6, gps(27.175, 78.042))))
    return path


def full_page(photo: Path) -> Page:
    go = pytest.importorskip("plotly.graph_objects")
    page = Page(NASTY, NASTY)
    page.add_section(NASTY)
    page.add_text(NASTY)
    page.add_list([NASTY, "two"])
    page.add_table([["name", NASTY], [NASTY, NASTY]], caption=NASTY)
    page.add_figure(go.Figure(go.Bar(x=[NASTY], y=[1], name=NASTY)), caption=NASTY)
    page.add_figure(go.Figure(go.Bar(x=[1], y=[2])))
    page.add_photos({NASTY: [photo]})
    return page


def test_whatever_is_said_is_escaped(photo: Path) -> None:
    page = full_page(photo).to_html()
    assert "<script>alert" not in page
    markup = Markup(page)
    assert markup.open == [], "every tag is closed"
    assert markup.text.count(NASTY) == 12  # title twice, lead, section, text, list, three cells, three captions
    [alt] = [attributes["alt"] for tag, attributes in markup.tags if tag == "img"]
    assert alt == NASTY


def test_nothing_is_loaded_from_anywhere(photo: Path) -> None:
    markup = Markup(full_page(photo).to_html())
    loaded = [value for _, attributes in markup.tags for name, value in attributes.items() if name in LOADING]
    assert len(loaded) == 1 and str(loaded[0]).startswith("data:image/jpeg;base64,")
    assert not {"link", "iframe", "object", "base", "form", "a"} & {tag for tag, _ in markup.tags}
    [policy] = [attributes["content"] for tag, attributes in markup.tags if "http-equiv" in attributes]
    assert policy is not None and policy.startswith("default-src 'none'") and "http" not in policy
    style = re.findall(r"<style>(.*?)</style>", Page("a").to_html(), re.DOTALL)
    assert len(style) == 1 and "url(" not in style[0] and "@import" not in style[0]


def test_no_button_sends_a_figure_away(photo: Path) -> None:
    page = full_page(photo).to_html()
    assert page.count('"showSendToCloud": false') == 2


def test_plotly_is_inside_once_and_only_where_it_is_needed(photo: Path) -> None:
    pytest.importorskip("plotly")
    from plotly.offline import get_plotlyjs

    assert full_page(photo).to_html().count(get_plotlyjs()) == 1
    plain = Page("Plain", "Nothing to draw.")
    plain.add_text("Text.")
    assert len(plain.to_html()) < 10_000 and Markup(plain.to_html()).count("script") == 0


def test_figures_need_plotly_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Figure:
        def to_html(self, **options: object) -> str:
            return "<div></div>"

    page = Page("Figures")
    page.add_figure(Figure())
    for module in [name for name in sys.modules if name.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(MissingPackageError, match="plot"):
        page.to_html()


def test_the_page_fits_a_phone_and_both_themes() -> None:
    markup = Page("Title", "Lead.").to_html()
    assert markup.startswith("<!doctype html>") and '<html lang="en">' in markup
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in markup
    assert "color-scheme: light dark" in markup and "prefers-color-scheme: dark" in markup
    assert "<title>Title</title>" in markup and '<p class="lead">Lead.</p>' in markup


def test_columns_of_numbers_stand_to_the_right() -> None:
    page = Page("Table")
    page.add_table([["part", "photos", "share", "note"], ["1", "3,974", "81.8 %", "fine"], ["2", "", "18.2 %", "3"]])
    markup = page.to_html()
    assert '<th scope="row">1</th><td class="number">3,974</td><td class="number">81.8 %</td><td>fine</td>' in markup
    assert '<th scope="col">part</th><th scope="col" class="number">photos</th>' in markup
    page.add_table([["only", "a heading"]])
    assert Markup(page.to_html()).count("table") == 2


def test_a_thumbnail_is_small_square_upright_and_without_metadata(photo: Path) -> None:
    uri = thumbnail_uri(photo, side_px=100)
    data = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    image = Image.open(io.BytesIO(data))
    assert image.size == (100, 100) and image.format == "JPEG" and len(data) < 20_000
    assert "exif" not in image.info and len(image.getexif()) == 0
    red, green, blue = image.getpixel((80, 20))  # turned upright: what was at the top left stands at the top right
    assert red > 150 and green < 100 and blue < 100


def test_a_photo_that_cannot_be_read_leaves_a_gap_with_its_name(photo: Path, tmp_path: Path) -> None:
    broken = tmp_path / "<broken>.jpg"
    broken.write_bytes(photo.read_bytes()[:40])
    page = Page("Photos")
    page.add_photos({"Petra": [broken, photo]})
    markup = page.to_html()
    assert markup.count("<img") == 1
    assert '<span class="missing" title="&lt;broken&gt;.jpg">cannot be read</span>' in markup
    assert markup.index("cannot be read") < markup.index("<img")


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    page = Page("Città", "Odd name: \udce9.jpg")  # a byte that is no UTF-8, as Python reads it from a folder
    path = page.write(tmp_path / "new" / "page.html")
    assert path == tmp_path / "new" / "page.html"
    assert "<h1>Città</h1>" in path.read_text("utf-8")
    assert [entry.name for entry in path.parent.iterdir()] == ["page.html"]


def test_a_picture_is_inside_the_page() -> None:
    page = Page("Pictures")
    data = encode(scene(), "PNG")
    page.add_picture(data, NASTY, caption=NASTY)
    page.add_picture("data:image/jpeg;base64,AAAA", "A second one")
    markup = Markup(page.to_html())
    first, second = (attributes for tag, attributes in markup.tags if tag == "img")
    assert base64.b64decode(str(first["src"]).removeprefix("data:image/png;base64,")) == data
    assert first["alt"] == NASTY and NASTY in markup.text and second["src"] == "data:image/jpeg;base64,AAAA"
