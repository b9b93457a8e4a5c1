"""What is written of a photo: a landmark that was recognised, a position, and the names of where the camera stood."""

from dataclasses import dataclass
from enum import StrEnum

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country
from landmark.geo.place_names import PlaceNames


class PositionMethod(StrEnum):
    """How a position was found, as it is written into GPSProcessingMethod."""

    RECOGNITION = "LANDMARK RECOGNITION"
    TAKEOUT = "GOOGLE TAKEOUT"
    TRACK = "GPS TRACK"


@dataclass(frozen=True)
class PlaceTag:
    """What is written. Without coordinates (a landmark that is wide) only its names are; without a landmark a position.

    `radius_km` is how wrong the coordinates may be for the camera: of a landmark, how far it reaches. `countries` are
    the landmark's; `names` are those of where the camera stood.
    """

    landmark: str | None = None
    confidence: float | None = None
    reason: str = ""
    coordinates: Coordinates | None = None
    radius_km: float | None = None
    countries: tuple[Country, ...] = ()
    method: PositionMethod = PositionMethod.RECOGNITION
    names: PlaceNames | None = None
    landmark_coordinates: Coordinates | None = None  # where it stands, of a position that is the camera's

    @property
    def shown_at(self) -> Coordinates | None:
        """Return where the landmark stands."""
        return self.coordinates if self.method is PositionMethod.RECOGNITION else self.landmark_coordinates

    @property
    def keywords(self) -> list[str]:
        """The landmark and its countries, as plain keywords."""
        return [self.landmark, *(country.name for country in self.countries)] if self.landmark else []

    def paths(self, separator: str) -> list[str]:
        """Return the landmark as a keyword with those above it, once for each country.

        >>> PlaceTag("Petra", 0.9, "recognised 90 %", countries=(Country("JO", "Jordan"),)).paths("|")
        ['Places|Jordan|Petra']
        """
        if not self.landmark:
            return []
        name = self.landmark.replace(separator, " ")
        above = [country.name.replace(separator, " ") for country in self.countries]
        return [separator.join(["Places", *one, name]) for one in ([[country] for country in above] or [[]])]
