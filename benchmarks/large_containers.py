"""Measures the time and memory that RAW files of 120 MB and films of 4 GB take: they are not read whole.

python benchmarks/large_containers.py

The files are made, as large as real ones, with holes where a sensor's picture or a film would be.
"""

import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from factories import containers as made

from landmark.metadata.merging import read_metadata
from landmark.photo import read_photo

RAW_BYTES, FILM_BYTES = 120_000_000, 4_000_000_000
RUNS = 20


def main() -> None:
    """Print a row for each kind: milliseconds for the metadata, for the picture of 24 megapixels, and peak memory."""
    jpeg = made.picture(6000, 4000, quality=85, subsampling=2)
    texts = {"com.apple.quicktime.location.ISO6709": "+27.1750+078.0421/"}
    files = {kind: (made.raw(kind, jpeg=jpeg), RAW_BYTES) for kind in made.RAW_KINDS}
    files["MOV"] = made.movie(made.apple_meta(texts)), FILM_BYTES
    print("kind  metadata ms  picture ms  peak MB")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh,
    ):
        for kind, (data, n_bytes) in files.items():
            path = Path(folder, f"a.{kind.lower()}")
            path.write_bytes(data)
            with path.open("r+b") as file:
                file.truncate(n_bytes)  # a hole, which takes no room on the disk
            metadata_ms, picture_ms, peak_mb = fresh.submit(measure, path).result()
            print(f"{kind:4}  {metadata_ms:11.2f}  {picture_ms:10.0f}  {peak_mb:7.0f}")
            path.unlink()


def measure(path: Path) -> tuple[float, float, float]:
    """Return milliseconds for metadata and picture (0 of a film), and the peak memory of this process in MB."""
    start = time.perf_counter()
    for _ in range(RUNS):
        assert read_metadata(path).coordinates
    metadata_ms = (time.perf_counter() - start) / RUNS * 1000
    start = time.perf_counter()
    if path.suffix != ".mov":
        read_photo(path, short_side_px=255)
        return metadata_ms, (time.perf_counter() - start) * 1000, peak_mb()
    return metadata_ms, 0.0, peak_mb()


def peak_mb() -> float:
    """Return the most memory that this process has had."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())  # getrusage counts its parent's too
    return int(found[1]) / 1000 if found else float("nan")


if __name__ == "__main__":
    main()
