"""The features of photos on a frozen backbone: computed once for a few augmented views of each, and kept on disk.

The features of a photo stand under the SHA-256 of its bytes, in a folder of their own for each backbone with its
weights, transform and libraries: whatever changes, another key or folder is looked up, so nothing stale is served. The
folders lie in `$LANDMARK_CACHE/features` (by default `~/.cache/landmark/features`) and may be deleted at any time.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple, cast

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Sampler

from landmark.core.digests import sha256_file
from landmark.core.directories import cache_dir
from landmark.core.progress import track
from landmark.training.data import Loaders, PhotoDataset
from landmark.training.distributed import barrier, rank, world_size
from landmark.training.feature_store import FeatureStore, free_bytes
from landmark.training.networks import LandmarkNetwork
from landmark.training.options import FEW_VIEWS
from landmark.training.sampling import Draw, seed_of, seeded

logger = logging.getLogger(__name__)

_BATCH_PHOTOS = 32
_LAST_EPOCH = 10_000  # of as many: later than sizes change
_FILE_BYTES = 16_000_000  # what a kill may lose
_LIBRARIES = ("torch", "torchvision", "timm", "pillow")  # another version may see a photo a little differently


def keep_features(
    dls: Mapping[str, DataLoader[Any]],
    model: nn.Module,
    device: torch.device,
    *,
    views: int = FEW_VIEWS,
) -> Loaders | None:
    """Make loaders of features in place of photos: "train" with several augmented views of each, "valid" as it is.

    None where that cannot be: the backbone learns, the loaders are not ours, the repr of a transform does not
    identify it, or the disk has too little room (which is logged).
    """
    parts = {"train": views, "valid": 1}
    datasets = [dls[part].dataset for part in parts]
    if not all(isinstance(data, PhotoDataset) and " at 0x" not in repr(data.transform) for data in datasets):
        return None
    if not isinstance(model, LandmarkNetwork) or any(weight.requires_grad for weight in model.feature_parameters()):
        return None
    works = {part: FeatureWork(dls[part], model.eval(), device, n_views) for part, n_views in parts.items()}
    to_come = sum(work.n_bytes(len(work.missing)) for work in works.values())
    barrier()  # nobody fills before all have seen the same gaps, which they share out
    if to_come * 1.05 > (free := free_bytes(cache_dir())):
        logger.info(
            f"To keep the features of these photos takes {_megabytes(to_come)}, and {cache_dir()} has "
            f"{_megabytes(free)} free: they are computed again in every epoch. Set LANDMARK_CACHE to a folder with "
            "more room, or ask for fewer views."
        )
        return None
    return {part: FeatureLoader(dls[part], work.fill(part)) for part, work in works.items()}


class FeatureLoader(DataLoader[Any]):
    """Batches of features and labels, ((B, …) float32, (B,) int64), in the order of the photos' own loader.

    `features` is (N, views, …); of several views of a photo each draw takes one by chance.
    """

    def __init__(
        self, photos: DataLoader[Any], features: torch.Tensor, order: Sampler[Any] | Sequence[int] | None = None
    ) -> None:
        super().__init__(photos.dataset, photos.batch_size, sampler=photos.sampler if order is None else order)
        self.features = features
        self.labels = torch.as_tensor(cast(Any, photos.dataset).targets)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        draws = [draw if isinstance(draw, Draw) else Draw(draw, 0) for draw in cast(Sampler[Any], self.sampler)]
        indices = torch.tensor([draw.photo for draw in draws], dtype=torch.long)
        views = torch.tensor([draw.seed for draw in draws], dtype=torch.long) % self.features.shape[1]
        for start in range(0, len(draws), self.batch_size or 1):
            batch = slice(start, start + (self.batch_size or 1))
            yield self.features[indices[batch], views[batch]].float(), self.labels[indices[batch]]


class View(NamedTuple):
    """The n-th look at a photo; the same key is the same photo, seen the same way."""

    key: str
    photo: int  # its index in its dataset


class FeatureWork:
    """The features of one loader's photos: which are there, and how to compute the others."""

    def __init__(self, loader: DataLoader[Any], model: LandmarkNetwork, device: torch.device, n_views: int) -> None:
        self.loader, self.model, self.device, self.n_views = loader, model, device, n_views
        self.dataset = cast(PhotoDataset, loader.dataset)
        self.dataset.set_epoch(_LAST_EPOCH, _LAST_EPOCH)  # of several sizes, one after the other, the last
        hashes = [sha256_file(photo.path) for photo in self.dataset.photos]
        self.views = [View(f"{digest}-{n}", index) for index, digest in enumerate(hashes) for n in range(n_views)]
        description = _describe(model, self.dataset)
        folder = hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]
        self.store = FeatureStore(cache_dir() / "features" / folder, description)
        with torch.inference_mode():
            self.shape = model.embed_and_pool(self.dataset[0][0][None].to(device))[0].shape[1:]

    @cached_property
    def missing(self) -> list[View]:
        """List what nobody had computed before, each key once."""
        known = self.store.keys()
        return list({view.key: view for view in self.views if view.key not in known}.values())

    def n_bytes(self, n_views: int) -> int:
        """Return how many bytes so many views take on disk."""
        return n_views * self.shape.numel() * 2

    def fill(self, part: str) -> torch.Tensor:
        """Return the features (N, views, …) of all photos; what is missing is computed and kept."""
        missing = self.missing
        logger.log(
            logging.INFO if missing else logging.DEBUG,
            f"Features of {part}: {len(self.dataset):,} photos x {self.n_views} views, "
            f"{_megabytes(self.n_bytes(len(self.views)))} in {self.store.folder}, {len(missing):,} views to compute.",
        )
        self._compute(missing[rank() :: world_size()], part)
        barrier()
        features = self.store.read([view.key for view in self.views], self.shape)
        return features.view(len(self.dataset), self.n_views, *self.shape)

    @torch.inference_mode()
    def _compute(self, views: list[View], part: str) -> None:
        loader = DataLoader(_Views(self.dataset, views), _BATCH_PHOTOS, num_workers=self.loader.num_workers)
        per_file = max(1, _FILE_BYTES // self.n_bytes(1))
        begun, shown, pending, n_done = time.monotonic(), 0, list[torch.Tensor](), 0
        for photos in track(loader, f"Features of {part}", total=len(views), count=len):
            pending += self.model.embed_and_pool(photos.to(self.device))[0].cpu()
            while len(pending) >= per_file or (pending and n_done + len(pending) == len(views)):
                ready, pending = pending[:per_file], pending[per_file:]
                keys = [view.key for view in views[n_done : n_done + len(ready)]]
                self.store.write(keys, torch.stack(ready))
                n_done += len(ready)
            if (quarters := 4 * n_done // len(views)) > shown:
                shown = quarters
                speed = n_done / (time.monotonic() - begun)
                logger.info(f"  {25 * quarters} %, {_megabytes(self.n_bytes(n_done))}, {speed:.0f} views/s")


class _Views(Dataset[torch.Tensor]):
    """Views as tensors (3, H, W), each with the seed that its key makes."""

    def __init__(self, dataset: PhotoDataset, views: list[View]) -> None:
        self.dataset, self.views = dataset, views

    def __len__(self) -> int:
        return len(self.views)

    def __getitem__(self, position: int) -> torch.Tensor:
        view = self.views[position]
        with seeded(seed_of(view.key)):
            return self.dataset[view.photo][0]


def _describe(model: LandmarkNetwork, dataset: PhotoDataset) -> dict[str, Any]:
    """Return all that the features of a photo depend on beside its bytes."""
    weights = hashlib.sha256()
    heads = {id(weight) for weight in model.head_parameters()}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in heads:
            weights.update(name.encode())
            weights.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    has_several = len(getattr(dataset.transform, "sizes_px", ())) > 1
    return {
        "backbone": model.backbone,
        "weights_sha256": weights.hexdigest(),
        "modules": hashlib.sha256(repr(model.features).encode()).hexdigest(),  # padding, activations
        "mean": list(model.conversion.mean),
        "std": list(model.conversion.std),
        "transform": repr(dataset.transform) + (", the last size" if has_several else ""),
        "short_side_px": dataset.short_side_px,
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"
