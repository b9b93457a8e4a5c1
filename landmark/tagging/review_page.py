"""The review of an album as one HTML file: proposals by place with thumbnails, a map, boxes to tick, decisions to save.

It loads nothing from anywhere: thumbnails are inside, the map is an outline in the public domain (Natural Earth).
"""

import json
from collections.abc import Iterator
from html import escape
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from landmark.core.files import atomic_write
from landmark.core.text import count_text
from landmark.geo.coordinates import Place
from landmark.pages.figures.world import world_outline
from landmark.pages.page import PAGE_STYLE
from landmark.photo.thumbnails import thumbnail_uris
from landmark.tagging.review_decisions import FILE_NAME
from landmark.tagging.rows import Status, TagRow
from landmark.tagging.summary import belief_in_words

MAX_THUMBNAILS = 2000  # 6 kB each; proposals beyond the most doubtful so many are shown by name
_MAX_SUSPECT = 200
_MAX_ODD = 200
_THUMBNAIL_PX = 200
_REVIEW = Path(__file__).with_name("templates")
# The browser itself enforces that nothing is loaded. A blob: is how the decisions are saved.
_POLICY = "default-src 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


class _Proposal(NamedTuple):
    belief: float
    photo: str  # from the album on
    landmark: str
    words: str
    reason: str
    place: Place | None


class ReviewPage:
    """Takes rows as they come, keeps of them what the page shows, and writes it.

    Example: `page = ReviewPage(album, settings)`, `page.add(row)` for each row, `page.write("review.html", lead)`.
    """

    def __init__(self, album: Path, settings: dict[str, Any]) -> None:
        self.album, self.settings = album, settings
        self._proposals: list[_Proposal] = []
        self._suspects: list[str] = []
        self._odd: list[str] = []
        self._known: set[tuple[int, int]] = set()

    def add(self, row: TagRow) -> None:
        """Take note of a row."""
        if row.known:
            self._known.add((round(row.known.latitude), round(row.known.longitude)))
        if row.status is Status.SUSPECT and len(self._suspects) < _MAX_SUSPECT:
            self._suspects.append(f"{self._relative(row)}: {row.reason}")
        self._odd += [f"{self._relative(row)}: {why}" for why in row.warnings[: _MAX_ODD - len(self._odd)]]
        if row.proposed and row.landmark:
            words = belief_in_words(row)
            photo = self._relative(row)
            self._proposals.append(_Proposal(row.belief or 0, photo, row.landmark, words, row.reason, row.place))

    def write(self, path: str | Path, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Returns its path."""
        with atomic_write(path) as file:
            for part in self._parts(lead):
                file.write(part.encode("utf-8", "replace"))  # a file's name may hold bytes that are no text
        return Path(path)

    def _relative(self, row: TagRow) -> str:
        return str(Path(row.photo).relative_to(self.album))

    def _parts(self, lead: str) -> Iterator[str]:
        places = self._by_place()
        order = [one for _, proposals in places for one in proposals]
        pictured = set(islice((one.photo for one in sorted(order, key=lambda one: one.belief)), MAX_THUMBNAILS))
        title = escape(f"Where was {self.album.resolve().name}/ taken?")
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{PAGE_STYLE}{_asset('review.css')}</style>\n</head>\n<body>\n<main>\n"
            f'<h1>{title}</h1>\n<p class="lead">{escape(lead)}</p>\n'
        )
        yield self._map(places)
        yield _BAR if order else "<p>There is nothing to decide on.</p>\n"
        thumbnails = thumbnail_uris(
            (self.album / one.photo for one in order if one.photo in pictured), side_px=_THUMBNAIL_PX
        )
        number = 0
        for index, (landmark, proposals) in enumerate(places):
            yield _place_head(index, landmark, proposals)
            for one in proposals:
                yield _tile(number, one, next(thumbnails) if one.photo in pictured else None)
                number += 1
            yield "</ul>\n"
        if self._suspects:
            yield "<h2>GPS that does not fit</h2>\n<p>These photos keep their GPS.</p>\n" + _listed(self._suspects)
        if self._odd:
            yield "<h2>What is odd</h2>\n" + _listed(self._odd)
        yield f'</main>\n<script type="application/json" id="kept">{self._kept(order)}</script>\n'
        yield f"<script>{_asset('review.js') if order else ''}</script>\n</body>\n</html>\n"

    def _by_place(self) -> list[tuple[str, list[_Proposal]]]:
        """The proposals of each landmark, the most doubtful first, and so the landmarks."""
        places: dict[str, list[_Proposal]] = {}
        for one in sorted(self._proposals, key=lambda one: (one.belief, one.photo)):
            places.setdefault(one.landmark, []).append(one)
        return list(places.items())

    def _kept(self, order: list[_Proposal]) -> str:
        """What the script needs, in ASCII, which also holds names whose bytes are no text."""
        kept = {
            "settings": self.settings,
            "file_name": FILE_NAME,
            "proposals": [(one.photo, one.landmark) for one in order],
        }
        return json.dumps(kept).replace("<", "\\u003c")

    def _map(self, places: list[tuple[str, list[_Proposal]]]) -> str:
        dots = [f'<circle class="known" cx="{east + 180}" cy="{90 - north}" r="1"/>' for north, east in self._known]
        for index, (landmark, proposals) in enumerate(places):
            place = proposals[0].place
            if place and place.coordinates:
                east, north = place.coordinates.longitude, place.coordinates.latitude
                said = escape(f"{landmark}: {count_text(len(proposals), 'photo')}", quote=True)
                dots.append(
                    f'<a href="#place-{index}" aria-label="{said}"><circle class="place" cx="{east + 180:.2f}" '
                    f'cy="{90 - north:.2f}" r="2"><title>{said}</title></circle></a>'
                )
        known = " Grey: where photos with GPS were taken, to a degree." if self._known else ""
        return (
            '<svg class="world" viewBox="0 5 360 145" role="group" aria-label="Map of the world with the places">'
            f'<path class="land" d="{_outline()}"/>{"".join(dots)}</svg>\n'
            f'<p class="legend">Red: what is proposed; follow a dot to its photos.{known}</p>\n'
        )


_BAR = """<form class="bar" onsubmit="return false">
<span class="count" id="count" role="status"></span>
<fieldset><legend>Where to write</legend>
<label><input type="radio" name="write" value="sidecar" checked> beside the photos (.xmp)</label>
<label><input type="radio" name="write" value="photo"> into the photos</label></fieldset>
<button class="main" id="save" type="button">Save decisions</button>
</form>
<p class="legend">Untick what is wrong, save, and run <code>landmark tag --apply</code> with the saved file. The most
doubtful proposals come first. <code>landmark undo</code> takes all of it back.</p>
"""


def _place_head(index: int, landmark: str, proposals: list[_Proposal]) -> str:
    place = proposals[0].place
    where = [count_text(len(proposals), "photo")]
    if place and place.countries:
        where.insert(0, " / ".join(country.name for country in place.countries))
    if place and place.coordinates:
        where.insert(1, f"{place.coordinates.latitude:.4f}, {place.coordinates.longitude:.4f}")
    tiles = f"tiles-{index}"
    return (
        f'<div class="place-head" id="place-{index}"><h2>{escape(landmark)}</h2>'
        f'<span class="where">{escape(" · ".join(where))}</span>'
        f'<button type="button" data-tick="all" aria-controls="{tiles}">all</button>'
        f'<button type="button" data-tick="none" aria-controls="{tiles}">none</button></div>\n'
        f'<ul class="tiles" id="{tiles}">\n'
    )


def _tile(number: int, one: _Proposal, thumbnail: str | None) -> str:
    name = escape(Path(one.photo).name)
    picture = (
        f'<img src="{thumbnail}" alt="" loading="lazy">' if thumbnail else '<span class="missing">no picture</span>'
    )
    return (
        f'<li class="tile"><label title="{escape(one.photo, quote=True)}">{picture}'
        f'<input type="checkbox" value="{number}" checked autocomplete="off"><span class="name">{name}</span>'
        f'<span class="why">{escape(one.words)}: {escape(one.reason)}</span></label></li>\n'
    )


def _listed(lines: list[str]) -> str:
    points = "\n".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>\n{points}\n</ul>\n"


def _outline() -> str:
    """The coasts as an SVG path, a degree to a unit, north up."""
    longitudes, latitudes = world_outline()
    parts, begins = [], True
    for east, north in chain(zip(longitudes, latitudes, strict=True), [(None, None)]):
        if east is None or north is None:
            parts.append("Z" if not begins else "")
            begins = True
            continue
        parts.append(f"{'M' if begins else 'L'}{east + 180:.1f} {90 - north:.1f}")
        begins = False
    return "".join(parts)


def _asset(name: str) -> str:
    return (_REVIEW / name).read_text(encoding="utf-8")
