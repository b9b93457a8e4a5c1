"""One network after a recipe: loaders, weights to start from, optimiser, training.

What becomes of it, a bundle, is `bundling`'s; which of several is the best, `comparison`'s. Every step leaves its
result in the run's folder, so a run that was stopped goes on with the same command.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from landmark import processes
from landmark.checkpoint import load_checkpoint
from landmark.data import Augmentation, Loaders, make_loaders
from landmark.errors import ConfigurationError
from landmark.models import SCRATCH, LandmarkNetwork, get_model_scratch, get_model_transfer
from landmark.models.heads import read_head
from landmark.models.weights import read_weights
from landmark.preprocessing import Preprocessing
from landmark.recipe import Recipe
from landmark.runs.bundling import TrainedModel, assess, calibrated, make_bundle
from landmark.runs.files import CHECKPOINT_FILE, RECIPE_FILE, RunFiles
from landmark.splits import Split, split_data
from landmark.tracking import Tracker
from landmark.training import pick_device, train
from landmark.training.distillation import Distillation, load_teacher
from landmark.training.head_fit import LBFGS, fit_head
from landmark.training.optimisation import make_average, make_criterion, make_mix, make_optimizer, make_scheduler
from landmark.training_metrics import Metrics

REFIT_FOLDER = "refit"  # in the folder of a run
# Of a checkpoint without a recipe nobody knows what it was before.
_UNKNOWN_START = Recipe(weights="", pretraining_origin="unknown", pretraining_licence="unknown")


@dataclass(frozen=True)
class Run:
    """A trained network with its loaders and its learning curves."""

    model: LandmarkNetwork
    loaders: Loaders
    metrics: Metrics
    trained_now: bool  # and not before, by the same command


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
        if recipe.refit:
            final = _refitted(checkpoint.parent / REFIT_FOLDER, recipe)
    recipe = (recipe or _UNKNOWN_START).replace(backbone=backbone)
    split = split_data(data, valid_ratio=recipe.valid_ratio, seed=recipe.seed)
    model = _blank_network(len(split.categories), recipe, checkpoint)
    load_checkpoint(model, checkpoint)
    loaders = make_recipe_loaders(split, recipe)
    name = name or Path(data).resolve().name
    others = not_landmarks if recipe.refit else None
    assessment = assess(model, loaders, split.categories.names, not_landmarks=others, tell=tell)
    load_checkpoint(model, final)
    made = make_bundle(model, split, loaders, recipe, assessment, out, name=name, version=version, tell=tell)
    return made if recipe.refit else calibrated(made, split, not_landmarks, tell)


def _refitted(folder: Path, recipe: Recipe) -> Path:
    """The weights of a run's refit. Raises `ConfigurationError` where there are none, or those of another recipe."""
    files = RunFiles(folder)
    if not (files.are_whole and files.are_of(_refitting(recipe))):
        raise ConfigurationError(
            f"{folder}: the refit that this run asks for is not there, or not finished. Start the same landmark train "
            "again, which goes on with it, or export with a recipe whose refit = false."
        )
    return files.checkpoint


def _refitting(recipe: Recipe) -> Recipe:
    return recipe.replace(keep="last")


def _blank_network(n_classes: int, recipe: Recipe, checkpoint: Path) -> LandmarkNetwork:
    """A network for a checkpoint's weights, which tell themselves what head they have, or whether batch norm."""
    if not checkpoint.is_file():
        return make_network(n_classes, recipe)  # loading tells that it is missing
    state, _ = read_weights(checkpoint)
    if recipe.backbone == SCRATCH:
        batch_norm = "bn_1_1.weight" in state
        return get_model_scratch(n_classes, image_px=recipe.crop_px, batch_norm=batch_norm)
    head, sub_centres = read_head(state)
    # With the weights it started from: they tell how photos are normalised and padded, which a state dict does not.
    return get_model_transfer(
        n_classes, backbone=recipe.backbone, weights=recipe.weights or None, head=head, sub_centres=sub_centres
    )


@contextmanager
def logging_to(out: Path, log: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """What tells a line to `log` and to the run's own `train.log`; of several processes the first one speaks."""
    if not processes.is_first():
        yield lambda line: None
        return
    out.mkdir(parents=True, exist_ok=True)
    with (out / "train.log").open("a", encoding="utf-8") as file:

        def tell(line: str) -> None:
            log(line)
            print(line, file=file, flush=True)

        yield tell


def make_recipe_loaders(split: Split, recipe: Recipe) -> Loaders:
    """The loaders that a recipe asks for."""
    return make_loaders(
        split.parts,
        split.categories,
        batch_size=recipe.batch_photos,
        preprocessing=Preprocessing(resize_px=recipe.resize_px, crop_px=recipe.crop_px),
        augmentation=make_augmentation(recipe),
        balance=recipe.balance,
        decoded_cache_mb=recipe.decoded_cache_mb,
        seed=recipe.seed,
    )


def make_augmentation(recipe: Recipe) -> Augmentation:
    """What a recipe asks training photos to go through."""
    return Augmentation(
        recipe.train_px[-1:] if recipe.freeze_features and recipe.views else recipe.train_px,  # views are seen once
        rotation_degrees=recipe.rotation_degrees,
        min_area=recipe.min_area,
        colour=recipe.colour,
        randaugment=recipe.randaugment,
        blur=recipe.blur,
        erasing=recipe.erasing,
    )


def make_network(n_classes: int, recipe: Recipe) -> LandmarkNetwork:
    """The network that a recipe asks for, with the weights that it starts from; the same for the same seed."""
    torch.manual_seed(recipe.seed)
    if recipe.backbone == SCRATCH:
        _check_scratch(recipe)
        return get_model_scratch(n_classes, image_px=recipe.crop_px, batch_norm=recipe.scratch_batch_norm)
    make = partial(
        get_model_transfer,
        n_classes,
        backbone=recipe.backbone,
        weights=recipe.weights or None,
        head=recipe.head,
        margin=recipe.margin,
        sub_centres=recipe.sub_centres,
        dropout=recipe.dropout,
    )
    if recipe.drop_path:
        try:
            return make(drop_path_rate=recipe.drop_path)
        except TypeError as error:  # a backbone without residual branches has none to leave out
            if "drop_path_rate" not in str(error):
                raise
    return make()


def check_sizes(model: LandmarkNetwork, recipe: Recipe) -> None:
    """Show a network a photo of each size that it will meet. Raises `ConfigurationError` for one that it does not take.

    Example: `check_sizes(make_network(3, recipe), recipe)`.
    """
    model.eval()
    for px in sorted({*recipe.train_px, recipe.crop_px}):
        try:
            with torch.inference_mode():
                model(torch.zeros(1, 3, px, px))
        except (AssertionError, RuntimeError, ValueError) as error:
            raise ConfigurationError(
                f"The network {recipe.backbone} takes no photos of {px} px ({error}). Expected sizes that it takes, in "
                f"train_px = {list(recipe.train_px)} and crop_px = {recipe.crop_px}."
            ) from error


def _check_scratch(recipe: Recipe) -> None:
    """Its first fully connected layer holds a weight for every place in the photo: the size cannot change."""
    if recipe.weights or recipe.freeze_features or set(recipe.train_px) != {recipe.crop_px}:
        raise ConfigurationError(
            f"The network from scratch is trained as a whole and at one size; found weights = {recipe.weights!r}, "
            f"freeze_features = {recipe.freeze_features}, train_px = {list(recipe.train_px)}, crop_px = "
            f'{recipe.crop_px}. Expected weights = "", freeze_features = false and train_px = [crop_px].'
        )


def train_recipe(
    split: Split,
    recipe: Recipe,
    out: Path,
    *,
    device: str,
    tell: Callable[[str], None],
    trackers: Sequence[Tracker] = (),
) -> Run:
    """Train on a split, or load what the same recipe and split trained before into the same folder."""
    loaders, model = make_recipe_loaders(split, recipe), make_network(len(split.categories), recipe)
    files = RunFiles(out)
    asked = {"recipe": asdict(recipe), "split": split.to_dict()}
    metrics = files.finished(asked)
    processes.wait_for_all()  # nobody writes before all have looked
    trained_now = metrics is None
    if metrics:
        tell(f"Trained already, {len(metrics.epoch)} epochs: going on with {files.checkpoint}.")
        load_checkpoint(model, files.checkpoint)
    else:
        if processes.is_first():
            files.begin(asked, recipe, tell)
        metrics = _train(model, split, loaders, recipe, files, device, tell, trackers)
    tell(f"Best epoch: {metrics.best_epoch} of {len(metrics.epoch)}")
    return Run(model, loaders, metrics, trained_now)


def refit(split: Split, recipe: Recipe, out: Path, *, device: str, tell: Callable[[str], None]) -> Run:
    """Train after the same recipe with the validation photos among the others, and keep the last epoch.

    For when everything is chosen: nothing is left to validate on, and the figures of validation are of photos that it
    has seen. What was measured and calibrated before stands for it.
    """
    tell("Training again, with the validation photos among the others. What follows says nothing of unseen photos.")
    whole = tuple(sorted(split.parts["train"] + split.parts["valid"], key=lambda photo: (photo.label, photo.path)))
    return train_recipe(
        replace(split, parts=split.parts | {"train": whole}), _refitting(recipe), out, device=device, tell=tell
    )


def _train(model: LandmarkNetwork, split: Split, loaders: Loaders, recipe: Recipe, files: RunFiles, device: str,
           tell: Callable[[str], None], trackers: Sequence[Tracker]) -> Metrics:  # fmt: skip
    place = pick_device(device)
    if recipe.freeze_features:
        for weight in model.feature_parameters():
            weight.requires_grad = False
    # Depthwise convolutions on a CPU run half as long again with channels in the last place.
    model.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    config = {"recipe": asdict(recipe), "photos": split.counts()}
    if recipe.optimizer == LBFGS:
        return fit_head(model, loaders, recipe, files.checkpoint, files.metrics, place, tell, trackers, config)
    counts = np.bincount(loaders["train"].dataset.targets, minlength=model.n_classes)  # type: ignore[attr-defined]
    optimizer = make_optimizer(model, recipe)
    mix = make_mix(recipe, model.n_classes)
    if recipe.teachers:
        teachers = [load_teacher(path, split.categories.names, place) for path in recipe.teachers]
        mix = Distillation(teachers, recipe.distillation, model.n_classes, mix)
    return train(
        recipe.epochs,
        loaders,
        model,
        optimizer,
        make_criterion(recipe, counts.tolist()).to(place),
        files.checkpoint,
        files.metrics,
        device,
        scheduler=make_scheduler(optimizer, recipe, n_batches_of(loaders["train"])),
        mix=mix,
        average=make_average(model, recipe),
        clip_norm=recipe.clip_norm or None,
        freeze_batch_norm=recipe.freeze_batch_norm and bool(recipe.weights),  # random weights have none to keep
        accumulate=recipe.accumulate,
        precision=recipe.precision,
        compiled=recipe.compile,
        valid_criterion=nn.CrossEntropyLoss(),
        keep=recipe.keep,
        patience=recipe.patience,
        views=recipe.views,
        seed=recipe.seed,
        trackers=trackers,
        config=config,
        log=tell,
    )


def n_batches_of(loader: Any) -> int:
    """The batches of an epoch that this process sees."""
    n_photos: int = len(loader.dataset) // processes.n_processes()
    batch_photos: int = loader.batch_size
    return -(-n_photos // batch_photos)
