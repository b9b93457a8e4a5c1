"""Every photo of a data set decoded once: which bytes, what it looks like, whether it is whole. Kept on disk.

Two passes over the same photos cost one: the second only hashes their bytes. Stopped work resumes.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from landmark.core.cache import PhotoCache
from landmark.core.cpu import available_cpus
from landmark.core.digests import sha256_bytes, sha256_if_readable
from landmark.core.errors import PhotoError
from landmark.core.progress import track
from landmark.dataset.inspection.image_hashes import hash_photo
from landmark.photo import open_photo, read_photo

CACHE_KIND = "scan 4"  # counts up when a scan says more, or says it otherwise
_SHORT_SIDE_PX = 64  # decoded at twice this: a hash needs 32
BATCH_PHOTOS = 256  # what a kill may lose
_MOVING = {"GIF", "PNG", "WebP", "AVIF"}  # several pictures in the other formats are pages, previews or a burst


@dataclass(frozen=True)
class PhotoScan:
    """What decoding a photo shows; a photo with an `error` has no hash."""

    sha256: str = ""  # of the file's bytes; empty where they cannot be read
    perceptual_hash: int | None = None  # None for one colour all over
    truncated: str = ""  # how much could be read of one that is cut short
    animated: bool = False
    error: str = ""


def scan_photos(paths: Sequence[Path]) -> Iterator[PhotoScan]:
    """Yield one scan for each photo, in order, with all CPUs; that of a photo that cannot be read says why.

    Memory does not grow with the number of photos. Example: `scans = list(scan_photos(paths))`.
    """
    cache = PhotoCache(CACHE_KIND)
    with ThreadPoolExecutor(available_cpus()) as pool:
        yield from track(_scan_in_batches(paths, cache, pool), "Scanning photos", total=len(paths))


def _scan_in_batches(paths: Sequence[Path], cache: PhotoCache, pool: ThreadPoolExecutor) -> Iterator[PhotoScan]:
    for start in range(0, len(paths), BATCH_PHOTOS):
        batch = paths[start : start + BATCH_PHOTOS]
        digests = list(pool.map(sha256_if_readable, batch))
        known = cache.read(digest for digest in digests if digest)
        scans: list[PhotoScan] = []
        fresh = {}
        to_scan = pool.map(_scan, (path for path, digest in zip(batch, digests, strict=True) if digest not in known))
        for digest in digests:
            scan = PhotoScan(**json.loads(known[digest])) if digest in known else next(to_scan)
            if digest not in known and not scan.error:  # a later version may read what this one cannot
                fresh[scan.sha256] = json.dumps(asdict(scan)).encode()
            scans.append(scan)
        cache.write(fresh)
        yield from scans


def _scan(path: Path) -> PhotoScan:
    name = str(path)
    digest = ""
    try:
        data = path.read_bytes()
        digest = sha256_bytes(data)
        photo = read_photo(data, name=name, short_side_px=_SHORT_SIDE_PX)
        moves = photo.format in _MOVING and bool(getattr(open_photo(data, name=name), "is_animated", False))
    except (PhotoError, OSError) as error:
        return PhotoScan(digest, error=str(error).removeprefix(f"{name}: "))
    truncated = next((warning for warning in photo.warnings if warning.startswith("truncated")), "")
    return PhotoScan(digest, hash_photo(photo.pixels), truncated, moves)
