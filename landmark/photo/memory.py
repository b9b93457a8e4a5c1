"""How much memory photos may take while they are decoded, and whose turn it is where several would take too much.

A phone's photo of 200 megapixels takes 80 MB as JPEG, which is decoded at an eighth, and gigabytes in other formats,
which are decoded whole. So memory is the limit, and not the number of pixels alone.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from landmark.core.memory import available_memory
from landmark.metadata.formats.signatures import MOVIE_SUFFIXES, RAW_SUFFIXES

SHARE = 0.5  # of the memory that is free, for all photos that are being decoded
_LEAST_BYTES = 256_000_000  # enough for a phone's ordinary photos, which are read however little is free
_READ_IN_PART = RAW_SUFFIXES | MOVIE_SUFFIXES
SMALL_BYTES = 64_000_000  # of memory or of a file: no question, since few threads read at once


class MemoryGate:
    """Lets photos pass as long as their memory together fits into the budget; one that is larger waits to be alone.

    >>> gate = MemoryGate()
    >>> with gate.reserve(200_000_000):
    ...     gate.budget_bytes >= 256_000_000
    True
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._used_bytes = self._budget_bytes = 0

    @property
    def budget_bytes(self) -> int:
        """Return how much memory photos may take, together: half of what is free while none is decoded."""
        with self._changed:
            return self._measure()

    @contextmanager
    def reserve(self, n_bytes: int) -> Iterator[None]:
        """Take so much of the budget while inside; wait until that much of it is left."""
        if n_bytes <= SMALL_BYTES:
            yield
            return
        with self._changed:
            self._measure()
            while self._used_bytes and self._used_bytes + n_bytes > self._budget_bytes:
                self._changed.wait()
            self._used_bytes += n_bytes
        try:
            yield
        finally:
            with self._changed:
                self._used_bytes -= n_bytes
                self._changed.notify_all()

    def _measure(self) -> int:
        if not self._used_bytes:
            self._budget_bytes = max(_LEAST_BYTES, int(SHARE * available_memory()))
        return self._budget_bytes


GATE = MemoryGate()  # of the process: all who read photos in it share its memory
_LARGE_FILES = threading.Lock()


def turn_of_file(source: object) -> AbstractContextManager[object]:
    """Return a context in which a large file is read and decoded: one after the other, for its bytes are memory too."""
    if not isinstance(source, str | Path) or os.path.splitext(source)[1].lower() in _READ_IN_PART:
        return nullcontext()
    try:
        return _LARGE_FILES if os.path.getsize(source) > SMALL_BYTES else nullcontext()
    except (OSError, ValueError):  # whoever opens it says why
        return nullcontext()
