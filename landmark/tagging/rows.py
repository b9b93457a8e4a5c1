"""The row of one photo of an album, which the command prints, the page shows and files hold."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country
from landmark.geo.place import Place
from landmark.geo.place_names import PlaceNames
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.place_tag import PositionMethod
from landmark.model.answer import Candidate


class Status(StrEnum):
    """What is known about a photo's place, or proposed. `PROPOSED` are those that could be written."""

    HAS_GPS = "has_gps"
    SUSPECT = "suspect"  # it has GPS, and shows a landmark that stands elsewhere
    TAGGED = "tagged"  # an earlier run wrote a place
    RECOGNISED = "recognised"
    RECOGNISED_WITH_NEIGHBOURS = "recognised_with_neighbours"
    FROM_TAKEOUT = "from_takeout"  # the JSON of its Google Takeout tells where it was taken
    ON_TRACK = "on_track"  # a track tells where it was taken; it may be recognised as well
    NEAR_OTHERS = "near_others"  # photos taken shortly before or after tell, and nothing else: the lowest class
    BY_HAND = "by_hand"  # a person gave the place on the review page
    DOUBTFUL = "doubtful"  # a candidate that something speaks against: for a person to decide on
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"  # a video or a RAW file of a kind that is not read


BY_HAND = "a person"  # what the position is from that was typed
# Warnings of rows that could be written, where a person decided.
DECLINED, NOT_DECIDED = "not written: declined", "not written: it was not there to decide on"
PROPOSED = frozenset(
    {
        Status.RECOGNISED,
        Status.RECOGNISED_WITH_NEIGHBOURS,
        Status.FROM_TAKEOUT,
        Status.ON_TRACK,
        Status.NEAR_OTHERS,
        Status.BY_HAND,
    }
)


@dataclass(frozen=True)
class TagRow:
    """One photo: what its metadata says, what is proposed and why, and what was written.

    `place` is that of the landmark; `coordinates` is what would be written, None for a landmark too wide to be a
    point. `confidence` is the model's for the landmark, `belief` the same after the evidence of nearby photos.
    `known` is the position that the photo has already, from `known_from`, `distance_km` from the landmark;
    `known_names` are what its metadata calls the place, `names` what its known or proposed position is called.
    `written` is `photo`, `sidecar`, or None; `error` says why something could not be read or written. `method` is how
    `coordinates` were found; where not by recognition, `position_from` names the file and `position_radius_km` how
    wrong they may be. `probability` is that of the position being right within its radius and 1 km, and `against`
    tells in sentences what speaks against it. `beliefs` are those of all candidates, refused ones too; rows for
    programs leave them out.
    """

    photo: str
    status: Status
    reason: str
    landmark: str | None = None
    confidence: float | None = None
    belief: float | None = None
    place: Place | None = None
    coordinates: Coordinates | None = None
    known: Coordinates | None = None
    known_from: str | None = None
    distance_km: float | None = None
    taken: datetime | None = None
    camera: str | None = None
    direction_deg: float | None = None
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    error: str | None = None
    written: str | None = None
    method: PositionMethod = PositionMethod.RECOGNITION
    position_from: str | None = None
    position_radius_km: float | None = None
    known_names: PlaceNames | None = None
    names: PlaceNames | None = None
    probability: float | None = None
    against: tuple[str, ...] = ()
    beliefs: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of_metadata(cls, photo: str, metadata: PhotoMetadata) -> Self:
        """Return the row of a photo as its metadata alone decides it: tagged before, with a position, or unknown."""
        status, reason = Status.UNKNOWN, ""
        if metadata.recognised:
            status, reason = Status.TAGGED, "an earlier run wrote what it recognised"
        elif metadata.written_by is PositionMethod.BY_HAND:
            status, reason = Status.TAGGED, "an earlier run wrote where a person placed it"
        elif metadata.coordinates:
            status, reason = Status.HAS_GPS, f"has GPS from {metadata.coordinates_from}"
        return cls(
            photo,
            status,
            reason,
            known=metadata.coordinates,
            known_from=metadata.coordinates_from,
            taken=metadata.taken,
            camera=metadata.camera,
            direction_deg=metadata.direction_deg,
            known_names=metadata.names,
            warnings=metadata.problems,
        )

    @property
    def proposed(self) -> bool:
        """Return whether there is a place that could be written."""
        return self.status in PROPOSED

    @property
    def radius_km(self) -> float | None:
        """Return how far the landmark reaches from its coordinates, in km; or how wrong another position may be."""
        if self.position_from:
            return self.position_radius_km
        return self.place.radius_km if self.place else None

    @property
    def label(self) -> str:
        """Return what is proposed, in a few words: the landmark, or the file that tells the position."""
        return self.landmark or self.position_from or ""

    @property
    def certainty(self) -> float | None:
        """Return how sure what is proposed is: the belief in the landmark, else that the position is right."""
        return self.belief if self.landmark else self.probability

    @property
    def countries(self) -> tuple[Country, ...]:
        """Return the landmark's country; several where a border runs through it."""
        return self.place.countries if self.place else ()

    @property
    def located(self) -> Coordinates | None:
        """Return the best known position of the photo: its own, else the proposed one; that in doubt is none."""
        return self.known or self._proposed_coordinates

    @property
    def _proposed_coordinates(self) -> Coordinates | None:
        return self.coordinates if self.proposed else None

    def to_row(self) -> dict[str, Any]:
        """Return it as `landmark tag --json` prints it: always these keys, in this order, plain JSON values.

        >>> row = TagRow("a.jpg", Status.UNKNOWN, "no landmark I know").to_row()
        >>> row["photo"], row["status"], row["latitude"], row["error"]
        ('a.jpg', 'unknown', None, None)
        """
        at = self._proposed_coordinates  # a program that reads no status must not take a doubtful place for the photo's
        return {
            "photo": self.photo,
            "status": self.status.value,
            "reason": self.reason,
            "landmark": self.landmark,
            "confidence": _rounded(self.confidence),
            "belief": _rounded(self.belief),
            "latitude": at.latitude if at else None,
            "longitude": at.longitude if at else None,
            "radius_km": self.radius_km,
            "country": self.place.country if self.place else None,
            "known_latitude": self.known.latitude if self.known else None,
            "known_longitude": self.known.longitude if self.known else None,
            "known_from": self.known_from,
            "distance_km": None if self.distance_km is None else round(self.distance_km, 3),
            "taken": self.taken.isoformat() if self.taken else None,
            "camera": self.camera,
            "direction_deg": self.direction_deg,
            "candidates": [one.to_row() for one in self.candidates],
            "written": self.written,
            "warnings": list(self.warnings),
            "error": self.error,
            "position_from": self.position_from,
            "known_names": vars(self.known_names) if self.known_names else None,
            "names": vars(self.names) if self.names else None,
            "probability": _rounded(self.probability),
            "against": list(self.against),
        }


def _rounded(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction, 4)
