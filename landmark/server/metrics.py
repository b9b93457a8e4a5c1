"""What the server counts, for Prometheus.

A server of one process counts everything. Of several, each counts for itself, unless PROMETHEUS_MULTIPROC_DIR names an
empty folder that all of them can write to (prometheus_client's own way).
"""

import os
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # as several processes have none
        self._registry = CollectorRegistry()
        kept: dict[str, Any] = {"registry": self._registry}
        timed = {**kept, "buckets": _SECONDS}
        self.requests = Counter("landmark_requests", "Requests by route and HTTP status.", ["route", "status"], **kept)
        self.request_seconds = Histogram(
            "landmark_request_seconds", "From the first byte to the reply.", ["route"], **timed
        )
        outcomes = "Photos: recognised, unknown, unreadable, given_up."
        self.photos = Counter("landmark_photos", outcomes, ["outcome"], **kept)
        stages = "Stages of a photo: decode, network, follow_up."
        self.stage_seconds = Histogram("landmark_stage_seconds", stages, ["stage"], **timed)
        self.batch_photos = Histogram(
            "landmark_batch_photos", "Photos in a batch of the network.", buckets=(1, 2, 4, 8, 16), **kept
        )
        self.in_flight = Gauge("landmark_places_taken", "Photos in flight.", multiprocess_mode="livesum", **kept)

    def exposition(self) -> bytes:
        """Return all counts in Prometheus' text format."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)
