"""A report as one HTML file that needs nothing else: sections with text, tables, lists, photos and plotly figures.

It loads nothing from anywhere, now or in ten years: photos are inside as small pictures, plotly.js is inside once.
What a report says is its caller's business.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from landmark.core.errors import require
from landmark.core.files import atomic_write
from landmark.core.text import number_columns
from landmark.pages.figures.figure import FIGURE_CONFIG
from landmark.photo.thumbnails import thumbnail_uris

# The browser itself enforces that nothing is loaded. plotly.js sets styles and saves pictures by blob:, and its WebGL
# compiles code.
_POLICY = (
    "default-src 'none'; form-action 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'; worker-src blob:"
)
_FIGURE_HEIGHT = "28rem"  # of a figure that has none of its own
PAGE_STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5c6670; --line: #dfe3e8; --paper: #fbfbfa; --card: #fff;
  --accent: #2f6690; --second: #b8651b; --third: #3f7d47; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --soft: #9aa4ae; --line: #333a42; --paper: #15181c;
  --card: #1c2026; --accent: #7fb3d8; --second: #e0a060; --third: #84c08c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; }
h1 { font-size: clamp(1.6rem, 4vw, 2.2rem); line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
p, li, figcaption { overflow-wrap: anywhere; }
.lead { color: var(--soft); font-size: 1.1rem; margin: 0; max-width: 45rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption, figcaption { text-align: left; color: var(--soft); font-size: .9rem; padding: .25rem 0; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { font-weight: 500; } tbody th { min-width: 6rem; } thead th { color: var(--soft); vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; padding: .35rem 0 .35rem 1.2rem; }
.number + :not(.number) { padding-left: 1.2rem; }
figure { margin: 1.25rem 0; }
.plot > div { background: #fff; border: 1px solid var(--line); border-radius: .6rem; padding: .5rem; overflow: hidden; }
.chart svg { display: block; width: 100%; max-width: 40rem; height: auto; }
.picture img { max-width: 100%; height: auto; border-radius: .35rem; }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.25rem 1.5rem; }
.photos figure { margin: 0; } .photos div { display: flex; gap: .35rem; flex-wrap: wrap; }
.photos figcaption { color: var(--ink); }
.photos img, .photos .missing { width: calc((100% - .7rem) / 3); aspect-ratio: 1; border-radius: .35rem; }
.photos img:only-child { width: 65%; }
.photos .missing { display: grid; place-items: center; text-align: center; font-size: .75rem; color: var(--soft);
  border: 1px dashed var(--line); }
"""


class Page:
    """A page that grows from top to bottom and is then written; whatever it is given to say is escaped.

    >>> page = Page("What is in <my data>", "A folder of photos.")
    >>> page.add_section("Parts")
    >>> page.add_table([["part", "photos"], ["train", "3,974"], ["test", "885"]])
    >>> "What is in &lt;my data&gt;" in page.to_html()
    True
    """

    def __init__(self, title: str, lead: str = "") -> None:
        self.title = title
        self.lead = lead
        self._blocks: list[str] = []
        self._n_figures = 0

    def add_section(self, heading: str) -> None:
        """Begin a section; what is added next stands below its heading."""
        self._blocks.append(f"<h2>{escape(heading)}</h2>")

    def add_text(self, text: str) -> None:
        """A paragraph."""
        self._blocks.append(f"<p>{escape(text)}</p>")

    def add_list(self, items: Iterable[str]) -> None:
        """A list of points."""
        points = "\n".join(f"<li>{escape(item)}</li>" for item in items)
        self._blocks.append(f"<ul>\n{points}\n</ul>")

    def add_table(self, rows: Sequence[Sequence[str]], *, caption: str = "") -> None:
        """A table of text; the first row is the heading, the first cell names its row, numbers stand to the right."""
        heading, *body = rows
        of_numbers = number_columns(rows)
        lines = [f"<caption>{escape(caption)}</caption>"] if caption else []
        lines += ["<thead>", _table_row(heading, of_numbers, "col"), "</thead>", "<tbody>"]
        lines += [_table_row(row, of_numbers, "row") for row in body]
        self._blocks.append("\n".join(['<div class="scroll"><table>', *lines, "</tbody>", "</table></div>"]))

    def add_figure(self, figure: Any, *, caption: str = "") -> None:
        """A plotly figure, alive: hovering, zooming and saving it as a picture work without a network."""
        self._n_figures += 1
        markup = figure.to_html(
            full_html=False,
            include_plotlyjs=False,  # it stands once, at the head of the page
            div_id=f"figure-{self._n_figures}",  # and not a random one: the same data make the same file
            default_height=_FIGURE_HEIGHT,
            config=FIGURE_CONFIG,
        )
        self._blocks.append(f'<figure class="plot"><div>{markup}</div>{_caption(caption)}</figure>')

    def add_chart(self, svg: str, *, caption: str = "") -> None:
        """A chart that `scoring.svg` drew: it needs neither plotly nor a script."""
        self._blocks.append(f'<figure class="chart">{svg}{_caption(caption)}</figure>')

    def add_picture(self, picture: bytes | str, alt: str, *, caption: str = "") -> None:
        """A picture as wide as it is: the bytes of a PNG file, or a `data:` URI; `alt` says what it shows."""
        uri = picture if isinstance(picture, str) else f"data:image/png;base64,{b64encode(picture).decode()}"
        self._blocks.append(
            f'<figure class="picture"><img src="{escape(uri)}" alt="{escape(alt)}">{_caption(caption)}</figure>'
        )

    def add_photos(self, photos: Mapping[str, Sequence[Path]], *, side_px: int = 200) -> None:
        """A grid of photos by label, such as landmark -> some of its photos, as thumbnails without metadata."""
        thumbnails = thumbnail_uris((path for paths in photos.values() for path in paths), side_px=side_px)
        groups = []
        for label, paths in photos.items():
            pictures = "\n".join(_picture(path, label, next(thumbnails)) for path in paths)
            groups.append(f"<figure>{_caption(label)}<div>\n{pictures}\n</div></figure>")
        self._blocks.append("\n".join(['<div class="photos">', *groups, "</div>"]))

    def to_html(self) -> str:
        """The whole page as text."""
        lead = f'<p class="lead">{escape(self.lead)}</p>' if self.lead else ""
        return "\n".join(
            [
                '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(self.title)}</title>\n<style>{PAGE_STYLE}</style>",
                f"{self._plotly_script()}</head>\n<body>\n<main>",
                f"<h1>{escape(self.title)}</h1>\n{lead}",
                *self._blocks,
                "</main>\n</body>\n</html>\n",
            ]
        )

    def to_bytes(self) -> bytes:
        """The whole page as the bytes of a file."""
        return self.to_html().encode("utf-8", "replace")  # a file's name may hold bytes that are no text

    def write(self, path: str | Path) -> Path:
        """Write the page, whole or not at all; returns its path."""
        with atomic_write(path) as file:
            file.write(self.to_bytes())
        return Path(path)

    def _plotly_script(self) -> str:
        if not self._n_figures:
            return ""
        return f"<script>{require('plotly.offline', 'plot').get_plotlyjs()}</script>\n"


def _table_row(cells: Sequence[str], of_numbers: Sequence[bool], scope: str) -> str:
    """A row whose first cell is a heading, or, with the scope "col", all of them."""
    written = []
    for index, (cell, is_number) in enumerate(zip(cells, of_numbers, strict=True)):
        kind = ' class="number"' if is_number else ""
        is_heading = scope == "col" or index == 0
        written.append(f'<th scope="{scope}"{kind}>{escape(cell)}</th>' if is_heading else
                       f"<td{kind}>{escape(cell)}</td>")  # fmt: skip
    return f"<tr>{''.join(written)}</tr>"


def _picture(path: Path, label: str, uri: str | None) -> str:
    name = escape(path.name)
    if uri is None:
        return f'<span class="missing" title="{name}">cannot be read</span>'
    return f'<img src="{uri}" alt="{escape(label)}" title="{name}" loading="lazy">'


def _caption(text: str) -> str:
    return f"<figcaption>{escape(text)}</figcaption>" if text else ""
