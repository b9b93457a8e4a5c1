"""Features of photos, kept on disk, and nearest neighbours among them.

Features find a photo again in a strong crop of it, where a hash does not.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landmark.core.cache import PhotoCache
from landmark.core.progress import track
from landmark.model.bundle import NETWORK, Bundle
from landmark.model.predictor import Predictor

_MIN_COSINE = 0.9  # crops of three quarters of a photo stay above it
_BLOCK = 1024
_BATCH_PHOTOS = 256  # what a kill may lose

Features = NDArray[np.float32]


def photo_features(paths: Sequence[Path], digests: Sequence[str], predictor: Predictor) -> Features:
    """Return features of unit length (N, D); a row of NaN for a photo that cannot be read or has no digest.

    `digests` are the SHA-256 of the photos' bytes: under them the features are kept, for each model its own, so that
    stopped work resumes. Memory: 4 D bytes for each photo, 1 GB for 100,000 of 2,560.
    """
    bundle = predictor.bundle
    cache = PhotoCache(_kind(bundle))
    found = np.full((len(paths), bundle.feature_dim), np.nan, dtype=np.float32)
    for rows in track(_batches(len(paths)), "Computing features", total=len(paths), count=len):
        kept = cache.read(digests[row] for row in rows if digests[row])
        new = [row for row in rows if digests[row] and digests[row] not in kept]
        scores = predictor.scores([paths[row] for row in new])
        readable = np.array(new, dtype=np.int64)[scores.readable]
        found[readable] = scores.features.astype(np.float16)  # as they are kept: the second time finds the same
        cache.write({digests[row]: found[row].astype(np.float16).tobytes() for row in readable})
        for row in rows:
            if digests[row] in kept:
                found[row] = np.frombuffer(kept[digests[row]], np.float16)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def nearest_pairs(features: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each photo and its nearest neighbour, as indices (first, second), first < second.

    `features` (N, D) are of unit length; pairs with a cosine below 0.9 and rows of NaN are left out.

    >>> first, second = nearest_pairs(np.array([[1, 0], [0.99, 0.14], [0, 1]], dtype=np.float32))
    >>> first.tolist(), second.tolist()
    ([0], [1])
    """
    usable = np.flatnonzero(np.isfinite(features).all(axis=1))
    rows = features[usable]
    nearest, cosine = np.zeros(len(rows), np.int64), np.full(len(rows), -2, np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        for other in range(0, len(rows), _BLOCK):
            cosines = block @ rows[other : other + _BLOCK].T  # (B, B)
            if other == start:
                np.fill_diagonal(cosines, -2)
            best = cosines.argmax(axis=1)
            value = cosines[np.arange(len(block)), best]
            better = np.flatnonzero(value > cosine[start : start + _BLOCK])
            nearest[start + better], cosine[start + better] = other + best[better], value[better]
    first = np.flatnonzero(cosine >= _MIN_COSINE)
    pairs = np.unique(np.sort(np.stack([first, nearest[first]]), axis=0), axis=1)
    return usable[pairs[0]], usable[pairs[1]]


def _kind(bundle: Bundle) -> str:
    """Return whose features they are: another network, or another preprocessing, finds none of them."""
    shown = json.dumps([bundle.files[NETWORK], bundle.preprocessing.to_dict()], sort_keys=True)
    return f"features 2 {hashlib.sha256(shown.encode()).hexdigest()[:16]}"


def _batches(n_photos: int) -> Iterator[range]:
    for start in range(0, n_photos, _BATCH_PHOTOS):
        yield range(start, min(start + _BATCH_PHOTOS, n_photos))
