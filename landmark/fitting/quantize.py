"""A bundle whose network computes with 8-bit integers: a third of the size, and faster on processors that count so.

The network is quantized, statically: each tensor's range comes from training photos. Everything after it is fitted
to what the quantized network gives, so that a confidence means the same. Needs `onnx`, not PyTorch.
"""

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError, require
from landmark.core.logs import log_level
from landmark.core.text import percent_text
from landmark.dataset.folders import LabelledPhoto
from landmark.dataset.splits import Split
from landmark.fitting.calibrate import check_negatives, fit_calibration, save_calibrated, score_labelled, score_split
from landmark.fitting.weight_compression import fold_constants
from landmark.metrics.paired import mcnemar_test
from landmark.model.bundle import NETWORK, Bundle
from landmark.model.bundle.folder import refuse_to_lose
from landmark.model.predictor import Predictor
from landmark.model.scored_photo import Scores
from landmark.model.session import INPUT
from landmark.photo.prepared import prepare_photo
from landmark.scoring.report import build_report

INT8 = "int8"  # what the manifest then says of the export's weights
PHOTOS_A_LANDMARK = 8  # that tell the ranges
_MOST_PHOTOS = 400


@dataclass(frozen=True)
class QuantizedBundle:
    """A quantized bundle beside the one it was made of, on the same N validation photos."""

    bundle: Bundle
    n_photos: int
    n_correct: int
    n_correct_before: int
    p_value: float  # of McNemar's exact test: how likely so uneven a split is if both are equally good
    confidence_difference: float  # mean, of the best candidate

    def __str__(self) -> str:
        share, before = self.n_correct / self.n_photos, self.n_correct_before / self.n_photos
        verdict = "more than chance" if self.p_value < 0.05 else "no more than chance"
        return (
            f"Validation: {percent_text(share)} right, {percent_text(before)} before ({verdict}: p = "
            f"{self.p_value:.2f}); confidences differ by {self.confidence_difference:.3f} on average"
        )


def quantize(
    bundle: Bundle,
    split: Split,
    out: str | Path,
    *,
    not_landmarks: str | Path | None = None,
) -> QuantizedBundle:
    """Write a bundle's quantized version to `out`, calibrated, and compare both on the validation photos.

    `split` is that of its training (`split_of`). Its scores are those of validation; those of test were the other
    network's, so they are left out. Weights to train on from stay.

    Raises `ConfigurationError` where `out` is the bundle itself, or that is quantized already.

    Example: `quantize(bundle, split_of(bundle, "my_photos"), "my-model-int8")`.
    """
    if Path(out).resolve() == bundle.path.resolve():
        raise ConfigurationError(f"{out}: found the model itself. Expected another folder, so that it stays as it is.")
    if bundle.manifest.get("export", {}).get("weights") == INT8:
        raise ConfigurationError(f"{bundle.path}: it is of 8-bit integers already. Expected the one it was made of.")
    refuse_to_lose(Path(out))
    check_negatives(not_landmarks, split.rules)
    network = quantized_network(bundle.network_path.read_bytes(), _images(bundle, split.photos["train"]))
    small = bundle.changed({"export": {"weights": INT8}, "scores": {}}, {NETWORK: network}, path=Path(out))
    before, labels = score_labelled(Predictor(bundle), split.photos["valid"], "valid")
    scored = score_split(Predictor(small), split, not_landmarks)
    report = build_report(scored.valid.logits, labels, bundle.categories)
    made = save_calibrated(small.changed({"scores": {"valid": report.to_dict()}}), fit_calibration(scored))
    return _compare((bundle, before), (made, scored.valid), labels)


def _compare(whole: tuple[Bundle, Scores], small: tuple[Bundle, Scores], labels: NDArray[np.int64]) -> QuantizedBundle:
    before, after = ((scores.logits.argmax(axis=1) == labels) for _, scores in (whole, small))
    confidences = [bundle.confidences(one.logits, one.features).max(axis=1) for bundle, one in (whole, small)]
    return QuantizedBundle(
        small[0],
        len(labels),
        int(after.sum()),
        int(before.sum()),
        mcnemar_test(int((before & ~after).sum()), int((after & ~before).sum())),
        float(np.abs(confidences[0] - confidences[1]).mean()),
    )


def _images(bundle: Bundle, photos: Sequence[LabelledPhoto]) -> Iterator[NDArray[np.float32]]:
    """Yield some photos of each landmark, evenly over its folder, preprocessed: (1, 3, H, W) each."""
    by_landmark: defaultdict[int, list[Path]] = defaultdict(list)
    for photo in photos:
        by_landmark[photo.label].append(photo.path)
    chosen = [
        path
        for paths in by_landmark.values()
        for path in paths[:: max(1, len(paths) // PHOTOS_A_LANDMARK)][:PHOTOS_A_LANDMARK]
    ]
    for path in chosen[:: max(1, len(chosen) // _MOST_PHOTOS)][:_MOST_PHOTOS]:
        if (image := prepare_photo(path, bundle.preprocessing).image) is not None:
            yield image[None]


def quantized_network(network: bytes, images: Iterator[NDArray[np.float32]]) -> bytes:
    """Return an ONNX file with 8-bit weights and activations, made of one that `landmark export` wrote.

    Weights have 7 of the 8 bits: processors without instructions for sums of such products (VNNI) add pairs of them in
    16 bits, which more would overflow, and a photo would get another answer on another machine.
    """
    require("onnx", "train")
    from onnxruntime import quantization  # type: ignore[import-untyped,unused-ignore]

    class Ranges(quantization.CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            image = next(images, None)
            return None if image is None else {INPUT: image}

    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        fold_constants(network, whole)
        with log_level("root", logging.ERROR):  # its advice to fold batch norm first, which export has done
            quantization.quantize_static(
                str(whole),
                str(small),
                Ranges(),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
            )
        return small.read_bytes()
