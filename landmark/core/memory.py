"""How much memory this process may still take: of the machine, and of the container that it runs in."""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from landmark.core.control_groups import control_groups, read_text

_UNKNOWN_BYTES = 2_000_000_000  # taken where a system tells nothing
_KILOBYTES = re.compile(r"^MemAvailable:\s+(\d+) kB", re.MULTILINE)
_CACHE = re.compile(r"^(?:total_)?inactive_file (\d+)", re.MULTILINE)  # of files: the group is given it back at need


def available_memory(root: Path = Path("/")) -> int:
    """Return how many bytes are free or can be freed at once; `root` is where the file system begins.

    In a container these are what is left of its limit, where that is less than what the machine has.

    >>> available_memory() > 0
    True
    """
    return max(0, min([_of_machine(root), *_of_groups(root)]))


def _of_machine(root: Path) -> int:
    if found := _KILOBYTES.search(read_text(root / "proc/meminfo")):
        return int(found[1]) * 1024
    if sys.platform == "win32":
        return _of_windows()
    try:  # macOS does not tell what is free: half of what there is
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN_BYTES


def _of_windows() -> int:
    """Return `ullAvailPhys` of MEMORYSTATUSEX: two numbers of 32 bits, then seven of 64, of which it is the second."""
    status = (ctypes.c_uint64 * 8)(64)  # the first field is the length of the structure
    windows = getattr(ctypes, "windll", None)
    if windows is None or not windows.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return _UNKNOWN_BYTES
    return int(status[2])


def _of_groups(root: Path) -> Iterator[int]:
    """Yield what is left of the limits of the control groups of this process and of all groups above them, in bytes."""
    for group in control_groups("memory", root=root):
        for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            most, now = (read_text(group / name).strip() for name in (limit, used))
            if most.isdecimal() and now.isdecimal():
                cache = _CACHE.search(read_text(group / "memory.stat"))
                yield int(most) - int(now) + (int(cache[1]) if cache else 0)
