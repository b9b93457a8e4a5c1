"""What a person asks of an album: what is proposed, from which evidence, and what is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from landmark.core.errors import ConfigurationError
from landmark.model.own_position import SUSPECT_KM


@dataclass(frozen=True)
class Policy:
    """What is proposed, and what is written.

    `threshold` is the confidence from which on a landmark is proposed (None: the model's own). Photos up to
    `neighbours_min` minutes apart count as evidence (0: none); those up to `propose_nearby_min` apart propose a place
    by themselves (0: none do). `wide` also gives landmarks wider than 5 km coordinates.
    `clocks_s` maps cameras to the seconds by which their clocks are behind that of the camera with most photos,
    `zones_s` to those that they are ahead of UTC. `tracks` are files or folders of tracks, on which photos are placed
    by time; `zone` is that of camera clocks without one (+02:00, Europe/Paris), and gaps of up to `track_gap_min`
    between two fixes are bridged.

    >>> Policy(threshold=70)
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: Found threshold = 70. Expected a fraction from 0 to 1, such as 0.7.
    """

    threshold: float | None = None
    neighbours_min: float = 240.0  # half a day away people may have flown anywhere
    wide: bool = False
    suspect_km: float = SUSPECT_KM  # GPS this far from the landmark's outer edge is suspect
    lowest: float = 0.3  # the model's own confidence without which no nearby photo helps
    clocks_s: Mapping[str, float] = field(default_factory=dict)
    zones_s: Mapping[str, float] = field(default_factory=dict)
    tracks: Sequence[str] = ()
    zone: str | None = None
    track_gap_min: float = 30.0
    propose_nearby_min: float = 0.0  # off: a photo nearby in time of one at home tags the home

    def __post_init__(self) -> None:
        for name in ("threshold", "lowest"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ConfigurationError(f"Found {name} = {value}. Expected a fraction from 0 to 1, such as 0.7.")
        for name in ("neighbours_min", "suspect_km", "track_gap_min", "propose_nearby_min"):
            if not getattr(self, name) >= 0:
                raise ConfigurationError(f"Found {name} = {getattr(self, name)}. Expected 0 or more.")
        self._check_kinds()

    def _check_kinds(self) -> None:
        """Raise `ConfigurationError` for values of another kind, such as a file of decisions may hold."""
        if not isinstance(self.tracks, list | tuple) or not all(isinstance(one, str) for one in self.tracks):
            raise ConfigurationError(f"Found tracks = {self.tracks!r}. Expected a list of files or folders, as text.")
        if not (self.zone is None or isinstance(self.zone, str)):
            raise ConfigurationError(f"Found zone = {self.zone!r}. Expected text such as '+02:00'.")
        for name in ("clocks_s", "zones_s"):
            found = getattr(self, name)
            if not isinstance(found, Mapping) or not all(isinstance(one, int | float) for one in found.values()):
                raise ConfigurationError(f"Found {name} = {found!r}. Expected seconds by camera.")
