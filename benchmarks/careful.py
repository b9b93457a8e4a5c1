"""What `landmark locate --careful` gains and costs: the same photos at one look and at several, in one run.

    python benchmarks/careful.py ../shared/data/landmarks --not-landmarks ../shared/data/not_landmarks

On the validation photos of the model that ships (15 % of the training photos, seed 0), on the test photos, and on the
second half of the photos of anything else. Differences are paired: careful less plain on the same photos, with the 95 %
interval of a bootstrap over photos (for macro accuracy within each landmark).
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landmark import Predictor
from landmark.dataset.splits import split_data
from landmark.metrics import auroc
from landmark.photo import open_photo
from landmark.photo.discovery import find_photos

ELONGATED = 1.5  # one side at least so many times the other
SAMPLES = 10_000


@dataclass(frozen=True)
class Looked:
    """What was said of photos, one value each."""

    best: np.ndarray  # the best candidate's name
    confidence: np.ndarray
    answered: np.ndarray  # whether it is sure enough for an answer
    cpu_ms: float  # of the processor for each photo, all threads together: what else runs does not count


def look(predictor: Predictor, photos: Sequence[Path], careful: bool) -> Looked:
    start = time.process_time()
    answers = predictor.locate(photos, top=1, careful=careful)
    seconds = time.process_time() - start
    if unreadable := [answer.error for answer in answers if answer.error]:
        raise SystemExit(f"Expected photos that can be read: {unreadable[0]}")
    return Looked(
        np.array([answer.candidates[0].landmark for answer in answers]),
        np.array([answer.confidence for answer in answers]),
        np.array([answer.landmark is not None for answer in answers]),
        1000 * seconds / len(photos),
    )


def difference(plain: np.ndarray, careful: np.ndarray, groups: np.ndarray | None = None) -> str:
    """Careful less plain in points, with its interval; the mean over groups where there are some."""
    change = careful.astype(float) - plain.astype(float)
    rng = np.random.default_rng(0)
    parts = [change] if groups is None else [change[groups == group] for group in np.unique(groups)]
    drawn = np.mean([rng.choice(part, (SAMPLES, len(part))).mean(axis=1) for part in parts], axis=0)
    mean = np.mean([part.mean() for part in parts])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{100 * mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def report(name: str, predictor: Predictor, photos: Sequence[Path], labels: np.ndarray) -> None:
    plain, careful = (look(predictor, photos, several) for several in (False, True))
    right = [looked.best == labels for looked in (plain, careful)]
    sizes = np.array([open_photo(photo).size for photo in photos])
    elongated = sizes.max(axis=1) >= ELONGATED * sizes.min(axis=1)

    def row(title: str, one: np.ndarray, other: np.ndarray, groups: np.ndarray | None = None) -> None:
        means = [
            np.mean([values[groups == group].mean() for group in np.unique(groups)]) if groups is not None
            else values.mean() for values in (one, other)
        ]  # fmt: skip
        shown = " | ".join(f"{100 * mean:.1f} %" for mean in means)
        print(f"| {name}, {len(one)} photos: {title} | {shown} | {difference(one, other, groups)} |")

    row("accuracy", *right)
    row("macro accuracy", *right, labels)
    row("answered", plain.answered, careful.answered)
    row("answered and right", plain.answered & right[0], careful.answered & right[1])
    if elongated.any():
        row("accuracy of elongated photos", right[0][elongated], right[1][elongated])
        row("answered of elongated photos", plain.answered[elongated], careful.answered[elongated])
    print(f"| {name}: processor time a photo | {plain.cpu_ms:.0f} ms | {careful.cpu_ms:.0f} ms | "
          f"{careful.cpu_ms / plain.cpu_ms:.1f} times |", flush=True)  # fmt: skip


def report_others(predictor: Predictor, folder: Path, known: Sequence[Path]) -> None:
    """False places, and how well confidence tells photos of anything else from known ones."""
    photos = find_photos(folder).photos
    others = photos[len(photos) // 2 :]
    looked = [(look(predictor, others, several), look(predictor, known, several)) for several in (False, True)]
    (plain, _), (careful, _) = looked
    shares = " | ".join(f"{100 * one.answered.mean():.1f} %" for one in (plain, careful))
    told = difference(plain.answered, careful.answered)
    print(f"| anything else, {len(others)} photos: false places | {shares} | {told} |")
    areas = " | ".join(f"{auroc(mine.confidence, other.confidence):.4f}" for other, mine in looked)
    print(f"| anything else against validation: AUROC | {areas} | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--not-landmarks", type=Path, default=None)
    parser.add_argument("--model", type=Path, default=None)
    args = parser.parse_args()

    predictor = Predictor.load(args.model)
    split = split_data(args.data, valid_ratio=0.15, seed=0)
    print(f"{predictor.bundle.name} {predictor.bundle.version}\n")
    print("| | one look | careful | difference |\n|---|---|---|---|")
    for part in ("valid", "test"):
        photos = [photo.path for photo in split.parts[part]]
        labels = np.array([split.categories[photo.label] for photo in split.parts[part]])
        report(part, predictor, photos, labels)
    if args.not_landmarks:
        report_others(predictor, args.not_landmarks, [photo.path for photo in split.parts["valid"]])


if __name__ == "__main__":
    main()
