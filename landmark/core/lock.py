"""One at a time: a lock that a process holds while it works, and that ends with it, however it ends."""

from pathlib import Path
from typing import TYPE_CHECKING

from landmark.core.directories import keep_private
from landmark.core.errors import TaggingError

if TYPE_CHECKING:
    from filelock import BaseFileLock


def exclusive_lock(file: Path, message_if_taken: str, *, wait_s: float = 0.0) -> "BaseFileLock":
    """Take a lock that is a file of its own, and hold it until the result is released.

    Raises `TaggingError` with the message where another process or object holds it for `wait_s` seconds, `OSError`
    where the file cannot be made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exclusive_lock(Path(folder) / "a.lock", "Somebody else is at work.").release()
    """
    from filelock import FileLock, Timeout  # 30 ms, which only those pay who write

    lock = FileLock(file, timeout=wait_s, mode=0o600, thread_local=False)  # whichever thread ends the work releases it
    try:
        lock.acquire()
    except Timeout as error:
        raise TaggingError(message_if_taken) from error
    keep_private(file)  # earlier versions let others open it
    return lock
