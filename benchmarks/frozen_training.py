"""A frozen backbone, 50 epochs: the ordinary loop that passes every photo through it each time, and `train`.

    python benchmarks/frozen_training.py ../shared/data/landmarks \\
      --weights ../shared/weights/mobilenetv2_100.imagenet1k.safetensors

Both learn the same head, the course project's two layers, on the same photos with SGD 0.01 and batches of 64, in one
run on the same machine. The ordinary loop is timed on a few epochs and extrapolated to all of them. `train` is timed
whole, features and all; then its epochs alone. Accuracy on the test photos is that of `train` with several seeds.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets
from torchvision.transforms import v2

from landmark.core.directories import cache_dir
from landmark.photo.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from landmark.scoring.report import build_report
from landmark.training.data import get_data_loaders
from landmark.training.evaluation import predict
from landmark.training.loop import train
from landmark.training.networks import LandmarkNetwork, get_model_transfer

BATCH_PHOTOS, RATE, VALID_SHARE = 64, 0.01, 0.25


def make_model(arguments: argparse.Namespace, n_classes: int, seed: int) -> LandmarkNetwork:
    torch.manual_seed(seed)
    weights = arguments.weights if arguments.weights != "none" else None
    model = get_model_transfer(n_classes, backbone=arguments.backbone, weights=weights, head="two-layer")
    for weight in model.features.parameters():
        weight.requires_grad = False
    return model


def ordinary_epoch_s(arguments: argparse.Namespace) -> float:
    """The seconds of one epoch of the loop that everybody writes, the mean over a few."""
    normalise = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)]
    augment = [v2.RandomRotation(30), v2.RandomResizedCrop(224), v2.RandomHorizontalFlip()]
    folder = arguments.data / "train"
    augmented = datasets.ImageFolder(str(folder), v2.Compose([*augment, *normalise]))
    plain = datasets.ImageFolder(str(folder), v2.Compose([v2.Resize(255), v2.CenterCrop(224), *normalise]))
    order = np.random.default_rng(0).permutation(len(augmented))[:: arguments.every]
    n_valid = int(len(order) * VALID_SHARE)
    workers = arguments.workers
    learn = DataLoader(Subset(augmented, order[n_valid:]), BATCH_PHOTOS, shuffle=True, num_workers=workers)
    look = DataLoader(Subset(plain, order[:n_valid]), BATCH_PHOTOS, num_workers=workers)
    model = make_model(arguments, len(augmented.classes), 0)
    optimizer, criterion = torch.optim.SGD(model.classifier.parameters(), lr=RATE), nn.NLLLoss()
    begun = time.perf_counter()
    for _ in range(arguments.ordinary_epochs):
        model.train()
        for photos, labels in learn:
            optimizer.zero_grad()
            criterion(model(photos), labels).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for photos, labels in look:
                criterion(model(photos), labels)
    return (time.perf_counter() - begun) / arguments.ordinary_epochs


def ours(arguments: argparse.Namespace, views: int, seed: int, out: Path) -> tuple[float, float, float, float]:
    """Seconds of the whole training, seconds of an epoch, test accuracy and macro accuracy."""
    loaders = get_data_loaders(
        arguments.data / "train", None, arguments.data / "test", VALID_SHARE, workers=arguments.workers
    )
    model = make_model(arguments, len(loaders["train"].dataset.classes), seed)  # type: ignore[attr-defined]
    optimizer = torch.optim.SGD(model.classifier.parameters(), lr=RATE, momentum=0.9)
    begun = time.perf_counter()
    table_begun: list[float] = []

    def log(line: str) -> None:
        if line.split()[:1] == ["epoch"]:  # the head of the table: the features are there
            table_begun.append(time.perf_counter())

    train(
        arguments.epochs, loaders, model, optimizer, nn.NLLLoss(), out / "m.pt", out / "m.json",
        views=views, seed=seed, log=log,
    )  # fmt: skip
    ended = time.perf_counter()
    scores, labels = predict(model, loaders["test"], torch.device("cpu"))
    report = build_report(scores, labels, loaders["test"].dataset.classes)  # type: ignore[attr-defined]
    print(f"  seed {seed}: {report}".splitlines()[0])
    return ended - begun, (ended - table_begun[0]) / arguments.epochs, report.accuracy, report.macro_accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--backbone", default="mobilenetv2_100")
    parser.add_argument("--weights", default="none")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--ordinary-epochs", type=int, default=3)
    parser.add_argument("--views", type=int, nargs="+", default=[2])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="time the ordinary loop on every n-th photo only")
    arguments = parser.parse_args()
    ordinary_s = ordinary_epoch_s(arguments) * arguments.every
    whole = ordinary_s * arguments.epochs
    print(f"ordinary loop: {ordinary_s:.1f} s an epoch, {whole:.0f} s for {arguments.epochs} (extrapolated)")
    print(f"features are kept in {cache_dir()}")
    for views in arguments.views:
        with tempfile.TemporaryDirectory() as folder:
            runs = [ours(arguments, views, seed, Path(folder) / str(seed)) for seed in range(arguments.seeds)]
        first, epoch_s = runs[0][0], float(np.mean([run[1] for run in runs]))
        accuracies = np.array([run[2] for run in runs])
        spread = f"{100 * accuracies.mean():.1f} % ({100 * accuracies.min():.1f} to {100 * accuracies.max():.1f})"
        print(
            f"train, {views} views: {first:.0f} s in all, {whole / first:.0f} times faster; {epoch_s:.3f} s an epoch, "
            f"{ordinary_s / epoch_s:.0f} times; test {spread} over {arguments.seeds} seeds, macro "
            f"{100 * np.mean([run[3] for run in runs]):.1f} %"
        )


if __name__ == "__main__":
    main()
