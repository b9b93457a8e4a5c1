"""Ctrl-C on long work: the current step ends, what was done is saved, and only then the work stops."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Work that was asked to stop and has saved what it had done; the message says how to resume."""


@contextmanager
def stop_request() -> Iterator[threading.Event]:
    """Make a first Ctrl-C (or a SIGTERM) inside the block only set an event; a second one stops at once.

    Outside the main thread signals cannot be handled: there it does nothing.

    >>> with stop_request() as stop:
    ...     signal.raise_signal(signal.SIGINT)
    ...     stop.is_set()
    True
    """
    request = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if request.is_set():
            raise KeyboardInterrupt
        request.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
