"""Fine-tuning a whole network: `landmark train` beside what a user would write instead, one after the other in one run.

    python benchmarks/fine_tuning.py ../shared/data/landmarks \\
      --weights ../shared/weights/mobilenetv2_100.imagenet1k.safetensors --epochs 4

The same training photos, backbone, weights, size and number of epochs for three ways: `landmark train` with its
defaults; an ordinary timm/torchvision loop (AdamW, cosine, random crops, flips); the course project's loop (frozen
features, two layers, SGD 0.01, every photo through the backbone in every epoch). Each is a process of its own; its
wall time covers everything from the start to the scores, its memory is that of its largest process.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from landmark.scoring.report import build_report

WAYS = ("landmark", "ordinary", "course")
RESIZE_PX, CROP_PX = 255, 224  # how all three look at test photos


def learn_with_landmark(arguments: argparse.Namespace, out: Path) -> tuple[float, float, str]:
    """Run the command as a user would; returns accuracy, macro accuracy and the interval as text."""
    command = [
        sys.executable, "-m", "landmark", "train", str(arguments.data), "--backbone", arguments.backbone,
        "--weights", arguments.weights, "--epochs", str(arguments.epochs), "--train-px", str(arguments.px),
        "--out", str(out),
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=sys.stderr)
    scores = json.loads((out / "bundle" / "landmark.json").read_text())["scores"]["test"]
    low, high = scores["interval"]
    return scores["accuracy"], scores["macro_accuracy"], f"{100 * low:.1f} to {100 * high:.1f}"


def learn_with_a_loop(arguments: argparse.Namespace) -> tuple[float, float, str]:
    """What everybody writes; `course` freezes the features and trains two layers by SGD."""
    import timm
    import torch
    from safetensors.torch import load_file
    from torch import nn
    from torch.utils.data import DataLoader
    from torchvision import datasets
    from torchvision.transforms import v2

    torch.manual_seed(arguments.seed)
    course = arguments.way == "course"
    tensor = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.5] * 3)]
    px = CROP_PX if course else arguments.px
    augment = [v2.RandomRotation(30)] if course else []
    augment += [v2.RandomResizedCrop(px), v2.RandomHorizontalFlip()]
    train = datasets.ImageFolder(str(arguments.data / "train"), v2.Compose([*augment, *tensor]))
    look = v2.Compose([v2.Resize(RESIZE_PX), v2.CenterCrop(CROP_PX), *tensor])
    test = datasets.ImageFolder(str(arguments.data / "test"), look)
    model: Any = timm.create_model(arguments.backbone, num_classes=1000, pad_type="same")
    model.load_state_dict(load_file(arguments.weights), strict=False)
    model.reset_classifier(len(train.classes))
    if course:
        model.requires_grad_(False)
        model.classifier = nn.Sequential(
            nn.Linear(model.num_features, 1000), nn.ReLU(), nn.Linear(1000, len(train.classes))
        )
        optimizer: torch.optim.Optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.01)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=4e-4, weight_decay=0.02)
    loader = DataLoader(train, 32 if not course else 64, shuffle=True, num_workers=arguments.workers)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, arguments.epochs * len(loader))
    criterion = nn.CrossEntropyLoss()
    for epoch in range(arguments.epochs):
        model.train()
        for photos, labels in loader:
            optimizer.zero_grad()
            criterion(model(photos), labels).backward()
            optimizer.step()
            if not course:
                schedule.step()
        print(f"{arguments.way}: epoch {epoch + 1} of {arguments.epochs}", file=sys.stderr)
    model.eval()
    scores, truth = [], []
    with torch.inference_mode():
        for photos, labels in DataLoader(test, 64, num_workers=arguments.workers):
            scores.append(model(photos).softmax(dim=1).numpy())
            truth.append(labels.numpy())
    report = build_report(np.concatenate(scores), np.concatenate(truth), test.classes)
    low, high = report.interval
    return report.accuracy, report.macro_accuracy, f"{100 * low:.1f} to {100 * high:.1f}"


def measure(arguments: argparse.Namespace) -> None:
    """One way in this process; prints its row for the one that started it."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.way == "landmark":
            accuracy, macro, interval = learn_with_landmark(arguments, Path(folder))
        else:
            accuracy, macro, interval = learn_with_a_loop(arguments)
    of_whom = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory_mb = max(resource.getrusage(who).ru_maxrss for who in of_whom) / 1024  # in KiB on Linux
    row = {"seconds": time.perf_counter() - begun, "memory_mb": memory_mb, "accuracy": accuracy, "macro": macro}
    print(json.dumps({**row, "interval": interval}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--backbone", default="mobilenetv2_100", help="one whose weights take photos from -1 to 1")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--px", type=int, default=192)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way", choices=WAYS, help="one alone (the others are started as processes)")
    arguments = parser.parse_args()
    if arguments.way:
        measure(arguments)
        return
    print("| way | seconds | memory | test accuracy (95 % interval) | macro |\n|---|---|---|---|---|")
    for way in WAYS:
        row = json.loads(subprocess.check_output([sys.executable, *sys.argv, "--way", way]))
        print(
            f"| {way} | {row['seconds']:.0f} | {row['memory_mb']:.0f} MB | {100 * row['accuracy']:.1f} % "
            f"({row['interval']}) | {100 * row['macro']:.1f} % |",
            flush=True,
        )


if __name__ == "__main__":
    main()
