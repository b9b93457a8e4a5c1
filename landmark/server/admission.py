"""Admission control: how many photos are in flight, and how long they would take. More are refused at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from landmark.server.metrics import Metrics
from landmark.server.replies import busy
from landmark.server.settings import ServerSettings

# A queue that would take more of the deadline than this is full, however few are in it: the cores may be busy.
_MAX_OF_DEADLINE = 0.5
_WEIGHT = 0.1  # of the newest photo in the mean time of one
# Large photos are worked on one after the other, so their times add up reliably: more of the deadline is safe.
_MAX_OF_DEADLINE_LARGE = 0.8
_RISING, _FALLING = 0.5, 0.1  # weights of the newest there: they differ, and too many are worse than too few


class Admission:
    """Count photos in flight and estimate their time; for one event loop."""

    def __init__(self, metrics: Metrics, settings: ServerSettings) -> None:
        self.max_in_flight = settings.max_in_flight
        self.in_flight = 0
        self._deadline_s = settings.deadline_s
        self._n_large = 0
        self._mean_large_s = 0.0  # that a large photo takes, once it has its turn
        self._mean_s = 0.0  # that a photo takes, divided by the number that share the cores with it
        self._metrics = metrics

    def can_admit(self, count: int) -> bool:
        """Return whether so many more photos could be answered in time; an idle server always tries."""
        together = self.in_flight + count
        in_time = together * self._mean_s <= _MAX_OF_DEADLINE * self._deadline_s
        return not self.in_flight or (together <= self.max_in_flight and in_time)

    def record(self, seconds: float, together: int) -> None:
        """Record how long a photo took that shared the cores with so many others."""
        self._mean_s += _WEIGHT * (seconds / max(1, together) - self._mean_s)

    def record_large(self, seconds: float) -> None:
        """Record how long a large photo took, once it had its turn."""
        rises = seconds > self._mean_large_s
        weight = 1.0 if not self._mean_large_s else _RISING if rises else _FALLING
        self._mean_large_s += weight * (seconds - self._mean_large_s)

    @contextmanager
    def admit(self, count: int) -> Iterator[None]:
        """Count so many photos as in flight while inside. Raises `RequestError` (503) where they are too many."""
        if not self.can_admit(count):
            raise busy("The server has as much to do as it can do in time.")
        self._add(count)
        try:
            yield
        finally:
            self._add(-count)

    @contextmanager
    def admit_large(self) -> Iterator[None]:
        """Move an admitted photo to the queue of large ones while inside. Raises `RequestError` (503) when it is full.

        Others may take its place among the photos in flight meanwhile.
        """
        together_s = (self._n_large + 1) * self._mean_large_s
        if self._n_large >= self.max_in_flight or (
            self._n_large and together_s > _MAX_OF_DEADLINE_LARGE * self._deadline_s
        ):
            raise busy("The server has as many large photos to decode as it can do in time.")
        self._n_large += 1
        self._add(-1)
        try:
            yield
        finally:
            self._n_large -= 1
            self._add(1)

    def _add(self, count: int) -> None:
        self.in_flight += count
        self._metrics.in_flight.set(self.in_flight)
