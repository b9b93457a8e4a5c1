"""Which head on a frozen backbone? All of them on the same embeddings, settings chosen on validation, test seen once.

    python benchmarks/heads.py ../shared/data/landmarks --backbone mobilenetv2_100 \\
        --weights ../shared/weights/mobilenetv2_100.imagenet1k.safetensors

The backbone looks at each photo once: the centre, of training photos also its mirror image; nothing else is augmented.
Its maps stay in memory as 16-bit floats, half a gigabyte for 5,000 photos at 160 px. Rare landmarks count for more, as
a recipe's `balance` has it. The linear head is the best there is for each weight decay
(`landmark.training.linear_head`), the others are trained. Works for convolutional backbones of timm.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import nn

from landmark.core.progress import track
from landmark.dataset.splits import Split, split_data
from landmark.photo.preprocessing import Preprocessing
from landmark.scoring.report import Report, build_report
from landmark.training.data import Evaluation, make_loaders
from landmark.training.linear_head import fit_linear_head
from landmark.training.networks import TransferModel, get_model_transfer
from landmark.training.optimization import make_optimizer, make_scheduler
from landmark.training.recipe import Recipe

Settings = dict[str, float]

GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    "linear": {"weight_decay": (0.001, 0.003, 0.01, 0.03, 0.1)},
    "two-layer": {"head_learning_rate": (0.0005, 0.002), "weight_decay": (0.02, 0.3)},
    "cosine": {"head_learning_rate": (0.01,), "margin": (0.0, 0.1, 0.3)},
}


@dataclass(frozen=True)
class Kept:
    """What the backbone said of a part's photos."""

    views: list[torch.Tensor]  # maps (N, C, h, w) float16: of the centre, of training also of its mirror image
    labels: torch.Tensor  # (N,)

    def batches(self, head: str, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Embeddings for a head with labels, in a new order, of each photo one view or the other."""
        for chosen in torch.randperm(len(self.labels)).split(size):
            view = self.views[int(torch.randint(len(self.views), ()))]
            yield embed(head, view[chosen]), self.labels[chosen]


def embed(head: str, maps: torch.Tensor) -> torch.Tensor:
    """What a head takes: the maps, or their means."""
    return maps.float() if head == "cosine" else maps.float().mean(dim=(2, 3))


def look(model: TransferModel, split: Split, preprocessing: Preprocessing) -> dict[str, Kept]:
    """Run the photos of each part through the backbone."""
    loaders = make_loaders(
        split.parts, split.categories, preprocessing=preprocessing, augmentation=Evaluation(preprocessing)
    )
    kept = {}
    for part, loader in loaders.items():
        views: list[list[torch.Tensor]] = [[], []] if part == "train" else [[]]
        labels = []
        with torch.inference_mode():
            for photos, targets in track(loader, f"Looking at {part}", total=len(loader), unit="batches"):
                labels.append(targets)
                for maps, seen in zip(views, (photos, photos.flip(3)), strict=False):
                    maps.append(model.embed_and_pool(seen)[0].half())
        kept[part] = Kept([torch.cat(maps) for maps in views], torch.cat(labels))
    return kept


def fit_linear(make: Callable[..., TransferModel], train: Kept, balance: torch.Tensor, settings: Settings,
               epochs: int) -> TransferModel:  # fmt: skip
    """The linear head, by L-BFGS; there are no epochs."""
    model = make(head="linear")
    features, labels = torch.cat([embed("linear", maps) for maps in train.views]), train.labels.repeat(len(train.views))
    model.classifier[0] = fit_linear_head(
        features, labels, model.n_classes, weight_decay=settings["weight_decay"], sample_weights=balance[labels]
    )
    return model


def train_head(head: str, make: Callable[..., TransferModel], train: Kept, balance: torch.Tensor, settings: Settings,
               epochs: int) -> TransferModel:  # fmt: skip
    """A head by AdamW, as `landmark train` would with the features frozen."""
    settings = dict(settings)
    margin = {"margin": settings.pop("margin")} if "margin" in settings else {}
    recipe = Recipe(epochs=epochs, batch_photos=64, **settings)
    torch.manual_seed(0)
    model = make(head=head, dropout=recipe.dropout, **margin).train()
    for weight in model.feature_parameters():
        weight.requires_grad = False
    optimizer = make_optimizer(model, recipe)
    scheduler = make_scheduler(optimizer, recipe, -(-len(train.labels) // recipe.batch_photos))
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing, weight=balance)
    for _ in track(range(epochs), f"Training {head}", total=epochs, unit="epochs"):
        for embedding, labels in train.batches(head, recipe.batch_photos):
            optimizer.zero_grad()
            criterion(model.training_scores(embedding, labels), labels).backward()
            optimizer.step()
            scheduler.step()
    return model.eval()


@dataclass(frozen=True)
class Candidate:
    """A head that was trained with some settings."""

    model: TransferModel
    settings: Settings
    seconds: float
    valid: Report


def score(model: TransferModel, kept: Kept, names: tuple[str, ...]) -> Report:
    """How a head recognises a part's photos."""
    with torch.inference_mode():
        logits = torch.cat([model.logits(embed(model.head, maps)) for maps in kept.views[0].split(256)])
    return build_report(logits.numpy(), kept.labels.numpy(), names)


def candidates(head: str, make: Callable[..., TransferModel], kept: dict[str, Kept], names: tuple[str, ...],
               epochs: int) -> Iterator[Candidate]:  # fmt: skip
    """The head with each of its settings, scored on validation."""
    balance = torch.bincount(kept["train"].labels, minlength=len(names)).clamp(min=1) ** -Recipe().balance
    for values in product(*GRIDS[head].values()):
        settings = dict(zip(GRIDS[head], values, strict=True))
        start = time.perf_counter()
        arguments: Any = (make, kept["train"], balance, settings, epochs)
        model = fit_linear(*arguments) if head == "linear" else train_head(head, *arguments)
        seconds = time.perf_counter() - start
        candidate = Candidate(model, settings, seconds, score(model, kept["valid"], names))
        print(f"# {head} {settings}: valid {candidate.valid.accuracy:.2%}, macro {candidate.valid.macro_accuracy:.2%}, "
              f"{seconds:.0f} s", flush=True)  # fmt: skip
        yield candidate


def row(candidate: Candidate, test: Report) -> str:
    """A head's line of the table."""
    model, valid = candidate.model, candidate.valid
    n_parameters = sum(weight.numel() for weight in model.head_parameters())
    settings = ", ".join(f"{name} {value:g}" for name, value in candidate.settings.items())
    interval = f"{100 * test.interval[0]:.1f} to {100 * test.interval[1]:.1f}"
    return (
        f"| {model.head} | {n_parameters:,} | {candidate.seconds:.0f} s | {100 * valid.accuracy:.1f} % | "
        f"{100 * valid.macro_accuracy:.1f} % | {100 * test.accuracy:.1f} % ({interval}) | "
        f"{100 * test.macro_accuracy:.1f} % | {settings} |"
    )


def main() -> None:
    """Look, train, choose, test, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--backbone", default="mobilenetv2_100")
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--crop-px", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()

    torch.manual_seed(0)
    split = split_data(args.data)
    names = split.categories.names

    def make(**settings: Any) -> TransferModel:
        return get_model_transfer(len(names), backbone=args.backbone, weights=args.weights, **settings).eval()

    preprocessing = Preprocessing(resize_px=round(args.crop_px * 255 / 224), crop_px=args.crop_px)
    kept = look(make(head="cosine"), split, preprocessing)
    print("| head | parameters | trained in | valid | valid, macro | test (95 % interval) | test, macro | chosen |")
    print("|---|---|---|---|---|---|---|---|")
    for head in GRIDS:
        best = max(candidates(head, make, kept, names, args.epochs), key=lambda candidate: candidate.valid.accuracy)
        print(row(best, score(best.model, kept["test"], names)), flush=True)


if __name__ == "__main__":
    main()
