"""One network after a recipe: loaders, weights to start from, optimiser, training.

What becomes of it, a bundle, is `bundling`'s; which of several is the best, `comparison`'s. Every step leaves its
result in the run's folder, so a run that was stopped goes on with the same command.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from landmark.core.files import write_json
from landmark.core.text import percent_text
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.training import distributed
from landmark.training.checkpoint import load_checkpoint, save_weights
from landmark.training.data import Loaders
from landmark.training.head import LBFGS, fit_head
from landmark.training.loop import pick_device, train
from landmark.training.meters import Metrics
from landmark.training.networks import LandmarkNetwork
from landmark.training.optimization import make_average, make_criterion, make_mix, make_optimizer, make_scheduler
from landmark.training.pipeline.ensemble import put_side_by_side
from landmark.training.pipeline.networks import make_network, make_recipe_loaders, make_retention, recipes_of_parts
from landmark.training.pipeline.run_files import RunFiles
from landmark.training.recipe import Recipe
from landmark.training.tracking import Tracker


@dataclass(frozen=True)
class Run:
    """A trained network with its loaders and its learning curves."""

    model: LandmarkNetwork
    loaders: Loaders
    metrics: Metrics
    trained_now: bool  # and not before, by the same command


@contextmanager
def logging_to(out: Path, log: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """What tells a line to `log` and to the run's own `train.log`; of several processes the first one speaks."""
    if not distributed.is_first():
        yield lambda line: None
        return
    out.mkdir(parents=True, exist_ok=True)
    with (out / "train.log").open("a", encoding="utf-8", errors="replace") as file:  # names that are no text

        def tell(line: str) -> None:
            log(line)
            print(line, file=file, flush=True)

        yield tell


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
    if len(backbone_names(recipe.backbone)) > 1:
        return _train_side_by_side(split, recipe, out, device, tell, trackers)
    if recipe.soup > 1:
        return _train_soup(split, recipe, out, device, tell, trackers)
    return _train_once(split, recipe, out, device, tell, trackers)


def _train_soup(split: Split, recipe: Recipe, out: Path, device: str, tell: Callable[[str], None],
                trackers: Sequence[Tracker]) -> Run:  # fmt: skip
    """Trainings that begin alike, each in a folder of its own, and then the mean of their weights."""
    files = _begun(split, recipe, out, tell)
    states = []
    for order in range(recipe.soup):
        tell(f"Training {order + 1} of {recipe.soup}")
        folder = out / f"training-{order + 1}"
        # The curves of one training are enough to see: of the last, which a run that was stopped has before it.
        followed = trackers if order + 1 == recipe.soup else ()
        run = _train_once(split, recipe.replace(soup=1), folder, device, tell, followed, order)
        states.append({name: value.detach().cpu() for name, value in run.model.state_dict().items()})
    run.model.load_state_dict(_mean(states))
    _finish(files, run)
    tell(f"Averaged the weights of {recipe.soup} trainings")
    return run


def _train_side_by_side(split: Split, recipe: Recipe, out: Path, device: str, tell: Callable[[str], None],
                        trackers: Sequence[Tracker]) -> Run:  # fmt: skip
    """Each backbone as a network of its own, in a folder of its own, and then all of them as one."""
    files = _begun(split, recipe, out, tell)
    parts = recipes_of_parts(recipe)
    models = []
    for part in parts:
        tell(f"Backbone {part.backbone}")
        followed = trackers if part is parts[-1] else ()  # as of several trainings: the last one's curves
        run = train_recipe(split, part, out / part.backbone, device=device, tell=tell, trackers=followed)
        models.append(run.model)
    model, shares = put_side_by_side(models, run.loaders["valid"], pick_device(device))
    together = replace(run, model=model)
    _finish(files, together)
    told = ", ".join(f"{part.backbone} {percent_text(share, 0)}" for part, share in zip(parts, shares, strict=True))
    tell(f"Put side by side; what each says counts: {told}")
    return together


def _begun(split: Split, recipe: Recipe, out: Path, tell: Callable[[str], None]) -> RunFiles:
    """The folder of a run that is made of several."""
    files = RunFiles(out)
    if distributed.is_first():
        files.begin({"recipe": asdict(recipe), "split": split.to_dict()}, recipe, tell)
    return files


def _finish(files: RunFiles, run: Run) -> None:
    """Write what came of several trainings, with the curves of the last."""
    if distributed.is_first():
        save_weights(files.checkpoint, run.model.state_dict())
        write_json(files.metrics, run.metrics.to_dict())
    distributed.wait_for_all()


def _mean(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each weight of trainings that began alike.

    M. Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without
    increasing inference time, ICML 2022.
    """
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def _train_once(split: Split, recipe: Recipe, out: Path, device: str, tell: Callable[[str], None],
                trackers: Sequence[Tracker], order: int = 0) -> Run:  # fmt: skip
    """One training; those of another `order` begin alike and differ in all that chance decides."""
    model = make_network(len(split.categories), recipe)
    recipe_of_chance = recipe.replace(seed=recipe.seed + order)
    loaders = make_recipe_loaders(split, recipe_of_chance)
    files = RunFiles(out)
    asked = {"recipe": asdict(recipe), "split": split.to_dict()} | ({"order": order} if order else {})
    metrics = files.finished(asked)
    distributed.wait_for_all()  # nobody writes before all have looked
    trained_now = metrics is None
    if metrics:
        tell(f"Trained already, {len(metrics.epoch)} epochs: going on with {files.checkpoint}.")
        load_checkpoint(model, files.checkpoint)
    else:
        if distributed.is_first():
            files.begin(asked, recipe, tell)
        metrics = _train(model, split, loaders, recipe_of_chance, files, device, tell, trackers)
    tell(f"Best epoch: {metrics.best_epoch} of {len(metrics.epoch)}")
    return Run(model, loaders, metrics, trained_now)


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
        mix=make_mix(recipe, model.n_classes),
        retention=make_retention(model, recipe),
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
    n_photos: int = len(loader.dataset) // distributed.n_processes()
    batch_photos: int = loader.batch_size
    return -(-n_photos // batch_photos)
