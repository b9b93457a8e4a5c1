"""One batch -> weights that have moved a little: forward, loss, gradients, and every so many batches a step."""

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from landmark.core.errors import TrainingError
from landmark.training.distributed import n_processes
from landmark.training.fingerprint import Criterion
from landmark.training.networks import LandmarkNetwork
from landmark.training.retention import Retention

PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}

Mix = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
Forward = Callable[..., tuple[torch.Tensor, torch.Tensor | None]]


class Updater:
    """Moves a model's weights, batch by batch, and knows all that this needs to be gone on with.

    Its batches are photos (B, 3, H, W), or with `from_features` what the model's backbone said of them, and labels
    (B,). `accumulate` batches are summed for one step. `precision` is what the forward pass is computed with
    (float32, bfloat16, float16); the weights stay float32.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        criterion: Criterion,
        device: torch.device,
        *,
        from_features: bool = False,
        scheduler: Any = None,
        mix: Mix | None = None,
        retention: Retention | None = None,
        average: Any = None,
        clip_norm: float | None = None,
        accumulate: int = 1,
        precision: str = "float32",
        compiled: bool = False,
    ) -> None:
        self.model, self.optimizer, self.criterion = model, optimizer, criterion
        self.scheduler, self.mix, self.retention, self.average = scheduler, mix, retention, average
        self.clip_norm, self.accumulate, self.device = clip_norm, accumulate, device
        self.from_features = from_features
        self.n_steps = 0
        self.precision = PRECISIONS[precision]
        # Only float16 has so few exponents that small gradients vanish.
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16" and device.type == "cuda")
        self._forward: Forward = _wrap(_Forward(model, from_features), device, compiled)

    @property
    def kept_model(self) -> nn.Module:
        """The weights that are validated and kept: the moving average, where there is one."""
        return cast(nn.Module, self.average.module if self.average is not None else self.model)

    def parts(self) -> dict[str, Any]:
        """Everything with a state, by name."""
        named = {
            "model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler, "average": self.average,
            "scaler": self.scaler,
        }  # fmt: skip
        return {name: part for name, part in named.items() if part is not None}

    def learn(
        self, photos: torch.Tensor, labels: torch.Tensor, *, batch: int, n_batches: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and log-probabilities (B, C) of a batch, learnt from. `batch` counts from 0 within the epoch.

        Raises `TrainingError` when the loss is no number, before the weights have moved.
        """
        mixed, targets = self.mix(photos, labels) if self.mix else (photos, labels)
        with self._autocast():
            scores, pooled = self._forward(mixed, targets)
            loss = self.criterion(scores.float(), targets)
            if self.retention and pooled is not None:
                loss = loss + self.retention(mixed, pooled)
        if not math.isfinite(loss.item()):
            raise TrainingError(f"The training loss became {loss.item()}.")
        first_of_step = batch - batch % self.accumulate
        n_summed = min(self.accumulate, n_batches - first_of_step)  # the last step of an epoch may be of fewer
        self.scaler.scale(loss / n_summed).backward()  # type: ignore[no-untyped-call,unused-ignore]
        if self.steps_after(batch, n_batches):
            self._step()
        return loss.detach(), scores.detach()

    def steps_after(self, batch: int, n_batches: int) -> bool:
        """Whether the weights move after this batch: only then is there something to save."""
        return (batch + 1) % self.accumulate == 0 or batch + 1 == n_batches

    @torch.inference_mode()
    def look(self, photos: torch.Tensor) -> torch.Tensor:
        """What the weights that are kept say of a batch: log-probabilities (B, C)."""
        with self._autocast():
            model = self.kept_model
            if self.from_features:
                return cast(LandmarkNetwork, model).logits(photos).float().log_softmax(dim=1)
            return cast(torch.Tensor, model(photos)).float()

    def _step(self) -> None:
        if self.clip_norm:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.scheduler is not None:
            self.scheduler.step()
        self.n_steps += 1
        if self.average is not None:
            self.average.update(self.model, step=self.n_steps)  # the first steps count for less in its warm-up

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, self.precision) if self.precision else nullcontext()


class _Forward(nn.Module):
    """Photos, or kept features, and targets -> log-probabilities, and the pooled features where it computes them.

    A module, since that is what DDP wraps.
    """

    def __init__(self, model: nn.Module, from_features: bool) -> None:
        super().__init__()
        self.model = model
        self.from_features = from_features

    def forward(self, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        if not isinstance(self.model, LandmarkNetwork):
            return self.model(inputs), None
        embedding, pooled = (inputs, None) if self.from_features else self.model.embed_and_pool(inputs)
        return self.model.training_scores(embedding, targets), pooled


def _wrap(forward: nn.Module, device: torch.device, compiled: bool) -> Any:
    wrapped: Any = forward
    if n_processes() > 1:
        wrapped = DistributedDataParallel(forward, device_ids=[device.index] if device.type == "cuda" else None)
    return torch.compile(wrapped) if compiled else wrapped
