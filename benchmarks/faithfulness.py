"""Does the heat map show what the answer hangs on? Parts of real photos are blanked, hottest first, and shown alone.

    python benchmarks/faithfulness.py ../shared/data/landmarks/test --count 100

For photos whose best candidate has at least half of the confidence, in turn from each landmark: which share of its
confidence is left when the hottest parts are blanked (deletion, lower is better), and which is there when nothing else
is shown (insertion, higher is better), each the mean over a tenth, a fifth, a third and a half of the image; V. Petsiuk
et al., RISE, BMVC 2018. Blanked is with the image's mean colour, not with the blur that the map itself was made with.

Compared with a blob at a random place, with the middle of the photo, and, where onnx is installed and the network ends
in average pooling and one linear layer, with its class activation map (B. Zhou et al., CVPR 2016).
"""

import argparse
import time
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

import numpy as np
from PIL import Image

from landmark import Predictor
from landmark.core.progress import track
from landmark.model.explanation import MARKED_SHARE, Explanation
from landmark.model.explanation.occlusion import hottest
from landmark.photo.discovery import find_photos

SHARES = (0.1, MARKED_SHARE, 1 / 3, 0.5)
Heat = Callable[[Explanation, np.ndarray], np.ndarray]  # an explanation and its image (3, H, W) -> (H, W)


def in_turn(folder: Path) -> list[Path]:
    """The photos of a folder of landmarks, one of each landmark, then the second of each, and so on."""
    folders = [find_photos(path).photos for path in sorted(folder.iterdir()) if path.is_dir()]
    return [photo for round_ in zip_longest(*folders) for photo in round_ if photo]


def left_of_confidence(
    predictor: Predictor, explanation: Explanation, image: np.ndarray, heat: np.ndarray
) -> np.ndarray:
    """The candidate's confidence in shares of the whole photo's: blanked, then shown alone, for each of `SHARES`."""
    grey = image.mean(axis=(1, 2), keepdims=True)
    masks = [hottest(heat, share) for share in SHARES]
    images = [np.where(mask, grey, image) for mask in masks] + [np.where(mask, image, grey) for mask in masks]
    index = predictor.bundle.categories.index(explanation.candidate.landmark)
    return predictor.confidences(np.stack(images).astype(np.float32))[:, index] / explanation.candidate.confidence


def class_activation(predictor: Predictor) -> Heat | None:
    """The class activation map of a network that ends in average pooling and one linear layer, else None."""
    try:
        import onnx
        import onnxruntime
        from onnx import numpy_helper
    except ImportError:
        return None
    network = onnx.load(str(predictor.bundle.network_path))
    made_by = {name: node for node in network.graph.node for name in node.output}
    last = made_by["logits"]
    pooled = made_by["features"]
    while pooled.op_type in ("Reshape", "Flatten", "Squeeze"):
        pooled = made_by[pooled.input[0]]
    if (
        last.op_type != "Gemm"
        or last.input[0] != "features"
        or pooled.op_type not in ("ReduceMean", "GlobalAveragePool")
    ):
        return None
    maps = pooled.input[0]
    network.graph.output.append(onnx.ValueInfoProto(name=maps))
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    name = made_by[last.input[1]].input[0] if last.input[1] in made_by else last.input[1]
    weights = next(numpy_helper.to_array(one) for one in network.graph.initializer if one.name == name)
    weights = weights.astype(np.float32)  # (C, D)

    def heat(explanation: Explanation, image: np.ndarray) -> np.ndarray:
        index = predictor.bundle.categories.index(explanation.candidate.landmark)
        [found] = session.run([maps], {"photos": image[None]})  # (1, D, h, w)
        small = np.tensordot(weights[index], found[0], axes=1)
        return np.asarray(Image.fromarray(small).resize(image.shape[:0:-1], Image.Resampling.BICUBIC))

    return heat


def blob(explanation: Explanation, row: float, column: float) -> np.ndarray:
    """Heat around a point, in shares of the sides."""
    side = explanation.heat.shape[0]
    down, across = np.indices(explanation.heat.shape) / side
    heat: np.ndarray = -np.hypot(down - row, across - column)
    return heat


def compared(predictor: Predictor) -> dict[str, Heat]:
    """What is compared, by name."""
    rng = np.random.default_rng(0)
    heats: dict[str, Heat] = {"this heat map": lambda explanation, image: explanation.heat}
    if activation := class_activation(predictor):
        heats["class activation map"] = activation
    heats["the middle"] = lambda explanation, image: blob(explanation, 0.5, 0.5)
    heats["a random place"] = lambda explanation, image: blob(explanation, *rng.random(2))
    return heats


def explain_sure(predictor: Predictor, photos: Iterable[Path], count: int) -> list[tuple[Explanation, float]]:
    """Explanations of the first `count` photos that are at least half sure, with the processor seconds of each."""
    found: list[tuple[Explanation, float]] = []
    for photo in track(photos, "Explaining"):
        start = time.process_time()
        explanation = predictor.explain(photo)
        if explanation.candidate.confidence >= 0.5:
            found.append((explanation, time.process_time() - start))
        if len(found) == count:
            break
    return found


def interval(values: np.ndarray) -> str:
    """The mean in percent, with the 95 % interval of a bootstrap over photos."""
    drawn = np.random.default_rng(0).choice(values, (10_000, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{100 * values.mean():.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of landmarks")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()

    predictor = Predictor.load(args.model)
    explained = explain_sure(predictor, in_turn(args.photos), args.count)
    heats = compared(predictor)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in heats}
    for explanation, _ in track(explained, "Blanking", total=len(explained)):
        image = predictor.bundle.preprocessing(explanation.photo.pixels)
        for name, heat in heats.items():
            rows[name].append(left_of_confidence(predictor, explanation, image, heat(explanation, image)))
    seconds = np.median([took for _, took in explained])
    model = f"{predictor.bundle.name} {predictor.bundle.version}"
    print(f"{model}, {len(explained)} photos, {seconds:.1f} s of the processor each (median)\n")
    print("| hottest by | left without the hottest fifth | deletion | insertion |\n|---|---|---|---|")
    n, fifth = len(SHARES), SHARES.index(MARKED_SHARE)
    for name, values in rows.items():
        table = np.array(values)  # (photos, 2 * shares)
        cells = (table[:, fifth], table[:, :n].mean(axis=1), table[:, n:].mean(axis=1))
        print(f"| {name} | {' | '.join(map(interval, cells))} |")
    ours, other = (np.array(rows[name])[:, fifth] for name in ("this heat map", "a random place"))
    print(f"\nThe hottest fifth costs more than a random fifth in {np.mean(ours < other):.0%} of the photos.")


if __name__ == "__main__":
    main()
