"""How many CPUs this process may use: by its affinity, and by the quota of the container that it runs in."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from landmark.core.control_groups import control_groups, read_text


def available_cpus(root: Path = Path("/")) -> int:
    """Return how many threads can compute at the same time, at least one; `root` is where the file system begins.

    `docker run --cpus 2` leaves all of a machine's CPUs visible and takes the time away from who uses more than two of
    them; so a quota counts, rounded up, where it is less than the affinity.

    >>> available_cpus() >= 1
    True
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([cpus, *_quotas(root)])


def _quotas(root: Path) -> Iterator[int]:
    """Yield the quotas (in CPUs, rounded up) of the control groups of this process and of all groups above them."""
    for group in control_groups("cpu", ("cpu", "cpu,cpuacct"), root):
        yield from _quota(group)


def _quota(group: Path) -> Iterator[int]:
    """Yield the quota of one control group; nothing where it has none."""
    quota, _, period = read_text(group / "cpu.max").strip().partition(" ")  # v2: "200000 100000", or "max 100000"
    if not quota:
        quota, period = (
            read_text(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")
        )  # v1: -1 is none
    if quota.isdecimal() and period.isdecimal() and int(quota) > 0 and int(period) > 0:
        yield math.ceil(int(quota) / int(period))
