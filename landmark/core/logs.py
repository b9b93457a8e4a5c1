"""Messages for people go through `logging`, under the name "landmark"; where they are shown is chosen at the edge.

The command line and functions with a `log` argument hand them to `print` or to what they were given. Any other program
sees them as its own logging is set up.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ROOT = "landmark"


class _Writer(logging.Handler):
    """Hands each message to a function; what that raises ends the work that logged it."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write the message alone, without time or level."""
        self.write(record.getMessage())


@contextmanager
def messages_to(write: Callable[[str], None] = print) -> Iterator[None]:
    """Hand every message that this package logs inside the block, from level INFO up, to `write`.

    >>> with messages_to(print):
    ...     logging.getLogger("landmark.training").info("Epoch %d", 1)
    Epoch 1
    """
    handler, logger = _Writer(write), logging.getLogger(ROOT)
    logger.addHandler(handler)
    try:
        with log_level(ROOT, min(logger.level or logging.INFO, logging.INFO)):
            yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def log_level(name: str, level: int) -> Iterator[None]:
    """Give a logger, and those below it that have none of their own, another level inside the block.

    >>> with messages_to(print), log_level("landmark.training", logging.WARNING):
    ...     logging.getLogger("landmark.training").info("Epoch %d", 1)
    """
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
