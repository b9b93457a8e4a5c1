"""`train`: the weights of a model learnt from loaders, the best kept, in a run that can be killed and resumed.

What is trained on, with which optimizer and schedule, is the caller's choice; `pipeline` makes those choices for
`landmark train`. What happens to one batch is in `step`.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset

from landmark.core.errors import ConfigurationError, DataError, TrainingError
from landmark.core.logs import messages_to
from landmark.core.progress import track
from landmark.core.signals import Interrupted, stop_request
from landmark.training.checkpoint import Checkpointer, TrainState, fingerprint_of
from landmark.training.data import Loaders
from landmark.training.device import check_model_fits, pick_device
from landmark.training.distributed import (
    all_reduce_any,
    all_reduce_sum,
    barrier,
    init_distributed,
    is_main_process,
    rank,
    world_size,
)
from landmark.training.features import FeatureLoader, keep_features
from landmark.training.learning_without_forgetting import LearningWithoutForgetting
from landmark.training.meters import Meter, Metrics, Scores
from landmark.training.options import FEW_VIEWS, SAVE_EVERY_S, Criterion, Mix, Run, TrainOptions
from landmark.training.sampling import EpochSampler, seed_everything
from landmark.training.step import Learner
from landmark.training.tracking import EpochTable, Tracker

logger = logging.getLogger(__name__)

Step = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]  # photos, labels -> loss, scores


def train(
    n_epochs: int,
    dls: Loaders,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
    file_checkpoint: str | Path,
    file_metrics: str | Path,
    device: str = "cpu",
    *,
    scheduler: Any = None,
    mix: Mix | None = None,
    retention: LearningWithoutForgetting | None = None,
    average: Any = None,
    clip_norm: float | None = None,
    freeze_batch_norm: bool = False,
    accumulate: int = 1,
    precision: str = "float32",
    compiled: bool = False,
    valid_criterion: Criterion | None = None,
    keep: str = "loss",
    patience: int = 0,
    views: int = FEW_VIEWS,
    seed: int = 0,
    save_every_s: float = SAVE_EVERY_S,
    trackers: Sequence[Tracker] = (),
    config: Mapping[str, Any] | None = None,
    log: Callable[[str], None] = print,
    resume: bool = True,
) -> Metrics:
    """Train for `n_epochs`, and keep the weights of the lowest validation loss in `file_checkpoint`.

    After every epoch `file_metrics` holds six lists (see `Metrics`, which is returned). On return the model holds the
    best weights. A run that was stopped, by Ctrl-C, a kill or a power cut, resumes from its last save, at most
    `save_every_s` before, when it is started again with the same data, model, settings and `n_epochs`, and on a CPU
    with the same number of threads ends with the very weights of a run that was not stopped. Another one, or any with
    `resume=False`, starts afresh and keeps the old files under another name.

    - `scheduler` is stepped with the optimizer; `mix` makes new batches (torchvision's MixUp, CutMix); `retention`
      keeps what the pretrained network knew; `average` is a moving average of the weights (timm's `ModelEmaV3`), which
      is then what is validated and kept.
    - `clip_norm` bounds the gradient; `freeze_batch_norm` keeps batch norm's statistics as they are; `accumulate`
      batches make one step; `precision` is that of the forward pass: float32, bfloat16 or float16; `compiled` asks
      for `torch.compile`.
    - `valid_criterion` is the loss of validation where it differs. `keep="accuracy"` keeps the weights of the highest
      validation accuracy instead: late in training a network grows overconfident, which costs it loss, and which a
      temperature mends afterwards. `keep="last"` keeps the last. `patience` epochs without better ones end it.
    - Where nothing before the head of a network of ours requires a gradient, the features of each photo, and of `views`
      augmented views of it, are computed once and kept on disk (see `features`); `views=0`: again in each epoch.
    - Started by `torchrun`, each process learns its part of every batch, and the main process alone writes.
    - `seed` is that of dropout and mixing; the order of the photos and their augmentation have the loader's.
    - `trackers` get `config`, what the run was asked for, and each epoch (see `tracking`); `log` gets lines.

    Raises `ConfigurationError` for settings that make no sense, `TrainingError` when the loss is not finite or the
    files cannot be written, and names the last good weights.

    Example: `train(50, loaders, model, optimizer, nn.NLLLoss(), "model_checkpoint.pt", "model_metrics.json")`.
    """
    options = TrainOptions(
        n_epochs,
        scheduler=scheduler,
        mix=mix,
        retention=retention,
        average=average,
        clip_norm=clip_norm,
        freeze_batch_norm=freeze_batch_norm,
        accumulate=accumulate,
        precision=precision,
        compiled=compiled,
        valid_criterion=valid_criterion,
        keep=keep,
        patience=patience,
        views=views,
        seed=seed,
        save_every_s=save_every_s,
    )
    with messages_to(log), init_distributed(device) as own_device:
        run = Run(
            Path(file_checkpoint), Path(file_metrics), pick_device(own_device), tuple(trackers), resume, config or {}
        )
        return fit(dls, model, optimizer, criterion, options, run)


def fit(
    dls: Loaders,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
    options: TrainOptions,
    run: Run,
) -> Metrics:
    """Train as `train` does, in processes that are joined already."""
    for file in (run.file_checkpoint, run.file_metrics):
        if file.is_dir():
            raise ConfigurationError(f"{file}: found a folder. Expected the name of a file to write.")
    model.to(run.device)
    check_model_fits(model, dls["train"], run.device)
    settings = options.to_dict()
    decay = getattr(options.average, "decay", None)
    parts = {"mix": repr(options.mix), "retention": repr(options.retention), "average": decay}
    fingerprint = fingerprint_of(dls, model, optimizer, criterion, options.scheduler, **settings, **parts)
    n_views = min(options.views, options.epochs)  # no epoch would see the others
    features = keep_features(dls, model, run.device, views=n_views) if n_views and not options.mix else None
    learner = Learner(model, optimizer, criterion, options, run.device, from_features=features is not None)
    checkpointer = Checkpointer(run, learner, fingerprint, every_s=options.save_every_s)
    trackers: list[Tracker] = [EpochTable(), *run.trackers] if is_main_process() else []
    with stop_request() as stop:
        state = checkpointer.begin()
        for tracker in trackers:
            tracker.start(settings | dict(run.config), epochs_before=len(state.metrics.epoch))
        training = _Training(features or dls, learner, checkpointer, state, options, trackers)
        while not state.metrics.complete(options.epochs, options.patience):
            training.run_epoch(stop)
    if is_main_process():
        checkpointer.finish(state.metrics)
    barrier()
    if options.epochs > 0:
        model.load_state_dict(torch.load(run.file_checkpoint, map_location=run.device, weights_only=True))
    return state.metrics


def run_pass(
    batches: Iterable[Any], step: Step, meter: Meter, device: torch.device, after: Callable[[], None] | None = None
) -> Scores:
    """Send batches of photos and labels through a step, that of training or of validation; return their means.

    They are added to `meter`, and summed over all processes at the end. `after` is called after each batch.
    """
    for photos, labels in batches:
        labels = labels.to(device, non_blocking=True)
        loss, scores = step(photos.to(device, non_blocking=True), labels)
        n_correct = int((scores.argmax(dim=1) == labels).sum())
        meter.add(loss=loss.item(), n_correct=n_correct, n_photos=len(labels))
        if after:
            after()
    total = _sum_over_processes(meter, device)
    if total.n_photos == 0:
        raise DataError("A loader gave no photos. Expected at least one batch of train and of valid.")
    return total.scores()


@dataclass
class _Training:
    """A run between its start and its end. All processes do the same at the same time; the main one writes."""

    dls: Loaders
    learner: Learner
    checkpointer: Checkpointer
    state: TrainState
    options: TrainOptions
    trackers: Sequence[Tracker]

    def run_epoch(self, stop: Event) -> None:
        """Train, validate, keep the best, save. Asked to stop, it saves between two batches: raises `Interrupted`."""
        state, learner = self.state, self.learner
        begun, n_before = time.monotonic(), state.meter.n_photos
        trained = self._train(stop)
        seconds = time.monotonic() - begun
        measured = {"seconds": seconds, "photos_per_s": (state.meter.n_photos - n_before) / max(seconds, 1e-9)}

        learner.kept_model.eval()
        valid = self._with_progress(own_part(self.dls["valid"]), "valid")
        validated = run_pass(valid, learner.eval_step, Meter(), learner.device)

        if state.metrics.append(trained, validated, self.options.keep):
            self.checkpointer.keep(learner.kept_model.state_dict())
        state.next_epoch()
        if is_main_process():
            self.checkpointer.write_metrics(state.metrics)
            rate = max(group["lr"] for group in learner.optimizer.param_groups)
            for tracker in self.trackers:
                tracker.epoch(state.metrics.last_row() | {"learning_rate": rate} | measured)
        self._save_if_due(stop)

    def _train(self, stop: Event) -> Scores:
        state, learner, seed = self.state, self.learner, self.options.seed
        loader = self.dls["train"]
        if hasattr(loader.dataset, "set_epoch"):
            loader.dataset.set_epoch(state.epoch, self.options.epochs)
        seed_everything(seed, state.epoch, rank())
        _set_training_mode(learner.model, self.options.freeze_batch_norm)

        def step(photos: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            # Each batch has its own seed: one that is repeated after a stop meets the same dropout and the same mixes.
            seed_everything(seed, state.epoch, state.batches_done, rank())
            try:
                return learner.train_step(photos, labels, batch=state.batches_done, n_batches=len(loader))
            except TrainingError as error:
                raise TrainingError(
                    f"{error} {self.checkpointer.last_good()} Lower the learning rate, or bound the gradient with "
                    "clip_norm."
                ) from error

        def after() -> None:
            state.batches_done += 1
            if state.batches_done < len(loader) and learner.steps_after(state.batches_done - 1, len(loader)):
                self._save_if_due(stop)

        batches = self._with_progress(self._batches_to_come(), "train", state.batches_done)
        return run_pass(batches, step, state.meter, learner.device, after)

    def _batches_to_come(self) -> Iterator[Any]:
        """Yield the rest of the epoch's batches; a loader of ours begins anywhere, another is run through to there."""
        loader, state = self.dls["train"], self.state
        n_done = state.batches_done
        if isinstance(loader.sampler, EpochSampler):
            loader.sampler.share(rank(), world_size())
            loader.sampler.begin(state.epoch, batches_done=n_done)
            yield from loader
            return
        batches = iter(loader)
        for batch in range(len(loader)):
            seed_everything(self.options.seed, state.epoch, "read", batch)
            found = next(batches)
            if batch >= n_done:
                yield found

    def _with_progress(self, batches: Iterable[Any], split: str, n_done: int = 0) -> Iterator[Any]:
        """Yield the batches, with a bar that counts photos."""
        loader: Any = self.dls[split]
        n_photos = len(loader.dataset) // world_size() - n_done * (loader.batch_size or 1)
        title = f"Epoch {self.state.epoch}/{self.options.epochs}, {split}"
        return track(batches, title, total=n_photos, count=lambda batch: len(batch[1]))

    def _save_if_due(self, stop: Event) -> None:
        device = self.learner.device
        due = is_main_process() and self.checkpointer.due  # it alone writes, so it alone knows when it did
        stopping, due = all_reduce_any([stop.is_set(), due], device)
        if stopping or due:
            state = replace(self.state, meter=_sum_over_processes(self.state.meter, device))
            if is_main_process():
                self.checkpointer.save(state)
        if stopping:
            raise Interrupted(
                f"Stopped in epoch {self.state.epoch} after {self.state.batches_done} batches, and saved in "
                f"{self.checkpointer.run.file_resume}. The same command resumes from there."
            )


def own_part(loader: DataLoader[Any], process: int | None = None, n_processes: int | None = None) -> DataLoader[Any]:
    """Return this process's share of a loader that is not shuffled: every n-th photo, each in one share alone."""
    process, n_processes = (rank() if process is None else process), n_processes or world_size()
    if n_processes == 1:
        return loader
    dataset: Any = loader.dataset
    own = range(process, len(dataset), n_processes)
    if isinstance(loader, FeatureLoader):
        return FeatureLoader(loader, loader.features, own)
    return DataLoader(Subset(dataset, own), loader.batch_size, num_workers=loader.num_workers)


def _sum_over_processes(meter: Meter, device: torch.device) -> Meter:
    return Meter(*all_reduce_sum(list(astuple(meter)), device))


def _set_training_mode(model: nn.Module, freeze_batch_norm: bool) -> None:
    model.train()
    features = getattr(model, "features", None)
    if isinstance(features, nn.Module) and not any(weight.requires_grad for weight in features.parameters()):
        features.eval()
    if freeze_batch_norm:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
