"""One network after a recipe: loaders, weights to start from, optimizer, training.

What becomes of it, a bundle, belongs to `bundling`; which of several is the best, to `comparison`. Every step leaves
its result in the run's folder, so a run that was stopped resumes with the same command.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from landmark.core.files import write_json
from landmark.core.text import percent_text
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.training.checkpoint import load_checkpoint, save_weights
from landmark.training.data import Loaders
from landmark.training.distributed import barrier, is_main_process, world_size
from landmark.training.head import LBFGS, fit_head
from landmark.training.loop import fit
from landmark.training.meters import Metrics
from landmark.training.networks import LandmarkNetwork
from landmark.training.optimization import make_average, make_criterion, make_mix, make_optimizer, make_scheduler
from landmark.training.options import Run, TrainOptions
from landmark.training.pipeline.ensemble import make_ensemble
from landmark.training.pipeline.networks import make_network, make_recipe_loaders, make_retention, member_recipes
from landmark.training.pipeline.run_files import begin_run, read_finished
from landmark.training.recipe import Recipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """A trained network with its loaders and its learning curves."""

    model: LandmarkNetwork
    loaders: Loaders
    metrics: Metrics
    trained_now: bool  # and not before, by the same command


def train_recipe(split: Split, recipe: Recipe, run: Run) -> TrainingResult:
    """Train on a split, or load what the same recipe and split trained before into the same folder."""
    if len(backbone_names(recipe.backbone)) > 1:
        return _train_ensemble(split, recipe, run)
    if recipe.soup > 1:
        return _train_soup(split, recipe, run)
    return _train_once(split, recipe, run)


def _train_soup(split: Split, recipe: Recipe, run: Run) -> TrainingResult:
    """Train several times from the same start, each in a folder of its own; return the mean of their weights."""
    _begin(split, recipe, run)
    states = []
    for order in range(recipe.soup):
        logger.info("Training %d of %d", order + 1, recipe.soup)
        # The curves of one training are enough to see: of the last, which a run that was stopped has before it.
        followed = run.trackers if order + 1 == recipe.soup else ()
        own = run.in_subfolder(f"training-{order + 1}", trackers=followed)
        trained = _train_once(split, recipe.replace(soup=1), own, order)
        states.append({name: value.detach().cpu() for name, value in trained.model.state_dict().items()})
    trained.model.load_state_dict(_mean(states))
    _write(run, trained)
    logger.info("Averaged the weights of %d trainings", recipe.soup)
    return trained


def _train_ensemble(split: Split, recipe: Recipe, run: Run) -> TrainingResult:
    """Train each backbone as a network of its own, in a folder of its own; return all of them as one."""
    _begin(split, recipe, run)
    members = member_recipes(recipe)
    models = []
    for member in members:
        logger.info("Backbone %s", member.backbone)
        followed = run.trackers if member is members[-1] else ()  # as of several trainings: the last one's curves
        trained = train_recipe(split, member, run.in_subfolder(member.backbone, trackers=followed))
        models.append(trained.model)
    model, shares = make_ensemble(models, trained.loaders["valid"], run.device)
    ensemble = replace(trained, model=model)
    _write(run, ensemble)
    weights = ", ".join(
        f"{member.backbone} {percent_text(share, 0)}" for member, share in zip(members, shares, strict=True)
    )
    logger.info("Joined to an ensemble; weights: %s", weights)
    return ensemble


def _begin(split: Split, recipe: Recipe, run: Run) -> None:
    """Begin a run that is made of several."""
    if is_main_process():
        begin_run(run, {"recipe": asdict(recipe), "split": split.to_dict()}, recipe)


def _write(run: Run, trained: TrainingResult) -> None:
    """Write what came of several trainings, with the curves of the last."""
    if is_main_process():
        save_weights(run.file_checkpoint, trained.model.state_dict())
        write_json(run.file_metrics, trained.metrics.to_dict())
    barrier()


def _mean(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the mean of each weight of trainings that began alike.

    M. Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without
    increasing inference time, ICML 2022.
    """
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def _train_once(split: Split, recipe: Recipe, run: Run, order: int = 0) -> TrainingResult:
    """Train one network; those of another `order` begin alike and differ in all that is random."""
    model = make_network(len(split.categories), recipe)
    reseeded = recipe.replace(seed=recipe.seed + order)
    loaders = make_recipe_loaders(split, reseeded)
    asked = {"recipe": asdict(recipe), "split": split.to_dict()} | ({"order": order} if order else {})
    metrics = read_finished(run, asked)
    barrier()  # nobody writes before all have looked
    trained_now = metrics is None
    if metrics:
        logger.info("Trained already, %d epochs: using %s.", len(metrics.epoch), run.file_checkpoint)
        load_checkpoint(model, run.file_checkpoint)
    else:
        if is_main_process():
            begin_run(run, asked, recipe)
        config = {"recipe": asdict(reseeded), "photos": split.counts()}
        metrics = _train(model, loaders, reseeded, replace(run, config=config))
    logger.info("Best epoch: %s of %d", metrics.best_epoch, len(metrics.epoch))
    return TrainingResult(model, loaders, metrics, trained_now)


def _train(model: LandmarkNetwork, loaders: Loaders, recipe: Recipe, run: Run) -> Metrics:
    if recipe.freeze_features:
        for weight in model.feature_parameters():
            weight.requires_grad = False
    # Depthwise convolutions on a CPU run half as long again with channels in the last place.
    model.to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if recipe.optimizer == LBFGS:
        return fit_head(model, loaders, recipe, run)
    counts = np.bincount(loaders["train"].dataset.targets, minlength=model.n_classes)  # type: ignore[attr-defined]
    criterion = make_criterion(recipe, counts.tolist()).to(run.device)
    optimizer = make_optimizer(model, recipe)
    options = TrainOptions(
        recipe.epochs,
        scheduler=make_scheduler(optimizer, recipe, batches_per_epoch(loaders["train"])),
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
    )
    return fit(loaders, model, optimizer, criterion, options, run)


def batches_per_epoch(loader: Any) -> int:
    """Return how many batches this process sees in an epoch."""
    n_photos: int = len(loader.dataset) // world_size()
    batch_photos: int = loader.batch_size
    return -(-n_photos // batch_photos)
