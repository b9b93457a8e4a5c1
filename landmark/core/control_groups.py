"""The control groups of this process on Linux, by which containers limit CPU time and memory."""

from collections.abc import Iterator
from pathlib import Path


def control_groups(controller: str, mounts: tuple[str, ...] = (), root: Path = Path("/")) -> Iterator[Path]:
    """Yield the folders of this process's groups and of all groups above them, of version 2 and of a controller's.

    `mounts` are the folders below /sys/fs/cgroup where version 1 may have mounted the controller (default: its name);
    `root` is where the file system begins. Not every folder exists.

    >>> next(control_groups("memory", root=Path("no/such/folder")), None) is None
    True
    """
    for line in read_text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        found: tuple[str, ...] = ()
        if not controllers:  # cgroup v2; beside v1 it is mounted a folder deeper
            found = ("", "unified")
        elif controller in controllers.split(","):
            found = mounts or (controller,)
        names = [name for name in path.split("/") if name not in ("", "..")]
        # inside a container the path may be the host's, of which only the end or nothing at all is mounted
        for mount in found:
            for depth in range(len(names), -1, -1):
                yield root.joinpath("sys/fs/cgroup", mount, *names[:depth])


def read_text(path: Path) -> str:
    """Return what a small file of the system holds; nothing where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
