"""What training keeps on disk: the best weights, and everything needed to go on after a stop.

The best weights are a bare state dict, loadable with `model.load_state_dict(torch.load(file))`. What is needed to go
on lies in a sibling file, which vanishes when the run is complete.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from landmark.core.errors import TrainingError, WeightsError
from landmark.core.files import atomic_write, remove_leftovers, rename_to_backup, write_json
from landmark.training.meters import Metrics, Sums


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


def resume_path(file_checkpoint: str | Path) -> Path:
    """The sibling that holds the rest.

    >>> resume_path("model_checkpoint.pt").name
    'model_checkpoint.resume.pt'
    """
    path = Path(file_checkpoint)
    return path.with_name(f"{path.stem}.resume{path.suffix}")


def load_resume(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """What an unfinished run with this fingerprint left behind; None where there is none, or it is another run's."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except Exception:  # a damaged file is no reason to refuse to train: the run starts afresh and keeps it aside
        return None
    return state if isinstance(state, dict) and state.get("fingerprint") == fingerprint else None


def keep_old_files(paths: Iterable[str | Path], log: Callable[[str], None]) -> None:
    """Rename what another run left where a new one will write, and say so."""
    if kept := [str(path) for path in map(rename_to_backup, paths) if path]:
        log(f"Starting afresh: the files here belong to another run or a finished one. Kept as {', '.join(kept)}.")


@dataclass
class Position:
    """Where a run is: what it has seen of its epochs, and what it has added up in the one that is going on.

    What chance does is a function of the run's seed, the epoch and the batch (see `sampling`): with the position, all
    generators are where they were.
    """

    epoch: int = 1
    batches_done: int = 0
    sums: Sums = field(default_factory=Sums)
    metrics: Metrics = field(default_factory=Metrics)

    def next_epoch(self) -> None:
        """Begin the next one."""
        self.epoch, self.batches_done, self.sums = self.epoch + 1, 0, Sums()


class SavePoints:
    """The files of a run: best weights, metrics, and what is needed to go on, each written whole or not at all.

    Quick epochs do not wait for the disk: nothing is written twice within `every_s` seconds but the metrics. What was
    kept and not yet written is written with the next save point, before it, so that the two always agree.
    """

    def __init__(
        self,
        file_checkpoint: str | Path,
        file_metrics: str | Path,
        fingerprint: str,
        parts: Mapping[str, Any],
        *,
        every_s: float,
    ) -> None:
        self.file_checkpoint, self.file_metrics = Path(file_checkpoint), Path(file_metrics)
        self.file_resume = resume_path(file_checkpoint)
        self.fingerprint = fingerprint
        self.parts = parts
        self.every_s = every_s
        self._best: dict[str, torch.Tensor] | None = None  # kept, not yet written
        self._saved_at = -float("inf")

    def remove_leftovers(self) -> None:
        """Delete what a start that was killed was about to write."""
        for file in (self.file_checkpoint, self.file_metrics, self.file_resume):
            remove_leftovers(file)

    def load(self) -> tuple[Position, int] | None:
        """Put every part where an unfinished run of the same fingerprint left it: its position and number of steps."""
        state = load_resume(self.file_resume, self.fingerprint)
        if state is None:
            return None
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        where = state["position"]
        position = Position(where["epoch"], where["batches_done"], Sums(**where["sums"]), Metrics(**where["metrics"]))
        return position, state["n_steps"]

    def keep(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take these for the best so far."""
        self._best = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}

    def write_metrics(self, metrics: Metrics) -> None:
        """The six lists."""
        with self._telling(self.file_metrics):
            write_json(self.file_metrics, metrics.to_dict())

    @property
    def due(self) -> bool:
        """Whether the last save point is old enough."""
        return time.monotonic() - self._saved_at >= self.every_s

    def save(self, position: Position, n_steps: int) -> None:
        """Write all that is needed to go on from here."""
        self._write_best()
        state = {
            "fingerprint": self.fingerprint,
            "position": asdict(position),
            "n_steps": n_steps,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
        }
        with self._telling(self.file_resume), atomic_write(self.file_resume) as file:
            torch.save(state, file)
        self._saved_at = time.monotonic()

    def finish(self, metrics: Metrics) -> None:
        """Write what is left; nothing is needed to go on any more."""
        self._write_best()
        self.write_metrics(metrics)
        self.file_resume.unlink(missing_ok=True)

    def _write_best(self) -> None:
        if self._best is not None:
            with self._telling(self.file_checkpoint):
                save_weights(self.file_checkpoint, self._best)
            self._best = None

    def last_good(self) -> str:
        """Where the last good weights are, as a sentence."""
        if self._best is not None:
            self._write_best()
        if self.file_checkpoint.exists():
            return f"The last good weights are in {self.file_checkpoint}."
        return "There are no good weights yet."

    @contextmanager
    def _telling(self, path: Path) -> Iterator[None]:
        """A file that cannot be written ends training, with the reason; those that were there before are whole."""
        try:
            yield
        except (OSError, RuntimeError) as error:  # torch.save wraps what the disk says
            there = [str(file) for file in (self.file_checkpoint, self.file_resume) if file.is_file()]
            good = f"What was saved before is whole: {', '.join(there)}. " if there else ""
            raise TrainingError(
                f"{path}: cannot be written ({error.__cause__ or error.__context__ or error}). {good}"
                "Make room, or choose another folder; the same command goes on from the last save point."
            ) from error
