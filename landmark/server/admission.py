"""How much a process takes on: places for photos, and how long they would wait. More is refused at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from landmark.server.metrics import Metrics
from landmark.server.replies import busy

# A queue that would take more of the deadline than this is full, however few are in it: cores may be busy elsewhere.
_MOST_OF_DEADLINE = 0.5
_WEIGHT = 0.1  # of the newest photo in the mean of how long one takes
# The lane for large photos does one after the other, each when it was reckoned: more of the deadline is safe there.
_MOST_IN_LANE = 0.8
_RISING, _FALLING = 0.5, 0.1  # weights of the newest there: they differ, and too many are worse than too few


class Room:
    """Places that photos take for as long as they are worked on; of one event loop."""

    def __init__(self, metrics: Metrics, *, places: int, deadline_s: float) -> None:
        self.places = places
        self.n_taken = 0
        self._deadline_s = deadline_s
        self._n_large = 0
        self._mean_large_s = 0.0  # that one in the lane for large photos takes, once it has its turn
        self._mean_s = 0.0  # that a photo takes, of those that share the cores with it
        self._metrics = metrics

    def has_room(self, count: int) -> bool:
        """Whether so many more photos could be answered in time; on an idle server one always finds out."""
        together = self.n_taken + count
        in_time = together * self._mean_s <= _MOST_OF_DEADLINE * self._deadline_s
        return not self.n_taken or (together <= self.places and in_time)

    def learn(self, seconds: float, together: int) -> None:
        """Note how long a photo took, which shared the cores with so many others."""
        self._mean_s += _WEIGHT * (seconds / max(1, together) - self._mean_s)

    def learn_large(self, seconds: float) -> None:
        """Note how long one took in the lane for large photos, once it had its turn."""
        rises = seconds > self._mean_large_s
        weight = 1.0 if not self._mean_large_s else _RISING if rises else _FALLING
        self._mean_large_s += weight * (seconds - self._mean_large_s)

    @contextmanager
    def taken(self, count: int) -> Iterator[None]:
        """So many places, while inside. Raises `RequestError` (503) where there are not as many."""
        if not self.has_room(count):
            raise busy("The server has as much to do as it can do in time.")
        self._change(count)
        try:
            yield
        finally:
            self._change(-count)

    @contextmanager
    def large_taken(self) -> Iterator[None]:
        """A place in the lane for large photos; the one that its request holds is another's meanwhile."""
        together_s = (self._n_large + 1) * self._mean_large_s
        if self._n_large >= self.places or (self._n_large and together_s > _MOST_IN_LANE * self._deadline_s):
            raise busy("The server has as many large photos to decode as it can do in time.")
        self._n_large += 1
        self._change(-1)
        try:
            yield
        finally:
            self._n_large -= 1
            self._change(1)

    def _change(self, count: int) -> None:
        self.n_taken += count
        self._metrics.places_taken.set(self.n_taken)
