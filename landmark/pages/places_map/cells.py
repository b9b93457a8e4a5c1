"""Photos gathered in small cells of a grid, so that a map of any number of them stays small."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from landmark.geo.coordinates import Coordinates

MOST_CELLS = 50_000  # beyond, cells become larger
_FIRST_DEGREES = 0.0005  # of a side: 55 m from north to south
_NAMED = 3  # photos of a cell


@dataclass
class Cell:
    """The photos of one kind and one place in one cell: their number, middle, and the first by name."""

    kind: int
    place: int
    n: int = 0
    latitude_sum: float = 0.0
    longitude_sum: float = 0.0
    photos: list[str] = field(default_factory=list)

    def add(self, n: int, latitude_sum: float, longitude_sum: float, photos: list[str]) -> None:
        """Add photos, with the sums of their coordinates in degrees."""
        self.n += n
        self.latitude_sum += latitude_sum
        self.longitude_sum += longitude_sum
        self.photos += photos[: _NAMED - len(self.photos)]

    @property
    def middle(self) -> tuple[float, float]:
        """Return the latitude and longitude of the middle, in degrees."""
        return self.latitude_sum / self.n, self.longitude_sum / self.n


class Cells:
    """Gather photos as they come; memory is bounded by `most` cells.

    >>> cells = Cells()
    >>> for north in (27.17500, 27.17501, 43.1):
    ...     cells.add(Coordinates(north, 78.0421), kind=0, place=0, photo=f"{north}.jpg")
    >>> [(one.n, one.photos) for one in cells]
    [(2, ['27.175.jpg', '27.17501.jpg']), (1, ['43.1.jpg'])]
    """

    def __init__(self, most: int = MOST_CELLS) -> None:
        self.most, self.degrees = most, _FIRST_DEGREES
        self._cells: dict[tuple[Any, ...], Cell] = {}

    def add(self, at: Coordinates, kind: int, place: int, photo: str) -> None:
        """Add a photo of a kind and a place, both by their number."""
        self._put(kind, place, 1, at.latitude, at.longitude, [photo])
        if len(self._cells) > self.most:
            self._make_larger()

    def _put(self, kind: int, place: int, n: int, latitude_sum: float, longitude_sum: float, photos: list[str]) -> None:
        row, column = (round(value / n / self.degrees) for value in (latitude_sum, longitude_sum))
        cell = self._cells.setdefault((row, column, kind, place), Cell(kind, place))
        cell.add(n, latitude_sum, longitude_sum, photos)

    def _make_larger(self) -> None:
        """Make cells twice as wide and high until they are few enough; those of many places and kinds stay as many."""
        while len(self._cells) > self.most * 0.7 and self.degrees < 1:
            self.degrees *= 2
            before, self._cells = self._cells, {}
            for one in before.values():
                self._put(one.kind, one.place, one.n, one.latitude_sum, one.longitude_sum, one.photos)

    def __iter__(self) -> Iterator[Cell]:
        yield from self._cells.values()
