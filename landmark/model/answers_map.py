"""The map of many answers: where the landmarks stand that `landmark locate` found in photos."""

from pathlib import Path

from landmark.model.answer import Answer
from landmark.pages.places_map.page import Kind, PlacesMap

_KINDS = {"landmark": Kind("recognised", "#c0392b", "where the landmark stands that a photo shows")}


class AnswersMap:
    """Takes answers as they come, and writes a page with a map: `add(answer)` for each, then `write(lead)`.

    Raises `ConfigurationError` for a file that is no page.
    """

    def __init__(self, path: Path) -> None:
        self._page = PlacesMap(path, _KINDS)

    def add(self, answer: Answer) -> None:
        """Add a photo; one without a landmark is not on the map."""
        if not answer.landmark:
            return
        countries = " / ".join(country.name for country in answer.countries)
        label = ", ".join(filter(None, [answer.landmark, countries]))
        if answer.coordinates:
            self._page.add("landmark", label, answer.coordinates, answer.photo)
        else:
            self._page.add_unplaced("its place is not known", label)

    def write(self, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Return its path."""
        return self._page.write("Landmarks in these photos", lead)
