"""One network after a recipe: loaders, weights to start from, optimiser, training.

What becomes of it, a bundle, is `bundling`'s; which of several is the best, `comparison`'s. Every step leaves its
result in the run's folder, so a run that was stopped goes on with the same command.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from landmark.bundling import TrainedModel, assess, make_bundle
from landmark.checkpoint import keep_old_files, load_checkpoint, resume_path
from landmark.data import Augmentation, Loaders, make_loaders
from landmark.errors import ConfigurationError
from landmark.files import replacing, write_json
from landmark.models import SCRATCH, LandmarkNetwork, get_model_scratch, get_model_transfer
from landmark.models.heads import read_head
from landmark.models.weights import read_weights
from landmark.optimisation import make_average, make_mix, make_optimizer, make_scheduler
from landmark.preprocessing import Preprocessing
from landmark.recipe import Recipe
from landmark.splits import Split, split_data
from landmark.training import pick_device, train
from landmark.training_metrics import Metrics

CHECKPOINT_FILE = "checkpoint.pt"
RECIPE_FILE = "recipe.toml"
METRICS_FILE = "metrics.json"
# Of a checkpoint without a recipe nobody knows what it was before.
_UNKNOWN_START = Recipe(weights="", pretraining_origin="unknown", pretraining_licence="unknown")


@dataclass(frozen=True)
class Run:
    """A trained network with its loaders and its learning curves."""

    model: LandmarkNetwork
    loaders: Loaders
    metrics: Metrics


def export_checkpoint(
    checkpoint: str | Path,
    data: str | Path,
    out: str | Path,
    recipe: Recipe | None = None,
    *,
    backbone: str | None = None,
    not_landmarks: str | Path | None = None,
    name: str | None = None,
    version: str = "1",
    tell: Callable[[str], None] = print,
) -> TrainedModel:
    """Make a bundle of a checkpoint that `train` wrote, or of a run's folder, with the data it was trained on.

    The recipe tells backbone, split and preprocessing; `backbone` goes before it. A run's folder brings its own recipe,
    and where it was refitted, the weights of the refit, with the calibration of those that were chosen.
    """
    checkpoint = final = Path(checkpoint)
    if checkpoint.is_dir():
        recipe = recipe or Recipe.read(checkpoint / RECIPE_FILE)
        checkpoint = final = checkpoint / CHECKPOINT_FILE
        if recipe.refit and (refitted := checkpoint.parent / "refit" / CHECKPOINT_FILE).is_file():
            final = refitted
    recipe = (recipe or _UNKNOWN_START).replace(backbone=backbone)
    split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed)
    model = _blank_network(len(split.categories), recipe, checkpoint)
    load_checkpoint(model, checkpoint)
    loaders = make_recipe_loaders(split, recipe)
    name = name or Path(data).resolve().name
    assessment = assess(model, loaders, split.categories.names, not_landmarks=not_landmarks, tell=tell)
    load_checkpoint(model, final)
    return make_bundle(model, split, loaders, recipe, assessment, out, name=name, version=version, tell=tell)


def _blank_network(n_classes: int, recipe: Recipe, checkpoint: Path) -> LandmarkNetwork:
    """A network for a checkpoint's weights, which tell themselves what head they have, or whether batch norm."""
    blank = recipe.replace(weights="", freeze_features=False if recipe.backbone == SCRATCH else None)
    if not checkpoint.is_file():
        return make_network(n_classes, blank)  # loading tells that it is missing
    state, _ = read_weights(checkpoint)
    if recipe.backbone == SCRATCH:
        return make_network(
            n_classes, blank.replace(train_px=(recipe.crop_px,), scratch_batch_norm="bn_1_1.weight" in state)
        )
    head, sub_centres = read_head(state)
    return make_network(n_classes, blank.replace(head=head, sub_centres=sub_centres))


@contextmanager
def logging_to(out: Path, log: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """What tells a line to `log` and to the run's own `train.log`."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "train.log").open("a", encoding="utf-8") as file:

        def tell(line: str) -> None:
            log(line)
            print(line, file=file, flush=True)

        yield tell


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


def make_network(n_classes: int, recipe: Recipe) -> LandmarkNetwork:
    """The network that a recipe asks for, with the weights that it starts from; the same for the same seed."""
    torch.manual_seed(recipe.seed)
    if recipe.backbone == SCRATCH:
        _check_scratch(recipe)
        return get_model_scratch(n_classes, image_px=recipe.crop_px, batch_norm=recipe.scratch_batch_norm)
    return get_model_transfer(
        n_classes,
        backbone=recipe.backbone,
        weights=recipe.weights or None,
        head=recipe.head,
        margin=recipe.margin,
        sub_centres=recipe.sub_centres,
        dropout=recipe.dropout,
        **({"drop_path_rate": recipe.drop_path} if recipe.drop_path else {}),  # type: ignore[arg-type]
    )


def _check_scratch(recipe: Recipe) -> None:
    """Its first fully connected layer holds a weight for every place in the photo: the size cannot change."""
    if recipe.weights or recipe.freeze_features or set(recipe.train_px) != {recipe.crop_px}:
        raise ConfigurationError(
            f"The network from scratch is trained as a whole and at one size; found weights = {recipe.weights!r}, "
            f"freeze_features = {recipe.freeze_features}, train_px = {list(recipe.train_px)}, crop_px = "
            f'{recipe.crop_px}. Expected weights = "", freeze_features = false and train_px = [crop_px].'
        )


def train_recipe(split: Split, recipe: Recipe, out: Path, *, device: str, tell: Callable[[str], None]) -> Run:
    """Train on a split, or load what the same recipe and split trained before into the same folder."""
    out.mkdir(parents=True, exist_ok=True)
    loaders, model = make_recipe_loaders(split, recipe), make_network(len(split.categories), recipe)
    checkpoint, metrics_file = out / CHECKPOINT_FILE, out / METRICS_FILE
    asked = json.loads(json.dumps({"recipe": asdict(recipe), "split": split.to_dict()}))  # as it will be read back
    asked_file = out / "run.json"
    metrics = _finished(asked, asked_file, checkpoint, metrics_file)
    if metrics:
        tell(f"Trained already, {recipe.epochs} epochs: going on with {checkpoint}.")
        load_checkpoint(model, checkpoint)
    else:
        if _asked_before(asked_file) != asked:  # theirs must not pass for ours
            keep_old_files((checkpoint, metrics_file, resume_path(checkpoint)), tell)
        write_json(asked_file, asked)
        with replacing(out / RECIPE_FILE) as file:
            file.write(recipe.to_toml().encode())
        metrics = _train(model, loaders, recipe, checkpoint, metrics_file, device, tell)
    tell(f"Best epoch: {metrics.best_epoch} of {recipe.epochs}")
    return Run(model, loaders, metrics)


def refit(split: Split, recipe: Recipe, out: Path, *, device: str, tell: Callable[[str], None]) -> Run:
    """Train after the same recipe with the validation photos among the others, and keep the last epoch.

    For when everything is chosen: nothing is left to validate on, and the figures of validation are of photos that it
    has seen. What was measured and calibrated before stands for it.
    """
    tell("Training again, with the validation photos among the others. What follows says nothing of unseen photos.")
    whole = tuple(sorted(split.parts["train"] + split.parts["valid"], key=lambda photo: (photo.label, photo.path)))
    return train_recipe(
        replace(split, parts=split.parts | {"train": whole}), recipe.replace(keep="last"), out, device=device, tell=tell
    )


def _train(model: LandmarkNetwork, loaders: Loaders, recipe: Recipe, checkpoint: Path, metrics_file: Path,
           device: str, tell: Callable[[str], None]) -> Metrics:  # fmt: skip
    if recipe.freeze_features:
        for weight in model.feature_parameters():
            weight.requires_grad = False
    # Depthwise convolutions on a CPU run half as long again with channels in the last place.
    model.to(pick_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = make_optimizer(model, recipe)
    return train(
        recipe.epochs,
        loaders,
        model,
        optimizer,
        nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing),  # of log-probabilities: the same as nn.NLLLoss
        checkpoint,
        metrics_file,
        device,
        scheduler=make_scheduler(optimizer, recipe, len(loaders["train"])),
        mix=make_mix(recipe, model.n_classes),
        average=make_average(model, recipe),
        clip_norm=recipe.clip_norm or None,
        freeze_batch_norm=recipe.freeze_batch_norm and bool(recipe.weights),  # random weights have none to keep
        valid_criterion=nn.CrossEntropyLoss(),
        keep=recipe.keep,
        seed=recipe.seed,
        log=tell,
    )


def _finished(asked: dict[str, Any], asked_file: Path, checkpoint: Path, metrics_file: Path) -> Metrics | None:
    try:
        metrics = Metrics(**json.loads(metrics_file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    same = _asked_before(asked_file) == asked
    complete = len(metrics.epoch) == asked["recipe"]["epochs"] and checkpoint.is_file()
    return metrics if same and complete else None


def _asked_before(asked_file: Path) -> Any:
    """The recipe and split that the files beside it belong to; None where nothing tells."""
    try:
        return json.loads(asked_file.read_text())
    except (OSError, ValueError):
        return None
