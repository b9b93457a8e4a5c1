"""Photos decoded once and kept, in memory that all worker processes of a loader share.

Which photos these are and what a network sees of them is `data`'s business. What is kept is never thrown out: photos
are drawn in a new order each epoch, so the one that was used longest ago is as likely to come next as any other.
"""

import mmap
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import reduction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError

if sys.platform != "win32":
    import fcntl

_MEMORY_SHARE = 0.5  # of the memory that there is; the network and the batches need some too
_CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class DecodedPhotos:
    """Room for the pixels of `n_photos` photos, by number, in at most `megabytes` (of 1,000,000 bytes).

    Memory is used as photos come, not beforehand. Photos that find no room are simply not kept. Worker processes share
    it, however they are started; of a process that is killed halfway, nothing half written is seen, and nobody waits
    for it. It is for processes, not for threads.

    More than half of the machine's or the container's memory is not taken: the bound is then lower, with a warning.
    Raises `ConfigurationError` for less than nothing, and on Windows.

    >>> decoded = DecodedPhotos(2, megabytes=1)
    >>> decoded.put(1, np.full((480, 640, 3), 7, np.uint8))
    >>> decoded.get(0) is None, decoded.get(1).shape, decoded
    (True, (480, 640, 3), DecodedPhotos(1 of 2 photos, 0.9 of 1 MB))
    """

    # Not torch's share_memory_(): that reserves all of it at once, in /dev/shm, of which a container has 64 MB.

    def __init__(self, n_photos: int, megabytes: int) -> None:
        if n_photos < 0 or megabytes < 0:
            raise ConfigurationError(
                f"Found room for {n_photos} decoded photos in {megabytes} MB. Expected 0 or more of each."
            )
        n_bytes = max(1_000_000 * affordable(megabytes), _table_bytes(n_photos))
        file = _memory_file()
        file.truncate(n_bytes)
        self._attach(file, n_photos, n_bytes)

    def _attach(self, file: BinaryIO, n_photos: int, n_bytes: int) -> None:
        self._file = file
        self._n_photos = n_photos
        self._n_bytes = n_bytes
        memory = np.frombuffer(mmap.mmap(file.fileno(), n_bytes), np.uint8)
        table_bytes = _table_bytes(n_photos)
        table = memory[:table_bytes].view(np.int64)
        self._used = table[:1]  # of the bytes for pixels
        self._index = table[1:].reshape(n_photos, 3)  # first byte + 1 (0: not kept), height, width
        self._pixels = memory[table_bytes:]

    def get(self, number: int) -> NDArray[np.uint8] | None:
        """The pixels of a photo, (H, W, 3), read-only and where they lie; None where they are not kept."""
        with self._alone():
            place, height, width = self._index[number].tolist()
        if not place:
            return None
        pixels = self._pixels[place - 1 : place - 1 + 3 * height * width].reshape(height, width, 3)
        pixels.flags.writeable = False
        return pixels

    def put(self, number: int, pixels: NDArray[np.uint8]) -> None:
        """Keep the pixels of a photo, (H, W, 3), where there is room and they are not kept already."""
        with self._alone():
            start = int(self._used[0])
            if self._index[number, 0] or start + pixels.nbytes > len(self._pixels):
                return
            self._used[0] = start + pixels.nbytes
        self._pixels[start : start + pixels.nbytes].reshape(pixels.shape)[:] = pixels
        with self._alone():
            self._index[number, 1:] = pixels.shape[:2]
            self._index[number, 0] = start + 1  # last: from here on the photo is there

    @property
    def n_kept(self) -> int:
        """How many photos are kept."""
        return int(np.count_nonzero(self._index[:, 0]))

    def __repr__(self) -> str:
        used_mb = (self._n_bytes - len(self._pixels) + int(self._used[0])) / 1e6
        return f"DecodedPhotos({self.n_kept} of {self._n_photos} photos, {used_mb:.1f} of {self._n_bytes / 1e6:.0f} MB)"

    def __reduce__(self) -> tuple[Any, ...]:
        # For a worker that is spawned; one that is forked inherits the memory as it is.
        return _from_worker, (reduction.DupFd(self._file.fileno()), self._n_photos, self._n_bytes)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # A lock of the file is let go by the system when its holder is killed; one of multiprocessing never is.
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def affordable(megabytes: int) -> int:
    """As many megabytes as asked for, or half of the memory that there is, with a warning, where that is less.

    Raises `ConfigurationError` on Windows, whose processes share memory in another way.

    >>> affordable(1)
    1
    """
    if sys.platform == "win32":
        raise ConfigurationError(
            f"{megabytes} MB were asked for to keep decoded photos. On Windows they cannot be kept: expected 0."
        )
    memory_mb = _memory_bytes() // 1_000_000
    most = int(_MEMORY_SHARE * memory_mb)
    if megabytes <= most:
        return megabytes
    warnings.warn(
        f"{megabytes:,} MB were asked for to keep decoded photos, and all the memory there is are {memory_mb:,} MB: "
        f"keeping {most:,} MB of photos, and decoding the others every time.",
        stacklevel=3,
    )
    return most


def _from_worker(handle: Any, n_photos: int, n_bytes: int) -> DecodedPhotos:
    decoded = DecodedPhotos.__new__(DecodedPhotos)
    decoded._attach(os.fdopen(handle.detach(), "r+b", buffering=0), n_photos, n_bytes)
    return decoded


def _memory_file() -> BinaryIO:
    """A file without a name: in memory on Linux, elsewhere in the folder for temporary files."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("landmark-decoded-photos"), "r+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _table_bytes(n_photos: int) -> int:
    return 8 * (1 + 3 * n_photos)


def _memory_bytes() -> int:
    """The memory of the machine, or of the container that this runs in."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in map(Path, _CONTAINER_LIMITS):
        if path.is_file() and (limit := path.read_text().strip()).isdigit():  # "max": no limit
            sizes.append(int(limit))
    return min(sizes)
