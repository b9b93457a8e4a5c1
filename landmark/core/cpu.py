"""How many threads make sense."""

import os


def available_cpus() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has.

    >>> available_cpus() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
