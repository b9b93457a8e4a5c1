"""The page with the map: dots with the number of photos, which part as one zooms in, and a list by place beside it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landmark.core.errors import ConfigurationError
from landmark.core.text import count_text
from landmark.geo.coordinates import Coordinates
from landmark.pages.coastline import land_path
from landmark.pages.places_map.cells import Cells
from landmark.pages.rendering import write_page

_TEMPLATE = Path(__file__).with_name("templates") / "map.html"
_SUFFIXES = (".html", ".htm")
_MOST_LISTED = 2000  # places


@dataclass(frozen=True)
class Kind:
    """A kind of photos: in a word or two, the colour of their dots, and what the legend says if that is more."""

    words: str
    colour: str
    meaning: str = ""


@dataclass
class _Place:
    number: int
    label: str
    counts: Counter[str] = field(default_factory=Counter)  # by kind, or by what is not on the map

    @property
    def said(self) -> str:
        """Return the number of photos, and of each kind where there are several."""
        photos = count_text(self.counts.total(), "photo")
        kinds = ", ".join(f"{n:,} {words}" for words, n in self.counts.most_common())
        return f"{photos}: {kinds}" if len(self.counts) > 1 else f"{photos}, {kinds}"


class PlacesMap:
    """Takes photos as they come, and writes the page. Raises `ConfigurationError` for a file that is no page.

    Example: `page = PlacesMap("map.html", {"new": Kind("new", "#c0392b")})`, then `page.add("new", "Petra", at,
    "a.jpg")` for each photo, and `page.write("Holiday", "2 photos")`.
    """

    def __init__(self, path: Path, kinds: Mapping[str, Kind]) -> None:
        if path.suffix.lower() not in _SUFFIXES or path.is_dir():
            raise ConfigurationError(
                f"{path}: found a folder or the extension {path.suffix!r} for a map. Expected a page to write, such as "
                "map.html. (--out writes .kml, .gpx and .geojson, for other maps.)"
            )
        self.path, self.kinds = path, kinds
        self._numbers = {kind: number for number, kind in enumerate(kinds)}
        self._cells = Cells()
        self._places: dict[str, _Place] = {}

    def add(self, kind: str, place: str, at: Coordinates, photo: str) -> None:
        """Add a photo to the map and to the list."""
        one = self._place(place)
        one.counts[self.kinds[kind].words] += 1
        self._cells.add(at, self._numbers[kind], one.number, photo)

    def add_unplaced(self, words: str, place: str) -> None:
        """Add a photo to the list alone, such as one of which it is not sure that it is of this place."""
        self._place(place).counts[words] += 1

    def _place(self, label: str) -> _Place:
        return self._places.setdefault(label, _Place(len(self._places), label))

    def write(self, title: str, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Return its path."""
        places = sorted(self._places.values(), key=lambda one: (-one.counts.total(), one.label))
        shown = {cell.kind for cell in self._cells}
        return write_page(
            self.path,
            _TEMPLATE,
            title=title,
            lead=lead,
            land=land_path(),
            places=places[:_MOST_LISTED],
            n_more=len(places) - _MOST_LISTED,
            placed={cell.place for cell in self._cells},
            kinds=[kind for number, kind in enumerate(self.kinds.values()) if number in shown],
            dots=[(*cell.middle, list(self.kinds.values())[cell.kind].colour) for cell in self._cells][:_MOST_LISTED],
            data=self._data(),
        )

    def _data(self) -> dict[str, Any]:
        """Return what the script draws: [latitude, longitude, kind, photos, place, names] of each cell."""
        cells = []
        for cell in self._cells:
            latitude, longitude = cell.middle
            cells.append(
                [round(latitude, 6), round(longitude, 6), cell.kind, cell.n, cell.place, list(map(_text, cell.photos))]
            )
        return {
            "kinds": [[kind.words, kind.colour] for kind in self.kinds.values()],
            "places": [_text(place.label) for place in self._places.values()],
            "cells": cells,
        }


def _text(name: str) -> str:
    return name.encode("utf-8", "replace").decode()  # a file's name may hold bytes that are no text
