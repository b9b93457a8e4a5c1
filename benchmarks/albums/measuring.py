"""How right places are, and how well probabilities hold: figures of rows against the truth, with intervals."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albums.making import Shot
from albums.sites import known_sites
from landmark.geo.coordinates import Coordinates, distance_km

TOLERANCE_KM = 1.0  # beyond its radius, a place is wrong
PROPOSED = frozenset({"recognised", "recognised_with_neighbours", "on_track", "from_takeout", "near_others"})
N_BINS = 10
_DRAWS = 500  # of the bootstrap


@dataclass(frozen=True)
class Placed:
    """A photo without GPS, and the place that it got: `error_km` from where the camera stood, None without one."""

    album: int
    status: str
    error_km: float | None
    radius_km: float

    @property
    def is_by_default(self) -> bool:
        """Return whether it has a place that not only nearby photos gave."""
        return self.error_km is not None and self.status != "near_others"

    @property
    def is_right(self) -> bool:
        """Return whether the camera stood within the radius and a little."""
        return self.error_km is not None and self.error_km <= self.radius_km + TOLERANCE_KM


@dataclass(frozen=True)
class Belief:
    """A candidate of a photo, how sure the judgement is of it, and whether the camera stood there."""

    album: int
    probability: float
    is_right: bool


def placed_by(row: Mapping[str, Any], shot: Shot, album: int) -> Placed:
    """Return what a row makes of a photo."""
    error_km = None
    if row["status"] in PROPOSED and row["latitude"] is not None:
        error_km = distance_km(Coordinates(row["latitude"], row["longitude"]), shot.stood_at)
    return Placed(album, row["status"], error_km, row["radius_km"] or 0.0)


def beliefs_of(row: Mapping[str, Any], shot: Shot, album: int) -> Iterator[Belief]:
    """Yield the candidates of a row, refused ones too."""
    sites = {site.landmark: site for site in known_sites()}
    for name, probability in row["beliefs"] or ():
        apart_km = distance_km(sites[name].at, shot.stood_at)
        yield Belief(album, probability, apart_km <= sites[name].radius_km + TOLERANCE_KM)


def share_off(placed: Iterable[Placed]) -> float:
    """Return the share of the places given by default that are off by more than their radius and 1 km."""
    given = [one for one in placed if one.is_by_default]
    return sum(not one.is_right for one in given) / len(given) if given else float("nan")


def answer_rate(placed: Sequence[Placed]) -> float:
    """Return the share of photos without GPS that get a place."""
    return sum(one.error_km is not None for one in placed) / len(placed)


def error_km(placed: Iterable[Placed]) -> tuple[float, float]:
    """Return the median and the 90th percentile of the errors of places, in km."""
    errors = [one.error_km for one in placed if one.error_km is not None] or [float("nan")]
    median, high = np.percentile(errors, (50, 90))
    return float(median), float(high)


def interval(placed: Sequence[Placed], measure: Callable[[list[Placed]], float]) -> tuple[float, float]:
    """Return a 95 % interval of a measure by a bootstrap over albums, whose photos are not independent."""
    rng = np.random.default_rng(0)
    by_album: dict[int, list[Placed]] = {}
    for one in placed:
        by_album.setdefault(one.album, []).append(one)
    groups = list(by_album.values())
    draws = rng.integers(len(groups), size=(_DRAWS, len(groups)))
    found = [measure([one for index in draw for one in groups[index]]) for draw in draws]
    low, high = np.nanpercentile(found, (2.5, 97.5))
    return float(low), float(high)


@dataclass(frozen=True)
class Bin:
    """Candidates of about the same probability: the mean of it, and the share that is right with a 95 % interval."""

    believed: float
    right: float
    low: float
    high: float

    @property
    def gap(self) -> float:
        """Return how much more are right than believed."""
        return self.right - self.believed


def calibration(beliefs: Sequence[Belief]) -> list[Bin]:
    """Return bins of equal count, the least probable first; intervals by a bootstrap over albums."""
    albums = np.array([one.album for one in beliefs])
    believed = np.array([one.probability for one in beliefs])
    right = np.array([one.is_right for one in beliefs], float)
    rng, bins = np.random.default_rng(0), []
    for part in np.array_split(np.argsort(believed, kind="stable"), N_BINS):
        n_right, n = (np.bincount(albums[part], weights) for weights in (right[part], np.ones(len(part))))
        there = np.flatnonzero(n)
        draws = there[rng.integers(len(there), size=(_DRAWS, len(there)))]
        low, high = np.percentile(n_right[draws].sum(axis=1) / n[draws].sum(axis=1), (2.5, 97.5))
        bins.append(Bin(float(believed[part].mean()), float(right[part].mean()), float(low), float(high)))
    return bins
