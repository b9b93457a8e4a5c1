"""The numbers of the judgement, which `make refit` fits and writes into `landmark/data/evidence.json`.

What speaks for or against a place weighs by its source, by how far apart in time it is, and by how far beyond reach.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

from landmark.core.errors import DataError

FILE = Path(__file__).parents[2] / "data" / "evidence.json"
SCHEMA_VERSION = 1
MOST_AGREEING = 3  # photos that show a landmark: more say no more
_DO = "Write it again: make refit"

Table = tuple[tuple[float, ...], ...]


class Source(StrEnum):
    """Where a position comes from that speaks for or against another."""

    GPS = "gps"  # of a photo nearby in time, or its sidecar's, or its Takeout's
    LANDMARK = "landmark"  # that a photo nearby in time surely shows
    TRACK = "track"
    JOURNEY = "journey"  # the nearest known position of the days around it


@dataclass(frozen=True)
class NearPlace:
    """How good a place near other photos is: right within `radius_km` with this probability."""

    radius_km: float
    probability: float


@dataclass(frozen=True)
class EvidenceWeights:
    """Fitted numbers. `slope` is what the log-odds of recognition count for beside evidence.

    `offset` and `weights` are added to them: by source, by gap in time (rows, up to `gaps_min` minutes) and by distance
    beyond reach (columns, up to `beyond_km`, and further); of a track and of the journey there is one row. Photos that
    surely show a landmark weigh by their number (`landmark`: rows for none, one, two, more agree; columns for none or
    some elsewhere).

    `near` says how good a place is that nearby photos alone propose: by what they are placed by and from how many
    sides ("gps 1", "landmark 2"), by gap (`near_gaps_min`), and of two sides by their distance (`apart_km`); None where
    it is not worth proposing. `right` maps the log-odds of a belief to those of the position being right, alone and
    with evidence: offset and slope. `track_right` is how often a track's position is right: where the landmark
    agrees, where none is known, where it contradicts.
    """

    slope: float
    offset: float
    gaps_min: tuple[float, ...]
    beyond_km: tuple[float, ...]
    weights: Mapping[Source, Table]
    landmark: Table
    near_gaps_min: tuple[float, ...]
    apart_km: tuple[float, ...]
    near: Mapping[str, tuple[tuple[NearPlace | None, ...], ...]]
    right: Mapping[str, tuple[float, float]]
    track_right: Mapping[str, float]
    fitted_on: Mapping[str, Any]

    def of(self, source: Source, gap_min: float, beyond_km: float) -> float | None:
        """Return the weight of a position so far apart, in log-odds; None where the gap is too long to tell.

        >>> weights = read_weights()
        >>> weights.of(Source.GPS, 5, 0) > 0 > weights.of(Source.GPS, 5, 5000)
        True
        """
        row = bisect_left(self.gaps_min, gap_min) if source is Source.GPS else 0
        table = self.weights[source]
        return table[row][bisect_left(self.beyond_km, beyond_km)] if row < len(table) else None

    def near_place(self, kind: str, gap_min: float, apart_km: float = 0.0) -> NearPlace | None:
        """Return how good a place near photos so far apart in time and space is, or None."""
        row, column = bisect_left(self.near_gaps_min, gap_min), bisect_left(self.apart_km, apart_km)
        table = self.near[kind]
        return table[row][column] if row < len(table) and column < len(table[row]) else None

    @classmethod
    def from_dict(cls, found: Any) -> Self:
        """Read what `make refit` wrote. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        if found["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version {found['schema_version']!r}, {SCHEMA_VERSION} expected")
        slope, offset = _numbers([found["slope"], found["offset"]], 2)
        gaps_min, beyond_km = _rising(found["gaps_min"]), _rising(found["beyond_km"])
        near_gaps_min, apart_km = _rising(found["near_gaps_min"]), _rising(found["apart_km"])
        n_columns = len(beyond_km) + 1
        weights = {
            source: _table(found["weights"][source], len(gaps_min) if source is Source.GPS else 1, n_columns)
            for source in (Source.GPS, Source.TRACK, Source.JOURNEY)
        }
        near = {
            f"{source} {sides}": _near(found["near"][f"{source} {sides}"], len(near_gaps_min), len(apart_km), sides)
            for source in (Source.GPS, Source.LANDMARK)
            for sides in (1, 2)
        }
        right = {name: _numbers(found["right"][name], 2) for name in ("alone", "with_evidence")}
        track_right = {name: _fraction(found["track_right"][name]) for name in ("agrees", "alone", "contradicts")}
        return cls(
            slope,
            offset,
            gaps_min,
            beyond_km,
            weights,
            _table(found["weights"][Source.LANDMARK], MOST_AGREEING + 1, 2),
            near_gaps_min,
            apart_km,
            near,
            {name: (offset, slope) for name, (offset, slope) in right.items()},
            track_right,
            dict(found["fitted_on"]),
        )


@cache
def read_weights(file: Path = FILE) -> EvidenceWeights:
    """Read the fitted numbers, once. Raises `DataError` where the file is none, with what is wrong with it."""
    try:
        return EvidenceWeights.from_dict(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(
            f"{file}: cannot be read ({error.strerror}). Expected the weights of evidence. {_DO}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise DataError(f"{file}: found no weights of evidence ({what}). Expected fitted numbers. {_DO}") from error


def _numbers(values: Sequence[Any], length: int) -> tuple[float, ...]:
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(values) != length or len(numbers) != length or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{str(values)[:60]}, {length} finite numbers expected")
    return tuple(float(one) for one in numbers)


def _rising(values: Sequence[Any]) -> tuple[float, ...]:
    numbers = _numbers(values, len(values))
    if not numbers or list(numbers) != sorted(set(numbers)):
        raise ValueError(f"{numbers}, bounds that rise expected")
    return numbers


def _fraction(value: Any) -> float:
    [number] = _numbers([value], 1)
    if not 0 <= number <= 1:
        raise ValueError(f"{number}, a fraction from 0 to 1 expected")
    return number


def _table(rows: Sequence[Any], n_rows: int, n_columns: int) -> Table:
    if len(rows) != n_rows:
        raise ValueError(f"{len(rows)} rows of weights, {n_rows} expected")
    return tuple(_numbers(row, n_columns) for row in rows)


def _near(rows: Sequence[Any], n_rows: int, n_apart: int, sides: int) -> tuple[tuple[NearPlace | None, ...], ...]:
    n_columns = n_apart if sides == 2 else 1
    if len(rows) != n_rows or any(len(row) != n_columns for row in rows):
        raise ValueError(f"places near others of another shape, {n_rows} x {n_columns} expected")
    return tuple(tuple(_near_place(cell) for cell in row) for row in rows)


def _near_place(cell: Any) -> NearPlace | None:
    if cell is None:
        return None
    radius_km, probability = _numbers(cell, 2)
    if not radius_km > 0:
        raise ValueError(f"radius {radius_km}, km above 0 expected")
    return NearPlace(radius_km, _fraction(probability))
