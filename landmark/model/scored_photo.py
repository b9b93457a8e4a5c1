"""Photos between the network and their answers: one, or many as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from landmark.model.own_position import OwnPosition
from landmark.photo.prepared import PreparedPhoto


@dataclass(frozen=True, eq=False)
class ScoredPhoto:
    """A photo after the network: logits (C,) and features (D,), or an error. The image is gone, which is large."""

    name: str
    logits: NDArray[np.float32] | None = None
    features: NDArray[np.float32] | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None
    own: OwnPosition | None = None

    @classmethod
    def of(
        cls,
        photo: PreparedPhoto,
        logits: NDArray[np.float32] | None = None,
        features: NDArray[np.float32] | None = None,
    ) -> Self:
        """Return a prepared photo with what the network gave for it, and with its own position."""
        error, own = photo.error, OwnPosition.of_metadata(photo.metadata) if photo.metadata else None
        if logits is not None and not np.isfinite(logits).all():
            logits, features = None, None
            error = f"{photo.name}: the network gave no finite scores for it. The model is broken; use another."
        found = photo.metadata.position_problems if photo.metadata else ()
        return cls(photo.name, logits, features, (*found, *photo.warnings), error, own)


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network gives for photos before it is calibrated; N photos, of which R could be read."""

    logits: NDArray[np.float32]  # (R, C)
    features: NDArray[np.float32]  # (R, D)
    readable: NDArray[np.bool_]  # (N,): labels[scores.readable] go with the rows of the logits
    errors: tuple[str, ...]  # of the others, in order

    @classmethod
    def of(cls, scored: Sequence[ScoredPhoto], n_classes: int, feature_dim: int) -> Self:
        """Return the scores of photos of a network with so many classes and features.

        >>> Scores.of([], 29, 1280).logits.shape
        (0, 29)
        """
        logits = [one.logits for one in scored if one.logits is not None]
        features = [one.features for one in scored if one.features is not None]
        return cls(
            logits=np.stack(logits) if logits else np.empty((0, n_classes), np.float32),
            features=np.stack(features) if features else np.empty((0, feature_dim), np.float32),
            readable=np.array([one.error is None for one in scored], dtype=bool),
            errors=tuple(one.error for one in scored if one.error is not None),
        )
