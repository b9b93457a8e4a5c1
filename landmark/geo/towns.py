"""The nearest town of a country, for many positions at once: true distances, also at the poles and the 180th meridian.

Towns lie in bins of latitude and longitude. A bin and the eight around it hold the nearest town, if any town in them is
closer than their rim; where none is, coarser bins are looked into.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from landmark.geo.coordinates import EARTH_RADIUS_KM
from landmark.geo.country_map import REGIONS_FILE, from_planes, texts

FAR_KM = 100.0  # no town is looked for farther away
_BIN_DEGREES = (0.1, 0.3, 1.0)  # the last is longer than FAR_KM on the ground: 111 km


@dataclass(frozen=True)
class Towns:
    """Towns by country: arrays (N,) of numbers of countries, degrees, and numbers of names and regions."""

    countries: np.ndarray
    latitudes: np.ndarray
    longitudes: np.ndarray
    names: np.ndarray
    regions: np.ndarray
    texts_of_names: np.ndarray
    texts_of_regions: np.ndarray
    _bins: list["_Bins"] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        vectors = unit_vectors(self.latitudes, self.longitudes)
        for step in _BIN_DEGREES:
            self._bins.append(_Bins.of(step, self.countries, self.latitudes, self.longitudes, vectors))

    def nearest(
        self, latitudes: np.ndarray, longitudes: np.ndarray, countries: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which town of its country is nearest to each position, -1 for none within `FAR_KM`, and how far it is.

        Shapes: (N,) degrees and numbers of countries -> (N,) int64 and (N,) km, infinite where there is none.
        """
        vectors = unit_vectors(latitudes, longitudes)
        town, distance_km = np.full(len(vectors), -1), np.full(len(vectors), np.inf)
        open_ = np.flatnonzero(countries > 0)
        for bins in self._bins:
            if not len(open_):
                break
            found, chord, rim = bins.nearest(latitudes[open_], longitudes[open_], countries[open_], vectors[open_])
            town[open_], distance_km[open_] = found, 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1, chord / 2))
            open_ = open_[distance_km[open_] > rim * EARTH_RADIUS_KM]
        far = distance_km > FAR_KM
        return np.where(far, -1, town), np.where(far, np.inf, distance_km)


@cache
def builtin_towns() -> Towns:
    """Return the towns in the package, read once."""
    with np.load(REGIONS_FILE) as file:
        numbers = {name: from_planes(file[f"town_{name}"]) for name in ("latitudes", "longitudes", "names", "regions")}
        return Towns(
            file["town_countries"],
            numbers["latitudes"] / 10_000 - 90,
            numbers["longitudes"] / 10_000 - 180,
            numbers["names"],
            numbers["regions"],
            texts(file["names"]),
            texts(file["region_names"]),
        )


def unit_vectors(latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    """Return the vectors from the Earth's centre to positions in degrees, in Earth radii: (N,), (N,) -> (N, 3)."""
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)


@dataclass(frozen=True)
class _Bins:
    """Towns sorted by bin: bands of latitude, each cut into so many bins that these are as wide as high, or wider.

    `keys` (M,) ascend and tell country, band and bin of each entry, `towns` (M,) which town it is, `vectors` (M, 3)
    where. The first and the last bin of a band also stand beyond its end, so that neighbours across the 180th meridian
    are neighbours here.
    """

    step: float
    in_band: np.ndarray
    keys: np.ndarray
    towns: np.ndarray
    vectors: np.ndarray

    @classmethod
    def of(
        cls, step: float, countries: np.ndarray, latitudes: np.ndarray, longitudes: np.ndarray, vectors: np.ndarray
    ) -> "_Bins":
        n_bands = round(180 / step)
        poleward = np.abs(-90 + step * (np.arange(n_bands) + 0.5)) + step / 2
        in_band = np.maximum(1, np.floor(360 / step * np.cos(np.radians(np.minimum(90, poleward))))).astype(np.int64)
        empty = cls(step, in_band, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)))
        band, column = empty._bin(latitudes, longitudes)
        number = np.arange(len(latitudes))
        first, last = column == 0, column == in_band[band] - 1
        columns = np.concatenate([column, in_band[band[first]], np.full(last.sum(), -1)])
        towns = np.concatenate([number, number[first], number[last]])
        keys = empty._key(countries[towns].astype(np.int64), band[towns], columns)
        order = np.argsort(keys, kind="stable")
        return cls(step, in_band, keys[order], towns[order], vectors[towns[order]])

    def _bin(self, latitudes: np.ndarray, longitudes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        band = np.clip(np.floor((latitudes + 90) / self.step), 0, len(self.in_band) - 1).astype(np.int64)
        return band, self._column(band, longitudes)

    def _column(self, band: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
        n_bins = self.in_band[band]
        column: np.ndarray = np.clip(np.floor((longitudes + 180) / 360 * n_bins), 0, n_bins - 1).astype(np.int64)
        return column

    def _key(self, countries: np.ndarray, band: np.ndarray, column: np.ndarray) -> np.ndarray:
        widest = self.in_band.max() + 2
        key: np.ndarray = (countries * len(self.in_band) + band) * widest + column + 1
        return key

    def nearest(
        self, latitudes: np.ndarray, longitudes: np.ndarray, countries: np.ndarray, vectors: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the nearest town in the bins around each position (-1: none), its chord, and the rim of the bins.

        Chord and rim are in Earth radii; the rim is an arc: closer than it, no town is left out.
        """
        own, _ = self._bin(latitudes, longitudes)
        rim = np.full(len(vectors), np.radians(self.step))
        firsts, counts = [], []
        for band in (own - 1, own, own + 1):
            inside = np.clip(band, 0, len(self.in_band) - 1)
            column = self._column(inside, longitudes)
            key = self._key(countries.astype(np.int64), inside, column)
            first, end = np.searchsorted(self.keys, key - 1, "left"), np.searchsorted(self.keys, key + 1, "right")
            firsts.append(first)
            counts.append(np.where(band == inside, end - first, 0))
            n_bins = self.in_band[inside]
            # from a position to the meridian where the bins end; three bins and fewer are the whole band
            to_meridian = np.arcsin(np.sin(np.radians(np.minimum(90, 360 / n_bins))) * np.cos(np.radians(latitudes)))
            rim = np.where(n_bins > 3, np.minimum(rim, to_meridian), rim)
        count, first = np.stack(counts, 1).ravel(), np.stack(firsts, 1).ravel()
        starts = np.cumsum(count) - count
        entry = np.repeat(first - starts, count) + np.arange(count.sum())
        position = np.repeat(np.arange(len(vectors)).repeat(3), count)
        squared = ((self.vectors[entry] - vectors[position]) ** 2).sum(1)
        return *_least(position, squared, self.towns[entry], len(vectors)), rim


def _least(
    position: np.ndarray, squared: np.ndarray, town: np.ndarray, n_positions: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the town with the least squared chord for each position, of entries in the order of positions."""
    nearest, chord = np.full(n_positions, -1), np.full(n_positions, np.inf)
    if len(position):
        starts = np.flatnonzero(np.diff(position, prepend=-1))
        least = np.minimum.reduceat(squared, starts)
        chord[position[starts]] = np.sqrt(least)
        hit = np.flatnonzero(squared == np.repeat(least, np.diff(np.append(starts, len(position)))))
        nearest[position[hit[::-1]]] = town[hit[::-1]]  # the first of equals
    return nearest, chord
