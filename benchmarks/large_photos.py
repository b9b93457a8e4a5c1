"""How much memory photos of 200 megapixels take, as `landmark locate` reads them: one process for each file.

    python benchmarks/large_photos.py              # makes the files in a temporary folder, about 1.5 GB
    python benchmarks/large_photos.py --megapixels 50 --only "PNG, 8 bits" HEIC

The peak is that of the process, less what it takes for a photo of 64 x 48 px of the same kind. Needs the extra dev, for
the HEIC encoder; runs on Linux.
"""

import argparse
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from landmark.core.text import markdown_table

SHORT_SIDE_PX = 232  # what the shipped model resizes to
_READ = """
import re, sys, time
from landmark.photo import Limits, read_photo
from landmark.photo.memory import GATE
estimates, reserve = [0], GATE.reserve
GATE.reserve = lambda n_bytes: (estimates.append(n_bytes), reserve(n_bytes))[1]
start = time.perf_counter()
read_photo(sys.argv[1], limits=Limits(max_pixels=10**9, max_bytes=4 * 10**9), short_side_px=int(sys.argv[2]))
seconds = time.perf_counter() - start
[peak_kb] = re.findall(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # that of getrusage holds the parent's
print(seconds, int(peak_kb) * 1024, estimates[-1])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=200)
    parser.add_argument("--only", nargs="*", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args()
    height = round(math.sqrt(options.megapixels * 1e6 * 3 / 4))
    rows = [["format", "file", "time", "peak memory", "of it not the file", "estimate"]]
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.only:
            rows.append(measure(kind, Path(folder), (height * 4 // 3, height)))
            print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    print(markdown_table(rows))


def measure(kind: str, folder: Path, size: tuple[int, int]) -> list[str]:
    """Return a row of the table for a file of a kind and size, which is deleted."""
    suffix, write = KINDS[kind]
    large, small = folder / f"large{suffix}", folder / f"small{suffix}"
    write(picture(*size), large)
    write(picture(64, 48), small)
    (seconds, peak, estimate), (_, base, _) = read(large), read(small)
    n_bytes = large.stat().st_size
    large.unlink()
    return [
        kind, f"{n_bytes / 1e6:,.0f} MB", f"{seconds:.1f} s", f"{(peak - base) / 1e6:,.0f} MB",
        f"{(peak - base - n_bytes) / 1e6:,.0f} MB", f"{estimate / 1e6:,.0f} MB",
    ]  # fmt: skip


def read(file: Path) -> tuple[float, int, int]:
    """Return the seconds, the peak memory and the estimate, in bytes, of a process that reads one photo."""
    command = [sys.executable, "-c", _READ, str(file), str(SHORT_SIDE_PX)]
    seconds, peak, estimate = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), int(peak), int(estimate)


def picture(width: int, height: int) -> np.ndarray:
    """Return slow waves of colour with a little grain, uint8 (H, W, 3): a file of it is as large as a camera's."""
    rows, columns = np.arange(height, dtype=np.uint32)[:, None], np.arange(width, dtype=np.uint32)[None, :]
    grain = np.random.default_rng(0).integers(0, 24, (997, 1009), dtype=np.uint8)
    pixels = np.empty((height, width, 3), np.uint8)
    for band, (down, along) in enumerate(((7, 3), (2, 9), (5, 4))):
        pixels[:, :, band] = (down * rows // 64 + along * columns // 64) % 230
    pixels += np.tile(grain, (height // 997 + 1, width // 1009 + 1))[:height, :width, None]
    return pixels


def _pillow(mode: str, **options: Any) -> Callable[[np.ndarray, Path], None]:
    return lambda pixels, file: Image.fromarray(pixels).convert(mode).save(file, **options)


def _grey_of_16_bits(pixels: np.ndarray, file: Path) -> None:
    Image.fromarray(pixels[:, :, 0].astype(np.uint16) << 8).save(file)


def _heic(pixels: np.ndarray, file: Path) -> None:
    import pillow_heif

    pillow_heif.from_pillow(Image.fromarray(pixels)).save(file, quality=50, enc_params={"preset": "ultrafast"})


KINDS: dict[str, tuple[str, Callable[[np.ndarray, Path], None]]] = {
    "JPEG": (".jpg", _pillow("RGB", quality=90)),
    "JPEG, progressive": (".jpg", _pillow("RGB", quality=90, progressive=True)),
    "JPEG, progressive, 4:4:4": (".jpg", _pillow("RGB", quality=90, progressive=True, subsampling=0)),
    "JPEG, CMYK": (".jpg", _pillow("CMYK", quality=90)),
    "PNG, 8 bits": (".png", _pillow("RGB", compress_level=1)),
    "PNG, grey, 16 bits": (".png", _grey_of_16_bits),
    "PNG, transparent": (".png", _pillow("RGBA", compress_level=1)),
    "PNG, palette": (".png", _pillow("P", compress_level=1)),
    "TIFF": (".tif", _pillow("RGB")),
    "TIFF, LZW": (".tif", _pillow("RGB", compression="tiff_lzw")),
    "BMP": (".bmp", _pillow("RGB")),
    "GIF": (".gif", _pillow("P")),
    "WebP": (".webp", _pillow("RGB", method=0, quality=60)),
    "AVIF": (".avif", _pillow("RGB", speed=10, quality=50)),
    "HEIC": (".heic", _heic),
}

if __name__ == "__main__":
    main()
