"""How long `landmark inspect` takes, and which duplicates it finds.

    python benchmarks/inspect_speed.py ../shared/data/landmarks ../shared/data/messy

Photos decoded and hashed a second, and again with what is remembered; the search among 100,000 hashes, each with a near
twin; comparisons of pairs a second. Then photos changed as people change them: how many of them are found again, by the
hash alone and with features.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from landmark.dataset.inspection import inspect_data
from landmark.dataset.inspection.duplicates import MAX_BITS, find_duplicates
from landmark.dataset.inspection.image_hashes import near_pairs
from landmark.dataset.inspection.overlap import overlap
from landmark.dataset.inspection.photo_scans import scan_photos
from landmark.model.describer import photo_features
from landmark.model.predictor import Predictor
from landmark.photo import read_photo

N_HASHES, N_CHANGED, N_COMPARED = 100_000, 100, 200


def crop(share: float) -> Callable[[Image.Image], Image.Image]:
    """The middle, `share` of each side."""

    def cut(picture: Image.Image) -> Image.Image:
        left, top = round(picture.width * (1 - share) / 2), round(picture.height * (1 - share) / 2)
        return picture.crop((left, top, picture.width - left, picture.height - top))

    return cut


def add_bar(picture: Image.Image) -> Image.Image:
    marked = Image.new("RGB", (picture.width, round(picture.height * 1.08)), (10, 120, 180))
    marked.paste(picture)
    return marked


CHANGES: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {  # what is done, and the JPEG quality
    "saved again, quality 30": (lambda picture: picture, 30),
    "half the size": (lambda picture: picture.resize((picture.width // 2, picture.height // 2)), 80),
    "squeezed to a square": (lambda picture: picture.resize((128, 128)), 80),
    "a third brighter": (lambda picture: ImageEnhance.Brightness(picture).enhance(1.33), 80),
    "black and white": (lambda picture: picture.convert("L"), 80),
    "a bar of 8 % below": (add_bar, 80),
    "cropped to 90 % of each side": (crop(0.9), 80),
    "cropped to 80 %": (crop(0.8), 80),
    "cropped to 70 %": (crop(0.7), 80),
    "mirrored": (lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 80),
}


def time_scanning(data: Path) -> None:
    photos = inspect_data(data, with_leaks=False).photos
    paths = [photo.path for photo in photos]
    n_megapixels = sum(photo.width_px * photo.height_px for photo in photos) / 1e6
    for what in ("decoded and hashed", "again, remembered"):
        started = time.perf_counter()
        list(scan_photos(paths))
        took_s = time.perf_counter() - started
        rate = len(paths) / took_s
        print(
            f"{data.name}: {len(paths):,} photos of {n_megapixels / len(paths):.2f} megapixels {what}: {rate:,.0f} a "
            f"second, 100,000 in {1e5 / rate / 60:.1f} minutes"
        )


def time_search() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 1 << 64, N_HASHES, dtype=np.uint64)
    for twin in range(N_HASHES // 2):
        flips = np.uint64(sum(1 << bit for bit in rng.choice(64, 10, replace=False).tolist()))
        hashes[N_HASHES // 2 + twin] = hashes[twin] ^ flips
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    n_pairs = sum(len(first) for first, _ in near_pairs(hashes, max_bits=MAX_BITS))
    took_s = time.perf_counter() - started
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{N_HASHES:,} hashes: {n_pairs:,} pairs within {MAX_BITS} bits in {took_s:.1f} s, {grown_mb:.0f} MB more")


def time_comparing(paths: Sequence[Path]) -> None:
    started = time.perf_counter()
    for first, second in pairwise(paths[: N_COMPARED + 1]):
        overlap(first, second)
    print(f"pairs compared one after the other: {N_COMPARED / (time.perf_counter() - started):.0f} a second")


def find_changed(paths: Sequence[Path], predictor: Predictor) -> None:
    """Each change on its own: photos and their changed twins in a folder, and the groups that are pairs of twins."""
    print("| changed | found by hash | with features | wrong groups |\n|---|---|---|---|")
    for name, (change, quality) in CHANGES.items():
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "Place"
            place.mkdir()
            for number, path in enumerate(paths):
                (place / f"{number}.jpg").symlink_to(path.resolve())
                picture = change(Image.fromarray(read_photo(path).pixels))
                picture.save(place / f"{number}-changed.jpg", quality=quality)
            photos = inspect_data(folder, with_leaks=False).photos
            scans = list(scan_photos([photo.path for photo in photos]))
            looks = photo_features([photo.path for photo in photos], [scan.sha256 for scan in scans], predictor)
            cells, wrong = [], 0
            for features in (None, looks):
                groups = find_duplicates(photos, scans, features)
                stems = [{photo.path.stem.removesuffix("-changed") for photo in group.photos} for group in groups]
                cells.append(f"{100 * sum(len(stem) == 1 for stem in stems) / len(paths):.0f} %")
                wrong = sum(len(stem) > 1 for stem in stems)
            print(f"| {name} | {cells[0]} | {cells[1]} | {wrong} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["LANDMARK_CACHE"] = cache
        for data in arguments.data:
            time_scanning(data)
        time_search()
        photos = inspect_data(arguments.data[0], with_leaks=False).photos
        some = [photos[row].path for row in np.random.default_rng(0).permutation(len(photos))[:N_CHANGED]]
        time_comparing([photo.path for photo in photos])
        find_changed(some, Predictor.load())


if __name__ == "__main__":
    main()
