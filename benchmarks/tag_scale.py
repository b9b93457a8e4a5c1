"""Memory and speed of tagging 100,000 small photos with a network that costs nothing: what the album itself takes.

    python benchmarks/tag_scale.py [--photos 100000]

Each size of album runs in a process of its own, and is tagged twice: the second time nothing has changed.
"""

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from landmark.geo.coordinates import Coordinates
from landmark.model.predictor import Predictor
from landmark.tagging import tag_folder

PER_FOLDER = 1000
START = datetime(2024, 5, 6, 8)


class FreeSession:
    """A network of constant answers."""

    photos_at_once = 16

    def __init__(self, n_classes: int, feature_dim: int) -> None:
        self.shapes = n_classes, feature_dim

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, features = (np.zeros((len(images), width), np.float32) for width in self.shapes)
        return logits, features


def make(folder: Path, n_photos: int) -> None:
    """Photos of three cameras a minute apart, on a walk around the world; every third of a phone has GPS."""
    from albums.files import gps_tags, jpeg_with  # here, for the processes that are measured need none of it

    phone, compact, scanner = (("Google", "Pixel 7"), ("NIKON", "COOLPIX P6000"), ("EPSON", "Perfection V600"))
    for number in range(n_photos):
        if number % PER_FOLDER == 0:
            (folder / f"{number // PER_FOLDER:04}").mkdir()
        taken, exif = START + timedelta(minutes=number), Image.Exif()
        exif[0x010F], exif[0x0110] = scanner if number % 50 == 0 else compact if number % 5 == 0 else phone
        below = exif.get_ifd(0x8769)
        below[0x9004 if number % 50 == 0 else 0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
        if number % 5:
            below[0x9011] = "+00:00"
            if number % 3 == 0:
                at = Coordinates(60 * math.sin(number / 9000), (number * 0.002 + 180) % 360 - 180)
                exif.get_ifd(0x8825).update(gps_tags(at, taken))
        data = jpeg_with(exif) + number.to_bytes(4, "big")
        (folder / f"{number // PER_FOLDER:04}" / f"IMG_{number:06}.jpg").write_bytes(data)


def tag(folder: Path) -> None:
    """What the process of one measurement does."""
    from landmark.model.bundle import load_bundle

    bundle = load_bundle()
    predictor = Predictor(bundle, FreeSession(bundle.n_classes, bundle.feature_dim))
    start, cpu_start, count = time.perf_counter(), time.process_time(), 0
    for _ in tag_folder(folder, predictor=predictor):
        count += 1
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = f"{1000 * wall_s / count:5.2f} ms each, of the processor {1000 * cpu_s / count:5.2f} ms"
    print(f"{count:7,} photos  {wall_s:7.1f} s  {each}  peak memory {memory_mb:5.0f} MB", flush=True)


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
