"""Out-of-distribution (OOD) score: the log-odds that a photo shows a landmark that the model knows, by its features.

Softmax compares landmarks with each other and is sure of one where none fits. Three scores complement it: the density
of training photos around the photo, in the subspace that separates the landmarks; the ViM residual, which is what lies
outside that subspace; and a linear probe against negatives (photos of anything but landmarks). `ood_fit` fits them; in
a bundle they are a file of their own, which holds numbers alone.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landmark.core.errors import BundleError

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

LOWEST_LOG_DENSITY = -500.0  # beyond it, far is far
BLOCK_ROWS = 256  # photos whose distances to the whole support set are in memory at once
_MAX_BYTES = 100_000_000  # of the file, unpacked: twenty times what the largest model needs

# The names of the arrays in the file and their types there: bundles of before are read too.
_STORED = {
    "centroid": ("middle", np.float16),
    "subspace": ("axes", np.float16),
    "support_set": ("examples", np.float16),
    "bandwidth": ("width", np.float32),
    "probe": ("other", np.float16),
    "unknown_weights": ("against_landmarks", np.float32),
    "negative_weights": ("against_others", np.float32),
}


@dataclass(frozen=True, eq=False)
class OodScorer:
    """What is kept of the training photos' features, which have D numbers and are scaled to length 1.

    >>> nothing = np.zeros(4)
    >>> subspace, support_set = np.eye(3)[:, :1], np.array([[0.0], [1.0]])
    >>> flat = OodScorer(np.zeros(3), subspace, support_set, np.array(0.5), nothing, nothing[:2], nothing)
    >>> flat.log_density([[5.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).round(2).tolist()  # each as near to one of the support set
    [-0.38, -0.38]
    >>> flat.vim_score([[3.0, 0.0, 4.0]]).round(2).tolist()  # a residual of 0.8
    [0.45]
    """

    centroid: Array  # (D,): the mean of the landmarks' mean features
    subspace: Array  # (D, K): the directions in which the landmarks' means differ
    support_set: Array  # (N, K): training photos in the subspace
    bandwidth: Array  # (): of the Gaussian kernel, as a squared distance
    probe: Array  # (D + 1,): weights and bias of the linear probe, low for negatives; 0: not fitted
    unknown_weights: Array  # (1 + 1,): of the density, and bias: a known landmark, or an unknown one?
    negative_weights: Array  # (3 + 1,): of density, ViM score and probe, and bias: a landmark, or a negative?

    def project(self, units: Floats) -> Floats:
        """Project features of length 1 onto the subspace: (N, D) -> (N, K)."""
        return np.asarray((units - self.centroid) @ self.subspace.astype(np.float64))

    def log_density(self, features: ArrayLike) -> Floats:
        """Return the log-density of the support set around photos: (N, D) -> (N,).

        A mean of Gaussian kernels (E. Parzen, On estimation of a probability density function and mode, 1962) in the
        few directions that separate the landmarks: in all directions, near and far are nearly alike.
        """
        return log_kernel_mean(self.project(unit_length(features)), self.support_set, float(self.bandwidth))

    def vim_score(self, features: ArrayLike) -> Floats:
        """Return minus the logarithm of the squared ViM residual, what lies outside the subspace: (N, D) -> (N,).

        H. Wang et al., ViM: out-of-distribution with virtual-logit matching, CVPR 2022.
        """
        units = unit_length(features)
        residual = ((units - self.centroid) ** 2).sum(axis=1) - (self.project(units) ** 2).sum(axis=1)
        return np.asarray(-np.log(np.maximum(residual, 1e-9)))

    def probe_score(self, features: ArrayLike) -> Floats:
        """Return the linear probe's score, high for landmarks, low for negatives: (N, D) -> (N,); 0: not fitted."""
        return np.asarray(unit_length(features) @ self.probe[:-1].astype(np.float64) + float(self.probe[-1]))

    def known_logits(self, features: ArrayLike) -> Floats:
        """Return the log-odds that photos show one of the landmarks: (N, D) -> (N,)."""
        return self.combine(self.log_density(features), self.vim_score(features), self.probe_score(features))

    def combine(self, log_density: Floats, vim_score: Floats, probe_score: Floats) -> Floats:
        """Return the log-odds of a known landmark from the three scores, each (N,)."""
        not_unknown = log_density * self.unknown_weights[0] + self.unknown_weights[1]
        if not self.negative_weights.any():
            return np.asarray(not_unknown)
        rows = np.column_stack([log_density, vim_score, probe_score])
        not_negative = rows @ self.negative_weights[:-1].astype(np.float64) + float(self.negative_weights[-1])
        return np.asarray(-np.logaddexp(-not_unknown, -not_negative))  # the odds against a known landmark add up

    def to_bytes(self) -> bytes:
        """Return the content of its file in a bundle: an .npz of arrays, never code, 16-bit where they are large."""
        file = io.BytesIO()
        arrays: dict[str, Any] = {
            stored: np.asarray(getattr(self, name), dtype) for name, (stored, dtype) in _STORED.items()
        }
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, *, feature_dim: int) -> Self:
        """Read what `to_bytes` wrote. Raises `BundleError` where it is damaged or belongs to another model."""
        try:
            _check_size(content)
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                arrays = {name: found[stored].astype(np.float32) for name, (stored, _) in _STORED.items()}
        except Exception as error:  # of many kinds: zip, keys, types
            raise BundleError(
                f"The file of the OOD scorer is damaged, or an older version wrote it ({error}). "
                "Fit it again: landmark calibrate BUNDLE DATA"
            ) from error
        scorer, shapes = cls(**arrays), {name: array.shape for name, array in arrays.items()}
        n_support, n_dims = (*shapes["support_set"], 0, 0)[:2]
        expected = {
            "centroid": (feature_dim,),
            "subspace": (feature_dim, n_dims),
            "support_set": (n_support, n_dims),
            "bandwidth": (),
            "probe": (feature_dim + 1,),
            "unknown_weights": (2,),
            "negative_weights": (4,),
        }
        finite = all(np.isfinite(array).all() for array in arrays.values())
        if shapes != expected or not finite or not n_support or scorer.bandwidth <= 0:
            raise BundleError(f"The file of the OOD scorer holds {shapes}. Expected {expected}.")
        return scorer


def _check_size(content: bytes) -> None:
    """Raise `ValueError` for a small file that would unpack to more than fits into memory lightly."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        n_bytes = sum(item.file_size for item in file.infolist())
    if n_bytes > _MAX_BYTES:
        raise ValueError(f"{n_bytes:,} bytes, at most {_MAX_BYTES:,} expected")


def log_kernel_mean(
    points: Floats, support_set: ArrayLike, bandwidth: float, hidden: NDArray[np.bool_] | None = None
) -> Floats:
    """Return the logarithm of the mean of Gaussian kernels around a support set: (N, K), (M, K) -> (N,).

    It is at least `LOWEST_LOG_DENSITY`. Kernel j does not count for point i where `hidden` (N, M) is true.

    >>> log_kernel_mean(np.array([[0.0], [2.0]]), [[0.0]], bandwidth=2.0).tolist()
    [0.0, -1.0]
    """
    support = np.asarray(support_set, dtype=np.float64)
    found = np.empty(len(points))
    for start in range(0, len(points), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        powers = -squared_distances(points[rows], support) / (2 * bandwidth)
        if hidden is not None:
            powers[hidden[rows]] = -np.inf
        # The largest is taken out, so that none is too large for exp; what is beyond the lowest density may vanish.
        largest = np.maximum(powers.max(axis=1), LOWEST_LOG_DENSITY)
        found[rows] = largest + np.log(np.maximum(np.exp(powers - largest[:, None]).sum(axis=1), 1e-300))
    return np.asarray(np.maximum(found - np.log(len(support)), LOWEST_LOG_DENSITY))


def squared_distances(points: Floats, others: Floats) -> Floats:
    """Return the squared distances between two sets of points: (N, K), (M, K) -> (N, M)."""
    crossed = 2 * points @ others.T
    return np.asarray(np.maximum((points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - crossed, 0))


def unit_length(features: ArrayLike) -> Floats:
    """Scale features to length 1: (N, D) or (D,) -> (N, D)."""
    values = np.atleast_2d(np.asarray(features, dtype=np.float64))
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))
