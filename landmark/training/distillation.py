"""Teachers: finished models whose answers to the very same crops are learnt beside the labels.

What several models agree on says more of a photo than its folder does, which in scraped data is wrong now and then
(Hinton et al. 2015; that teacher and student must see the same crop: Beyer et al. 2022).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from landmark.core.errors import ConfigurationError
from landmark.model.bundle import load_bundle
from landmark.training.networks import LandmarkNetwork, get_model_transfer
from landmark.training.networks.heads import read_head
from landmark.training.networks.weights import read_weights
from landmark.training.step import Mix


class Distillation:
    """Makes the targets of a batch out of its labels and of what teachers say of it.

    Photos (B, 3, H, W) and labels (B,) -> photos, perhaps mixed by `mix`, and probabilities (B, n_classes): `share` of
    them the mean of the teachers' answers, the rest the labels.
    """

    def __init__(
        self, teachers: Sequence[LandmarkNetwork], share: float, n_classes: int, mix: Mix | None = None
    ) -> None:
        self.teachers = teachers
        self.share, self.n_classes, self.mix = share, n_classes, mix

    @torch.inference_mode()
    def answers(self, photos: torch.Tensor) -> torch.Tensor:
        """The mean of the teachers' probabilities (B, n_classes)."""
        return torch.stack([teacher(photos).exp() for teacher in self.teachers]).mean(dim=0)

    def __call__(self, photos: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Photos and targets to learn from."""
        mixed, targets = self.mix(photos, labels) if self.mix else (photos, labels)
        if targets.ndim == 1:  # mixing makes probabilities of its own
            targets = nn.functional.one_hot(targets, self.n_classes).float()
        answers = self.answers(mixed).clone()  # a tensor of inference mode cannot be learnt from
        return mixed, (1 - self.share) * targets + self.share * answers

    def __repr__(self) -> str:
        return f"Distillation({[teacher.backbone for teacher in self.teachers]}, share={self.share}, mix={self.mix!r})"


def load_teacher(path: str | Path, categories: Sequence[str], device: torch.device) -> LandmarkNetwork:
    """The whole network of a bundle, or of a run's folder, head and all, ready to be asked.

    Raises `ConfigurationError` where it knows other landmarks than those that are to be learnt.
    """
    bundle = load_bundle(path)
    if list(bundle.categories) != list(categories):
        raise ConfigurationError(
            f"The teacher {path} knows {len(bundle.categories)} landmarks, which are not the {len(categories)} to be "
            "learnt. Expected the same ones in the same order."
        )
    file = bundle.weights_path()
    state, metadata = read_weights(file)
    head, sub_centres = read_head(state)
    teacher: LandmarkNetwork = get_model_transfer(
        len(categories), backbone=metadata["architecture"], weights=file, head=head, sub_centres=sub_centres
    )
    teacher.load_state_dict(state)  # its 16-bit numbers become 32-bit ones
    return teacher.eval().requires_grad_(False).to(device)
