"""What is written of a photo: a landmark that was recognised, a position, and the names of where the camera stood."""

from dataclasses import dataclass
from enum import StrEnum

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country
from landmark.geo.place_names import PlaceNames


class PositionMethod(StrEnum):
    """How this program found a position: what its mark beside one begins with (`own_mark`)."""

    RECOGNITION = "LANDMARK RECOGNITION"
    TAKEOUT = "GOOGLE TAKEOUT"
    TRACK = "GPS TRACK"
    NEARBY = "NEARBY PHOTOS"
    BY_HAND = "PLACED BY HAND"

    @property
    def processing_method(self) -> str:
        """Return the word for GPSProcessingMethod, of the four that Exif has: GPS, CELLID, WLAN, MANUAL."""
        return "GPS" if self is PositionMethod.TRACK else "MANUAL"

    @property
    def is_guess(self) -> bool:
        """Return whether nothing measured the position, so that it is no evidence of where other photos were taken."""
        return self in (PositionMethod.RECOGNITION, PositionMethod.NEARBY)


_OF_LANDMARKS = (PositionMethod.RECOGNITION, PositionMethod.BY_HAND)  # whose position is where the landmark stands


@dataclass(frozen=True)
class PlaceTag:
    """What is written. Without coordinates (a landmark that is wide) only its names are; without a landmark a position.

    `radius_km` is how wrong the coordinates may be for the camera: of a landmark, how far it reaches. `countries` are
    the landmark's; `names` are those of where the camera stood, `keyword_names` those that become keywords as well.
    `shown` is a landmark that a photo with a position of its own shows: it is told as what is shown, and no more.
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
    shown: str | None = None
    keyword_names: PlaceNames | None = None

    @property
    def label(self) -> str:
        """Return what is written, in a few words."""
        return self.landmark or (self.method.value if self.coordinates else "names")

    @property
    def shown_at(self) -> Coordinates | None:
        """Return where the landmark stands."""
        is_landmarks_own = self.method in _OF_LANDMARKS and not self.shown
        return self.coordinates if is_landmarks_own else self.landmark_coordinates

    @property
    def keywords(self) -> list[str]:
        """Return the landmark, its countries and the names that are to be keywords: each once, as plain keywords."""
        landmark, names = self._keyword, self.keyword_names or PlaceNames()
        words = [landmark, *(country.name for country in self.countries)] if landmark else []
        words += [names.location, names.city, names.state, names.country]
        return list(dict.fromkeys(filter(None, words)))

    @property
    def _keyword(self) -> str | None:
        """Return the landmark that is a keyword."""
        return self.landmark or (self.shown if self.keyword_names else None)

    def paths(self, separator: str) -> list[str]:
        """Return the landmark as a keyword with those above it, once for each country, and the names if they are to be.

        >>> PlaceTag("Petra", 0.9, "recognised 90 %", countries=(Country("JO", "Jordan"),)).paths("|")
        ['Places|Jordan|Petra']
        """
        landmark, names = self._keyword, self.keyword_names or PlaceNames()
        paths = [[country.name, landmark] for country in self.countries] or [[landmark]] if landmark else []
        site = names.location if names.location != landmark else ""
        paths += [[name for name in (names.country, names.state, names.city, site) if name]]
        return [separator.join(name.replace(separator, " ") for name in ["Places", *path]) for path in paths if path]
