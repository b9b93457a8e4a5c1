"""Is loading the bottleneck? Photos a second of the loader alone, of the network alone, and of both together.

    python benchmarks/loader_speed.py ../shared/data/landmarks

The loader augments as the default recipe does; the network goes forward, backward and takes a step, alone on one batch
that lies on the device. CPU milliseconds count all processes and threads: they say more than the clock where others
use the machine too.

`--short-side 3000` enlarges the photos first, to see what a phone's photos of that size cost. `--device cuda` also says
for which share of the time the GPU was at work.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader

from landmark import get_model_transfer
from landmark.dataset.folders import LabelledPhoto
from landmark.dataset.splits import Split, split_data
from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import make_loaders
from landmark.training.device import pick_device
from landmark.training.pipeline.networks import make_augmentation
from landmark.training.recipe import Recipe

Batch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Pace:
    """What one pass took."""

    photos_s: float  # by the clock
    cpu_ms: float  # a photo, workers included
    gpu_busy: float | None = None

    @classmethod
    def median(cls, paces: list["Pace"]) -> "Pace":
        busy = [pace.gpu_busy for pace in paces if pace.gpu_busy is not None]
        return cls(
            statistics.median(pace.photos_s for pace in paces),
            statistics.median(pace.cpu_ms for pace in paces),
            statistics.median(busy) if busy else None,
        )


class Training:
    """A network that learns from a batch at a time, and the GPU's own clock around each."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        # As in training: channels in the last place
        self.network = network.to(device).to(memory_format=torch.channels_last).train()
        self.device = device
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
        self.criterion = nn.CrossEntropyLoss()
        self.events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def __call__(self, batch: Batch) -> None:
        photos, labels = (tensor.to(self.device, non_blocking=True) for tensor in batch)
        if self.device.type == "cuda":
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
            self.events.append((start, end))
            self.events[-1][0].record()
        self.optimizer.zero_grad(set_to_none=True)
        self.criterion(self.network(photos), labels).backward()
        self.optimizer.step()
        if self.device.type == "cuda":
            self.events[-1][1].record()

    def busy_s(self) -> float | None:
        """Wait for the GPU; the seconds that it spent on batches since the last call. None for a CPU."""
        if self.device.type != "cuda":
            return None
        torch.cuda.synchronize(self.device)
        milliseconds: float = sum(start.elapsed_time(end) for start, end in self.events)
        self.events.clear()
        return milliseconds / 1000


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended, as workers have when an epoch has."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(batches: Iterable[Batch], training: Training | None = None) -> Pace:
    """One pass over the batches, which a network learns from where there is one."""
    start, cpu, n_photos, busy_s = time.perf_counter(), cpu_s(), 0, None
    for batch in batches:
        if training:
            training(batch)
        n_photos += len(batch[1])
    if training:
        busy_s = training.busy_s()
    wall_s = time.perf_counter() - start
    return Pace(n_photos / wall_s, 1000 * (cpu_s() - cpu) / n_photos, busy_s / wall_s if busy_s is not None else None)


def make_loader(split: Split, args: argparse.Namespace, workers: int) -> DataLoader[Any]:
    recipe = Recipe()
    return make_loaders(
        {"train": split.photos["train"]},
        split.categories,
        batch_size=args.batch,
        workers=workers,
        preprocessing=Preprocessing(resize_px=max(args.px, recipe.resize_px), crop_px=args.px),
        augmentation=make_augmentation(recipe.replace(train_px=(args.px,))),
    )["train"]


def enlarged(photos: Iterable[LabelledPhoto], short_side_px: int, folder: Path) -> tuple[LabelledPhoto, ...]:
    """JPEGs of the same photos with a short side of that many pixels."""
    made = []
    for number, photo in enumerate(photos):
        image = Image.open(photo.path).convert("RGB")
        scale = short_side_px / min(image.size)
        path = folder / f"{number}.jpg"
        image.resize((round(scale * image.width), round(scale * image.height)), Image.Resampling.BICUBIC).save(path)
        made.append(LabelledPhoto(path, photo.label))
    return tuple(made)


def compare(split: Split, args: argparse.Namespace, training: Training, workers: int) -> dict[str, Pace]:
    """The loader alone and with the network, in turn, so that a machine that slows down slows both."""
    loader = make_loader(split, args, workers)
    paces: dict[str, list[Pace]] = {}
    passes: dict[str, Callable[[], Pace]] = {
        "loader": lambda: measure(loader),
        "both": lambda: measure(loader, training),
    }
    for _ in range(args.runs):
        for title, run in passes.items():
            paces.setdefault(title, []).append(run())
    return {title: Pace.median(found) for title, found in paces.items()}


def network_alone(training: Training, args: argparse.Namespace, n_classes: int) -> Pace:
    batch = torch.randn(args.batch, 3, args.px, args.px), torch.randint(n_classes, (args.batch,))
    resident = [(batch[0].to(training.device), batch[1].to(training.device))] * max(3, args.count // args.batch)
    measure(resident[:3], training)  # the first steps are slow
    return Pace.median([measure(resident, training) for _ in range(args.runs)])


def line(title: str, pace: Pace, network: Pace) -> str:
    busy = f"{pace.gpu_busy:10.0%}" if pace.gpu_busy is not None else ""
    ratio = pace.photos_s / network.photos_s
    return f"{title:32}{pace.photos_s:10.1f}{pace.cpu_ms:16.2f}{ratio:23.2f}{busy}"


def verdict(workers: int, paces: dict[str, Pace], network: Pace) -> str:
    loader, both = paces["loader"], paces["both"]
    ratio = loader.photos_s / network.photos_s
    slower = "the network" if ratio >= 1 else "loading"
    found = (
        f"With {workers} workers the loader alone makes {ratio:.2f} times the photos of the network "
        f"alone: the bottleneck is {slower}. Together they reach {both.photos_s / network.photos_s:.2f} of it."
    )
    if network.gpu_busy is None:
        share = loader.cpu_ms / (loader.cpu_ms + network.cpu_ms)
        found += f" On the same cores loading is {share:.0%} of the work."
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set, as landmark train takes it")
    parser.add_argument("--backbone", default=Recipe().backbone)
    parser.add_argument("--weights", default="none", help="none, or as in a recipe")
    parser.add_argument("--px", type=int, default=192)
    parser.add_argument("--batch", type=int, default=Recipe().batch_photos)
    parser.add_argument("--count", type=int, default=640, help="photos of an epoch")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, default=3, help="passes, of which the median counts")
    parser.add_argument("--short-side", type=int, default=None, help="enlarge the photos to this many pixels first")
    args = parser.parse_args()

    split = split_data(args.data)
    found = split.photos["train"]
    photos = found[:: max(1, len(found) // args.count)][: args.count]
    weights = None if args.weights == "none" else args.weights
    network = get_model_transfer(len(split.categories), backbone=args.backbone, weights=weights)
    training = Training(network, pick_device(args.device))
    with tempfile.TemporaryDirectory() as folder:
        if args.short_side:
            photos = enlarged(photos, args.short_side, Path(folder))
        chosen = Split(split.root, split.categories, {"train": photos}, ())
        print(f"{args.backbone} on {training.device}, {args.px} px, batches of {args.batch}, {len(photos)} photos, "
              f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} before")  # fmt: skip
        alone = network_alone(training, args, len(split.categories))
        measured = {workers: compare(chosen, args, training, workers) for workers in args.workers}
    busy = f"{'GPU busy':>10}" if alone.gpu_busy is not None else ""
    print(f"{'':32}{'photos/s':>10}{'CPU ms a photo':>16}{'of the network alone':>23}{busy}")
    print(line("network alone", alone, alone))
    for workers, paces in measured.items():
        print(f"{workers} workers")
        for title, pace in paces.items():
            print(line(f"  {title}", pace, alone))
    for workers, paces in measured.items():
        print(verdict(workers, paces, alone))


if __name__ == "__main__":
    main()
