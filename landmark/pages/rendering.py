"""Pages and documents made of Jinja2 templates, which lie in folders beside the code that fills them.

A page is one HTML file that loads nothing from anywhere, now or in ten years: it extends `page.html`, shows tables,
figures and photos by the macros of `parts.html`, and what it is given is escaped. Jinja2 is imported when the first
template is filled, since commands that only answer need none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landmark.core.files import atomic_write
from landmark.core.text import confidence_text, count_text, number_columns, percent_text, range_text
from landmark.pages.figures.figure import figure_markup
from landmark.photo.thumbnails import thumbnail_uris

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")


def render(template: Path, **values: Any) -> str:
    """Return a filled template; what is put into HTML is escaped. A template that asks for another value raises.

    Example: `render(Path(__file__).with_name("templates") / "card.md", name="Petra")`.
    """
    return _template(template).render(values, plot=_plotter())


def page_bytes(template: Path, **values: Any) -> bytes:
    """Return a filled template as the content of a file; bytes of a file's name that are no text become "?"."""
    return render(template, **values).encode("utf-8", "replace")


def write_page(path: str | Path, template: Path, **values: Any) -> Path:
    """Fill a template and write it piece by piece, whole or not at all; return the path of the file."""
    with atomic_write(path) as file:
        for piece in _template(template).generate(values, plot=_plotter()):
            file.write(piece.encode("utf-8", "replace"))
    return Path(path)


def _template(path: Path) -> "Template":
    return _environment(path.parent).get_template(path.name)


@cache
def _environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([folder, _TEMPLATES]),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "confidence": confidence_text,
        "count": count_text,
        "percent": percent_text,
        "thousands": "{:,}".format,
        "range": range_text,
        "number_columns": number_columns,
        "with_thumbnails": _with_thumbnails,
    }
    return made


def _plotter() -> "Callable[[Any], Markup]":
    """Return the function by which a page draws its figures: plotly.js stands before the first one, and only there."""
    numbers = count(1)

    def plot(figure: Any) -> "Markup":
        from markupsafe import Markup

        return Markup(figure_markup(figure, next(numbers)))

    return plot


def _with_thumbnails(
    groups: Mapping[str, Sequence[Path]], side_px: int
) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Yield the label of each group with the names of its photos and their thumbnails, None for an unreadable one."""
    uris = thumbnail_uris((path for paths in groups.values() for path in paths), side_px=side_px)
    for label, paths in groups.items():
        yield label, [(path.name, next(uris)) for path in paths]
