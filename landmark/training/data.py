"""Folders of landmarks -> loaders of batches: one for training, which augments, and two that always see the same.

Which photos there are and how they are split belongs to `folders` and `splits`; what a photo looks like to a network,
to `preprocessing`.
"""

import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from landmark.core.cpu import available_cpus
from landmark.dataset.categories import Categories
from landmark.dataset.folders import LabelledPhoto
from landmark.dataset.splits import VALID_RATIO, Split, join_folders
from landmark.photo import read_photo
from landmark.photo.preprocessing import Preprocessing
from landmark.training.distributed import local_world_size
from landmark.training.sampling import Draw, EpochSampler, seeded

BATCH_PHOTOS = 64
_WORKERS_BESIDE_A_CPU = 4  # it has never waited for more
_MOST_WORKERS = 24  # they are started again for each epoch

Loaders = dict[str, DataLoader[Any]]
Transform = Callable[[np.ndarray], torch.Tensor]


class PhotoDataset(Dataset[tuple[torch.Tensor, int]]):
    """Labelled photos, decoded and transformed one by one: `dataset[i]` is ((3, H, W) float32, label).

    `classes`, `samples` and `targets` mean what they mean in torchvision's `ImageFolder`.
    """

    def __init__(
        self,
        photos: Sequence[LabelledPhoto],
        categories: Categories,
        transform: Transform,
        *,
        short_side_px: int,
    ) -> None:
        self.photos = tuple(photos)
        self.categories = categories
        self.transform = transform
        self.short_side_px = short_side_px
        self.classes = list(categories.folders or categories.names)
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.samples = [(str(photo.path), photo.label) for photo in photos]
        self.targets = [photo.label for photo in photos]

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, which: int | Draw) -> tuple[torch.Tensor, int]:
        if isinstance(which, Draw):
            with seeded(which.seed):
                return self[which.photo]
        photo = self.photos[which]
        return self.transform(read_photo(photo.path, short_side_px=self.short_side_px).pixels), photo.label

    def set_epoch(self, epoch: int, n_epochs: int) -> None:
        """Set which epoch begins, counted from 1, for a transform that changes with the epochs."""
        if isinstance(self.transform, Augmentation):
            self.transform.set_epoch(epoch, n_epochs)

    def __repr__(self) -> str:
        return f"PhotoDataset({len(self)} photos, {len(self.classes)} landmarks)"


@dataclass(frozen=True)
class Evaluation:
    """The transform of validation and test: the preprocessing that the finished model uses too."""

    preprocessing: Preprocessing

    def __call__(self, pixels: np.ndarray) -> torch.Tensor:
        """Transform (H, W, 3) uint8 -> (3, crop_px, crop_px) float32."""
        return torch.from_numpy(self.preprocessing(pixels))


class Augmentation:
    """The transform of training: every epoch sees each photo a little differently.

    The default is the course project's: rotated by up to 30 degrees, a random crop resized to 224 px, flipped.
    Several sizes of `crop_px` are used one after the other, each for an equal share of the epochs.
    `colour` is the strength of colour jitter, `randaugment` its magnitude (0: off); `blur` and `erasing` are the
    probabilities of a blurred photo and of a blanked rectangle.
    """

    def __init__(
        self,
        crop_px: int | Sequence[int] = 224,
        *,
        rotation_degrees: float = 30.0,
        min_area: float = 0.08,
        colour: float = 0.0,
        randaugment: int = 0,
        blur: float = 0.0,
        erasing: float = 0.0,
        preprocessing: Preprocessing | None = None,
    ) -> None:
        normalisation = preprocessing or Preprocessing()
        self.sizes_px = (crop_px,) if isinstance(crop_px, int) else tuple(crop_px)
        self._crop = v2.RandomResizedCrop(self.sizes_px[0], scale=(min_area, 1.0), antialias=True)
        steps: list[Any] = [v2.RandomRotation(rotation_degrees)] if rotation_degrees else []
        steps += [self._crop, v2.RandomHorizontalFlip()]
        if randaugment:
            steps.append(v2.RandAugment(num_ops=2, magnitude=randaugment))
        if colour:
            steps.append(v2.ColorJitter(colour, colour, colour, colour / 6))
        if blur:  # sharpness must not tell landmarks apart that come from sources of different sizes
            steps.append(v2.RandomApply([v2.GaussianBlur(5, sigma=(0.5, 2.0))], p=blur))
        steps += [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
        steps.append(v2.Normalize(list(normalisation.mean), list(normalisation.std)))
        if erasing:
            steps.append(v2.RandomErasing(erasing))
        self.steps = steps
        self._transform = v2.Compose(steps)
        # Before an epoch changes a size: runs are compared by it. The steps leave out how often a blur is.
        self._described = f"{self.sizes_px} {steps}" + (f" blur {blur}" if blur else "")

    def __call__(self, pixels: np.ndarray) -> torch.Tensor:
        """Transform (H, W, 3) uint8 -> (3, crop_px, crop_px) float32."""
        return torch.Tensor(self._transform(Image.fromarray(pixels)))

    def set_epoch(self, epoch: int, n_epochs: int) -> None:
        """Choose the size for an epoch, counted from 1."""
        size_px = self.sizes_px[(epoch - 1) * len(self.sizes_px) // n_epochs]
        self._crop.size = (size_px, size_px)

    def __repr__(self) -> str:
        return self._described


def get_data_loaders(
    dir_train: str | Path,
    dir_valid: str | Path | None,
    dir_test: str | Path,
    ratio: float | None = None,
    *,
    batch_size: int = BATCH_PHOTOS,
    seed: int = 0,
    workers: int | None = None,
    preprocessing: Preprocessing | None = None,
    augmentation: Transform | None = None,
) -> Loaders:
    """Make loaders `{"train", "valid", "test"}` over folders that hold one folder per landmark.

    With `dir_valid=None`, validation is `ratio` (default 0.25) of the training photos: of each landmark the same
    share, the same photos for the same `seed`, byte-identical photos never on both sides. Training is shuffled and
    augmented; validation and test are resized to 255 px and cropped to 224. A batch is
    ((B, 3, 224, 224) float32, (B,) int64), B = 64. Photos that cannot be read are left out, counted and named.

    Raises `DataError` when a folder is missing or empty, or train, valid and test hold different landmarks.

    Example: `loaders = get_data_loaders("data/train", None, "data/test", 0.25)`.
    """
    paths = {"train": dir_train, "valid": dir_valid, "test": dir_test}
    split = join_folders(
        Path(dir_train),
        {name: path for name, path in paths.items() if path is not None},
        valid_ratio=VALID_RATIO if ratio is None else ratio,
        seed=seed,
    )
    report_left_out(split)
    return make_loaders(
        split.photos,
        split.categories,
        seed=seed,
        batch_size=batch_size,
        workers=workers,
        preprocessing=preprocessing,
        augmentation=augmentation,
    )


def make_loaders(
    parts: dict[str, tuple[LabelledPhoto, ...]],
    categories: Categories,
    *,
    batch_size: int = BATCH_PHOTOS,
    workers: int | None = None,
    preprocessing: Preprocessing | None = None,
    augmentation: Transform | None = None,
    balance: float = 0.0,
    seed: int = 0,
) -> Loaders:
    """Make loaders over photos that are already split; "train" is shuffled and augmented, every other part is not.

    `balance` between 0 (as the photos come) and 1 (every landmark equally often) draws rare landmarks more often.
    `seed` makes the order and what chance does to each photo, the same with any number of workers.
    """
    preprocessing = preprocessing or Preprocessing()
    if workers is None:
        workers = _enough_workers()
    loaders: Loaders = {}
    for part, photos in parts.items():
        training = part == "train"
        augment = augmentation or Augmentation(preprocessing.crop_px, preprocessing=preprocessing)
        transform = augment if training else Evaluation(preprocessing)
        dataset = PhotoDataset(photos, categories, transform, short_side_px=preprocessing.resize_px)
        weights = rarity_weights(dataset.targets, balance) if balance else None
        sampler = EpochSampler(len(dataset), batch_photos=batch_size, weights=weights, seed=seed) if training else None
        loaders[part] = DataLoader(
            dataset,
            batch_size,
            sampler=sampler,
            num_workers=workers,
            worker_init_fn=_ignore_interrupts,
            pin_memory=torch.cuda.is_available(),  # else copies to the GPU wait, whatever non_blocking is
            # Not persistent_workers: they would not hear of the next epoch's size.
        )
    return loaders


def _enough_workers() -> int:
    """Return how many workers keep up with the network: with a GPU nearly all cores, shared among its processes."""
    if not torch.cuda.is_available():
        return min(_WORKERS_BESIDE_A_CPU, available_cpus())
    return min(_MOST_WORKERS, max(1, available_cpus() // local_world_size() - 1))


def report_left_out(split: Split) -> None:
    """Warn, counted and by name, of photos that will not be used."""
    if split.left_out:
        reasons = "\n  ".join(reason for _, reason in split.left_out)
        warnings.warn(f"Left out {len(split.left_out)} photos that cannot be read:\n  {reasons}", stacklevel=3)


def rarity_weights(targets: Sequence[int], balance: float) -> list[float]:
    """Return how much each photo counts; 0: all the same, 1: so that every landmark counts the same.

    >>> rarity_weights([0, 0, 1], 1.0)
    [0.5, 0.5, 1.0]
    """
    counts = np.bincount(targets)
    weights: list[float] = (counts[np.asarray(targets)].astype(float) ** -balance).tolist()
    return weights


def _ignore_interrupts(worker: int) -> None:
    """Ignore Ctrl-C, which reaches every process of a terminal: training ends its batch first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
