"""The review of an album as one HTML file: proposals by place with thumbnails, a map, boxes to tick, decisions to save.

It loads nothing from anywhere: thumbnails are inside, the map is an outline in the public domain (Natural Earth).
"""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from landmark.core.text import confidence_text, count_text
from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.pages.coastline import land_path
from landmark.pages.rendering import write_page
from landmark.photo.thumbnails import thumbnail_uris
from landmark.tagging.review.choices import Choice, accept_doubtful
from landmark.tagging.review.decisions import FILE_NAME
from landmark.tagging.review.digests import photo_digest
from landmark.tagging.rows import Status, TagRow

MAX_THUMBNAILS = 2000  # 6 kB each; proposals beyond the most doubtful so many are shown by name
_MAX_LISTED = 200  # suspect positions, and warnings
_THUMBNAIL_PX = 200
_TEMPLATE = Path(__file__).with_name("templates") / "review.html"


class _Proposal(NamedTuple):
    belief: float
    photo: str  # from the album on
    landmark: str  # or the file that tells the position
    words: str
    reason: str
    place: Place | None
    against: tuple[str, ...] = ()
    choice: Choice | None = None  # what accepting a doubtful one is: a person's own
    ticked: bool = True

    @property
    def name(self) -> str:
        return Path(self.photo).name


@dataclass(frozen=True)
class _Group:
    """The proposals of one landmark, the most doubtful first."""

    number: int
    first: int  # the number of its first proposal among all
    landmark: str
    proposals: list[_Proposal]

    @property
    def coordinates(self) -> Coordinates | None:
        place = self.proposals[0].place
        return place.coordinates if place else None

    @property
    def where(self) -> str:
        """Return countries, coordinates and the number of photos, as far as they are known."""
        place, at = self.proposals[0].place, self.coordinates
        countries = " / ".join(country.name for country in place.countries) if place else ""
        coordinates = f"{at.latitude:.4f}, {at.longitude:.4f}" if at else ""
        return " · ".join(filter(None, [countries, coordinates, count_text(len(self.proposals), "photo")]))


class ReviewPage:
    """Takes rows as they come, keeps of them what the page shows, and writes it.

    Example: `page = ReviewPage(album, settings)`, `page.add(row)` for each row, `page.write("review.html", lead)`.
    """

    def __init__(self, album: Path, settings: dict[str, Any], *, max_thumbnails: int | None = None) -> None:
        self.album, self.settings = album, settings
        self.max_thumbnails = MAX_THUMBNAILS if max_thumbnails is None else max_thumbnails
        self._proposals: list[_Proposal] = []
        self._suspects: list[str] = []
        self._warnings: list[str] = []
        self._known: set[tuple[int, int]] = set()

    def add(self, row: TagRow) -> None:
        """Add a row to the page."""
        photo = str(Path(row.photo).relative_to(self.album))
        if at := row.coordinates if row.position_from else row.known:
            self._known.add((round(at.latitude), round(at.longitude)))
        if row.status is Status.SUSPECT and len(self._suspects) < _MAX_LISTED:
            self._suspects.append(f"{photo}: {row.reason}")
        self._warnings += [f"{photo}: {why}" for why in row.warnings[: _MAX_LISTED - len(self._warnings)]]
        if row.proposed or row.status is Status.DOUBTFUL:
            belief, words = row.certainty or 0.0, confidence_text(row.certainty)
            choice = accept_doubtful(row) if row.status is Status.DOUBTFUL else None
            ticked = row.status not in (Status.DOUBTFUL, Status.NEAR_OTHERS)
            one = _Proposal(belief, photo, row.label, words, row.reason, row.place, row.against, choice, ticked)
            self._proposals.append(one)

    def write(self, path: str | Path, lead: str) -> Path:
        """Write the page, whole or not at all; `lead` stands under its title. Return its path."""
        groups = self._groups()
        order = [one for group in groups for one in group.proposals]
        doubtful = sorted(order, key=lambda one: one.belief)
        pictured = {one.photo for one in islice(doubtful, self.max_thumbnails)}
        photos = (self.album / one.photo for one in order if one.photo in pictured)
        uris = thumbnail_uris(photos, side_px=_THUMBNAIL_PX)  # made while the page is written, in its order
        return write_page(
            path,
            _TEMPLATE,
            title=f"Where was {self.album.resolve().name}/ taken?",
            lead=lead,
            land=land_path(),
            known=self._known,
            groups=groups,
            thumbnail=lambda one: next(uris) if one.photo in pictured else None,
            suspects=self._suspects,
            warnings=self._warnings,
            kept={
                "settings": self.settings,
                "file_name": FILE_NAME,
                "proposals": [(one.photo, self._accepted(one)) for one in order],
            },
        )

    def _accepted(self, one: _Proposal) -> dict[str, Any]:
        """Return the decision on a proposal that is ticked."""
        choice = one.choice or Choice(True, one.landmark)
        return replace(choice, digest=photo_digest(self.album / one.photo)).to_dict()

    def _groups(self) -> list[_Group]:
        """Return the proposals of each landmark, the most doubtful first, and so the landmarks."""
        places: dict[tuple[bool, str], list[_Proposal]] = {}
        for one in sorted(self._proposals, key=lambda one: (one.ticked, one.belief, one.photo)):
            places.setdefault((one.ticked, one.landmark), []).append(one)
        groups, first = [], 0
        for number, ((ticked, landmark), proposals) in enumerate(places.items()):
            heading = landmark if ticked else f"{landmark or 'Nearby photos'}, for you to decide"
            groups.append(_Group(number, first, heading, proposals))
            first += len(proposals)
        return groups
