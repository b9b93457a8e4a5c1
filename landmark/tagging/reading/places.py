"""The places of an album: its landmarks and towns, how many photos are of each, and what of it is new or in doubt."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from landmark.core.times import FIRST_PHOTO_YEAR
from landmark.geo.coordinates import Coordinates
from landmark.tagging.rows import Status, TagRow


@dataclass
class PlaceSummary:
    """The photos of one place: a landmark or a town, with region and country as far as they are known.

    `coordinates` are those of one of its photos, None where no position is known. `n_new` photos have a proposed place,
    `n_gps` had a position of their own, of which `n_suspect` contradict what they show, `n_tagged` were tagged by an
    earlier run, and of `n_doubtful` it is not sure that they are of this place. `days` are those on which they were
    taken, as their cameras count them.
    """

    name: str
    region: str = ""
    country: str = ""
    coordinates: Coordinates | None = None
    n_photos: int = 0
    n_new: int = 0
    n_gps: int = 0
    n_tagged: int = 0
    n_suspect: int = 0
    n_doubtful: int = 0
    days: set[date] = field(default_factory=set)

    def add(self, row: TagRow) -> None:
        """Count a photo of this place."""
        self.n_photos += 1
        self.n_new += row.proposed
        self.n_gps += row.status in (Status.HAS_GPS, Status.SUSPECT)
        self.n_tagged += row.status is Status.TAGGED
        self.n_suspect += row.status is Status.SUSPECT
        self.n_doubtful += row.status is Status.DOUBTFUL
        self.coordinates = self.coordinates or row.located
        if row.taken and row.taken.year >= FIRST_PHOTO_YEAR:
            self.days.add(row.taken.date())

    @property
    def label(self) -> str:
        """Return the name, the region and the country.

        >>> PlaceSummary("Berlin", "Berlin", "Germany").label
        'Berlin, Germany'
        """
        return ", ".join(dict.fromkeys(filter(None, [self.name, self.region, self.country])))


class Places:
    """Count rows by place as they pass; memory grows with the number of places, not of photos.

    >>> places = Places()
    >>> places.add(TagRow("a.jpg", Status.RECOGNISED, "", landmark="Taj Mahal")).label
    'Taj Mahal'
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], PlaceSummary] = {}

    def add(self, row: TagRow) -> PlaceSummary | None:
        """Count a photo; return its place, or None where nothing tells one."""
        found = _place_of(row)
        if found is None:
            return None
        key, empty = found
        place = self._places.setdefault(key, empty)
        place.add(row)
        return place

    def most_first(self) -> list[PlaceSummary]:
        """Return the places, those with most photos first."""
        return sorted(self._places.values(), key=lambda place: (-place.n_photos, place.label))


def summarise_places(rows: Iterable[TagRow]) -> list[PlaceSummary]:
    """Return the places of an album's rows, those with most photos first.

    Example: `for place in summarise_places(tag_folder("Holiday")): print(place.label, place.n_photos, place.n_new)`.
    """
    places = Places()
    for row in rows:
        places.add(row)
    return places.most_first()


def _place_of(row: TagRow) -> tuple[tuple[str, ...], PlaceSummary] | None:
    """Return what tells the place of a row from others, and a summary without photos."""
    names = row.names
    is_of_landmark = row.proposed or row.status is Status.DOUBTFUL  # others show it, maybe from afar, or on a poster
    landmark = (row.landmark if is_of_landmark else None) or (names.location if names else "")
    if landmark:
        town = (names.city or names.state) if names else ""
        country = names.country if names else " / ".join(country.name for country in row.countries)
        return (landmark,), PlaceSummary(landmark, town, country)
    if names and (name := names.city or names.state or names.country):
        return (name, names.state, names.country), PlaceSummary(name, names.state, names.country)
    if at := row.located:
        name = _degrees_text(at)
        return (name, "", ""), PlaceSummary(name)
    return None


def _degrees_text(at: Coordinates) -> str:
    """Return the degree in which a position lies that has no name, such as one at sea."""
    north, east = round(at.latitude), round(at.longitude)
    return f"near {abs(north)}° {'N' if north >= 0 else 'S'}, {abs(east)}° {'E' if east >= 0 else 'W'}"
