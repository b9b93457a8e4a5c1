"""The places of a user's own landmarks: from a table beside the data, from the gazetteer, or from the photos' GPS."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from landmark.dataset.categories import Categories
from landmark.dataset.folders import LabelledPhoto
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import name_key
from landmark.geo.gazetteer import Gazetteer, builtin_gazetteer, read_places
from landmark.geo.photo_positions import place_from_photos
from landmark.geo.place import Place
from landmark.metadata.merging import read_coordinates
from landmark.model.bundle import Bundle

PLACES_FILE = "places.csv"


def find_places(categories: Categories, data: Path, photos: Iterable[LabelledPhoto]) -> tuple[Place | None, ...]:
    """Find the place of each landmark, in order: in `data/places.csv`, the gazetteer, or the GPS of its photos.

    None where none is known: such a landmark is answered without coordinates.
    """
    table = own_places(data)
    gazetteer = builtin_gazetteer()
    found = {name: (table and table.find(name)) or gazetteer.find(name) for name in categories}
    unplaced = {label for label, name in enumerate(categories) if found[name] is None}
    taken: defaultdict[int, list[Coordinates]] = defaultdict(list)
    for photo in photos:
        if photo.label in unplaced and (coordinates := read_coordinates(photo.path)):
            taken[photo.label].append(coordinates)
    return tuple(
        found[name] or (place_from_photos(name, taken[label]) if taken[label] else None)
        for label, name in enumerate(categories)
    )


def own_places(data: Path) -> Gazetteer | None:
    """Read the table of places beside the data, if there is one. Raises `DataError` where it is none of places."""
    return read_places(data / PLACES_FILE) if (data / PLACES_FILE).is_file() else None


def places_of_no_landmark(categories: Categories, data: Path) -> list[str]:
    """Find rows of the table beside the data that belong to none of the landmarks: mostly they are misspelt."""
    table = own_places(data) or ()
    landmarks = {name_key(name) for name in categories}
    return [place.name for place in table if not landmarks & {name_key(name) for name in (place.name, *place.aliases)}]


def known_places(bundle: Bundle) -> list[tuple[Place, bool]]:
    """List the landmarks of a model and of the gazetteer, by name, each with whether the model recognises it.

    A landmark of the model whose place is not known is listed without coordinates.
    """
    recognised = {
        name_key(name): place or Place(name, None, None)
        for name, place in zip(bundle.categories, bundle.places, strict=True)
    }
    others = [place for place in builtin_gazetteer() if name_key(place.name) not in recognised]
    rows = [(place, True) for place in recognised.values()] + [(place, False) for place in others]
    return sorted(rows, key=lambda row: name_key(row[0].name))
