"""The table of backbones: what each is called, who makes it, and what it wants to see.

Any other timm or torchvision name works too; the table holds those that need a word of their own. A weights file that
carries its preprocessing in its metadata goes before the table (see `weights`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import nn

from landmark.core.errors import ConfigurationError
from landmark.model.architecture import backbone_names
from landmark.photo.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from landmark.training.networks.ensemble import Ensemble
from landmark.training.networks.network import Triple

Normalisation = tuple[Triple, Triple]  # mean and std
_HALF: Triple = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Backbone:
    """One row of the table."""

    library: str  # "timm" or "torchvision"
    embedding_size: int
    parameters_million: float  # without the ImageNet classifier
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    arguments: dict[str, Any] = field(default_factory=dict)  # for the library's function that creates it
    adjust: Callable[[nn.Module], None] | None = None  # what the library's version has differently
    note: str = ""


def _first_block_without_activation(features: nn.Module) -> None:
    features.blocks[0][0].bn1.act = nn.Identity()  # type: ignore[index,union-attr]


BACKBONES: dict[str, Backbone] = {
    "vgg16": Backbone("torchvision", 25088, 14.7, note="the course project's; head of two layers"),
    "mobilenet_edgetpu_100": Backbone(
        "timm",
        1280,
        2.8,
        mean=_HALF,
        std=_HALF,
        # Trained in TensorFlow: its padding is lopsided where the stride is 2, which timm calls "same".
        arguments={"pad_type": "same"},
        adjust=_first_block_without_activation,
        note="one of the two of the ensemble that ships",
    ),
    "mobilenetv2_100": Backbone("timm", 1280, 2.2, note="the other one; small and quick"),
    "resnet50": Backbone("timm", 2048, 23.5),
    "convnext_tiny": Backbone("timm", 768, 27.8),
    "vit_small_patch14_dinov2": Backbone(
        "timm", 384, 22.1, arguments={"dynamic_img_size": True}, note="wants multiples of 14 px"
    ),
}


class Features(NamedTuple):
    """A backbone without its ImageNet classifier."""

    module: nn.Module  # (B, 3, H, W) -> (B, embedding_size), or maps (B, channels, h, w)
    embedding_size: int  # of a vector; of VGG's maps, as they go flat into the course project's head
    channels: int  # of the maps before they are pooled
    library: str


def library_of(name: str) -> str:
    """Return the library of a backbone, "timm" or "torchvision": the table's, then timm before torchvision.

    Those of an ensemble are timm's.

    >>> library_of("vgg16"), library_of("resnet18"), library_of("mobilenet_v3_small")
    ('torchvision', 'timm', 'torchvision')
    """
    import timm

    name = backbone_names(name)[0]
    row = BACKBONES.get(name)
    return row.library if row else "timm" if timm.is_model(name) else "torchvision"


def arguments_of(name: str, features: nn.Module) -> dict[str, Any]:
    """Return the arguments of timm's `create_model` for a backbone that computes as `features` does."""
    row = BACKBONES.get(name)
    arguments = dict(row.arguments) if row else {}
    # Weights that pad TensorFlow's way bring that with them, see `weights`; backbones that always do need no word.
    if pads_as_tensorflow(features) and not pads_as_tensorflow(build_features(name).module):
        arguments["pad_type"] = "same"
    return arguments


def pads_as_tensorflow(module: nn.Module) -> bool:
    """Return whether any convolution pads lopsidedly, where the stride asks for it, as TensorFlow does."""
    return any(type(part).__name__ == "Conv2dSame" for part in module.modules())


def build_features(name: str, **arguments: Any) -> Features:
    """Create a backbone without weights: from the table, from timm, or from torchvision, in this order; or several.

    `arguments` go to timm's `create_model` beside the table's (`drop_path_rate=0.1`, say).
    Raises `ConfigurationError` for a name nobody knows, with the nearest names.
    """
    import timm
    import torchvision

    if len(names := backbone_names(name)) > 1:
        parts = {name: build_features(name, **arguments) for name in names}
        if others := [name for name, part in parts.items() if part.library != "timm"]:
            raise ConfigurationError(
                f"An ensemble's backbones are timm's; {others[0]} is torchvision's. Choose another."
            )
        total = sum(part.embedding_size for part in parts.values())
        return Features(Ensemble([part.module for part in parts.values()]), total, total, "timm")
    row, library = BACKBONES.get(name), library_of(name)
    if library == "timm":
        module = timm.create_model(name, num_classes=0, **(row.arguments if row else {}) | arguments)
        if row and row.adjust:
            row.adjust(module)
        # A few of timm's backbones have one more layer between their maps and the classifier.
        size: Any = getattr(module, "head_hidden_size", None) or module.num_features
        return Features(module, size, size, library)
    if name not in torchvision.models.list_models(module=torchvision.models):
        raise ConfigurationError(_unknown(name, timm.list_models(), torchvision.models.list_models()))
    return _torchvision_features(name, torchvision.models.get_model(name, weights=None), library)


def normalisation_of(name: str) -> Normalisation:
    """Return the mean and deviation that a backbone wants photos normalised with, unless its weights tell otherwise.

    Raises `ConfigurationError` for an ensemble whose backbones do not want the same.

    >>> normalisation_of("mobilenet_edgetpu_100")
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    """
    rows = {part: BACKBONES.get(part) for part in backbone_names(name)}
    return common_normalisation(
        {part: (row.mean, row.std) if row else (IMAGENET_MEAN, IMAGENET_STD) for part, row in rows.items()}
    )


def common_normalisation(wanted: Mapping[str, Normalisation]) -> Normalisation:
    """Return what all of these backbones want photos normalised with: in an ensemble they see the same ones.

    Raises `ConfigurationError` where they do not want the same.

    >>> common_normalisation({"resnet18": (IMAGENET_MEAN, IMAGENET_STD)}) == (IMAGENET_MEAN, IMAGENET_STD)
    True
    """
    if len(set(wanted.values())) > 1:
        raise ConfigurationError(
            f"Backbones of an ensemble see the same photos; these want them normalised differently: {dict(wanted)}. "
            "Choose others, or weights that were trained alike."
        )
    return next(iter(wanted.values()))


def stop_pooling(name: str, features: Features) -> None:
    """Make a backbone give its maps, or tokens, instead of their mean; its weights keep their names.

    Raises `ConfigurationError` where that cannot be done.
    """
    module: Any = features.module
    if features.library == "timm":
        try:
            module.reset_classifier(0, "")
            return
        except (AssertionError, TypeError, ValueError):  # a few of timm's cannot: each says so in its own way
            pass
    elif name.startswith("vgg"):
        return
    raise ConfigurationError(
        f"The backbone {name!r} pools its maps by itself, and the head needs the maps. Expected VGG or one of timm's "
        "convolutional networks or vision transformers, such as mobilenetv2_100; or choose the head 'linear'."
    )


def arrange_maps(module: nn.Module, found: torch.Tensor, channels: int) -> torch.Tensor:
    """Move the channels of maps to the front, (B, C, h, w); tokens (B, N, C) become (B, C, N, 1).

    Tokens that stand for no part of the photo, such as the class token, are left out. Raises `ConfigurationError` when
    there are no maps.

    >>> arrange_maps(nn.Identity(), torch.zeros(2, 7, 5, 16), channels=16).shape
    torch.Size([2, 16, 7, 5])
    """
    if found.ndim == 4 and found.shape[1] == channels:
        return found
    if found.ndim == 4 and found.shape[3] == channels:
        return found.permute(0, 3, 1, 2)
    if found.ndim == 3 and found.shape[2] == channels:
        n_prefix: Any = getattr(module, "num_prefix_tokens", 0)
        return found[:, n_prefix:].transpose(1, 2).unsqueeze(3)
    raise ConfigurationError(
        f"The backbone gives {tuple(found.shape)} for a batch of photos, and the head needs maps or tokens of "
        f"{channels} channels. Choose another backbone, or the head 'linear'."
    )


def _torchvision_features(name: str, module: nn.Module, library: str) -> Features:
    if name.startswith("vgg"):
        # As in the course project: `features` are the convolutions alone, and its head takes their 7 x 7 maps flat.
        return Features(module.features, 512 * 7 * 7, 512, library)  # type: ignore[arg-type]
    if hasattr(module, "aux_logits"):
        module.aux_logits = False  # type: ignore[assignment]  # GoogLeNet would give several outputs while it trains
    for head in ("fc", "classifier", "heads", "head"):
        if isinstance(layer := getattr(module, head, None), nn.Module):
            linear = [part for part in layer.modules() if isinstance(part, nn.Linear)]
            if linear:
                pooling = [part for part in layer.children() if isinstance(part, nn.AdaptiveAvgPool2d)]  # of MaxViT
                setattr(module, head, nn.Sequential(*pooling, nn.Flatten(1)) if pooling else nn.Flatten(1))
                size = linear[0].in_features
                return Features(module, size, size, library)
    raise ConfigurationError(f"The torchvision model {name!r} has no classifier to replace. Choose another backbone.")


def _unknown(name: str, *known: list[str]) -> str:
    import difflib

    names = sorted({*BACKBONES, *(candidate for names in known for candidate in names)})
    near = difflib.get_close_matches(name, names, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else f" Known without a network: {', '.join(BACKBONES)}."
    return f"No backbone is called {name!r}, neither in the table nor in timm nor in torchvision.{hint}"
