"""Training on a data set as it came against the same one cleaned by `landmark inspect --fix`: three seeds each.

    python benchmarks/cleaned_training.py ../shared/data/landmarks \\
      --weights ../shared/weights/mobilenetv2_100.imagenet1k.safetensors --features features.npz

A linear head is fitted to convergence on features of a backbone that has seen none of these photos; they are computed
once and kept in --features. Each seed trains on another three quarters of the training photos. Then the same with a
tenth of the training labels made wrong on purpose, found by those features themselves. Test labels are as they came,
wrong ones and all; test photos that leak into training are left out of the figures.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import timm
import torch
from safetensors.torch import load_file

from landmark.core.progress import track
from landmark.dataset.inspection.cleaning import Decision, decide
from landmark.dataset.inspection.examination import Examination, examine_data
from landmark.dataset.inspection.label_doubts import find_label_doubts
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.metrics import macro_accuracy
from landmark.photo import read_photo
from landmark.photo.preprocessing import Preprocessing
from landmark.training.linear_head import fit_linear_head

SEEDS, KEPT_SHARE, WRONG_SHARE, WEIGHT_DECAY, BATCH_PHOTOS = (0, 1, 2), 0.75, 0.1, 0.001, 32


def backbone_features(photos: Sequence[PhotoHeader], weights: Path, kept: Path) -> np.ndarray:
    """Features of unit length (N, D), from the file where it is there, else computed and kept in it."""
    names = np.array([str(photo.path) for photo in photos])
    if not kept.exists():
        network = timm.create_model("mobilenetv2_100", num_classes=1000, pad_type="same")
        network.load_state_dict(load_file(weights))
        network.eval()
        preprocessing = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        rows = []
        with ThreadPoolExecutor() as readers, torch.no_grad():
            images = readers.map(lambda name: preprocessing(read_photo(name, short_side_px=255).pixels), names)
            for start in track(range(0, len(names), BATCH_PHOTOS), "Features", unit="batches"):
                batch = torch.from_numpy(np.stack([next(images) for _ in names[start : start + BATCH_PHOTOS]]))
                rows.append(network.forward_head(network.forward_features(batch), pre_logits=True).numpy())
        np.savez(kept, paths=names, f=np.concatenate(rows))
    found = np.load(kept)
    place = {name: row for row, name in enumerate(found["paths"].tolist())}
    features = found["f"][[place[name] for name in names]]
    return np.asarray(features / np.linalg.norm(features, axis=1, keepdims=True), np.float32)


def score(features: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray, truth: np.ndarray,
          seed: int) -> tuple[float, float]:  # fmt: skip
    """Accuracy and macro accuracy on test of a head that was fitted to a share of train, other photos for each seed."""
    # by photo, so that raw and cleaned take the same ones as far as they hold them
    kept = train[np.random.default_rng(seed).random(len(labels))[train] < KEPT_SHARE]
    head = fit_linear_head(torch.from_numpy(features[kept]), torch.from_numpy(labels[kept]), int(truth.max()) + 1,
                           weight_decay=WEIGHT_DECAY)  # fmt: skip
    with torch.no_grad():
        answers = head(torch.from_numpy(features[test])).argmax(dim=1).numpy()
    return float((answers == truth[test]).mean()), macro_accuracy(answers, truth[test])


def left_in_train(examination: Examination, photos: Sequence[PhotoHeader]) -> np.ndarray:
    kept = {verdict.path for verdict in decide(examination) if verdict.decision == Decision.KEPT}
    return np.array([i for i, photo in enumerate(photos) if photo.part == "train" and photo.path in kept])


def compare(title: str, features: np.ndarray, labels: np.ndarray, truth: np.ndarray, test: np.ndarray,
            sets: dict[str, np.ndarray]) -> None:  # fmt: skip
    print(f"{title}\n| training photos | accuracy | macro |\n|---|---|---|")
    for name, train in sets.items():
        scores = 100 * np.array([score(features, labels, train, test, truth, seed) for seed in SEEDS])
        mean = scores.mean(axis=0)
        each = [", ".join(f"{value:.1f}" for value in column) for column in scores.T]
        print(f"| {name}, {len(train):,} | {mean[0]:.2f} % ({each[0]}) | {mean[1]:.2f} % ({each[1]}) |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--features", type=Path, default=Path("features.npz"))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    examination = examine_data(arguments.data, labels=True)
    photos = examination.inspection.photos
    names = examination.inspection.landmarks
    truth = np.array([names.index(photo.landmark) for photo in photos])
    features = backbone_features(photos, arguments.weights, arguments.features)
    leaking = {photo.path for group in examination.leaks for photo in group.photos}
    raw = np.array([i for i, photo in enumerate(photos) if photo.part == "train"])
    test = np.array([i for i, photo in enumerate(photos) if photo.part == "test" and photo.path not in leaking])
    cleaned = left_in_train(examination, photos)
    compare("As it came", features, truth, truth, test, {"raw": raw, "cleaned": cleaned})

    rng = np.random.default_rng(0)
    labels = truth.copy()
    wrong = rng.choice(raw, round(WRONG_SHARE * len(raw)), replace=False)
    labels[wrong] = (truth[wrong] + rng.integers(1, len(names), len(wrong))) % len(names)
    told = [replace(photo, landmark=names[label]) for photo, label in zip(photos, labels, strict=True)]
    of_train = [told[i] for i in raw]
    groups = [
        replace(group, photos=tuple(photo for photo in group.photos if photo.part == "train"))
        for group in examination.duplicates
    ]
    doubts = find_label_doubts(of_train, features[raw], [group for group in groups if len(group.photos) > 1])
    suspects = {doubt.photo.path for doubt in doubts if doubt.is_suspect}
    planted = {photos[i].path for i in wrong}
    print(
        f"Planted: {len(planted)} wrong labels; {len(suspects)} suspects hold {len(planted & suspects)} of them, "
        f"{len(doubts)} doubts {len(planted & {doubt.photo.path for doubt in doubts})}"
    )
    without = np.array([i for i in raw if photos[i].path not in suspects])
    right = np.setdiff1d(raw, wrong)
    compare("A tenth of the labels wrong", features, labels, truth, test,
            {"raw": raw, "suspects set aside": without, "all wrong ones gone": right})  # fmt: skip


if __name__ == "__main__":
    main()
