"""The digest by which a photo that was decided on is known again: quick, since an album may be decided on at once."""

import hashlib
import os
from pathlib import Path

_PART_BYTES = 16_384  # from the beginning, where the metadata is, and from the end


def photo_digest(photo: Path) -> str | None:
    """Return the digest of a photo's size, beginning and end; None for one that cannot be read."""
    try:
        with photo.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = hashlib.sha256(f"{size} ".encode() + file.read(_PART_BYTES))
            file.seek(max(0, size - _PART_BYTES))
            digest.update(file.read(_PART_BYTES))
    except OSError:
        return None
    return digest.hexdigest()[:32]
