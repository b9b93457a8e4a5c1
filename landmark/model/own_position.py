"""A photo's own position beside the landmark that is recognised in it: one rule for whatever compares the two.

A receiver may be wrong, and a photo may show a poster or a model of a landmark. Which of the two it is, a person says.
"""

from dataclasses import dataclass
from typing import Self

from landmark.core.text import confidence_text, km_text
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.place import Place
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.place_tag import PositionMethod

SUSPECT_KM = 25.0  # beyond the landmark's outer edge: towers and mountains are seen from afar


@dataclass(frozen=True)
class OwnPosition:
    """Where a photo says it was taken; `source` says so: EXIF, XMP, or the name of a file beside the photo.

    `recognised` is true of a position that this program wrote, since it recognised the landmark or a person decided so:
    it is no evidence against a landmark.

    >>> berlin = OwnPosition(Coordinates(52.5163, 13.3777), "EXIF")
    >>> berlin.is_suspect(Place("Petra", Coordinates(30.3285, 35.4444), 3))
    True
    >>> print(berlin)
    52.5163, 13.3777 (EXIF)
    """

    coordinates: Coordinates
    source: str
    recognised: bool = False

    def __str__(self) -> str:
        """Return it for people, to ten metres, with its source."""
        written = ", by an earlier run of landmark" if self.recognised else ""
        return f"{self.coordinates.latitude:.4f}, {self.coordinates.longitude:.4f} ({self.source}{written})"

    @classmethod
    def of_metadata(cls, metadata: PhotoMetadata) -> Self | None:
        """Return the position that a photo's metadata tells, or None."""
        if metadata.coordinates is None:
            return None
        is_ours = metadata.recognised or metadata.written_by is PositionMethod.BY_HAND
        return cls(metadata.coordinates, metadata.coordinates_from or "metadata", is_ours)

    def distance_km(self, place: Place | None) -> float | None:
        """Return how far it is from where a landmark stands, in km; None where that is not known."""
        return distance_km(place.coordinates, self.coordinates) if place and place.coordinates else None

    def contradicts(self, place: Place | None, suspect_km: float = SUSPECT_KM) -> bool:
        """Return whether it is more than `suspect_km` beyond the edge of a landmark."""
        apart_km = self.distance_km(place)
        return apart_km is not None and apart_km - _reach_km(place) > suspect_km

    def is_suspect(self, place: Place | None, suspect_km: float = SUSPECT_KM) -> bool:
        """Return whether it contradicts the landmark that is recognised for sure, and is evidence of its own."""
        return not self.recognised and self.contradicts(place, suspect_km)

    def suspicion(self, place: Place, confidence: float | None) -> str:
        """Return in words how far a recognised landmark is from it.

        >>> taj_mahal = Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5)
        >>> OwnPosition(Coordinates(23, 78), "EXIF").suspicion(taj_mahal, 0.97)
        'its GPS from EXIF is 464 km away from the recognised Taj Mahal (97 %)'
        """
        apart, recognised = km_text(self.distance_km(place) or 0.0), f"{place.name} ({confidence_text(confidence)})"
        return f"its GPS from {self.source} is {apart} away from the recognised {recognised}"


def _reach_km(place: Place | None) -> float:
    return (place.radius_km if place else None) or 0.0
