"""What is heard of one photo beside its picture: photos nearby in time, a track, and where the album was at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from landmark.geo.place import Place
from landmark.geo.tracks.placing import TrackPosition
from landmark.tagging.evidence.nearby import NearbyPhoto, is_contradicted, nearest_of_each
from landmark.tagging.evidence.weights import Source

_SAME_MOMENT_MIN = 0.25  # photos of one press of the button are one


@dataclass(frozen=True)
class Surroundings:
    """What is known of a photo beside its picture, before anything is weighed.

    `nearby` are photos of a known place, taken shortly before and after; `is_among_others` is true where several
    others were taken within the bound, so that their silence says something. `track` is where a track says that it was
    taken, or why it does not; None without tracks. `away_km` tells how far from a landmark the journey's nearest known
    position is; None: few are known.
    """

    nearby: Sequence[NearbyPhoto] = ()
    track: TrackPosition | str | None = None
    is_among_others: bool = False
    away_km: Callable[[Place], float] | None = None

    @property
    def on_track(self) -> TrackPosition | None:
        """Return the position on a track, if there is one."""
        return self.track if isinstance(self.track, TrackPosition) else None


@dataclass(frozen=True)
class Heard:
    """The evidence about a photo: `gps` and `landmarks` are nearby photos of a known place, the former the nearest on
    each side, the latter all within the bound, each moment once; the others are as in `Surroundings`.
    """

    gps: tuple[NearbyPhoto, ...] = ()
    landmarks: tuple[NearbyPhoto, ...] = ()
    is_among_others: bool = False
    track: TrackPosition | None = None
    away_km: Callable[[Place], float] | None = None


def hear(around: Surroundings, within_min: float) -> Heard:
    """Return what counts of photos nearby in time, up to so many minutes apart, and of the rest.

    >>> from landmark.geo.coordinates import Coordinates
    >>> seen = [NearbyPhoto(f"IMG_{minutes}", minutes, Coordinates(0, 0), 0.9, 1, True) for minutes in (0.1, 3, 3.1)]
    >>> [one.photo for one in hear(Surroundings(seen), 240).landmarks]
    ['IMG_3']
    """
    within = [one for one in around.nearby if abs(one.minutes) <= within_min]
    gps = tuple(one for one in nearest_of_each(within) if one.source is Source.GPS)
    landmarks: list[NearbyPhoto] = []
    for one in sorted((one for one in within if one.source is Source.LANDMARK), key=lambda one: one.minutes):
        is_new = not landmarks or one.minutes - landmarks[-1].minutes > _SAME_MOMENT_MIN
        if abs(one.minutes) > _SAME_MOMENT_MIN and is_new and not is_contradicted(one, gps):
            landmarks.append(one)
    return Heard(gps, tuple(landmarks), around.is_among_others, around.on_track, around.away_km)
