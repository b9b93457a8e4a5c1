"""`landmark train`: from a folder of landmarks to a bundle. Data, model, optimiser, training; the rest is `bundling`'s.

Every step leaves its result in the run's folder, so a run that was stopped goes on with the same command.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.transforms import v2

from landmark.bundling import TrainedModel, make_bundle
from landmark.checkpoint import load_checkpoint
from landmark.data import Augmentation, Loaders, make_loaders, report_left_out
from landmark.files import replacing, write_json
from landmark.models import TransferModel, get_model_transfer
from landmark.preprocessing import Preprocessing
from landmark.recipe import Recipe
from landmark.splits import Split, split_data
from landmark.training import Metrics, pick_device, train

CHECKPOINT_FILE = "checkpoint.pt"
RECIPE_FILE = "recipe.toml"


def fine_tune(
    data: str | Path,
    recipe: Recipe | None = None,
    out: str | Path = "landmark-run",
    *,
    not_landmarks: str | Path | None = None,
    device: str = "cpu",
    name: str | None = None,
    version: str = "1",
    log: Callable[[str], None] = print,
) -> TrainedModel:
    """Train on a folder of landmarks and write a bundle to `out/bundle`; run again after a stop, it goes on.

    The model is chosen on validation photos and looks at the test photos once. `not_landmarks`, a folder of photos of
    anything else, makes the refusal threshold: it is fitted on the first half of them and measured on the second.
    """
    recipe, out = recipe or Recipe(), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "train.log").open("a", encoding="utf-8") as file:

        def tell(line: str) -> None:
            log(line)
            print(line, file=file, flush=True)

        split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed)
        report_left_out(split)
        tell(f"{len(split.categories)} landmarks; photos: {split.counts()}; left out: {len(split.left_out)}")
        loaders, model = make_recipe_loaders(split, recipe), _model(len(split.categories), recipe)
        metrics = _train(recipe, loaders, model, out, device, split, tell)
        tell(f"Best epoch: {metrics.best_epoch} of {recipe.epochs}")
        made = make_bundle(
            model,
            split,
            loaders,
            recipe,
            out / "bundle",
            name=name or Path(data).resolve().name,
            version=version,
            not_landmarks=not_landmarks,
            device=device,
            trained={"best_epoch": metrics.best_epoch},
            tell=tell,
        )
        tell(f"Wrote {made.bundle.path}. Try it: landmark locate PHOTO --model {out}")
    return made


def export_checkpoint(
    checkpoint: str | Path,
    data: str | Path,
    out: str | Path,
    recipe: Recipe | None = None,
    *,
    not_landmarks: str | Path | None = None,
    name: str | None = None,
    version: str = "1",
    tell: Callable[[str], None] = print,
) -> TrainedModel:
    """Make a bundle of a checkpoint that `train` wrote, or of a run's folder, with the data it was trained on.

    The recipe tells backbone, split and preprocessing; a run's folder brings its own.
    """
    checkpoint = Path(checkpoint)
    if checkpoint.is_dir():
        recipe = recipe or Recipe.read(checkpoint / RECIPE_FILE)
        checkpoint = checkpoint / CHECKPOINT_FILE
    recipe = recipe or Recipe()
    split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed)
    model = get_model_transfer(len(split.categories), backbone=recipe.backbone, weights=None)
    load_checkpoint(model, checkpoint)
    loaders = make_recipe_loaders(split, recipe)
    name = name or Path(data).resolve().name
    return make_bundle(
        model, split, loaders, recipe, out, name=name, version=version, not_landmarks=not_landmarks, tell=tell
    )


def make_recipe_loaders(split: Split, recipe: Recipe) -> Loaders:
    """The loaders that a recipe asks for."""
    augmentation = Augmentation(
        recipe.train_px,
        rotation_degrees=recipe.rotation_degrees,
        min_area=recipe.min_area,
        colour=recipe.colour,
        randaugment=recipe.randaugment,
        blur=recipe.blur,
        erasing=recipe.erasing,
    )
    return make_loaders(
        split.parts,
        split.categories,
        batch_size=recipe.batch_photos,
        preprocessing=Preprocessing(resize_px=recipe.resize_px, crop_px=recipe.crop_px),
        augmentation=augmentation,
        balance=recipe.balance,
    )


def _model(n_classes: int, recipe: Recipe) -> TransferModel:
    torch.manual_seed(recipe.seed)
    return get_model_transfer(
        n_classes,
        backbone=recipe.backbone,
        weights=recipe.weights or None,
        dropout=recipe.dropout,
        **({"drop_path_rate": recipe.drop_path} if recipe.drop_path else {}),
    )


def _train(recipe: Recipe, loaders: Loaders, model: TransferModel, out: Path, device: str, split: Split,
           tell: Callable[[str], None]) -> Metrics:  # fmt: skip
    """Train, or load what the same recipe and split trained before."""
    checkpoint, metrics_file = out / CHECKPOINT_FILE, out / "metrics.json"
    asked = {"recipe": asdict(recipe), "split": split.to_dict()}
    asked_file = out / "run.json"
    if metrics := _finished(asked, asked_file, checkpoint, metrics_file):
        tell(f"Trained already, {recipe.epochs} epochs: going on with {checkpoint}.")
        load_checkpoint(model, checkpoint)
        return metrics
    write_json(asked_file, asked)
    with replacing(out / RECIPE_FILE) as file:
        file.write(recipe.to_toml().encode())
    # Depthwise convolutions on a CPU run half as long again with channels in the last place.
    model.to(pick_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = make_optimizer(model, recipe)
    return train(
        recipe.epochs,
        loaders,
        model,
        optimizer,
        nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing),
        checkpoint,
        metrics_file,
        device,
        scheduler=make_scheduler(optimizer, recipe, len(loaders["train"])),
        mix=_mix(recipe, model.n_classes),
        average=_average(model, recipe),
        clip_norm=recipe.clip_norm or None,
        freeze_batch_norm=recipe.freeze_batch_norm,
        valid_criterion=nn.CrossEntropyLoss(),
        seed=recipe.seed,
        log=tell,
    )


def _finished(asked: dict[str, Any], asked_file: Path, checkpoint: Path, metrics_file: Path) -> Metrics | None:
    try:
        same = json.loads(asked_file.read_text()) == json.loads(json.dumps(asked))
        metrics = Metrics(**json.loads(metrics_file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    complete = len(metrics.epoch) == asked["recipe"]["epochs"] and checkpoint.is_file()
    return metrics if same and complete else None


def make_optimizer(model: TransferModel, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW: a lower rate for the backbone than for the head, no weight decay for biases and norms."""
    groups = [
        {"params": [weight for weight in part.parameters() if (weight.ndim > 1) is decays and weight.requires_grad],
         "lr": rate, "weight_decay": recipe.weight_decay if decays else 0.0}
        for part, rate in ((model.features, recipe.learning_rate), (model.classifier, recipe.head_learning_rate))
        for decays in (True, False)
    ]  # fmt: skip
    return torch.optim.AdamW([group for group in groups if group["params"]])


def make_scheduler(optimizer: torch.optim.Optimizer, recipe: Recipe, n_batches: int) -> Any:
    """Linear warm-up, then a cosine down to a hundredth, batch by batch."""
    warm_up = max(1, round(recipe.warm_up_epochs * n_batches))
    rest = max(1, recipe.epochs * n_batches - warm_up)
    schedules = torch.optim.lr_scheduler
    rising = schedules.LinearLR(optimizer, start_factor=1 / warm_up, total_iters=warm_up)
    lowest = min(group["lr"] for group in optimizer.param_groups) / 100
    falling = schedules.CosineAnnealingLR(optimizer, rest, eta_min=lowest)
    return schedules.SequentialLR(optimizer, [rising, falling], milestones=[warm_up])


def _mix(recipe: Recipe, n_classes: int) -> Any:
    mixes = [
        kind(alpha=alpha, num_classes=n_classes)
        for kind, alpha in ((v2.MixUp, recipe.mixup), (v2.CutMix, recipe.cutmix))
        if alpha
    ]
    return v2.RandomApply([v2.RandomChoice(mixes)], p=0.5) if mixes else None


def _average(model: nn.Module, recipe: Recipe) -> Any:
    if not recipe.average_decay:
        return None
    from timm.utils.model_ema import ModelEmaV3

    return ModelEmaV3(model, decay=recipe.average_decay, use_warmup=True)
