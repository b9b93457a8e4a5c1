"""Pools of answers: what the model that ships says to photos that it was not trained on.

    python benchmarks/albums/answers.py ../shared/data

"valid" holds validation photos, for fitting; "test" holds others, for the last table only. Both are computed once for a
model and kept in `runs/`, which is no part of the project. `synthetic_pool` needs no photos.
"""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from landmark.fitting.calibrate import split_of
from landmark.geo.countries import name_key
from landmark.model.bundle import load_bundle
from landmark.model.predictor import Predictor

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
CANDIDATES = 5

Candidates = tuple[tuple[str, float], ...]  # landmarks with their confidences, the best first


@dataclass(frozen=True)
class Pool:
    """Answers to photos of each known landmark, of unknown ones (buildings, landscapes), and of other things."""

    known: Mapping[str, Sequence[Candidates]]
    unknown: Mapping[str, Sequence[Candidates]]
    others: Sequence[Candidates]

    def to_dict(self) -> dict[str, Any]:
        return {"known": self.known, "unknown": self.unknown, "others": self.others}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "Pool":
        def read(answers: Iterable[Any]) -> list[Candidates]:
            return [tuple((name, confidence) for name, confidence in one) for one in answers]

        known, unknown = ({name: read(one) for name, one in found[kind].items()} for kind in ("known", "unknown"))
        return cls(known, unknown, read(found["others"]))


def load_pool(name: str, data: Path = DATA) -> Pool:
    """Return the pool "valid", "test" or "synthetic"; the first two are computed where they are not there yet.

    Raises `FileNotFoundError` where there are no photos to compute them from.
    """
    bundle = load_bundle()
    if name == "synthetic":
        return synthetic_pool(bundle.categories)
    digest = hashlib.sha256(json.dumps([bundle.files, bundle.calibration.to_dict()], sort_keys=True).encode())
    file = ROOT / "runs" / "albums" / f"answers-{name}-{digest.hexdigest()[:12]}.json"
    if not file.exists():
        if not data.is_dir():
            raise FileNotFoundError(f"{data}: no photos to compute the answers from. Expected ../shared/data.")
        pool = _compute(Predictor(bundle), data, is_test=name == "test")
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{random.SystemRandom().getrandbits(32)}")
        part.write_text(json.dumps(pool.to_dict()))
        part.replace(file)
    return Pool.from_dict(json.loads(file.read_text()))


def synthetic_pool(categories: Sequence[str], seed: int = 0, photos: int = 40) -> Pool:
    """Make answers by simple rules: for a generator that must run without photos.

    Nine photos of ten of a known landmark are recognised with 80 to 100 %; of others, one of fifty is taken for one.
    """
    rng = random.Random(seed)

    def answer(name: str, confidence: float) -> Candidates:
        others = rng.sample([one for one in categories if one != name], CANDIDATES - 1)
        left, rest = 1 - confidence, []
        for other in others:
            share = left * rng.uniform(0.05, 0.5)
            rest.append((other, min(share, confidence)))
            left -= share
        return ((name, confidence), *sorted(rest, key=lambda pair: -pair[1]))

    def of_other() -> Candidates:
        return answer(rng.choice(categories), rng.uniform(0.85, 0.99) if rng.random() < 0.02 else rng.betavariate(1, 6))

    known = {
        name: [answer(name, rng.betavariate(20, 1)) if rng.random() < 0.9 else of_other() for _ in range(photos)]
        for name in categories
    }
    unknown = {f"Unknown {number}": [of_other() for _ in range(photos)] for number in range(20)}
    return Pool(known, unknown, [of_other() for _ in range(5 * photos)])


def _compute(predictor: Predictor, data: Path, *, is_test: bool) -> Pool:
    categories = predictor.bundle.categories
    by_key = {name_key(name): name for name in categories}
    known: dict[str, list[Path]] = {name: [] for name in categories}
    unknown: dict[str, list[Path]] = {}
    split = split_of(predictor.bundle, data / "landmarks")
    for photo in split.photos["test" if is_test else "valid"]:
        known[categories[photo.label]].append(photo.path)
    folders = ("world/test", "few_shot/test", "world/unknown") if is_test else ("world/train", "few_shot/train")
    for folder in (one for parent in folders for one in sorted((data / parent).iterdir()) if one.is_dir()):
        name = by_key.get(name_key(folder.name))
        photos = sorted(folder.glob("*.jpg"))
        (known[name] if name else unknown.setdefault(folder.name, [])).extend(photos)
    others = sorted((data / "not_landmarks").glob("*.jpg"))[int(is_test) :: 2]
    return Pool(
        {name: _answers(predictor, photos) for name, photos in known.items()},
        {name: _answers(predictor, photos) for name, photos in unknown.items()},
        _answers(predictor, others),
    )


def _answers(predictor: Predictor, photos: Sequence[Path]) -> list[Candidates]:
    answers = predictor.locate(photos, top=CANDIDATES)
    return [
        tuple((one.landmark, one.confidence) for one in answer.candidates) for answer in answers if not answer.error
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    data = parser.parse_args().data
    if not data.is_dir():
        sys.exit(f"{data}: no photos. Expected the folder with landmarks/, world/, few_shot/ and not_landmarks/.")
    threshold = load_bundle().calibration.threshold
    for name in ("valid", "test"):
        pool = load_pool(name, data)
        kinds = {
            "known": chain.from_iterable(pool.known.values()),
            "unknown": chain.from_iterable(pool.unknown.values()),
        }
        for kind, found in (kinds | {"others": iter(pool.others)}).items():
            answers = list(found)
            above = sum(one[0][1] >= threshold for one in answers)
            print(f"{name:5} {kind:7} {len(answers):5} photos, {above:5} above the threshold")


if __name__ == "__main__":
    main()
