"""Code for a model's README.md that runs it without this package: with ONNX Runtime, and with timm or torchvision.

Written for each model from its card, so that numbers and layers are the right ones; both run in the bundle's folder.
"""

import json
from typing import Any

from landmark.metrics.ood import LOWEST_LOG_DENSITY
from landmark.model.architecture import backbone_names
from landmark.model.bundle.manifest import NETWORK, OOD_FILE, WEIGHTS, Bundle

# What our version of a backbone has differently from the library's, as `models.backbones` adjusts it.
_ADJUSTED = {"mobilenet_edgetpu_100": "blocks[0][0].bn1.act = nn.Identity()"}
# Where torchvision keeps the classifier that the backbone leaves out; "classifier" if not named here.
_TORCHVISION_HEADS = {"googlenet": "fc", "regnet": "fc", "shufflenet": "fc", "swin": "head", "vit": "heads"}
_VGG_MAPS = 7 * 7  # VGG gives maps of 7 x 7, and its head takes them flat
_HIDDEN = 1000  # units between the layers of a head of two
_SIDE_BY_SIDE = """\
class SideBySide(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.register_buffer("scales", torch.ones(len(parts)))

    def forward(self, photos):
        return torch.cat([scale * part(photos) for scale, part in zip(self.scales, self.parts)], dim=1)
"""
_OPEN = 'photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")'


def head_of(bundle: Bundle) -> str:
    """The kind of its head: "linear", "two-layer", "cosine"; older cards do not tell, and then the backbone does."""
    vgg = str(bundle.architecture.get("backbone")).startswith("vgg")
    return str(bundle.architecture.get("head") or ("two-layer" if vgg else "linear"))


def why_not_plain(bundle: Bundle) -> str | None:
    """Why the weights cannot be loaded without this package, as a sentence; None where they can."""
    if WEIGHTS not in bundle.files:
        return f"The bundle has no `{WEIGHTS}`: it answers, but training cannot go on from it."
    library = bundle.architecture.get("library")
    if library is None:
        return "The card does not tell whose backbone it is; a newer `landmark export` writes one that does."
    if library not in {"timm", "torchvision"}:
        return "Its network is one of the package's own: its weights load with `landmark` installed, not without."
    if library == "torchvision" and bundle.architecture["backbone"].startswith("mnasnet"):
        # It asks the state dict for a version number, which safetensors files do not hold.
        return f"torchvision's {bundle.architecture['backbone']} cannot be loaded from `{WEIGHTS}`; use the network."
    if head_of(bundle) not in {"linear", "two-layer"}:
        return f"Its {head_of(bundle)} head is the package's own: its weights load with `landmark` installed only."
    return None


def weights_code(bundle: Bundle) -> str:
    """The lines that load the weights into a plain PyTorch module, `model`; only where `why_not_plain` finds nothing.

    The module takes photos (B, 3, H, W) normalised as the backbone wants them and gives logits (B, n_classes).
    """
    backbone, library = bundle.architecture["backbone"], bundle.architecture["library"]
    vgg = library == "torchvision" and backbone.startswith("vgg")
    if library == "timm":
        lines = _timm_features(backbone, bundle.architecture.get("arguments", {}))
    elif vgg:
        lines = [f"features = torchvision.models.get_model({_python(backbone)}).features"]
    else:
        head = next((head for family, head in _TORCHVISION_HEADS.items() if backbone.startswith(family)), "classifier")
        lines = [
            f"features = torchvision.models.get_model({_python(backbone)})",
            f"features.{head} = nn.Flatten(1)",
        ]
    size = bundle.feature_dim * (_VGG_MAPS if vgg else 1)
    layers = f"nn.Linear({size}, {bundle.n_classes})"
    if head_of(bundle) == "two-layer":
        layers = f"nn.Linear({size}, {_HIDDEN}), nn.ReLU(), nn.Linear({_HIDDEN}, {bundle.n_classes})"
    between = "pool=nn.AdaptiveAvgPool2d(7), flat=nn.Flatten(), " if vgg else ""
    if vgg or head_of(bundle) == "two-layer":
        lines += [f"head = nn.Sequential({layers})"]
        layers = "head"
    else:
        layers = f"nn.Sequential({layers})"
    lines += [
        f"model = nn.Sequential(OrderedDict(features=features, {between}classifier={layers}))",
        f'model.load_state_dict(load_file("{WEIGHTS}"))',
    ]
    return "\n".join(lines)


def _timm_features(backbone: str, arguments: Any) -> list[str]:
    """The lines that make timm's backbone, `features`; of several side by side, which `arguments` tells one by one."""
    names = backbone_names(backbone)
    if len(names) == 1:
        return _timm_backbone("features", backbone, arguments)
    variables = [f"part_{position}" for position in range(len(names))]
    lines = [_SIDE_BY_SIDE]
    for variable, name, told in zip(variables, names, arguments, strict=True):
        lines += _timm_backbone(variable, name, told)
    return [*lines, f"features = SideBySide({', '.join(variables)})"]


def _timm_backbone(variable: str, backbone: str, arguments: dict[str, Any]) -> list[str]:
    told = "".join(f", {key}={_python(value)}" for key, value in arguments.items())
    lines = [f"{variable} = timm.create_model({_python(backbone)}, num_classes=0{told})"]
    return lines + ([f"{variable}.{_ADJUSTED[backbone]}"] if backbone in _ADJUSTED else [])


def _python(value: Any) -> str:
    """A card's value as Python code, texts in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def torch_code(bundle: Bundle) -> str:
    """A script that loads the weights as `weights_code` does and prints the best landmark for `photo.jpg`."""
    made, mean, std = (bundle.architecture[key] for key in ("library", "mean", "std"))
    sizes = bundle.preprocessing
    imports = "\n".join(sorted({f"import {made}", "import torch"}))
    return f"""\
import json
from collections import OrderedDict

{imports}
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import nn
from torchvision import transforms

{weights_code(bundle)}

{_OPEN}
prepare = transforms.Compose([
    transforms.Resize({sizes.resize_px}),
    transforms.CenterCrop({sizes.crop_px}),
    transforms.ToTensor(),
    transforms.Normalize({mean}, {std}),
])
with torch.inference_mode():
    logits = model.eval()(prepare(photo)[None])  # (1, 3, {sizes.crop_px}, {sizes.crop_px}) -> (1, {bundle.n_classes})
print(json.load(open("landmark.json", encoding="utf-8"))["categories"][logits.argmax()])"""


def onnx_code(bundle: Bundle) -> str:
    """A script that answers for `photo.jpg` with ONNX Runtime, NumPy and Pillow, as `landmark locate` does."""
    sizes, calibration = bundle.preprocessing, bundle.calibration
    scaled = f"logits[0].astype(float) / {calibration.temperature!r}"
    if calibration.unknown_logit is not None:
        scaled = f"np.append({scaled}, {calibration.unknown_logit!r})  # the last one: none of them"
    lowered = "confidence = confidences[best]"
    if OOD_FILE in bundle.files:
        lowered = _familiar_code(bundle)
    return f"""\
import json

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

card = json.load(open("landmark.json", encoding="utf-8"))
{_OPEN}
photo = photo.resize([{sizes.resize_px} * side // min(photo.size) for side in photo.size], Image.Resampling.BILINEAR)
left, top = (round((side - {sizes.crop_px}) / 2) for side in photo.size)
pixels = np.asarray(photo.crop((left, top, left + {sizes.crop_px}, top + {sizes.crop_px}))) / 255
photos = ((pixels - {list(sizes.mean)}) / {list(sizes.std)}).transpose(2, 0, 1)[None].astype(np.float32)
logits, features = onnxruntime.InferenceSession("{NETWORK}").run(["logits", "features"], {{"photos": photos}})
scaled = {scaled}
powers = np.exp(scaled - scaled.max())
confidences = (powers / powers.sum())[: len(logits[0])]
best = confidences.argmax()
{lowered}
known = confidence >= {calibration.threshold!r}
print(card["categories"][best] if known else "no landmark I know", confidence, card["places"][best])"""


def _familiar_code(bundle: Bundle) -> str:
    """Lines that lower the best confidence where the features are not those of a landmark (`OodScorer`)."""
    slope, offset = bundle.calibration.platt
    return f"""\
of = {{name: values.astype(float) for name, values in np.load("{OOD_FILE}").items()}}
near, far = of["against_landmarks"], of["against_others"]
unit = features[0] / np.linalg.norm(features[0])
away = unit - of["middle"]
along = away @ of["axes"]
apart = ((along - of["examples"]) ** 2).sum(axis=1)
density = max(np.logaddexp.reduce(-apart / (2 * of["width"])) - np.log(len(apart)), {LOWEST_LOG_DENSITY})
vim_score = -np.log((away**2).sum() - (along**2).sum())
probe_score = unit @ of["other"][:-1] + of["other"][-1]
odds = density * near[0] + near[1]  # one of these landmarks, rather than another one
if far.any():  # rather than anything else, too
    odds = -np.logaddexp(-odds, -(np.array([density, vim_score, probe_score, 1]) @ far))
odds = -np.logaddexp(np.log(1 / confidences[best] - 1 + 1e-12), -odds)  # rather than another one of these, too
confidence = 1 / (1 + np.exp(-{slope!r} * odds - {offset!r}))"""
