"""What all figures ask of the arrays they are given: numbers of the right shape, one per photo, without NaN.

Nothing to measure (no photos), arrays that do not fit together and NaN are a `LandmarkError`, because a score of 0 or
NaN would travel on into reports unseen.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import LandmarkError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def as_table(scores: ArrayLike) -> Floats:
    """Return scores as numbers (N, C)."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or np.isnan(table).any():
        found = "NaN in the scores" if np.isnan(table).any() else f"scores of shape {table.shape}"
        raise LandmarkError(f"Found {found}. Expected numbers (photos, landmarks), at least one photo.")
    return table


def as_vector(values: ArrayLike, name: str) -> Floats:
    """Return one number per photo: (N,)."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or vector.size == 0 or np.isnan(vector).any():
        found = f"NaN in {name}" if np.isnan(vector).any() else f"{name} of shape {vector.shape}"
        raise LandmarkError(f"Found {found}. Expected one number per photo, at least one photo.")
    return vector


def as_flags(values: ArrayLike, name: str) -> Booleans:
    """Return yes or no per photo, from booleans or 0 and 1: (N,)."""
    vector = as_vector(values, name)
    if not np.isin(vector, (0, 1)).all():
        raise LandmarkError(f"Found {name} other than 0 and 1. Expected whether it is so, for each photo.")
    return vector.astype(bool)


def as_probabilities(values: ArrayLike, name: str) -> Floats:
    """Return one number from 0 to 1 per photo: (N,). What lies beyond by rounding alone is brought back."""
    vector = as_vector(values, name)
    if vector.min() < -1e-9 or vector.max() > 1 + 1e-9:
        raise LandmarkError(f"Found {name} from {vector.min()} to {vector.max()}. Expected numbers from 0 to 1.")
    return np.clip(vector, 0, 1)


def as_indices(values: ArrayLike, name: str, n_classes: int) -> Integers:
    """Return the index of a landmark per photo: (N,)."""
    indices = np.asarray(values)
    if indices.ndim != 1 or indices.size == 0 or indices.dtype.kind not in "iu":
        raise LandmarkError(
            f"Found {name} of shape {indices.shape} and type {indices.dtype}. Expected the integer index of a "
            "landmark for each photo, at least one photo."
        )
    if indices.min() < 0 or indices.max() >= n_classes:
        raise LandmarkError(f"Found {name} from {indices.min()} to {indices.max()}. Expected 0 to {n_classes - 1}.")
    return indices.astype(np.int64)


def check_same_length(**arrays: NDArray[Any]) -> None:
    """Raise unless all arrays have as many rows."""
    if len({len(array) for array in arrays.values()}) > 1:
        found = ", ".join(f"{len(array)} {name}" for name, array in arrays.items())
        raise LandmarkError(f"Found {found}. Expected as many of one as of the other, one per photo.")


def tails(confidence: float) -> tuple[float, float]:
    """Return the two quantiles between which an interval of this confidence lies.

    >>> tails(0.5)
    (0.25, 0.75)
    """
    if not 0 < confidence < 1:
        raise LandmarkError(f"Found confidence = {confidence}. Expected a fraction between 0 and 1, such as 0.95.")
    return (1 - confidence) / 2, (1 + confidence) / 2


def quantile_interval(values: ArrayLike, level: float) -> tuple[float, float]:
    """Return the interval that holds this share of the values, as many lying below as above it.

    >>> quantile_interval([0, 1, 2, 3, 4], 0.5)
    (1.0, 3.0)
    """
    low, high = np.quantile(np.asarray(values, dtype=np.float64), tails(level))
    return float(low), float(high)
