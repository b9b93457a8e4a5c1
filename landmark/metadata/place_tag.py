"""The place that is written of a photo: a landmark, where it stands, and how surely it was recognised."""

from dataclasses import dataclass

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country


@dataclass(frozen=True)
class PlaceTag:
    """What is written. Without coordinates (a landmark that is wide) only its names are.

    `radius_km` is how far the landmark reaches from its coordinates, which is how wrong they may be for the camera.
    """

    landmark: str
    confidence: float
    reason: str
    coordinates: Coordinates | None = None
    radius_km: float | None = None
    countries: tuple[Country, ...] = ()

    @property
    def keywords(self) -> list[str]:
        """The landmark and its countries, as plain keywords."""
        return [self.landmark, *(country.name for country in self.countries)]

    def paths(self, separator: str) -> list[str]:
        """Return the landmark as a keyword with those above it, once for each country.

        >>> PlaceTag("Petra", 0.9, "recognised 90 %", countries=(Country("JO", "Jordan"),)).paths("|")
        ['Places|Jordan|Petra']
        """
        name = self.landmark.replace(separator, " ")
        above = [country.name.replace(separator, " ") for country in self.countries]
        return [separator.join(["Places", *one, name]) for one in ([[country] for country in above] or [[]])]
