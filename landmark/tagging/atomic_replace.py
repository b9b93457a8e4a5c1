"""Replace, create or remove a file whole or not at all: a temporary file beside it, flushed to the disk, then renamed.

The new file keeps times, rights and owner of the old one. A kill in between leaves the old file as it was. Another
program may change the file at any moment: what it wrote is put back, where the system can swap files.
"""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.core.exchange import exchange
from landmark.core.files import NEW_FILE_MODE, flush_folder
from landmark.photo.ignore_rules import TEMPORARY_PREFIX

_WRITABLE_BY_ANYONE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_SWAPPED = ".new"  # ends the name of a whole file that is to be swapped, and of what stood in its place


def temporary_path(file: Path) -> Path:
    """Return a new name for the content of a file until it is renamed, which must be in the same folder."""
    return file.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.part")


def check_writable(path: Path) -> os.stat_result:
    """Return the state of a file that may be replaced. Raises `TaggingError` for one that is read-only or special."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise TaggingError(f"{path}: not a regular file. Nothing was written.")
    if not status.st_mode & _WRITABLE_BY_ANYONE or not os.access(path, os.W_OK):
        raise TaggingError(f"{path}: read-only. Nothing was written; make it writable first if it may change.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise TaggingError(f"{path.parent}: this folder cannot be written to. Nothing was written.")
    return status


def atomic_replace(
    path: Path,
    content: bytes,
    temporary: Path,
    before: os.stat_result | None,
    *,
    mode: int = NEW_FILE_MODE,
    mtime_ns: int | None = None,
) -> None:
    """Give a file new content. `before` is its state when it was read, or None for a new file.

    A file that has changed since, or a new one's name that is taken by now, is left alone. Raises `TaggingError`; the
    file is then as it was. `mode` and `mtime_ns` are of a new file.
    """
    with _folder_of(path) as folder:
        try:
            _write(temporary, content)
            if before is None:
                os.chmod(temporary, stat.S_IMODE(mode))
                if mtime_ns is not None:
                    os.utime(temporary, ns=(mtime_ns, mtime_ns))
                _rename_to_new(temporary, path)
            else:
                copy_attributes(path, temporary, before)
                if not _is_same(path.stat(), before):
                    raise _changed(path)
                _swap_in(temporary, path, before, folder)
        except OSError as error:
            raise TaggingError(
                f"{path}: {error.strerror or error}. Nothing was written; the file is as it was."
            ) from error
        finally:
            _discard(temporary, folder)
    flush_folder(path.parent)


def atomic_remove(path: Path, content: bytes, temporary: Path) -> None:
    """Remove a file that holds just this. One that was changed meanwhile stays; raises `TaggingError`."""
    aside = temporary.with_suffix(_SWAPPED)
    try:
        os.rename(path, aside)
        try:
            is_same = aside.read_bytes() == content
        except OSError:
            put_back(aside, path)
            raise
        if not is_same:
            put_back(aside, path)
            raise _changed(path)
        with suppress(OSError):
            aside.unlink()
    except OSError as error:
        raise TaggingError(f"{path}: {error.strerror or error}. It was not removed.") from error
    flush_folder(path.parent)


def put_back(aside: Path, path: Path) -> None:
    """Give a file that somebody wrote its name again, or another name beside it where that is taken by now."""
    number = 0
    while True:
        name = path if not number else path.with_name(f"{path.stem} ({number}){path.suffix}")
        try:
            _rename_to_new(aside, name)
            return
        except TaggingError:
            number += 1


def copy_attributes(path: Path, temporary: Path, before: os.stat_result) -> None:
    """Copy owner, rights, extended attributes and times of a file to the one that replaces it."""
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


def _is_same(now: os.stat_result, before: os.stat_result) -> bool:
    return (now.st_ino, now.st_size, now.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)


def _changed(path: Path) -> TaggingError:
    return TaggingError(f"{path}: it changed while it was read. Nothing was written; try again.")


def _swap_in(temporary: Path, path: Path, before: os.stat_result, folder: int | None) -> None:
    """Put a whole new file in the place of the old one, unless that is another one at the very moment."""
    ours = temporary.with_suffix(_SWAPPED)
    os.rename(temporary, ours)  # a whole file, as `recover` knows by its name
    try:
        made = ours.stat()
        if not exchange(ours, path):
            os.replace(ours, path)
            return
    except OSError:
        _discard(ours, folder)
        raise
    if not _is_same(ours.stat(), before):
        exchange(ours, path)
        if ours.stat().st_ino != made.st_ino:  # it was changed once more
            put_back(ours, path)
        ours.unlink(missing_ok=True)
        raise _changed(path)
    with suppress(OSError):  # the file is written, whatever becomes of the old one
        ours.unlink()


@contextmanager
def _folder_of(path: Path) -> Iterator[int | None]:
    """Open the folder of a file, which somebody may rename meanwhile; None where the system cannot."""
    try:
        handle = os.open(path.parent, os.O_RDONLY) if os.unlink in os.supports_dir_fd else None
    except OSError:  # one that may be written to and not listed
        handle = None
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


def _discard(temporary: Path, folder: int | None) -> None:
    """Remove a temporary file, wherever its folder is by now."""
    with suppress(FileNotFoundError):
        os.unlink(temporary if folder is None else temporary.name, dir_fd=folder)


def _write(temporary: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename_to_new(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename, it never replaces anything
    except OSError as error:
        if isinstance(error, FileExistsError) or path.exists():
            raise TaggingError(f"{path}: there is a file of this name by now. Nothing was written.") from None
        os.replace(temporary, path)  # a disk that knows no links
        return
    temporary.unlink(missing_ok=True)
