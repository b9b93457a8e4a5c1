"""Tensors on disk under keys, in small files that are each whole or not at all, and never changed once written.

Filling that was stopped loses no more than the file that was being written, and several processes may fill the same
folder: each writes files of its own.
"""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from landmark.core.errors import DataError
from landmark.core.files import atomic_write, write_json
from landmark.core.text import count_text

_SUFFIX = ".safetensors"


def free_bytes(folder: Path) -> int:
    """Return the room on the disk where a folder is or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class FeatureStore:
    """The features of one backbone and transform; `description` says in words whose they are.

    >>> import tempfile
    >>> store = FeatureStore(Path(tempfile.mkdtemp()), {"backbone": "resnet10t"})
    >>> store.write(["a", "b"], torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    >>> sorted(store.keys()), store.read(["b", "a", "b"], torch.Size([2])).tolist()
    (['a', 'b'], [[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]])
    """

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        self.folder = folder
        self.description = description

    def keys(self) -> set[str]:
        """Return the keys that are there."""
        return {key for _, keys in self._files() for key in keys}

    def write(self, keys: Sequence[str], features: torch.Tensor) -> None:
        """Write the features (n, …) of n keys, in 16 bits where their size allows."""
        halves = features.half()
        kept = halves if torch.isfinite(halves).all() else features.float()
        if not (self.folder / "card.json").exists():
            write_json(self.folder / "card.json", self.description)
        with atomic_write(self.folder / f"{uuid.uuid4().hex}{_SUFFIX}") as file:
            file.write(save({"features": kept.contiguous().cpu()}, metadata={"keys": " ".join(keys)}))

    def read(self, keys: Sequence[str], shape: torch.Size) -> torch.Tensor:
        """Read the features (n, *shape) of n keys, float16 unless some are too large for it.

        Raises `DataError` where some are not there.
        """
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(keys):
            rows.setdefault(key, []).append(row)
        found: torch.Tensor | None = None
        gone = set(rows)
        for path, there in self._files():
            wanted = [(place, rows[key]) for place, key in enumerate(there) if key in rows]
            if not wanted:
                continue
            with safe_open(path, framework="pt") as file:
                features = file.get_tensor("features")
            if found is None or features.dtype.itemsize > found.dtype.itemsize:
                found = torch.empty(len(keys), *shape, dtype=features.dtype) if found is None else found.float()
            gone.difference_update(there)
            sources = torch.tensor([place for place, targets in wanted for _ in targets])
            found[torch.tensor([row for _, targets in wanted for row in targets])] = features[sources].to(found.dtype)
        if gone:
            raise DataError(
                f"{self.folder}: the features of {count_text(len(gone), 'view')} are not there any more, or not yet. "
                "Expected a folder that nobody empties during a training and that all machines share; LANDMARK_CACHE "
                "names another one. Start again: what is missing is computed again."
            )
        return torch.empty(0, *shape) if found is None else found

    def _files(self) -> list[tuple[Path, list[str]]]:
        """List the files with their keys, without those that cannot be read: what they held is computed again."""
        files = []
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            try:
                with safe_open(path, framework="pt") as file:
                    files.append((path, file.metadata()["keys"].split()))
            except (OSError, SafetensorError):
                continue
        return files
