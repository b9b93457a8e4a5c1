"""Two files swapped in one step, where the system can: so a change that another program makes meanwhile is not lost."""

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100  # AT_FDCWD: paths count from the current folder
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)  # by the kernel, the disk, or a sandbox


def exchange(one: Path, other: Path) -> bool:
    """Swap two files of one disk; False where this system or disk cannot. Raises `OSError` where one is not there.

    >>> import tempfile
    >>> one, other = (Path(tempfile.mkdtemp()) / name for name in "ab")
    >>> exchange(one, other)
    Traceback (most recent call last):
        ...
    FileNotFoundError: ...
    """
    if (swap := _find()) is None:
        return False
    if swap(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


@cache
def _find() -> Any:
    """Return the system's function of two paths, or None."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            linux = library.renameat2
            return lambda one, other: linux(_HERE, one, _HERE, other, _SWAP)
        if sys.platform == "darwin":
            mac = library.renamex_np
            return lambda one, other: mac(one, other, _SWAP)
    except (AttributeError, OSError, TypeError):
        pass
    return None
