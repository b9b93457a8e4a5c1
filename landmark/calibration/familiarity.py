"""Does a photo show one of the landmarks that the model knows? Told by the network's features.

Softmax compares landmarks with each other and is sure of one where none fits. Beside it stand here how near the
features are to the nearest landmark's own, and how little they look like photos of anything else. `familiarity_fit`
fits it; in a bundle it is a file of its own, of numbers alone.
"""

import io
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.errors import BundleError

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What is kept of the training photos' features: C landmarks, features of D numbers, scaled to length 1.

    >>> nothing = np.zeros(3)
    >>> flat = Familiarity(np.eye(2), np.zeros((2, 1)), np.zeros(1), np.array(1.0), nothing, nothing[:2], nothing)
    >>> flat.distances([[3.0, 0.0], [1.0, 1.0]]).round(2).tolist()
    [[0.0, 2.0], [0.59, 0.59]]
    """

    centres: Array  # (C, D): the mean of each landmark
    axes: Array  # (D, K): the directions in which photos of one landmark differ most
    spreads: Array  # (K,): the variance along each
    rest: Array  # (): the variance along any other direction
    other: Array  # (D + 1,): weights and bias; low where the features look like photos of anything else, 0: not fitted
    against_landmarks: Array  # (1 + 1,): weight of nearness, and bias: one of these landmarks, or another one?
    against_others: Array  # (2 + 1,): weights of nearness and likeness, and bias: a landmark, or anything else?

    def distances(self, features: ArrayLike) -> NDArray[np.float64]:
        """Squared Mahalanobis distances from each landmark's centre, all with one covariance: (N, D) -> (N, C).

        K. Lee et al., A simple unified framework for detecting out-of-distribution samples, NeurIPS 2018; the
        covariance is of K axes and the same in every other direction (M. Tipping and C. Bishop, 1999).
        """
        units = unit_length(features)
        centres, axes, constant = self._prepared
        scaled, along = units / np.sqrt(float(self.rest)), units @ axes
        of_photos = (scaled**2).sum(axis=1) - (along**2).sum(axis=1)
        return np.asarray(of_photos[:, None] - 2 * (scaled @ centres) + constant)

    @cached_property
    def _prepared(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What distances take from the photos' side: (D, C) to multiply with, the axes (D, K), and a constant (C,).

        With |p - c|² = p² - 2 p·c + c² in all directions, less the same along the axes, most is done once.
        """
        rest = float(self.rest)
        # 1 / rest in every direction, less what an axis has less than that
        less = np.sqrt(1 / rest - 1 / (self.spreads.astype(np.float64) + rest))
        centres, axes = self.centres.astype(np.float64), self.axes.astype(np.float64) * less
        along = centres @ axes
        constant = (centres**2).sum(axis=1) / rest - (along**2).sum(axis=1)
        crossed = centres / np.sqrt(rest) - np.sqrt(rest) * (along @ axes.T)
        return np.ascontiguousarray(crossed.T), axes, constant

    def likeness(self, features: ArrayLike) -> NDArray[np.float64]:
        """How little photos look like photos of anything else: (N, D) -> (N,); 0 where that was not fitted."""
        return np.asarray(unit_length(features) @ self.other[:-1].astype(np.float64) + float(self.other[-1]))

    def nearness(self, features: ArrayLike) -> NDArray[np.float64]:
        """Minus the logarithm of the distance to the nearest landmark: (N, D) -> (N,)."""
        return as_nearness(self.distances(features))

    def known_logits(self, features: ArrayLike) -> NDArray[np.float64]:
        """The log-odds that photos show one of the landmarks: (N, D) -> (N,)."""
        return self.weigh(self.nearness(features), self.likeness(features))

    def weigh(self, nearness: NDArray[np.float64], likeness: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds from the two numbers, each (N,)."""
        against_landmarks = nearness * self.against_landmarks[0] + self.against_landmarks[1]
        if not self.other.any():
            return np.asarray(against_landmarks)
        weights = self.against_others
        against_others = nearness * weights[0] + likeness * weights[1] + weights[2]
        return np.asarray(-np.logaddexp(-against_landmarks, -against_others))  # the odds against it add up

    def to_bytes(self) -> bytes:
        """As it stands in a bundle: an .npz of 16-bit numbers where they are many. Holds arrays, never code."""
        many = {"centres", "axes", "other"}
        file = io.BytesIO()
        arrays: dict[str, Any] = {
            item.name: np.asarray(getattr(self, item.name), np.float16 if item.name in many else np.float32)
            for item in fields(self)
        }
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, *, n_classes: int, feature_dim: int) -> Self:
        """Read what `to_bytes` wrote. Raises `BundleError` where it is damaged or of another model."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                arrays = {item.name: found[item.name].astype(np.float32) for item in fields(cls)}
        except Exception as error:  # of many kinds: zip, keys, types
            raise BundleError(f"The file of what the model is familiar with is damaged ({error}).") from error
        one, shapes = cls(**arrays), {name: array.shape for name, array in arrays.items()}
        n_axes = arrays["spreads"].size
        expected = {
            "centres": (n_classes, feature_dim), "axes": (feature_dim, n_axes), "spreads": (n_axes,), "rest": (),
            "other": (feature_dim + 1,), "against_landmarks": (2,), "against_others": (3,),
        }  # fmt: skip
        if shapes != expected or not all(np.isfinite(array).all() for array in arrays.values()) or one.rest <= 0:
            raise BundleError(f"The file of what the model is familiar with holds {shapes}. Expected {expected}.")
        return one


def as_nearness(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances (N, C) -> minus the logarithm of the least of each photo (N,)."""
    return np.asarray(-np.log(np.maximum(distances.min(axis=1), 1e-9)))


def unit_length(features: ArrayLike) -> NDArray[np.float64]:
    """Features scaled to length 1: (N, D) or (D,) -> (N, D)."""
    values = np.atleast_2d(np.asarray(features, dtype=np.float64))
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))
