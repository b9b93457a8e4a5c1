"""CPUs of a process: its affinity, and the quota of its container in both versions of control groups."""

import os
from pathlib import Path

import pytest

from landmark.core.cpu import available_cpus


@pytest.fixture(autouse=True)
def sixty_four_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)


def make_root(root: Path, groups: str, **files: str) -> Path:
    """Return `root` with the groups of this process, and files under /sys/fs/cgroup (`/` written as `__`)."""
    for name, content in {"proc__self__cgroup": groups, **files}.items():
        path = root / (name if name.startswith("proc") else f"sys__fs__cgroup__{name}").replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def make_v2(root: Path, **quotas: str) -> Path:
    return make_root(root, "0::/a/b\n", **{f"{group}cpu.max": text for group, text in quotas.items()})


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("1000 100000\n", 1),
        ("max 100000\n", 64),
        ("9900000 100000\n", 64),
        ("0 100000\n", 64),
        ("200000 0\n", 64),
        ("\n", 64),
        ("two hundred\n", 64),
    ],
)
def test_a_quota_of_version_2_counts_rounded_up(tmp_path: Path, quota: str, cpus: int) -> None:
    assert available_cpus(make_v2(tmp_path, a__b__=quota)) == cpus


def test_a_group_above_may_have_the_smaller_quota(tmp_path: Path) -> None:
    quotas = {"a__b__": "max 100000", "a__": "300000 100000", "": "800000 100000"}
    assert available_cpus(make_v2(tmp_path, **quotas)) == 3


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize(("quota", "cpus"), [("250000", 3), ("-1", 64)])
def test_a_quota_of_version_1_counts(tmp_path: Path, mount: str, quota: str, cpus: int) -> None:
    groups = "5:cpuset:/docker/0123\n4:cpu,cpuacct:/docker/0123\n1:name=systemd:/docker/0123\n"
    files = {"cpu.cfs_quota_us": f"{quota}\n", "cpu.cfs_period_us": "100000\n"}
    inside = make_root(tmp_path / "inside", groups, **{f"{mount}__{name}": text for name, text in files.items()})
    assert available_cpus(inside) == cpus, "a container sees its own group as the uppermost"
    host = {f"{mount}__docker__0123__{name}": text for name, text in files.items()}
    assert available_cpus(make_root(tmp_path / "host", groups, **host)) == cpus


@pytest.mark.parametrize("groups", ["", "0::/\n", "0::/../../b\n", "4:cpu:/\n0::/a:b\n"])
def test_without_files_the_affinity_counts(tmp_path: Path, groups: str) -> None:
    assert available_cpus(make_root(tmp_path, groups)) == 64
    assert available_cpus(tmp_path / "no such folder") == 64


def test_a_smaller_affinity_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5}, raising=False)
    assert available_cpus(make_v2(tmp_path, a__b__="200000 100000")) == 1
