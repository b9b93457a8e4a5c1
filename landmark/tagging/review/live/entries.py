"""What a person may decide on: the rows of an album in the order and the groups in which the page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from landmark.core.text import confidence_text, count_text, json_text
from landmark.geo.coordinates import Coordinates
from landmark.tagging.review.choices import Choice, accept_doubtful
from landmark.tagging.rows import Status, TagRow


class Kind(StrEnum):
    """The kinds of groups, in the order in which the page shows them."""

    DOUBTFUL = "doubtful"
    PROPOSED = "proposed"
    NEAR_OTHERS = "near_others"
    UNKNOWN = "unknown"
    SUSPECT = "suspect"


_KINDS = {
    Status.DOUBTFUL: Kind.DOUBTFUL,
    Status.NEAR_OTHERS: Kind.NEAR_OTHERS,
    Status.UNKNOWN: Kind.UNKNOWN,
    Status.SUSPECT: Kind.SUSPECT,
}
_TITLES = {
    Kind.DOUBTFUL: ("Doubtful", "something speaks against these: not written unless you accept them"),
    Kind.NEAR_OTHERS: ("Nearby photos alone", "not written unless you accept them: nearby photos place homes too"),
    Kind.UNKNOWN: ("Unknown", "select those of one place and give it by hand"),
    Kind.SUSPECT: ("GPS that does not fit", "these photos keep their GPS"),
}
_MAX_KNOWN = 2000  # points on the map


@dataclass(frozen=True, slots=True)
class Entry:
    """A photo that can be decided on. `shown` is what the page shows of it, as JSON."""

    photo: str  # its path in the album
    kind: Kind
    label: str  # what is proposed: the landmark, or the file that tells the position
    landmark: str | None
    coordinates: Coordinates | None
    accepting: Choice | None  # what accepting the proposal is
    candidates: tuple[str, ...]
    shown: str
    rank: tuple[float, str, str]  # in its group

    @property
    def accepted(self) -> bool:
        """Return whether it is written if nobody says otherwise."""
        return self.kind is Kind.PROPOSED


@dataclass(frozen=True)
class Group:
    """Entries that stand under one heading: those of one landmark, or of one kind."""

    kind: Kind
    title: str
    where: str
    first: int  # the number of its first entry
    count: int
    coordinates: Coordinates | None


class ReviewEntries:
    """Takes rows as they come; `finish()` sorts them, and then `entries` are numbered from 0."""

    def __init__(self, album: Path) -> None:
        self.album = album
        self.entries: list[Entry] = []
        self.groups: list[Group] = []
        self.known: set[tuple[int, int]] = set()  # where photos with GPS were taken, to the nearest degree

    def add(self, row: TagRow) -> None:
        """Add a row. Those of photos that have their place, or cannot be read, are left out."""
        if row.known and len(self.known) < _MAX_KNOWN:
            self.known.add((round(row.known.latitude), round(row.known.longitude)))
        kind = _KINDS.get(row.status, Kind.PROPOSED if row.proposed else None)
        if kind is None:
            return
        photo = str(Path(row.photo).relative_to(self.album))
        sure = row.certainty or 0.0 if kind is Kind.PROPOSED else 0.0
        self.entries.append(
            Entry(
                photo,
                kind,
                row.label,
                row.landmark,
                row.coordinates,
                accept_doubtful(row) if kind is Kind.DOUBTFUL else Choice(True, row.label) if row.proposed else None,
                tuple(one.landmark for one in row.candidates),
                json_text(_shown(row, photo)),
                (sure, row.taken.isoformat() if row.taken else "", photo),
            )
        )

    def finish(self) -> None:
        """Sort the entries and make the groups: by kind, the proposals by landmark, the most doubtful first."""
        least: dict[str, float] = {}
        for one in self.entries:
            if one.kind is Kind.PROPOSED:
                least[one.label] = min(one.rank[0], least.get(one.label, 1.0))
        kinds = list(Kind)
        self.entries.sort(
            key=lambda one: (
                (kinds.index(one.kind), least.get(one.label, 0.0), one.label, *one.rank)
                if one.kind is Kind.PROPOSED
                else (kinds.index(one.kind), 0.0, "", *one.rank)
            )
        )
        self.groups = list(_groups(self.entries))


def _groups(entries: list[Entry]) -> Iterable[Group]:
    first = 0
    for (kind, label), members in groupby(entries, lambda one: (one.kind, one.label * one.accepted)):
        together = list(members)
        at = together[0].coordinates if label else None
        title, where = _TITLES.get(kind, (label, f"{at.latitude:.4f}, {at.longitude:.4f}" if at else ""))
        words = " \u00b7 ".join(filter(None, [count_text(len(together), "photo"), where]))
        yield Group(kind, title, words, first, len(together), at)
        first += len(together)


def _shown(row: TagRow, photo: str) -> dict[str, Any]:
    """Return what the page shows of a row."""
    return {
        "photo": photo,
        "name": Path(photo).name,
        "label": row.label,
        "words": confidence_text(row.certainty),
        "reason": row.reason,
        "against": list(row.against),
        "warnings": list(row.warnings),
        "candidates": [[one.landmark, confidence_text(one.confidence)] for one in row.candidates],
        "taken": row.taken.isoformat(" ", "minutes") if row.taken else None,
        "camera": row.camera,
        "at": _pair(row.coordinates),
        "known": _pair(row.known),
        "radius_km": row.radius_km,
    }


def _pair(at: Coordinates | None) -> tuple[float, float] | None:
    return (round(at.latitude, 5), round(at.longitude, 5)) if at else None
