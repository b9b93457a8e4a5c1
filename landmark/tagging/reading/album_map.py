"""The map of an album: where its photos were taken or are proposed to be. A place in doubt is in the list alone."""

from pathlib import Path

from landmark.pages.places_map.page import Kind, PlacesMap
from landmark.tagging.reading.places import Places
from landmark.tagging.rows import Status, TagRow

_KINDS = {
    "had GPS": Kind("had GPS", "#5c6670"),
    "tagged": Kind("tagged before", "#7a5aa6"),
    "new": Kind("new", "#c0392b"),
    "nearby": Kind("by nearby photos", "#d98880", "new, by nearby photos alone"),
    "suspect": Kind("suspect", "#b9770e", "suspect: at their GPS, and they show what stands elsewhere"),
}
_BY_STATUS = {
    Status.HAS_GPS: "had GPS",
    Status.SUSPECT: "suspect",
    Status.TAGGED: "tagged",
    Status.NEAR_OTHERS: "nearby",
}


class AlbumMap:
    """Takes rows as they come, and writes a page with a map: `add(row)` for each, then `write()`.

    Raises `ConfigurationError` for a file that is no page.
    """

    def __init__(self, path: Path, album: Path) -> None:
        self.album = album
        self._page = PlacesMap(path, _KINDS)
        self._places = Places()

    def add(self, row: TagRow) -> None:
        """Add a photo."""
        place = self._places.add(row)
        if place is None:
            return
        if at := row.located:
            photo = Path(row.photo)
            name = photo.relative_to(self.album) if photo.is_relative_to(self.album) else photo
            self._page.add(_BY_STATUS.get(row.status, "new"), place.label, at, str(name))
        elif row.status is Status.DOUBTFUL:
            self._page.add_unplaced("doubtful, not on the map", place.label)
        else:
            self._page.add_unplaced("without a position", place.label)

    def write(self, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Return its path."""
        return self._page.write(f"Where {self.album.resolve().name}/ was taken", lead)
