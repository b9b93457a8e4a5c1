"""Memory that is free: of the machine, and what a container's limit leaves, in both versions of control groups."""

from pathlib import Path

import pytest

from landmark.core.memory import available_memory

MACHINE = 8_000_000 * 1024
MEMINFO = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    8000000 kB\n"


def make_root(root: Path, groups: str, **files: str) -> Path:
    """Return `root` with the groups of this process, and files under /sys/fs/cgroup (`/` written as `__`)."""
    found = {"proc/meminfo": MEMINFO, "proc/self/cgroup": groups}
    found |= {f"sys/fs/cgroup/{name.replace('__', '/')}": content for name, content in files.items()}
    for name, content in found.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_without_a_container_it_is_that_of_the_machine(tmp_path: Path) -> None:
    assert available_memory(make_root(tmp_path, "0::/user.slice\n")) == MACHINE


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [
        ("1000000000\n", "300000000\n", 700_000_000),
        ("1000000000\n", "1000000001\n", 0),
        ("max\n", "300000000\n", MACHINE),
        ("99000000000\n", "300000000\n", MACHINE),
        ("\n", "\n", MACHINE),
        ("much\n", "300000000\n", MACHINE),
    ],
)
def test_a_limit_of_version_2_counts_by_what_is_left(tmp_path: Path, limit: str, used: str, left: int) -> None:
    files = {"a__b__memory.max": limit, "a__b__memory.current": used}
    assert available_memory(make_root(tmp_path, "0::/a/b\n", **files)) == left


def test_a_cache_of_files_is_given_back(tmp_path: Path) -> None:
    files = {"a__memory.max": "1000", "a__memory.current": "900", "a__memory.stat": "anon 300\ninactive_file 500\n"}
    assert available_memory(make_root(tmp_path, "0::/a/b\n", **files)) == 600, "of a group above, too"


def test_a_limit_of_version_1_counts(tmp_path: Path) -> None:
    files = {
        "memory__docker__1__memory.limit_in_bytes": "2000",
        "memory__docker__1__memory.usage_in_bytes": "1500",
        "memory__docker__1__memory.stat": "inactive_file 1\ntotal_inactive_file 100\n",
    }
    groups = "5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n"
    assert available_memory(make_root(tmp_path, groups, **files)) in (600, 501)


def test_where_the_system_tells_nothing_half_of_what_there_is(tmp_path: Path) -> None:
    assert available_memory(tmp_path) > 0
