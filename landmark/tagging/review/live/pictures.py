"""Small pictures for the page, made when they are asked for and kept as long as there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from landmark.core.cpu import available_cpus
from landmark.core.errors import PhotoError
from landmark.photo.thumbnails import picture_jpeg, thumbnail_jpeg

MAX_BYTES = 64_000_000  # about 8,000 thumbnails
_THUMBNAIL_PX, _PICTURE_PX = 240, 1000


class Pictures:
    """JPEGs of photos, small or large. None for a photo that cannot be read; that is remembered too."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._made: OrderedDict[tuple[Path, bool], bytes | None] = OrderedDict()  # the last used at the end
        self._n_bytes = 0
        self._lock = threading.Lock()
        self._makers = threading.BoundedSemaphore(available_cpus())  # each holds a decoded photo

    def thumbnail(self, photo: Path) -> bytes | None:
        """Return the middle square of a photo."""
        return self._get(photo, False, lambda: thumbnail_jpeg(photo, side_px=_THUMBNAIL_PX))

    def picture(self, photo: Path) -> bytes | None:
        """Return a photo as large as the page shows one."""
        return self._get(photo, True, lambda: picture_jpeg(photo, long_side_px=_PICTURE_PX))

    def _get(self, photo: Path, is_large: bool, make: Callable[[], bytes]) -> bytes | None:
        key = photo, is_large
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        with self._makers:
            try:
                made = make()
            except PhotoError:
                made = None
        with self._lock:
            if key not in self._made:
                self._made[key] = made
                self._n_bytes += len(made or b"")
            while self._n_bytes > self.max_bytes:
                self._n_bytes -= len(self._made.popitem(last=False)[1] or b"")
        return made
