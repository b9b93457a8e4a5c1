"""What one source (EXIF, XMP, a sidecar, a Takeout file) says of a photo."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from landmark.geo.coordinates import Coordinates
from landmark.geo.place_names import PlaceNames
from landmark.metadata.own_mark import OwnMark, own_method
from landmark.metadata.positions import Position
from landmark.metadata.time_kind import TimeKind


@dataclass(frozen=True)
class Reading:
    """What a source says; None where it says nothing.

    `taken` is what the camera's clock showed, with its zone (aware) where the source tells it, and `time_kind` what
    that is the time of; `day` is the date where there is no time of day. `gps_time` is the satellites' (UTC).
    `direction_deg` is where the camera looked, clockwise from north. `radius_km` is how wrong the coordinates may be,
    where the source says so; `names` are no position.
    """

    source: str
    coordinates: Coordinates | None = None
    taken: datetime | None = None
    gps_time: datetime | None = None
    direction_deg: float | None = None
    camera: str | None = None
    mark: OwnMark | None = None  # as it stands there; `own_mark` tells which position it is of
    has_own_names: bool = False  # of a landmark without a position, which this program wrote
    problems: tuple[str, ...] = ()
    time_kind: TimeKind = TimeKind.ORIGINAL
    day: date | None = None
    radius_km: float | None = None
    names: PlaceNames | None = None

    @property
    def recognised(self) -> bool:
        """Return whether its position, or where there is none its names, are what this program recognised."""
        if self.coordinates is None:
            return self.has_own_names
        method = own_method(self.coordinates, [self.own_mark] if self.own_mark else [])
        return method is not None and method.is_guess

    @property
    def own_mark(self) -> OwnMark | None:
        """Return the mark of a position that this program wrote, which `coordinates` need not be any more."""
        is_old = self.mark is not None and self.mark.coordinates is None
        return replace(self.mark, coordinates=self.coordinates) if self.mark and is_old else self.mark

    def with_problem(self, what: str) -> Self:
        """Return the same with one more thing that was found and rejected, or is believed with a reserve."""
        return replace(self, problems=(*self.problems, f"{self.source}: {what}"))

    def with_position(self, found: Position | str | None) -> Self:
        """Return the same with a position and what is to be said of it, or with why it is rejected."""
        if not isinstance(found, Position):
            return self.with_problem(f"GPS {found}") if found else self
        reading = replace(self, coordinates=found.coordinates, radius_km=found.radius_km)
        return reading.with_problem(f"GPS {found.note}") if found.note else reading


def camera_name(make: str, model: str) -> str | None:
    """Return what a camera is called; None for one without a name.

    >>> camera_name("Canon", "Canon EOS 5D"), camera_name("NIKON", "D750")
    ('Canon EOS 5D', 'NIKON D750')
    """
    return (model if model.casefold().startswith(make.casefold()) else f"{make} {model}").strip() or None
