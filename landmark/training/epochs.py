"""Epoch after epoch, from wherever a run is: train, validate, keep the best, save, and stop between two batches."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset

from landmark.core.errors import DataError, TrainingError
from landmark.core.progress import track
from landmark.core.signals import Interrupted, StopRequest
from landmark.training import distributed
from landmark.training.checkpoint import Position, SavePoints
from landmark.training.data import Loaders
from landmark.training.features import FeatureLoader
from landmark.training.fingerprint import Criterion
from landmark.training.meters import Scores, Sums
from landmark.training.sampling import EpochSampler, seed_everything
from landmark.training.step import Updater
from landmark.training.tracking import Tracker


class Epochs:
    """The epochs of a run that are still to come.

    `keep` and `patience` are `train`'s. Several processes do the same steps at the same time; the first one writes and
    tells the trackers.
    """

    def __init__(
        self,
        dls: Loaders,
        updater: Updater,
        saves: SavePoints,
        position: Position,
        valid_criterion: Criterion,
        *,
        n_epochs: int,
        keep: str,
        patience: int,
        seed: int,
        freeze_batch_norm: bool,
        trackers: Sequence[Tracker],
    ) -> None:
        self.dls, self.updater, self.saves, self.position = dls, updater, saves, position
        self.valid_criterion = valid_criterion
        self.n_epochs, self.keep, self.patience = n_epochs, keep, patience
        self.seed, self.freeze_batch_norm, self.trackers = seed, freeze_batch_norm, trackers

    def run(self, stop: StopRequest) -> None:
        """Train to the end, or until it is asked to stop: then it saves and raises `Interrupted`."""
        while not self.position.metrics.complete(self.n_epochs, self.patience):
            begun = time.monotonic()
            n_photos_before = self.position.sums.n_photos
            trained = self._train(stop)
            seconds = time.monotonic() - begun
            n_photos = self.position.sums.n_photos - n_photos_before
            self._end_epoch(trained, self._validate(), seconds=seconds, photos_per_s=n_photos / max(seconds, 1e-9))
            self._save_if_due(stop)

    def _train(self, stop: StopRequest) -> Scores:
        position, loader = self.position, self.dls["train"]
        dataset: Any = loader.dataset
        if hasattr(dataset, "set_epoch"):
            dataset.set_epoch(position.epoch, self.n_epochs)
        seed_everything(self.seed, position.epoch, distributed.rank())
        _set_training_mode(self.updater.model, self.freeze_batch_norm)
        for photos, labels in self._shown(self._batches_to_come(), "train", position.batches_done):
            self._learn(photos, labels, len(loader))
            if self.updater.steps_after(position.batches_done - 1, len(loader)) and position.batches_done < len(loader):
                self._save_if_due(stop)
        return self._summed(position.sums, "train")

    def _learn(self, photos: torch.Tensor, labels: torch.Tensor, n_batches: int) -> None:
        position = self.position
        # Each batch has its own seed: one that is repeated after a stop meets the same dropout and the same mixes.
        seed_everything(self.seed, position.epoch, position.batches_done, distributed.rank())
        labels = labels.to(self.updater.device, non_blocking=True)
        try:
            loss, scores = self.updater.learn(
                photos.to(self.updater.device, non_blocking=True),
                labels,
                batch=position.batches_done,
                n_batches=n_batches,
            )
        except TrainingError as error:
            raise TrainingError(
                f"{error} {self.saves.last_good()} Lower the learning rate, or bound the gradient with clip_norm."
            ) from error
        position.sums.add(loss=loss.item(), n_correct=_n_correct(scores, labels), n_photos=len(labels))
        position.batches_done += 1

    def _validate(self) -> Scores:
        self.updater.kept_model.eval()
        sums = Sums()
        for photos, labels in self._shown(own_part(self.dls["valid"]), "valid", 0):
            labels = labels.to(self.updater.device)
            scores = self.updater.look(photos.to(self.updater.device, non_blocking=True))
            loss = self.valid_criterion(scores, labels)
            sums.add(loss=loss.item(), n_correct=_n_correct(scores, labels), n_photos=len(labels))
        return self._summed(sums, "valid")

    def _end_epoch(self, trained: Scores, validated: Scores, **measured: float) -> None:
        position, metrics = self.position, self.position.metrics
        if metrics.append(trained, validated, self.keep):
            self.saves.keep(self.updater.kept_model.state_dict())
        position.next_epoch()
        if distributed.is_first():
            self.saves.write_metrics(metrics)
            rate = max(group["lr"] for group in self.updater.optimizer.param_groups)
            for tracker in self.trackers:
                tracker.epoch(metrics.last_row() | {"learning_rate": rate} | measured)

    def _save_if_due(self, stop: StopRequest) -> None:
        due = distributed.is_first() and self.saves.due  # it alone writes, so it alone knows when it did
        stopping, due = distributed.any_of_all([bool(stop), due], self.updater.device)
        if stopping or due:
            self._save()
        if stopping:
            raise Interrupted(
                f"Stopped in epoch {self.position.epoch} after {self.position.batches_done} batches, and saved in "
                f"{self.saves.file_resume}. The same command goes on from there."
            )

    def _save(self) -> None:
        sums = Sums(*distributed.sum_of_all(self.position.sums.numbers(), self.updater.device))
        if distributed.is_first():
            self.saves.save(replace(self.position, sums=sums), self.updater.n_steps)

    def _batches_to_come(self) -> Iterator[Any]:
        """The rest of the epoch's batches; a loader of ours begins anywhere, another one is run through to there."""
        loader, position = self.dls["train"], self.position
        n_done = position.batches_done
        if isinstance(loader.sampler, EpochSampler):
            loader.sampler.share(distributed.rank(), distributed.n_processes())
            loader.sampler.begin(position.epoch, batches_done=n_done)
            yield from loader
            return
        batches = iter(loader)
        for batch in range(len(loader)):
            seed_everything(self.seed, position.epoch, "read", batch)
            found = next(batches)
            if batch >= n_done:
                yield found

    def _shown(self, batches: Any, part: str, n_done: int) -> Iterator[Any]:
        """The batches, with a bar that counts photos."""
        loader: Any = self.dls[part]
        title = f"Epoch {self.position.epoch}/{self.n_epochs}, {part}"
        n_photos = len(loader.dataset) // distributed.n_processes()
        n_before = n_done * (loader.batch_size or 1)
        return track(batches, title, total=n_photos - n_before, count=lambda batch: len(batch[1]))

    def _summed(self, sums: Sums, part: str) -> Scores:
        total = Sums(*distributed.sum_of_all(sums.numbers(), self.updater.device))
        if total.n_photos == 0:
            raise DataError(f"The loader of {part!r} gave no photos. Expected at least one batch.")
        return total.scores()


def own_part(loader: DataLoader[Any]) -> DataLoader[Any]:
    """This process's share of a loader that is not shuffled: every n-th photo, each in one share alone."""
    n_processes = distributed.n_processes()
    if n_processes == 1:
        return loader
    dataset: Any = loader.dataset
    own = range(distributed.rank(), len(dataset), n_processes)
    if isinstance(loader, FeatureLoader):
        return FeatureLoader(loader, loader.features, own)
    return DataLoader(Subset(dataset, own), loader.batch_size, num_workers=loader.num_workers)


def _n_correct(scores: torch.Tensor, labels: torch.Tensor) -> int:
    return int((scores.argmax(dim=1) == labels).sum())


def _set_training_mode(model: nn.Module, freeze_batch_norm: bool) -> None:
    model.train()
    features = getattr(model, "features", None)
    if isinstance(features, nn.Module) and not any(weight.requires_grad for weight in features.parameters()):
        features.eval()
    if freeze_batch_norm:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
