"""What a model makes of photos, as unit vectors, kept on disk under the SHA-256 of each photo's bytes.

Needs no PyTorch (`features` keeps those of a backbone in training). One file of SQLite for each network with its
preprocessing, in `$LANDMARK_CACHE/photo-features`: whole after any kill, shared by processes, and free to be deleted.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from landmark.bundle import NETWORK, Bundle
from landmark.cache import cache_folder
from landmark.errors import LandmarkError
from landmark.inference import Predictor

_BATCH_PHOTOS = 256  # looked up, computed and committed at a time: what a kill may lose, and what memory holds
_LIBRARIES = ("pillow", "pi-heif", "onnxruntime")  # another version may see a photo a little differently

# A file whose size and time of change are known is not read again to hash it.
_TABLES = """
CREATE TABLE IF NOT EXISTS features (digest BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, changed_ns INTEGER, digest BLOB) WITHOUT ROWID;
"""


class PhotoFeatures:
    """The features of photos by one model, from the disk or else computed; to be used in a `with` block.

    >>> with PhotoFeatures.of(Predictor.load()) as kept:  # doctest: +SKIP
    ...     for paths, vectors in kept.look_up(["taj_mahal.jpg"]):
    ...         print(paths, vectors.shape)
    [PosixPath('taj_mahal.jpg')] (1, 1280)
    """

    def __init__(self, predictor: Predictor, file: Path) -> None:
        self.predictor = predictor
        self.file = file
        self.n_computed = 0  # photos that the network had to look at
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, timeout=60)
            self._database.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise _refuse(file, error) from error

    @classmethod
    def of(cls, predictor: Predictor) -> Self:
        """Those of a predictor's model, in the usual place."""
        return cls(predictor, cache_folder() / "photo-features" / f"{_fingerprint(predictor.bundle)}.sqlite")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()

    def look_up(self, photos: Sequence[Path | str]) -> Iterator[tuple[list[Path], NDArray[np.float32]]]:
        """Photos with their features as unit vectors (n, D), some at a time, in order; unreadable ones are left out.

        Raises `LandmarkError` when the file cannot be read or written.
        """
        for start in range(0, len(photos), _BATCH_PHOTOS):
            batch = [Path(photo) for photo in photos[start : start + _BATCH_PHOTOS]]
            try:
                digests = self._digests(batch)
                vectors = self._vectors(digests)
            except sqlite3.Error as error:
                raise _refuse(self.file, error) from error
            found = [path for path in batch if vectors.get(digests.get(path, b""))]
            rows = [np.frombuffer(vectors[digests[path]] or b"", np.float16) for path in found]
            yield found, np.array(rows, np.float32).reshape(len(found), -1)

    def _digests(self, photos: Sequence[Path]) -> dict[Path, bytes]:
        """The SHA-256 of each photo that can be opened."""
        digests, fresh = {}, []
        for photo in photos:
            try:
                path, status = str(photo.absolute()), photo.stat()
                key = (path, status.st_size, status.st_mtime_ns)
                known = self._database.execute(
                    "SELECT digest FROM files WHERE path = ? AND size = ? AND changed_ns = ?", key
                ).fetchone()
                if known is None:
                    with photo.open("rb") as file:
                        known = (hashlib.file_digest(file, "sha256").digest(),)
                    fresh.append((*key, *known))
                digests[photo] = known[0]
            except (OSError, UnicodeEncodeError):  # SQLite takes no names that are not text
                continue
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", fresh)
        return digests

    def _vectors(self, digests: dict[Path, bytes]) -> dict[bytes, bytes | None]:
        """The vector of each digest as bytes, float16; None where the photo cannot be read."""
        vectors: dict[bytes, bytes | None] = {}
        missing: dict[bytes, Path] = {}
        for path, digest in digests.items():
            known = self._database.execute("SELECT vector FROM features WHERE digest = ?", (digest,)).fetchone()
            if known is None:
                missing[digest] = path
            else:
                vectors[digest] = known[0]
        if missing:
            scores = self.predictor.scores(missing.values())
            rows = iter(unit_vectors(scores.features).astype(np.float16))
            computed = {
                digest: next(rows).tobytes() if readable else None
                for digest, readable in zip(missing, scores.readable, strict=True)
            }
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO features VALUES (?, ?)", computed.items())
            self.n_computed += len(computed)
            vectors |= computed
        return vectors


def unit_vectors(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features (N, D) scaled to length 1, so that their products are cosines; all zeros stay as they are.

    >>> unit_vectors(np.array([[3, 4], [0, 0]], np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _fingerprint(bundle: Bundle) -> str:
    """All that the features of a photo depend on beside its bytes, as one hash."""
    card = {
        "network": bundle.files[NETWORK],
        "preprocessing": bundle.preprocessing.to_dict(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()[:32]


def _refuse(file: Path, error: Exception) -> LandmarkError:
    return LandmarkError(
        f"{file}: the kept features cannot be read or written ({error}). Expected a folder with room that can be "
        "written to. Delete the file, or set LANDMARK_CACHE to another folder."
    )
