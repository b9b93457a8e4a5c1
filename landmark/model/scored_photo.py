"""A photo between the network and its answer."""

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
