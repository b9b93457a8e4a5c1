"""Does a photo show one of the landmarks that the model knows? Told by the network's features.

Softmax compares landmarks with each other and is sure of one where none fits. Beside it stand here how dense training
photos lie around the photo, among the features that tell landmarks apart; how much of it lies outside of those; and how
little it looks like photos of anything else. `familiarity_fit` fits it; in a bundle it is a file of its own, of numbers
alone.
"""

import io
import zipfile
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import BundleError

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

_MAX_BYTES = 100_000_000  # of the file, unpacked: twenty times what the largest model needs
FAR = -500.0  # the logarithm of a density beyond which far is far
ROWS = 256  # photos whose distances to all examples are in memory at once


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What is kept of the training photos' features: of D numbers each, scaled to length 1.

    >>> nothing = np.zeros(4)
    >>> axes, examples = np.eye(3)[:, :1], np.array([[0.0], [1.0]])
    >>> flat = Familiarity(np.zeros(3), axes, examples, np.array(0.5), nothing, nothing[:2], nothing)
    >>> flat.log_density([[5.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).round(2).tolist()  # as near to one example as the other is
    [-0.38, -0.38]
    >>> flat.inwardness([[3.0, 0.0, 4.0]]).round(2).tolist()  # 0.8 of it lies across the axis
    [0.45]
    """

    middle: Array  # (D,): of all landmarks' centres
    axes: Array  # (D, K): the directions in which the centres differ
    examples: Array  # (N, K): training photos along those axes
    width: Array  # (): the square of the distance along the axes at which an example counts for less
    other: Array  # (D + 1,): weights and bias; low where the features look like photos of anything else, 0: not fitted
    against_landmarks: Array  # (1 + 1,): weight of density, and bias: one of these landmarks, or another one?
    against_others: Array  # (3 + 1,): weights of density, inwardness and likeness, and bias: a landmark, or else?

    def along(self, units: Floats) -> Floats:
        """Features of length 1 along the axes in which landmarks differ: (N, D) -> (N, K)."""
        return np.asarray((units - self.middle) @ self.axes.astype(np.float64))

    def log_density(self, features: ArrayLike) -> Floats:
        """The logarithm of how dense examples lie around photos: (N, D) -> (N,).

        A mean of Gaussian kernels (E. Parzen, On estimation of a probability density function and mode, 1962) among the
        few directions that tell the landmarks apart: in all directions, near and far are nearly alike.
        """
        return log_kernel_mean(self.along(unit_length(features)), self.examples, float(self.width))

    def inwardness(self, features: ArrayLike) -> Floats:
        """Minus the logarithm of the square of what lies outside those directions: (N, D) -> (N,).

        H. Wang et al., ViM: out-of-distribution with virtual-logit matching, CVPR 2022.
        """
        units = unit_length(features)
        outside = ((units - self.middle) ** 2).sum(axis=1) - (self.along(units) ** 2).sum(axis=1)
        return np.asarray(-np.log(np.maximum(outside, 1e-9)))

    def likeness(self, features: ArrayLike) -> Floats:
        """How little photos look like photos of anything else: (N, D) -> (N,); 0 where that was not fitted."""
        return np.asarray(unit_length(features) @ self.other[:-1].astype(np.float64) + float(self.other[-1]))

    def known_logits(self, features: ArrayLike) -> Floats:
        """The log-odds that photos show one of the landmarks: (N, D) -> (N,)."""
        return self.weigh(self.log_density(features), self.inwardness(features), self.likeness(features))

    def weigh(self, log_density: Floats, inwardness: Floats, likeness: Floats) -> Floats:
        """The log-odds from the three numbers, each (N,)."""
        against_landmarks = log_density * self.against_landmarks[0] + self.against_landmarks[1]
        if not self.against_others.any():
            return np.asarray(against_landmarks)
        rows = np.column_stack([log_density, inwardness, likeness])
        against_others = rows @ self.against_others[:-1].astype(np.float64) + float(self.against_others[-1])
        return np.asarray(-np.logaddexp(-against_landmarks, -against_others))  # the odds against it add up

    def to_bytes(self) -> bytes:
        """As it stands in a bundle: an .npz of 16-bit numbers where they are many. Holds arrays, never code."""
        many = {"middle", "axes", "examples", "other"}
        file = io.BytesIO()
        arrays: dict[str, Any] = {
            item.name: np.asarray(getattr(self, item.name), np.float16 if item.name in many else np.float32)
            for item in fields(self)
        }
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, *, feature_dim: int) -> Self:
        """Read what `to_bytes` wrote. Raises `BundleError` where it is damaged or of another model."""
        try:
            _check_size(content)
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                arrays = {item.name: found[item.name].astype(np.float32) for item in fields(cls)}
        except Exception as error:  # of many kinds: zip, keys, types
            raise BundleError(
                f"The file of what the model is familiar with is damaged, or an older version wrote it ({error}). "
                "Fit it anew: landmark calibrate BUNDLE DATA"
            ) from error
        one, shapes = cls(**arrays), {name: array.shape for name, array in arrays.items()}
        n_examples, n_axes = (*shapes["examples"], 0, 0)[:2]
        expected = {
            "middle": (feature_dim,), "axes": (feature_dim, n_axes), "examples": (n_examples, n_axes), "width": (),
            "other": (feature_dim + 1,), "against_landmarks": (2,), "against_others": (4,),
        }  # fmt: skip
        finite = all(np.isfinite(array).all() for array in arrays.values())
        if shapes != expected or not finite or not n_examples or one.width <= 0:
            raise BundleError(f"The file of what the model is familiar with holds {shapes}. Expected {expected}.")
        return one


def _check_size(content: bytes) -> None:
    """A small file can hold a lot: raises `ValueError` where it would not fit into memory lightly."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        n_bytes = sum(item.file_size for item in file.infolist())
    if n_bytes > _MAX_BYTES:
        raise ValueError(f"{n_bytes:,} bytes, at most {_MAX_BYTES:,} expected")


def log_kernel_mean(
    points: Floats, examples: ArrayLike, width: float, hidden: NDArray[np.bool_] | None = None
) -> Floats:
    """The logarithm of the mean of Gaussian kernels around examples: (N, K), (M, K) -> (N,), at least `FAR`.

    Example j does not count for point i where `hidden` (N, M) says so.

    >>> log_kernel_mean(np.array([[0.0], [2.0]]), [[0.0]], width=2.0).tolist()
    [0.0, -1.0]
    """
    around = np.asarray(examples, dtype=np.float64)
    found = np.empty(len(points))
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        powers = -squared_distances(points[rows], around) / (2 * width)
        if hidden is not None:
            powers[hidden[rows]] = -np.inf
        # The largest is taken out, so that none is too large for exp; of what is beyond FAR nothing need be left.
        largest = np.maximum(powers.max(axis=1), FAR)
        found[rows] = largest + np.log(np.maximum(np.exp(powers - largest[:, None]).sum(axis=1), 1e-300))
    return np.asarray(np.maximum(found - np.log(len(around)), FAR))


def squared_distances(points: Floats, others: Floats) -> Floats:
    """(N, K), (M, K) -> (N, M)."""
    crossed = 2 * points @ others.T
    return np.asarray(np.maximum((points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - crossed, 0))


def unit_length(features: ArrayLike) -> Floats:
    """Features scaled to length 1: (N, D) or (D,) -> (N, D)."""
    values = np.atleast_2d(np.asarray(features, dtype=np.float64))
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))
