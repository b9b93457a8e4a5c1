"""Pretrained weights for a backbone: from a library by name, from a local file, or from one of our bundles.

Model files never execute code here: safetensors, or pickles read with `weights_only=True`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from landmark.core.errors import ConfigurationError, WeightsError
from landmark.model.architecture import PLUS, backbone_names
from landmark.model.bundle import load_bundle
from landmark.training.networks.backbones import Normalisation, common_normalisation, normalisation_of
from landmark.training.networks.ensemble import Ensemble, member_state

SHIPPED = "landmark"  # the weights of the bundle that ships: a backbone that has seen landmarks
Pair = tuple[int, int]
State = Mapping[str, torch.Tensor]

_HEADS = ("classifier.", "head.", "fc.", "heads.", "last_linear.")  # ImageNet classifiers, which transfer leaves behind


def load_features(module: nn.Module, backbone: str, library: str, weights: str | Path) -> Normalisation:
    """Load pretrained weights into a backbone without classifier; returns the mean and std they were trained with."""
    of_each = isinstance(module, Ensemble) and not Path(weights).exists() and weights != SHIPPED
    state, metadata, source = ({}, {}, "") if of_each else _find_weights(backbone, library, weights, num_classes=0)
    if isinstance(module, Ensemble) and not _hold_all(state, metadata, backbone):
        names = backbone_names(backbone)
        members = zip(names, module.parts, member_weights(weights, len(names)), strict=True)
        return common_normalisation({name: load_features(part, name, library, own) for name, part, own in members})
    state, metadata = _choose_member(state, metadata, backbone)
    if (found := metadata.get("architecture") or backbone) != backbone:
        raise WeightsError(
            f"{source}: holds weights of {found!r}, not of {backbone!r}. Choose backbone={found!r}, or other weights "
            "(weights='imagenet', or a file)."
        )
    set_padding(module, metadata)
    _fit(module, state, source)
    return _normalisation(metadata) or normalisation_of(backbone)


def member_weights(weights: str | Path, n_parts: int) -> list[str]:
    """Return what each backbone of an ensemble starts from: the same weights, or, joined with a plus, its own.

    Raises `ConfigurationError` where there are more or fewer than backbones.

    >>> member_weights("imagenet", 2), member_weights("one.safetensors+two.safetensors", 2)
    (['imagenet', 'imagenet'], ['one.safetensors', 'two.safetensors'])
    """
    each = [str(weights)] if Path(weights).exists() else str(weights).split(PLUS)
    if len(each) not in (1, n_parts):
        raise ConfigurationError(
            f"Found weights for {len(each)} backbones ({weights}). Expected them for {n_parts}, with a plus between "
            "them and none inside a path."
        )
    return each * (n_parts if len(each) == 1 else 1)


def _hold_all(state: State, metadata: Mapping[str, str], backbone: str) -> bool:
    """Return whether they are the weights of this ensemble."""
    return metadata.get("architecture", backbone) == backbone and any("parts.1." in key for key in state)


def _choose_member(state: State, metadata: dict[str, str], backbone: str) -> tuple[State, dict[str, str]]:
    """Choose the weights of the wanted backbone from those of an ensemble; return any others as they are."""
    names = backbone_names(metadata.get("architecture", ""))
    if len(names) == 1 or backbone not in names:
        return state, metadata
    position = names.index(backbone)
    padding = metadata.get("pad_type", "").split(PLUS)
    told = {"architecture": backbone, "pad_type": padding[position] if position < len(padding) else ""}
    return member_state(dict(state), position), metadata | told


def load_classifier(
    features: nn.Module, backbone: str, library: str, weights: str | Path, n_features: int
) -> nn.Linear:
    """Return the classifier that pretrained weights came with: pooled features (B, n_features) -> (B, classes).

    Raises `WeightsError` where they have none, or where more than that layer stands on what `features` give.
    """
    state, _, _ = _find_weights(backbone, library, weights)
    inside = {name for key in features.state_dict() for name in (key, f"features.{key}")}
    head = {key: value for key, value in state.items() if key.startswith(_HEADS) and key not in inside}
    layers = [key for key, value in head.items() if value.ndim == 2]
    alone = {key.removesuffix("weight").removesuffix("bias") for key in head}
    if len(layers) != 1 or len(alone) != 1 or state[layers[0]].shape[1] != n_features:
        shapes = {key: tuple(value.shape) for key, value in head.items()}
        raise WeightsError(
            f"The weights {weights} of {backbone}: found {shapes or 'no classifier'}. Expected one linear layer on its "
            f"{n_features} pooled features, whose answers are to be kept, and not one on several backbones; or "
            "keep_pretrained = 0."
        )
    weight, bias = state[layers[0]].float(), state.get(layers[0].removesuffix("weight") + "bias")
    layer = nn.Linear(n_features, len(weight), bias=bias is not None)
    layer.load_state_dict({"weight": weight} | ({"bias": bias.float()} if bias is not None else {}))
    return layer


def read_weights(path: Path) -> tuple[State, dict[str, str]]:
    """Read a local file's tensors by name, and its metadata (safetensors only, else empty)."""
    try:
        if path.suffix == ".safetensors":
            from safetensors import safe_open

            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
                return tensors, file.metadata() or {}
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each reader throws its own kinds
        raise WeightsError(
            f"{path}: not a file of weights that can be read safely ({error}). "
            "Expected .safetensors, or .pth/.pt with a plain state dict."
        ) from error
    state = loaded.get("state_dict", loaded.get("model", loaded)) if isinstance(loaded, dict) else {}
    if not state or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(f"{path}: holds no plain state dict (name -> tensor). Save one with model.state_dict().")
    return cast(State, state), {}


def _find_weights(
    backbone: str, library: str, weights: str | Path, **arguments: Any
) -> tuple[State, dict[str, str], str]:
    """Read tensors by name, their metadata, and where they are from; `arguments` go to timm's `create_model`."""
    if path := _local_path(weights):
        return *read_weights(path), str(path)
    if library == "timm":
        return *_timm_weights(backbone, str(weights), **arguments), f"timm's {backbone}"
    return _torchvision_weights(backbone, str(weights)), {}, f"torchvision's {backbone}"


def _local_path(weights: str | Path) -> Path | None:
    if weights == SHIPPED:
        return load_bundle().weights_path()
    path = Path(weights)
    if path.is_dir():
        return load_bundle(path).weights_path()
    if path.is_file():
        return path
    if isinstance(weights, Path) or path.suffix in {".safetensors", ".pth", ".pt", ".bin"} or "/" in str(weights):
        raise WeightsError(
            f"{path}: no such file of weights. Expected a .safetensors or .pth file, or a bundle's folder."
        )
    return None


def _normalisation(metadata: Mapping[str, str]) -> Normalisation | None:
    try:
        mean, std = (tuple(float(number) for number in metadata[key].strip("[]").split(",")) for key in ("mean", "std"))
    except (KeyError, ValueError):
        return None
    return cast(Normalisation, (mean, std))


def set_padding(module: nn.Module, metadata: Mapping[str, str]) -> None:
    """Make convolutions pad as TensorFlow does, where the weights come from there: else they lose points."""
    if isinstance(module, Ensemble):
        for part, padding in zip(module.parts, metadata.get("pad_type", "").split(PLUS), strict=False):
            set_padding(part, {"pad_type": padding})
        return
    if metadata.get("pad_type") != "same":
        return
    from timm.layers.conv2d_same import Conv2dSame

    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Conv2d and child.stride[0] > 1 and child.kernel_size[0] > 1:
                same = Conv2dSame(
                    child.in_channels,
                    child.out_channels,
                    cast(Pair, child.kernel_size),
                    cast(Pair, child.stride),
                    dilation=cast(Pair, child.dilation),
                    groups=child.groups,
                    bias=child.bias is not None,
                )
                setattr(parent, name, same)


def _timm_weights(backbone: str, weights: str, **arguments: Any) -> tuple[State, dict[str, str]]:
    import timm

    name = backbone if weights == "imagenet" else f"{backbone}.{weights}"
    try:
        pretrained = timm.create_model(name, pretrained=True, **arguments)
    except Exception as error:  # no network, no such tag, no weights at all: timm and its hub throw many kinds
        cfg = timm.get_pretrained_cfg(backbone)
        looked_for = (cfg and (cfg.hf_hub_id or cfg.url)) or "weights that timm does not have"
        raise WeightsError(_not_available(f"timm's {name}", f"{looked_for} (model.safetensors)", error)) from error
    wanted: Any = pretrained.pretrained_cfg
    return pretrained.state_dict(), {key: ",".join(map(str, wanted[key])) for key in ("mean", "std")}


def _torchvision_weights(backbone: str, weights: str) -> State:
    import torchvision

    try:
        entry = torchvision.models.get_model_weights(backbone)["DEFAULT" if weights == "imagenet" else weights]
    except (KeyError, ValueError) as error:
        raise WeightsError(f"torchvision has no weights {weights!r} for {backbone!r}.") from error
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(entry.url).name
    try:
        return cast(State, entry.get_state_dict(progress=True, check_hash=True))
    except Exception as error:  # urllib and torch.hub throw many kinds
        raise WeightsError(_not_available(f"torchvision's {backbone}", str(cached), error)) from error


def _not_available(what: str, looked_for: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    return (
        f"The pretrained weights of {what} are not available: looked for {looked_for}, found none, and could not "
        f"download them ({reason}). Put that file there, or give a local one: weights='path/to/weights.safetensors' "
        "(or .pth), or weights=None to start from random ones."
    )


def _fit(module: nn.Module, state: State, source: str) -> None:
    """Load what belongs to the backbone; classifiers are left behind, anything else missing or odd is an error."""
    wanted = module.state_dict()
    stripped = {key.removeprefix("features."): value for key, value in state.items() if key.startswith("features.")}
    # Our checkpoints and torchvision's VGG keep the backbone under "features."; a few backbones use that name inside.
    found = max((dict(state), stripped), key=lambda candidate: len(candidate.keys() & wanted.keys()))
    missing = [key for key in wanted if key not in found and not key.endswith("num_batches_tracked")]
    odd = [key for key in found if key not in wanted and not key.startswith(_HEADS)]
    shapes = [key for key in wanted if key in found and found[key].shape != wanted[key].shape]
    if missing or shapes or odd:
        raise WeightsError(
            f"{source}: the weights do not fit the backbone: {len(missing)} missing {missing[:3]}, {len(odd)} unknown "
            f"{odd[:3]}, {len(shapes)} of another shape {shapes[:3]}. Is it the same architecture?"
        )
    module.load_state_dict({key: found[key].to(wanted[key].dtype) for key in wanted if key in found}, strict=False)
