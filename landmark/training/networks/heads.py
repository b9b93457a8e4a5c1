"""The heads: what stands between a backbone's embedding and the log-probabilities, and is trained on landmarks.

A head is an `nn.Sequential` that ends in a log-softmax. "linear" and "two-layer" take vectors (B, embedding_size);
"cosine" takes the backbone's maps (B, C, h, w) and pools them itself, because the way it pools is trained.
"""

import math
from collections.abc import Mapping

import torch
from torch import nn

from landmark.core.errors import ConfigurationError
from landmark.model.architecture import backbone_names

AUTO = "auto"
LINEAR, TWO_LAYER, COSINE = "linear", "two-layer", "cosine"
HEADS = (LINEAR, TWO_LAYER, COSINE)
MARGIN = 0.3
SUB_CENTRES = 3
SCALE = 30.0  # fixed: where it is trained, a margin makes it shrink until nothing is learnt

_HIDDEN = 1000  # units of the course project's head
_SMALLEST = 1e-6  # of an activation before it is raised to a power: a negative one has none


class GeM(nn.Module):
    """Generalised-mean pooling: between the mean of each map (p = 1) and its maximum (p large); p is trained.

    F. Radenović, G. Tolias, O. Chum, Fine-tuning CNN image retrieval with no human annotation, TPAMI 2018.

    >>> GeM(p=1.0)(torch.tensor([[[[1.0, 3.0]]]])).tolist()
    [[2.0]]
    >>> GeM()(torch.tensor([[[[1.0, 3.0]]]])).item() == ((1 + 27) / 2) ** (1 / 3)
    False
    """

    P_BOUNDS = (1.0, 10.0)

    def __init__(self, p: float = 3.0) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor(p))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Pool maps: (B, C, h, w) -> (B, C); what is negative counts as nothing."""
        p = self.p.clamp(*self.P_BOUNDS)
        values = maps.flatten(2).clamp(min=_SMALLEST)  # (B, C, h * w)
        # Powers of at most 1 do not overflow, and the largest stays. The divisor cancels out, and so does its gradient.
        largest = values.detach().amax(dim=2, keepdim=True)
        means = (values / largest).pow(p).mean(dim=2)
        return means.pow(1 / p) * largest.squeeze(2)


class CosineClassifier(nn.Module):
    """Scores of landmarks by the angle between a vector and the landmark's nearest centre; each has several.

    A landmark looks different from each side, so its largest cosine counts (J. Deng et al., Sub-center ArcFace, ECCV
    2020). In training the target's angle is taken to be larger by a margin (J. Deng et al., ArcFace, CVPR 2019).

    >>> classifier = CosineClassifier(8, 5)
    >>> bool((classifier(torch.randn(2, 8)).abs() <= classifier.scale).all())
    True
    """

    scale: torch.Tensor

    def __init__(self, n_features: int, n_classes: int, *, margin: float = MARGIN, sub_centres: int = SUB_CENTRES,
                 scale: float = SCALE) -> None:  # fmt: skip
        super().__init__()
        if not 0 <= margin < math.pi / 2 or sub_centres < 1 or not scale > 0:
            raise ConfigurationError(
                f"Found margin = {margin}, sub_centres = {sub_centres} and scale = {scale} of a cosine head. Expected "
                "a margin in radians from 0 to below 1.57, at least one sub-centre, and a scale above 0."
            )
        self.margin = margin
        # Only directions count; of length 1 they turn as fast as the layers of other heads learn.
        self.centres = nn.Parameter(torch.randn(n_classes, sub_centres, n_features) / n_features**0.5)
        self.register_buffer("scale", torch.tensor(float(scale)))  # a checkpoint's scores are of its own scale

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Compute scaled cosines, (B, n_features) -> (B, n_classes)."""
        return self.scale * self.cosines(vectors)

    def cosines(self, vectors: torch.Tensor) -> torch.Tensor:
        """Compute cosines of the angle to each landmark's nearest centre, (B, n_features) -> (B, n_classes)."""
        centres = nn.functional.normalize(self.centres, dim=2).flatten(0, 1)
        cosines = nn.functional.normalize(vectors, dim=1) @ centres.T  # (B, n_classes * sub_centres)
        return cosines.reshape(-1, *self.centres.shape[:2]).amax(dim=2)

    def with_margin(self, vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Compute scaled cosines with the margin on the targets', (B, n_features) -> (B, n_classes).

        Targets are indices (B,), or probabilities (B, n_classes) of mixed photos: there each landmark's margin is in
        proportion to its part in the photo.
        """
        cosines = self.cosines(vectors)
        if targets.ndim == 1:
            targets = nn.functional.one_hot(targets, cosines.shape[1])
        return self.scale * widen_angles(cosines, self.margin * targets)


def widen_angles(cosines: torch.Tensor, margins: torch.Tensor) -> torch.Tensor:
    """Return cos(angle + margin), falling on the whole way from angle 0 to pi; margins in radians, both (B, n_classes).

    >>> angle = torch.tensor([[0.5, 1.0]])
    >>> widen_angles(angle.cos(), torch.tensor([[0.3, 0.0]])).acos()
    tensor([[0.8000, 1.0000]])
    """
    sines = (1 - cosines.square()).clamp(min=_SMALLEST).sqrt()  # the root has no gradient at 0
    widened = cosines * margins.cos() - sines * margins.sin()
    # Past pi the cosine would rise again and reward the largest angles: from there on it is as much lower as at pi.
    return torch.where(cosines > -margins.cos(), widened, cosines - (1 - margins.cos()))


def choose_head(head: str, backbone: str) -> str:
    """Return the head's name; "auto" leaves it to the backbone. Raises `ConfigurationError` for others.

    >>> choose_head("auto", "vgg16"), choose_head("auto", "resnet50")
    ('two-layer', 'linear')
    """
    if len(backbone_names(backbone)) > 1:
        if head in (AUTO, LINEAR):
            return LINEAR
        raise ConfigurationError(f"An ensemble has a linear head; found {head!r}. Expected auto or linear.")
    if head == AUTO:
        return TWO_LAYER if backbone.startswith("vgg") else LINEAR
    if head not in HEADS:
        raise ConfigurationError(f"There is no head {head!r}. Expected one of {AUTO}, {', '.join(HEADS)}.")
    return head


def make_head(
    head: str,
    n_features: int,
    n_classes: int,
    *,
    margin: float = MARGIN,
    sub_centres: int = SUB_CENTRES,
    scale: float = SCALE,
    seed_compatible: bool = False,
) -> nn.Sequential:
    """Make a fresh head on `n_features` numbers (of "cosine": on as many maps), ending in a log-softmax.

    >>> make_head("linear", 8, 3)
    Sequential(
      (0): Linear(in_features=8, out_features=3, bias=True)
      (1): LogSoftmax(dim=1)
    )
    """
    if head == COSINE:
        if seed_compatible:
            raise ConfigurationError(
                "seed_compatible computes what the course project's head computes, and the head here is 'cosine'. "
                "Expected head='auto', or no seed_compatible."
            )
        classifier = CosineClassifier(n_features, n_classes, margin=margin, sub_centres=sub_centres, scale=scale)
        return nn.Sequential(GeM(), classifier, nn.LogSoftmax(1))
    layers: list[nn.Module] = [nn.Linear(n_features, n_classes)]
    if head == TWO_LAYER:
        layers = [nn.Linear(n_features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, n_classes)]
    if seed_compatible:
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.LogSoftmax(1))


def read_head(state: Mapping[str, torch.Tensor]) -> tuple[str, int]:
    """Return the name of the head in a transfer model's state dict, and its number of sub-centres (or 1).

    >>> read_head({f"classifier.{key}": value for key, value in make_head("cosine", 8, 3).state_dict().items()})
    ('cosine', 3)
    """
    if "classifier.1.centres" in state:
        return COSINE, state["classifier.1.centres"].shape[1]
    return (TWO_LAYER if "classifier.2.weight" in state else LINEAR), 1
