"""What training keeps on disk: the best weights, and everything that a stopped run resumes from.

The best weights are a bare state dict, loadable with `model.load_state_dict(torch.load(file))`. What a run resumes from
lies in a sibling file, which vanishes when the run is complete.
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from landmark.core.errors import TrainingError, WeightsError
from landmark.core.files import atomic_write, remove_leftovers, rename_to_backup, write_json
from landmark.training.distributed import barrier, is_main_process
from landmark.training.meters import Meter, Metrics
from landmark.training.options import Criterion, Run

logger = logging.getLogger(__name__)


def save_weights(path: str | Path, state: Mapping[str, torch.Tensor]) -> None:
    """Write a state dict of CPU tensors, whole or not at all."""
    with atomic_write(path) as file:
        torch.save({name: tensor.detach().cpu().clone() for name, tensor in state.items()}, file)


def load_checkpoint(model: nn.Module, path: str | Path) -> None:
    """Load a bare state dict into a model. Raises `WeightsError` when it cannot be read or does not fit."""
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError as error:
        raise WeightsError(f"{path}: no such checkpoint. Expected the file that train wrote.") from error
    except Exception as error:  # unpickling throws many kinds
        reason = str(error).strip().splitlines()[:3]
        raise WeightsError(
            f"{path}: does not fit this model: {' '.join(reason)}. Expected the state dict of a model with the same "
            "backbone and the same number of landmarks."
        ) from error


def keep_old_files(paths: Iterable[Path]) -> None:
    """Rename what another run left where a new one will write, and say so."""
    if kept := [str(path) for path in map(rename_to_backup, paths) if path]:
        logger.info(
            "Starting afresh: the files here belong to another run or a finished one. Kept as %s.", ", ".join(kept)
        )


@dataclass
class TrainState:
    """How far a run is: epoch, batch, what it has added up in this epoch, and the metrics of those before.

    Random numbers are a function of the run's seed, the epoch and the batch (see `sampling`): with these, all
    generators are where they were.
    """

    epoch: int = 1
    batches_done: int = 0
    meter: Meter = field(default_factory=Meter)
    metrics: Metrics = field(default_factory=Metrics)

    def next_epoch(self) -> None:
        """Begin the next epoch."""
        self.epoch, self.batches_done, self.meter = self.epoch + 1, 0, Meter()


class Checkpointer:
    """Writes the files of a run: best weights, metrics, and what a stopped run resumes from, each whole or not at all.

    `learner` is anything with `state_dict` and `load_state_dict`. Quick epochs do not wait for the disk: nothing is
    written twice within `every_s` seconds but the metrics. Weights that were kept and not yet written are written
    before the next file to resume from, so that the two always agree.
    """

    def __init__(self, run: Run, learner: Any, fingerprint: str, *, every_s: float) -> None:
        self.run, self.learner, self.fingerprint, self.every_s = run, learner, fingerprint, every_s
        self._best: dict[str, torch.Tensor] | None = None  # kept, not yet written
        self._saved_at = -float("inf")

    def begin(self) -> TrainState:
        """Return the state that an unfinished run of the same fingerprint left; else a new one, once saved."""
        files = (self.run.file_checkpoint, self.run.file_metrics, self.run.file_resume)
        if is_main_process():
            for file in files:
                remove_leftovers(file)
        state = self.load() if self.run.resume else None
        barrier()  # nobody writes before all have looked
        if state is None:
            if is_main_process():
                keep_old_files(files)
                self.save(TrainState())  # a folder that cannot be written is found before the first batch
            barrier()
            return TrainState()
        batch = f", batch {state.batches_done + 1}" if state.batches_done else ""
        logger.info("Resuming at epoch %d%s: %s is of the same training.", state.epoch, batch, self.run.file_resume)
        if not is_main_process():
            state.meter = Meter()  # its sums are those of all processes
        return state

    def load(self) -> TrainState | None:
        """Put the learner where an unfinished run of the same fingerprint left it; return how far that was."""
        try:
            saved = torch.load(self.run.file_resume, map_location="cpu", weights_only=True)
        except Exception:  # absent, or damaged, which is no reason to refuse to train: the file is kept aside
            return None
        if not isinstance(saved, dict) or saved.get("fingerprint") != self.fingerprint:
            return None
        self.learner.load_state_dict(saved["learner"])
        state = saved["state"]
        return TrainState(**state | {"meter": Meter(**state["meter"]), "metrics": Metrics(**state["metrics"])})

    @property
    def due(self) -> bool:
        """Return whether the last save is old enough."""
        return time.monotonic() - self._saved_at >= self.every_s

    def save(self, state: TrainState) -> None:
        """Write all that is needed to resume from here."""
        self._write_best()
        saved = {"fingerprint": self.fingerprint, "state": asdict(state), "learner": self.learner.state_dict()}
        with self._explained(self.run.file_resume), atomic_write(self.run.file_resume) as file:
            torch.save(saved, file)
        self._saved_at = time.monotonic()

    def keep(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take these weights for the best so far."""
        self._best = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}

    def write_metrics(self, metrics: Metrics) -> None:
        """Write the six lists."""
        with self._explained(self.run.file_metrics):
            write_json(self.run.file_metrics, metrics.to_dict())

    def finish(self, metrics: Metrics) -> None:
        """Write what is left, and delete what nothing will resume from."""
        self._write_best()
        self.write_metrics(metrics)
        self.run.file_resume.unlink(missing_ok=True)

    def last_good(self) -> str:
        """Return a sentence that says where the last good weights are."""
        self._write_best()
        if self.run.file_checkpoint.exists():
            return f"The last good weights are in {self.run.file_checkpoint}."
        return "There are no good weights yet."

    def _write_best(self) -> None:
        if self._best is not None:
            with self._explained(self.run.file_checkpoint):
                save_weights(self.run.file_checkpoint, self._best)
            self._best = None

    @contextmanager
    def _explained(self, path: Path) -> Iterator[None]:
        """Raise `TrainingError` with the reason for a file that cannot be written; those from before are whole."""
        try:
            yield
        except (OSError, RuntimeError) as error:  # torch.save wraps the disk's error
            there = [str(file) for file in (self.run.file_checkpoint, self.run.file_resume) if file.is_file()]
            good = f"What was saved before is whole: {', '.join(there)}. " if there else ""
            raise TrainingError(
                f"{path}: cannot be written ({error.__cause__ or error.__context__ or error}). {good}"
                "Make room, or choose another folder; the same command resumes from the last save."
            ) from error


def fingerprint_of(
    dls: Mapping[str, DataLoader[Any]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
    scheduler: Any = None,
    **settings: Any,
) -> str:
    """Return a hash of data, model, optimizer, loss, schedule and settings: two runs of one hash are the same run.

    Weights do not count: those that a run starts with are in its own files, and a script that starts again may have
    drawn others. Of losses and transforms their names, reprs and plain settings count, not the lines of their code:
    whoever changes those starts with `resume=False`.
    """
    groups = [{**group, "params": len(group["params"])} for group in optimizer.param_groups]
    described = [
        *map(_describe_loader, (dls["train"], dls["valid"])),
        repr(model),  # dropout and all
        [(name, list(weight.shape), weight.requires_grad) for name, weight in model.named_parameters()],
        [type(optimizer).__name__, groups],
        _describe(criterion),
        [type(scheduler).__name__, scheduler.state_dict()] if scheduler is not None else None,
        settings,
    ]
    text = re.sub(r" at 0x[0-9a-f]+", "", json.dumps(described, default=repr, sort_keys=True))  # of this process alone
    return hashlib.sha256(text.encode()).hexdigest()


def _describe_loader(loader: DataLoader[Any]) -> list[Any]:
    dataset: Any = loader.dataset
    samples = getattr(dataset, "samples", None)
    files = [(name, label, Path(name).stat().st_size) for name, label in samples] if samples else len(dataset)
    return [files, _describe(getattr(dataset, "transform", None)), loader.batch_size, repr(loader.sampler)]


def _describe(thing: Any) -> list[Any]:
    """Return the qualified name, the repr, and the plain settings that a repr leaves out: label smoothing."""
    named = thing.func if isinstance(thing, partial) else thing
    named = named if hasattr(named, "__qualname__") else type(named)
    plain = {
        name: value
        for name, value in getattr(thing, "__dict__", {}).items()
        if isinstance(value, bool | int | float | str | torch.Tensor) and name != "training"
    }
    buffers = list(thing.named_buffers()) if isinstance(thing, nn.Module) else []
    return [f"{named.__module__}.{named.__qualname__}", repr(thing), plain, buffers]
