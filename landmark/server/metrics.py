"""What the server counts, for Prometheus: one account of all its processes, whichever of them is asked."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as shared

# Where the processes of one server keep their counts; the name is prometheus_client's, which reads it on import.
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "landmark_requests", "Requests by route and HTTP status.", ["route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "landmark_request_seconds", "From the first byte to the reply.", ["route"], buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.photos = Counter(
            "landmark_photos", "Photos by outcome: recognised, unknown, unreadable, given_up.", ["outcome"],
            registry=registry,
        )  # fmt: skip
        self.stage_seconds = Histogram(
            "landmark_stage_seconds", "Time of a photo in a stage: decode, network, follow_up.", ["stage"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.batch_photos = Histogram(
            "landmark_batch_photos", "Photos that the network was given at once.", buckets=(1, 2, 4, 8, 16),
            registry=registry,
        )  # fmt: skip
        self.places_taken = Gauge(
            "landmark_places_taken", "Places of the queue that are taken.", multiprocess_mode="livesum",
            registry=registry,
        )  # fmt: skip

    def exposition(self) -> bytes:
        """All counts in Prometheus' text format."""
        if _FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            shared.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)


@contextmanager
def shared_folder() -> Iterator[None]:
    """Lets processes that are started inside keep one account, in memory where the system has a folder for that."""
    memory = Path("/dev/shm")  # also writable in a container whose own file system is not
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="landmark-metrics-", dir=place, ignore_cleanup_errors=True) as folder:
        os.environ[_FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER_VARIABLE]


def forget_process(pid: int) -> None:
    """Take a process that has ended out of what counts the living."""
    if _FOLDER_VARIABLE in os.environ:
        shared.mark_process_dead(pid)  # type: ignore[no-untyped-call]
