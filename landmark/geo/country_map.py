"""The country that a position lies in, by a map of runs: rows of 0.005 degrees, each cut from west to east by country.

The map comes from `dev/make_regions.py`. It reaches 12 nautical miles out to sea, the breadth of the territorial sea.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from landmark.core.directories import PACKAGE_DATA

ROWS, COLUMNS = 36_000, 72_000  # of 0.005 degrees: 556 m from south to north
REGIONS_FILE = PACKAGE_DATA / "regions.npz"


@dataclass(frozen=True)
class CountryMap:
    """The runs of all rows, one after another.

    `starts` (N,) are positions in the grid, row * COLUMNS + column, ascending from 0; `countries` (N,) index `codes`,
    whose first, the empty one, stands for no country.
    """

    starts: np.ndarray
    countries: np.ndarray
    codes: np.ndarray

    def look_up(self, latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
        """Return the numbers of the countries of positions in degrees, (N,) uint8; 0 where there is none."""
        rows = np.clip(np.floor((latitudes + 90) * (ROWS / 180)), 0, ROWS - 1).astype(np.uint32)
        columns = np.clip(np.floor((longitudes + 180) * (COLUMNS / 360)), 0, COLUMNS - 1).astype(np.uint32)
        found: np.ndarray = self.countries[np.searchsorted(self.starts, rows * COLUMNS + columns, "right") - 1]
        return found


@cache
def country_map() -> CountryMap:
    """Return the map in the package, read once."""
    with np.load(REGIONS_FILE) as file:
        starts = np.cumsum(from_planes(file["run_starts"]), dtype=np.uint32)
        return CountryMap(starts, file["run_countries"], texts(file["country_codes"]))


def from_planes(planes: np.ndarray) -> np.ndarray:
    """Return integers that are stored as planes of bytes, the lowest byte first: (bytes, N) uint8 -> (N,) int64.

    >>> from_planes(np.array([[1, 0], [0, 2]], np.uint8))
    array([  1, 512])
    """
    total = np.zeros(planes.shape[1], np.int64)
    for number, plane in enumerate(planes):
        total += plane.astype(np.int64) << (8 * number)
    return total


def texts(lines: np.ndarray) -> np.ndarray:
    """Return texts that are stored as lines in UTF-8: bytes (N,) -> strings (M,)."""
    return np.array(lines.tobytes().decode().split("\n"), dtype=object)
