"""One network after a recipe: loaders, weights to start from, optimizer, training.

What becomes of it, a bundle, belongs to `bundling`; which of several is the best, to `comparison`. Every step leaves
its result in the run's folder, so a run that was stopped resumes with the same command.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import nn

from landmark.core.files import write_json
from landmark.core.text import percent_text
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.scoring.report import Report, build_report
from landmark.training.checkpoint import load_checkpoint, save_weights
from landmark.training.data import Loaders
from landmark.training.distributed import barrier, is_main_process, world_size
from landmark.training.evaluation import score_photos
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
    metrics: Metrics  # empty: of a checkpoint, nobody knows
    trained_now: bool  # and not before, by the same command


@dataclass(frozen=True)
class Candidate:
    """A trained network: after which recipe, and how it does on the validation photos."""

    kind: str  # "scratch", "transfer"
    recipe: Recipe
    run: TrainingResult
    valid: Report
    valid_scores: np.ndarray  # logits (N, C) of the validation photos

    @property
    def best_epoch(self) -> int | None:
        """Return the epoch whose weights it has; None where they are of several trainings, or nobody knows."""
        is_of_one_training = self.recipe.soup == 1 and len(backbone_names(self.recipe.backbone)) == 1
        return self.run.metrics.best_epoch if is_of_one_training else None

    @property
    def n_parameters(self) -> int:
        """Return how many weights it has."""
        return sum(weight.numel() for weight in self.run.model.parameters())


def score_candidate(
    kind: str, recipe: Recipe, run: TrainingResult, split: Split, device: str | torch.device
) -> Candidate:
    """Score a trained network on the validation photos."""
    scores, labels = score_photos(run.model, run.loaders["valid"], device)
    return Candidate(kind, recipe, run, build_report(scores, labels, split.categories.names), scores)


def train_recipe(split: Split, recipe: Recipe, run: Run) -> TrainingResult:
    """Train on a split, or load what the same recipe and split trained before into the same folder.

    Of several trainings, of each backbone of an ensemble or of one network that is averaged, each has a folder of its
    own; what comes of them has the last one's learning curves.
    """
    is_ensemble = len(backbone_names(recipe.backbone)) > 1
    if not is_ensemble and recipe.soup == 1:
        return _train_once(split, recipe, run)
    if is_main_process():
        begin_run(run, {"recipe": asdict(recipe), "split": split.to_dict()}, recipe)
    results: list[TrainingResult] = []
    members = member_recipes(recipe) if is_ensemble else [recipe.replace(soup=1)] * recipe.soup
    for order, member in enumerate(members):
        logger.info(f"Backbone {member.backbone}" if is_ensemble else f"Training {order + 1} of {recipe.soup}")
        # The curves of one training are enough to see: of the last, which a run that was stopped has before it.
        folder = member.backbone if is_ensemble else f"training-{order + 1}"
        own = run.in_subfolder(folder, trackers=run.trackers if order + 1 == len(members) else ())
        results.append(train_recipe(split, member, own) if is_ensemble else _train_once(split, member, own, order))
    trained = results[-1]
    if is_ensemble:
        model, shares = make_ensemble([result.model for result in results], trained.loaders["valid"], run.device)
        each = (f"{one.backbone} {percent_text(share, 0)}" for one, share in zip(members, shares, strict=True))
        logger.info("Joined to an ensemble; weights: %s", ", ".join(each))
        trained = replace(trained, model=model)
    else:
        trained.model.load_state_dict(_mean([result.model.state_dict() for result in results]))
        logger.info("Averaged the weights of %d trainings", recipe.soup)
    if is_main_process():
        save_weights(run.file_checkpoint, trained.model.state_dict())
        write_json(run.file_metrics, trained.metrics.to_dict())
    barrier()
    return trained


def _mean(states: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the mean of each weight of trainings that began alike.

    M. Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without
    increasing inference time, ICML 2022.
    """
    return {
        name: torch.stack([state[name].cpu() for state in states]).mean(dim=0) if value.is_floating_point() else value
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
    n_photos = len(loaders["train"].dataset) // world_size()  # type: ignore[arg-type]  # that this process sees
    n_batches = -(-n_photos // recipe.batch_photos)
    options = TrainOptions(
        recipe.epochs,
        scheduler=make_scheduler(optimizer, recipe, n_batches),
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
