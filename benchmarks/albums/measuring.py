"""How right places are, and how well probabilities hold: figures of rows against the truth, with intervals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True)
class Share:
    """A share, with a 95 % interval by a bootstrap over albums, whose photos are not independent."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, albums: Sequence[int], counts: Sequence[bool]) -> "Share":
        """Return the share of what counts, of all; `albums` are the numbers of theirs."""
        if not counts:
            return cls(np.nan, np.nan, np.nan)
        n_counted, n = (np.bincount(albums, weights) for weights in (np.array(counts, float), np.ones(len(counts))))
        there = np.flatnonzero(n)
        draws = there[np.random.default_rng(0).integers(len(there), size=(_DRAWS, len(there)))]
        low, high = np.percentile(n_counted[draws].sum(axis=1) / n[draws].sum(axis=1), (2.5, 97.5))
        return cls(float(np.mean(counts)), float(low), float(high))

    def __str__(self) -> str:
        """Return it as percent."""
        return f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f})"


def share_off(placed: Iterable[Placed]) -> Share:
    """Return the share of the places given by default that are off by more than their radius and 1 km."""
    given = [one for one in placed if one.is_by_default]
    return Share.of([one.album for one in given], [not one.is_right for one in given])


def answer_rate(placed: Sequence[Placed]) -> Share:
    """Return the share of photos without GPS that get a place."""
    return Share.of([one.album for one in placed], [one.error_km is not None for one in placed])


def error_km(placed: Iterable[Placed]) -> tuple[float, float]:
    """Return the median and the 90th percentile of the errors of places, in km."""
    errors = [one.error_km for one in placed if one.error_km is not None] or [float("nan")]
    median, high = np.percentile(errors, (50, 90))
    return float(median), float(high)


@dataclass(frozen=True)
class Bin:
    """Candidates of about the same probability: the mean of it, and the share that is right."""

    believed: float
    right: Share

    @property
    def gap(self) -> float:
        """Return how much more are right than believed."""
        return self.right.value - self.believed


def calibration(beliefs: Sequence[Belief]) -> list[Bin]:
    """Return bins of equal count, the least probable first."""
    order = sorted(beliefs, key=lambda one: one.probability)
    parts = [[order[index] for index in part] for part in np.array_split(np.arange(len(order)), N_BINS)]
    return [
        Bin(
            float(np.mean([one.probability for one in part])),
            Share.of([one.album for one in part], [one.is_right for one in part]),
        )
        for part in parts
    ]
