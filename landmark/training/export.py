"""PyTorch -> bundle: the network as ONNX, its weights to train on from, and the manifest, with a check that both agree.

The network is stored with weights of 16 bits and computed with 32-bit floats: half the size, the same answers. Where
they are not the same, it is stored with 32-bit weights: nobody shall lose a training to the size of a file.
"""

import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from landmark.core.digests import sha256_bytes
from landmark.core.errors import LandmarkError, require
from landmark.fitting.weight_compression import compress_weights, fold_constants
from landmark.metrics.calibration import Calibration
from landmark.model.architecture import PLUS, backbone_names
from landmark.model.bundle import NETWORK, SCHEMA_VERSION, WEIGHTS, Bundle
from landmark.model.bundle.manifest import parse_manifest, plain_json
from landmark.training.networks import SCRATCH, LandmarkNetwork
from landmark.training.networks.backbones import arguments_of, library_of, pads_as_tensorflow
from landmark.training.networks.ensemble import Ensemble

MAX_CONFIDENCE_DIFFERENCE = 0.01  # between PyTorch and ONNX, on real photos


class ExportError(LandmarkError):
    """A network whose ONNX version does not answer as the original does."""


class _TwoOutputs(nn.Module):
    """What a bundle's network gives: logits before the log-softmax, and the backbone's pooled features."""

    def __init__(self, model: LandmarkNetwork) -> None:
        super().__init__()
        self.model = model

    def forward(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedding, pooled = self.model.embed_and_pool(photos)
        return self.model.logits(embedding), pooled


def export_bundle(
    model: LandmarkNetwork,
    path: str | Path,
    about: Mapping[str, Any],
    check_photos: np.ndarray,
    *,
    temperature: float = 1.0,
) -> Bundle:
    """Return a trained model as a bundle that is neither calibrated nor written yet; `path` is where it will lie.

    `about` is what its manifest says of it beside the network: name, version, categories, places, preprocessing,
    scores, training, pretraining. `check_photos` (N, 3, H, W), preprocessed real photos, are answered by PyTorch and by
    the ONNX network, at this temperature. Where a landmark differs, or a confidence by more than
    `MAX_CONFIDENCE_DIFFERENCE`, weights are stored with more bits; raises `ExportError` when that does not help.

    Example: `save_bundle(export_bundle(model, "my-model", about, photos))`.
    """
    model = model.cpu().eval()
    stored, network, difference = export_with_parity_check(model, check_photos, Calibration(temperature))
    contents = {NETWORK: network, WEIGHTS: weights_file(model)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "name": about["name"],
        "version": about["version"],
        "architecture": {
            "backbone": model.backbone,
            "head": model.head,
            **_origin(model),
            "n_classes": model.n_classes,
            "feature_dim": model.pooled_size,
            "mean": list(model.conversion.mean),
            "std": list(model.conversion.std),
            "parameters": sum(weight.numel() for weight in model.parameters()),
        },
        "categories": about["categories"],
        "places": [place.to_dict() if place else None for place in about["places"]],
        "preprocessing": about["preprocessing"].to_dict(),
        "calibration": Calibration().to_dict(),
        **{key: about[key] for key in ("scores", "training", "pretraining")},
        "export": {
            "weights": stored,
            "largest_confidence_difference": difference,
            "check_photos": len(check_photos),
        },
        "files": {name: sha256_bytes(content) for name, content in contents.items()},
    }
    return parse_manifest(Path(path), plain_json(manifest), contents)


def export_with_parity_check(
    model: LandmarkNetwork, photos: np.ndarray, calibration: Calibration
) -> tuple[str, bytes, float]:
    """Return how an ONNX network's weights are stored, its bytes, and the largest difference to the model on photos.

    Photos (N, 3, H, W) are answered by both; weights have 16 bits if they agree, else 32. Raises `ExportError` where
    with 32 bits they differ too.
    """
    network = _exported(model, photos.shape[-1])
    with suppress(ExportError):  # some weights need more digits
        content = _compressed(network)
        return "float16", content, check_parity(model, content, photos, calibration)
    content = _finished(network)
    return "float32", content, check_parity(model, content, photos, calibration)


def _origin(model: LandmarkNetwork) -> dict[str, Any]:
    """Return whose code makes the backbone, with which arguments: so the weights load without this package."""
    if model.backbone == SCRATCH:
        return {"library": "landmark", "arguments": {}}
    features = model.get_submodule("features")
    library = library_of(model.backbone)
    parts = features.parts if isinstance(features, Ensemble) else [features]
    each = [arguments_of(name, part) for name, part in zip(backbone_names(model.backbone), parts, strict=True)]
    return {"library": library, "arguments": each if isinstance(features, Ensemble) else each[0]}


def to_onnx(model: LandmarkNetwork, *, crop_px: int) -> bytes:
    """Return the network as an ONNX file: input `photos` (B, 3, crop_px, crop_px), outputs `logits` and `features`."""
    return _compressed(_exported(model, crop_px))


def _exported(model: LandmarkNetwork, crop_px: int) -> Any:
    """Export the network to ONNX, with 32-bit weights."""
    onnx = require("onnx", "train")
    require("onnxscript", "train")
    example = torch.zeros(2, 3, crop_px, crop_px)  # two: a batch of one would be taken for a constant
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            _TwoOutputs(model).eval(),
            (example,),
            whole,
            input_names=["photos"],
            output_names=["logits", "features"],
            dynamic_shapes={"photos": {0: torch.export.Dim("batch", min=1, max=4096)}},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        # Batch norm is folded into the convolutions: once, here, and not at every start.
        fold_constants(whole.read_bytes(), folded := Path(folder) / "folded.onnx")
        return onnx.load(str(folded))


def _compressed(network: Any) -> bytes:
    """Return the file of a network whose large weights have 16 bits, made 32-bit again once, at loading."""
    import onnx

    small = onnx.ModelProto()
    small.CopyFrom(network)
    delicate = _depthwise_weights(small)
    compress_weights(small.graph, keep=delicate)
    return _finished(small)


def _depthwise_weights(network: Any) -> set[str]:
    """Find kernels of one channel each, which must keep their digits.

    With batch norm folded in they may be large, nine numbers make a whole channel, and no sum over many evens out how
    they are rounded: MobileNetV2 differs by 0.013 instead of 0.003 in a confidence.
    """
    return {
        node.input[1]
        for node in network.graph.node
        if node.op_type == "Conv" and any(of.name == "group" and of.i > 1 for of in node.attribute)
    }


def _finished(network: Any) -> bytes:
    """Check a network and return its bytes, without the source of each node, which names paths."""
    import onnx

    del network.graph.value_info[:]
    for node in network.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    onnx.checker.check_model(network)
    return bytes(network.SerializeToString())


def weights_file(model: LandmarkNetwork) -> bytes:
    """Return the state dict as safetensors (float16), with what the backbone is built from in its metadata."""
    from safetensors.torch import save

    halves = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.state_dict().items()
    }
    mean, std = (",".join(map(str, values)) for values in (model.conversion.mean, model.conversion.std))
    metadata = {"format": "pt", "architecture": model.backbone, "mean": mean, "std": std}
    features = getattr(model, "features", None)
    parts = features.parts if isinstance(features, Ensemble) else [model]
    if any(padded := [pads_as_tensorflow(part) for part in parts]):
        metadata["pad_type"] = PLUS.join("same" if each else "" for each in padded)
    return bytes(save(halves, metadata=metadata))


def check_parity(model: LandmarkNetwork, network: bytes, photos: np.ndarray, calibration: Calibration) -> float:
    """Return the largest difference in confidence between PyTorch and ONNX over photos (N, 3, H, W)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    largest = 0.0
    for start in range(0, len(photos), 32):
        batch = photos[start : start + 32]
        with torch.inference_mode():
            expected = calibration.confidences(model.score(torch.from_numpy(batch)).numpy())
        found = calibration.confidences(session.run(["logits"], {"photos": batch})[0])
        difference = float(np.abs(expected - found).max())
        best_two = np.sort(expected, axis=1)[:, -2:]
        sure = best_two[:, -1] - best_two[:, 0] > MAX_CONFIDENCE_DIFFERENCE
        is_near = difference <= MAX_CONFIDENCE_DIFFERENCE  # which NaN never is
        if not is_near or (expected.argmax(1) != found.argmax(1))[sure].any():
            raise ExportError(
                f"The ONNX network does not answer as PyTorch does: a confidence differs by {difference:.4f}, expected "
                f"at most {MAX_CONFIDENCE_DIFFERENCE}, with the same landmarks. The bundle was not written."
            )
        largest = max(largest, difference)
    return largest
