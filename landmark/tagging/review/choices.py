"""What a person decided on one photo: its proposal is accepted or declined, or the place is given by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from landmark.geo.coordinates import Coordinates
from landmark.tagging.rows import TagRow


@dataclass(frozen=True)
class Choice:
    """A decision on a photo, whose proposal was `shown`: the landmark, the file of the position, or "".

    `landmark` or `coordinates` are there where a person gave the place by hand. `digest` is the photo's when it was
    decided on, None in decisions of the first version.

    >>> Choice(True, "Petra").to_dict()
    {'landmark': 'Petra', 'write': True}
    >>> Choice.from_dict({"landmark": "", "write": True, "by_hand": {"landmark": "Petra"}}).label
    'Petra'
    """

    write: bool
    shown: str
    landmark: str | None = None
    coordinates: Coordinates | None = None
    digest: str | None = None

    @property
    def by_hand(self) -> bool:
        """Return whether a person gave the place."""
        return self.landmark is not None or self.coordinates is not None

    @property
    def label(self) -> str:
        """Return the place that was decided on, in a few words."""
        if self.coordinates:
            return f"{self.coordinates.latitude:.5f}, {self.coordinates.longitude:.5f}"
        return self.landmark or self.shown

    def to_dict(self) -> dict[str, Any]:
        """Return it as a file of decisions has it."""
        given: dict[str, Any] = {"landmark": self.landmark} if self.landmark is not None else {}
        if self.coordinates:
            given = {"latitude": self.coordinates.latitude, "longitude": self.coordinates.longitude}
        found = {"landmark": self.shown, "write": self.write, "by_hand": given, "digest": self.digest}
        return {key: value for key, value in found.items() if value not in (None, {})}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """Return the choice that a file of decisions holds. Raises what plain values of another kind raise."""
        given = found.get("by_hand", {})
        landmark, digest = given.get("landmark"), found.get("digest")
        at = Coordinates(given["latitude"], given["longitude"]) if "latitude" in given else None
        return cls(
            found["write"] is True,
            str(found["landmark"]),
            None if landmark is None or at else str(landmark),
            at,
            None if digest is None else str(digest),
        )


def accept_doubtful(row: TagRow) -> Choice | None:
    """Return the choice that accepts a doubtful proposal: its place is a person's then. None where it has no place."""
    at = None if row.landmark else row.coordinates
    return Choice(True, row.label, row.landmark, at) if row.landmark or at else None
