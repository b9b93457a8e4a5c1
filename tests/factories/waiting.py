"""Waiting for what another thread or process does, with patience for machines that have other things to do."""

import time
from collections.abc import Callable

PATIENCE_S = 120


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
