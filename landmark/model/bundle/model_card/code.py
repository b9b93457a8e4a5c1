"""Code for a model's README.md that runs it without this package: with ONNX Runtime, and with timm or torchvision.

Written for each model from its manifest, so that numbers and layers are right; both run in the bundle's folder.
"""

import json
from pathlib import Path
from typing import Any

from landmark.metrics.ood import LOWEST_LOG_DENSITY
from landmark.model.architecture import backbone_names
from landmark.model.bundle.manifest import NETWORK, OOD_FILE, WEIGHTS, Bundle
from landmark.pages.rendering import render

_TEMPLATES = Path(__file__).with_name("templates")
# How our version of a backbone differs from the library's, as `training.networks.backbones` adjusts it.
_ADJUSTMENTS = {"mobilenet_edgetpu_100": "blocks[0][0].bn1.act = nn.Identity()"}
# Where torchvision keeps the classifier that the backbone leaves out; "classifier" if not named here.
_TORCHVISION_CLASSIFIERS = {"googlenet": "fc", "regnet": "fc", "shufflenet": "fc", "swin": "head", "vit": "heads"}
_VGG_MAPS = 7 * 7  # VGG gives maps of 7 x 7, and its head takes them flat
_HIDDEN = 1000  # units between the layers of a head of two


def head_of(bundle: Bundle) -> str:
    """Return the kind of its head: "linear", "two-layer", "cosine"; in older manifests it follows from the backbone."""
    vgg = str(bundle.architecture.get("backbone")).startswith("vgg")
    return str(bundle.architecture.get("head") or ("two-layer" if vgg else "linear"))


def why_not_plain(bundle: Bundle) -> str | None:
    """Return why the weights cannot be loaded without this package, as a sentence; None where they can."""
    if WEIGHTS not in bundle.files:
        return f"The bundle has no `{WEIGHTS}`: it answers, but training cannot go on from it."
    library = bundle.architecture.get("library")
    if library is None:
        return "The manifest does not state whose backbone it is; a newer `landmark export` writes one that does."
    if library not in {"timm", "torchvision"}:
        return "Its network is one of the package's own: its weights load with `landmark` installed, not without."
    if library == "torchvision" and bundle.architecture["backbone"].startswith("mnasnet"):
        # It asks the state dict for a version number, which safetensors files do not hold.
        return f"torchvision's {bundle.architecture['backbone']} cannot be loaded from `{WEIGHTS}`; use the network."
    if head_of(bundle) not in {"linear", "two-layer"}:
        return f"Its {head_of(bundle)} head is the package's own: its weights load with `landmark` installed only."
    return None


def weights_code(bundle: Bundle) -> str:
    """Return the lines that load the weights into a plain PyTorch module, `model`, where `why_not_plain` is None.

    The module takes photos (B, 3, H, W) normalised as the backbone wants them and gives logits (B, n_classes).
    """
    return render(_TEMPLATES / "weights.py.jinja", **_network(bundle)).strip()


def torch_code(bundle: Bundle) -> str:
    """Return a script that loads the weights as `weights_code` does and prints the best landmark for `photo.jpg`."""
    of = bundle.architecture
    values = _network(bundle) | {"mean": of["mean"], "std": of["std"], "sizes": bundle.preprocessing}
    return render(_TEMPLATES / "torch.py.jinja", **values).strip()


def onnx_code(bundle: Bundle) -> str:
    """Return a script that answers for `photo.jpg` with ONNX Runtime, NumPy and Pillow, as `landmark locate` does."""
    return render(
        _TEMPLATES / "onnx.py.jinja",
        sizes=bundle.preprocessing,
        network=NETWORK,
        calibration=bundle.calibration,
        platt=bundle.calibration.platt,
        ood_file=OOD_FILE if OOD_FILE in bundle.files else "",
        lowest_log_density=LOWEST_LOG_DENSITY,
    ).strip()


def _network(bundle: Bundle) -> dict[str, Any]:
    """Return what the template of the weights shows."""
    backbone, library = bundle.architecture["backbone"], bundle.architecture["library"]
    vgg = library == "torchvision" and backbone.startswith("vgg")
    names, arguments = backbone_names(backbone), bundle.architecture.get("arguments", {})
    classifiers = (name for family, name in _TORCHVISION_CLASSIFIERS.items() if backbone.startswith(family))
    return {
        "library": library,
        "backbone": backbone,
        "backbones": list(zip(names, arguments if len(names) > 1 else [arguments], strict=True)),
        "adjustments": _ADJUSTMENTS,
        "classifier": next(classifiers, "classifier"),
        "vgg": vgg,
        "two_layer": head_of(bundle) == "two-layer",
        "head_inputs": bundle.feature_dim * (_VGG_MAPS if vgg else 1),
        "hidden": _HIDDEN,
        "n_classes": bundle.n_classes,
        "weights": WEIGHTS,
        "python": _python,
    }


def _python(value: Any) -> str:
    """Return a manifest's value as Python code, texts in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
