"""How many CPUs this process may use: by its affinity, and by the quota of the container that it runs in."""

import math
import os
from collections.abc import Iterator
from pathlib import Path


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
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        mounts: tuple[str, ...] = ()
        if not controllers:  # cgroup v2; beside v1 it is mounted a folder deeper
            mounts = ("sys/fs/cgroup", "sys/fs/cgroup/unified")
        elif "cpu" in controllers.split(","):
            mounts = ("sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct")
        names = [name for name in path.split("/") if name not in ("", "..")]
        # inside a container the path may be the host's, of which only the end or nothing at all is mounted
        for mount in mounts:
            for depth in range(len(names), -1, -1):
                yield from _quota(root.joinpath(mount, *names[:depth]))


def _quota(group: Path) -> Iterator[int]:
    """Yield the quota of one control group; nothing where it has none."""
    quota, _, period = _read(group / "cpu.max").strip().partition(" ")  # v2: "200000 100000", or "max 100000"
    if not quota:
        quota, period = (_read(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))  # v1: -1 is none
    if quota.isdecimal() and period.isdecimal() and int(quota) > 0 and int(period) > 0:
        yield math.ceil(int(quota) / int(period))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
