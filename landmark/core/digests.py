"""SHA-256 of files and bytes, in hexadecimal; those of photos are remembered while their files stay as they are."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

_KIND = "digest 1"


def sha256_bytes(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as 64 hexadecimal digits.

    >>> sha256_bytes(b"abc")[:8]
    'ba7816bf'
    """
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, which need not fit into memory, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_if_readable(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; empty where it cannot be read."""
    try:
        return sha256_file(path)
    except OSError:
        return ""


def digest_photos(
    paths: Sequence[Path], *, folder: Path | None = None, digest: Callable[[Path], str] = sha256_if_readable
) -> list[str]:
    """Return one digest for each path, in order; empty for what cannot be read.

    They are remembered in `folder` (default: the cache), and computed by `digest` for the others. A file that was
    changed within the same size and the same nanosecond of its own clock is taken for what it was.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.jpg"
    >>> path.write_bytes(b"abc")
    3
    >>> digest_photos([path, path.with_name("gone.jpg")], folder=path.parent)[0][:8]
    'ba7816bf'
    """
    from landmark.core.cache import PhotoCache  # it loads SQLite, which the other digests can do without

    cache = PhotoCache(_KIND, folder=folder)
    keys = [_key(path) for path in paths]
    known = cache.read(key for key in keys if key)
    fresh: dict[str, bytes] = {}
    digests = []
    for path, key in zip(paths, keys, strict=True):
        found = known[key].hex() if key in known else digest(path)
        if key and key not in known and found:
            fresh[key] = bytes.fromhex(found)
        digests.append(found)
    cache.write(fresh)
    return digests


def _key(path: Path) -> str:
    """Return what stays the same as long as a file does; empty where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ""
    identity = f"{path.absolute()} {status.st_size} {status.st_mtime_ns}"
    return sha256_bytes(identity.encode("utf-8", "surrogateescape"))
