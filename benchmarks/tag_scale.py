"""Memory and speed of tagging 100,000 small photos with a network that costs nothing: what the album itself takes.

    python benchmarks/tag_scale.py [--photos 100000]

Each size of album runs in a process of its own, and is tagged twice: the second time nothing has changed.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from landmark.model.predictor import Predictor
from landmark.tagging import tag_folder

PER_FOLDER = 1000


class FreeSession:
    """A network of constant answers."""

    photos_at_once = 16

    def __init__(self, n_classes: int, feature_dim: int) -> None:
        self.shapes = n_classes, feature_dim

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, features = (np.zeros((len(images), width), np.float32) for width in self.shapes)
        return logits, features


def make(folder: Path, n_photos: int) -> None:
    path = folder / "first.jpg"
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 12:00:00"
    Image.new("RGB", (32, 32), (90, 120, 150)).save(path, exif=exif)
    data = path.read_bytes()
    path.unlink()
    for number in range(n_photos):
        if number % PER_FOLDER == 0:
            (folder / f"{number // PER_FOLDER:04}").mkdir()
        (folder / f"{number // PER_FOLDER:04}" / f"IMG_{number:06}.jpg").write_bytes(data)


def tag(folder: Path) -> None:
    """What the process of one measurement does."""
    from landmark.model.bundle import load_bundle

    bundle = load_bundle()
    predictor = Predictor(bundle, FreeSession(bundle.n_classes, bundle.feature_dim))
    start, count = time.perf_counter(), 0
    for _ in tag_folder(folder, predictor=predictor):
        count += 1
    wall_s = time.perf_counter() - start
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:7,} photos  {wall_s:7.1f} s  {count / wall_s:7,.0f} photos/s  peak memory {memory_mb:5.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--tag", type=Path, default=None, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.tag:
        tag(args.tag)
        return
    for n_photos in (args.photos // 100, args.photos // 10, args.photos):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "album"
            folder.mkdir()
            make(folder, n_photos)
            environment = os.environ | {"LANDMARK_DATA": f"{scratch}/data"}
            for _ in ("new", "unchanged"):
                subprocess.run([sys.executable, __file__, "--tag", str(folder)], env=environment, check=True)


if __name__ == "__main__":
    main()
