"""One batch -> weights that have moved a little: forward, loss, gradients, and every so many batches a step."""

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, cast

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from landmark.core.errors import TrainingError
from landmark.training.distributed import world_size
from landmark.training.networks import LandmarkNetwork
from landmark.training.options import PRECISIONS, Criterion, TrainOptions

Forward = Callable[..., tuple[torch.Tensor, torch.Tensor | None]]


class Learner:
    """A model with all that moves its weights, batch by batch, and the state that resuming needs.

    Its batches are photos (B, 3, H, W), or with `from_features` the features that the model's backbone made of them,
    and labels (B,). Weights stay float32, whatever the precision of the forward pass.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        criterion: Criterion,
        options: TrainOptions,
        device: torch.device,
        *,
        from_features: bool = False,
    ) -> None:
        self.model, self.optimizer, self.criterion, self.options = model, optimizer, criterion, options
        self.device, self.from_features = device, from_features
        self.n_steps = 0
        # Only float16 has so few exponents that small gradients vanish.
        has_few_exponents = options.precision == "float16" and device.type == "cuda"
        self.scaler = torch.amp.GradScaler(device.type, enabled=has_few_exponents)
        self.forward: Forward = _wrap(_Forward(model, from_features), device, options.compiled)

    @property
    def kept_model(self) -> nn.Module:
        """Return the model that is validated and kept: the moving average, where there is one."""
        average = self.options.average
        return cast(nn.Module, self.model if average is None else average.module)

    def train_step(
        self, photos: torch.Tensor, labels: torch.Tensor, *, batch: int, n_batches: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Train on a batch; return its loss and log-probabilities (B, C). `batch` counts from 0 within the epoch.

        Raises `TrainingError` when the loss is not finite, before the weights have moved.
        """
        options = self.options
        mixed, targets = options.mix(photos, labels) if options.mix else (photos, labels)
        with self._autocast():
            scores, pooled = self.forward(mixed, targets)
            loss = self.criterion(scores.float(), targets)
            if options.retention and pooled is not None:
                loss = loss + options.retention(mixed, pooled)
        if not math.isfinite(loss.item()):
            raise TrainingError(f"The training loss became {loss.item()}.")
        first_of_step = batch - batch % options.accumulate
        n_summed = min(options.accumulate, n_batches - first_of_step)  # the last step of an epoch may be of fewer
        self.scaler.scale(loss / n_summed).backward()  # type: ignore[no-untyped-call,unused-ignore]
        if self.steps_after(batch, n_batches):
            self._step()
        return loss.detach(), scores.detach()

    def steps_after(self, batch: int, n_batches: int) -> bool:
        """Return whether the weights move after this batch: only then is there something to save."""
        return (batch + 1) % self.options.accumulate == 0 or batch + 1 == n_batches

    @torch.inference_mode()
    def eval_step(self, photos: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return loss and log-probabilities (B, C) that the weights to be kept give a batch."""
        with self._autocast():
            model = self.kept_model
            if self.from_features:
                scores = cast(LandmarkNetwork, model).logits(photos).float().log_softmax(dim=1)
            else:
                scores = cast(torch.Tensor, model(photos)).float()
        return (self.options.valid_criterion or self.criterion)(scores, labels), scores

    def state_dict(self) -> dict[str, Any]:
        """Return all that resuming needs."""
        return {"n_steps": self.n_steps} | {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back what `state_dict` returned."""
        self.n_steps = state["n_steps"]
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        parts = {
            "model": self.model,
            "optimizer": self.optimizer,
            "scheduler": self.options.scheduler,
            "average": self.options.average,
            "scaler": self.scaler,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def _step(self) -> None:
        options = self.options
        if options.clip_norm:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), options.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if options.scheduler is not None:
            options.scheduler.step()
        self.n_steps += 1
        if options.average is not None:
            options.average.update(self.model, step=self.n_steps)  # the first steps count for less in its warm-up

    def _autocast(self) -> Any:
        precision = PRECISIONS[self.options.precision]
        return torch.autocast(self.device.type, precision) if precision else nullcontext()


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
    if world_size() > 1:
        wrapped = DistributedDataParallel(forward, device_ids=[device.index] if device.type == "cuda" else None)
    return torch.compile(wrapped) if compiled else wrapped
