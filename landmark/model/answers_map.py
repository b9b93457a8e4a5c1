"""The map of many answers: where the photos were taken that `landmark locate` read, or the landmarks that they show."""

from pathlib import Path

from landmark.geo.coordinates import Coordinates
from landmark.geo.regions import name_position
from landmark.model.answer import Answer
from landmark.pages.places_map.page import Kind, PlacesMap

_KINDS = {
    "landmark": Kind("recognised", "#c0392b", "where the landmark stands that a photo shows"),
    "had GPS": Kind("had GPS", "#5c6670", "where photos with GPS were taken"),
    "suspect": Kind("suspect", "#b9770e", "suspect: at their GPS, and they show what stands elsewhere"),
}


class AnswersMap:
    """Takes answers as they come, and writes a page with a map: `add(answer)` for each, then `write(lead)`.

    Raises `ConfigurationError` for a file that is no page.
    """

    def __init__(self, path: Path) -> None:
        self._page = PlacesMap(path, _KINDS)

    def add(self, answer: Answer) -> None:
        """Add a photo: where it was taken by its own position, else where its landmark stands."""
        countries = " / ".join(country.name for country in answer.countries)
        label = ", ".join(filter(None, [answer.landmark, countries]))
        if answer.known:
            is_there = answer.landmark and not answer.suspect
            kind = "suspect" if answer.suspect else "had GPS"
            self._page.add(kind, label if is_there else _town(answer.known), answer.known, answer.photo)
        elif answer.coordinates:
            self._page.add("landmark", label, answer.coordinates, answer.photo)
        elif answer.landmark:
            self._page.add_unplaced("its place is not known", label)

    def write(self, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Return its path."""
        return self._page.write("Landmarks in these photos", lead)


def _town(at: Coordinates) -> str:
    names = name_position(at)
    return ", ".join(dict.fromkeys(filter(None, [names.city, names.state, names.country]))) or "without a name"
