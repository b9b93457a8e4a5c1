"""A file of the user's gets other content, whole or not at all, and stays the same file in all else.

Written beside it, flushed to the disk, given its times, rights and owner, then renamed over it. What stops in between
leaves the old file as it was.
"""

import errno
import os
import shutil
import stat
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.core.files import NEW_FILE_MODE, flush_folder

_NOBODY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def check_writable(path: Path) -> os.stat_result:
    """The state of a file that may be rewritten. Raises `TaggingError` for one that is read-only or special."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise TaggingError(f"{path}: not a regular file. Nothing was written.")
    if not status.st_mode & _NOBODY_WRITES or not os.access(path, os.W_OK):
        raise TaggingError(f"{path}: read-only. Nothing was written; make it writable first if it may change.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise TaggingError(f"{path.parent}: this folder cannot be written to. Nothing was written.")
    return status


def rewrite(path: Path, content: bytes, temporary: Path, before: os.stat_result) -> None:
    """Give a file new content. `before` is its state when it was read: one that has changed since is left alone.

    Raises `TaggingError`; the file is then as it was.
    """
    try:
        _write(temporary, content)
        _make_alike(path, temporary, before)
        now = path.stat()
        if (now.st_ino, now.st_size, now.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns):
            raise TaggingError(f"{path}: it changed while it was read. Nothing was written; try again.")
        os.replace(temporary, path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def create(path: Path, content: bytes, temporary: Path) -> None:
    """Write a new file; one that has appeared under this name meanwhile is left alone. Raises `TaggingError`."""
    try:
        _write(temporary, content)
        os.chmod(temporary, NEW_FILE_MODE)
        try:
            os.link(temporary, path)  # unlike a rename, it never replaces anything
        except FileExistsError:
            raise TaggingError(f"{path}: there is a file of this name by now. Nothing was written.") from None
        except OSError:  # a disk that knows no links
            if path.exists():
                raise TaggingError(f"{path}: there is a file of this name by now. Nothing was written.") from None
            os.replace(temporary, path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def _write(temporary: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_alike(path: Path, temporary: Path, before: os.stat_result) -> None:
    """Owner, rights, extended attributes and times of the file that is replaced."""
    made = temporary.stat()
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.chown(temporary, before.st_uid, before.st_gid)
        except PermissionError:
            raise TaggingError(
                f"{path}: it belongs to another user or group, and would become yours. Nothing was written; "
                "let its owner do it."
            ) from None
    shutil.copystat(path, temporary)
    os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))


def _not_written(path: Path, error: OSError) -> TaggingError:
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    reason = "the disk is full" if full else (error.strerror or str(error))
    return TaggingError(f"{path}: {reason}. Nothing was written; the file is as it was.")
