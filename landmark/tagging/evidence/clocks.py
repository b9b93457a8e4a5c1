"""How far apart the clocks of an album's cameras are, so that photos of several cameras can be compared in time.

A camera's clock is compared with the satellites' where several of its photos have GPS times that agree, or, where it
took photos of the same landmarks as the camera with most photos, with that one's. Where neither works, a camera's
photos are compared with each other only.
"""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landmark.core.errors import ConfigurationError
from landmark.core.times import parse_zone

UTC_LINE = "UTC"
GPS_PHOTOS = 3  # of a camera that must have GPS times: one or two may have got a position, and its time, years later
_STEADY_S = 120.0  # the middle half of a camera's differences from GPS time lies within this, or its clock was changed
_PLAUSIBLE_LAG_S = 26 * 3600.0  # of a clock that was set: any zone with its summer time, and a day's mistake
_VISIT_S = 6 * 3600.0  # photos of a landmark that span more are of several visits, and no help
_COMMON_LANDMARKS = 3
_AGREE_S = 20 * 60.0  # how well the common landmarks must agree


@dataclass(frozen=True)
class CameraClock:
    """What an album says about a camera's clock.

    `name` is the camera's; `zoned`, whether its times come with a zone (and are then in UTC); `gps_lag_s` are the
    quartiles of its clock minus GPS time, in seconds, where several photos have one; `visits` the first and last time
    it saw each landmark; `zone_s` how far the zone of most of its times is ahead of UTC.
    """

    name: str
    zoned: bool
    n_photos: int
    gps_lag_s: tuple[float, float, float] | None = None
    visits: Mapping[str, tuple[float, float]] | None = None
    zone_s: float = 0.0

    @property
    def key(self) -> tuple[str, bool]:
        """Return the name and `zoned`, which identify it."""
        return self.name, self.zoned


@dataclass(frozen=True)
class Timeline:
    """Photos on one line can be compared in time; `shift_s` is added to the camera's clock to get there.

    `is_told` is true where the photos or the user tell the time in UTC, and nothing is estimated.
    """

    line: str
    shift_s: float = 0.0
    is_told: bool = False


def timelines(
    cameras: Iterable[CameraClock], given_s: Mapping[str, float], zones_s: Mapping[str, float] | None = None
) -> dict[tuple[str, bool], Timeline]:
    """Return the timeline of each camera. `given_s` maps names, or parts of them, to seconds behind the main
    camera's clock, `zones_s` to seconds that a clock without a zone is ahead of UTC.

    Raises `ConfigurationError` for a given name that is no camera of the album.

    >>> main = CameraClock("Phone", True, 90)
    >>> other = CameraClock("Compact", False, 10, gps_lag_s=(7199.0, 7200.0, 7201.0))
    >>> timelines([main, other], {})[("Compact", False)]
    Timeline(line='UTC', shift_s=-7200.0, is_told=False)
    """
    cameras = sorted(cameras, key=lambda camera: (-camera.n_photos, camera.key))
    offsets = {_find(name, cameras): seconds for name, seconds in given_s.items()}
    zones = {_find(name, cameras): seconds for name, seconds in (zones_s or {}).items()}
    _check_zones(zones, offsets, cameras)
    if not cameras:
        return {}
    lines = {camera.key: _own_line(camera, zones.get(camera.name)) for camera in cameras}
    main = next((camera for camera in cameras if camera.name not in offsets), cameras[0])
    base = lines[main.key]  # what it is without an offset of its own, where all cameras have one
    for camera in cameras:
        if camera.name in offsets:
            # what a clock without a zone is behind is what the main one shows, and not UTC
            ahead_s = main.zone_s if main.zoned and not camera.zoned else 0.0
            shift_s = base.shift_s + offsets[camera.name] - ahead_s
            lines[camera.key] = Timeline(base.line, shift_s, base.is_told)
        elif lines[camera.key].line not in (base.line, UTC_LINE):
            behind_s = _behind_by_landmarks(camera, main)
            if behind_s is not None:
                lines[camera.key] = Timeline(base.line, base.shift_s + behind_s)
    return lines


def parse_clocks(texts: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Read what cameras' clocks were behind that of the camera with most photos, and ahead of UTC, both in seconds.

    >>> parse_clocks(["COOLPIX P6000=+1:30", "EOS 5D=UTC+2", "Leica=UTC-3:30:10", "M6=UTC"])
    ({'COOLPIX P6000': 5400.0}, {'EOS 5D': 7200.0, 'Leica': -12610.0, 'M6': 0.0})
    """
    behind_s, ahead_of_utc_s = {}, {}
    for text in texts:
        name, _, offset = text.rpartition("=")
        zone = parse_zone(offset) if name and offset.upper().startswith(("UTC", "GMT")) else None
        if zone:
            ahead_of_utc_s[name] = zone.utcoffset(None).total_seconds()
        else:
            camera, seconds_behind = parse_offset(text)
            behind_s[camera] = seconds_behind
    return behind_s, ahead_of_utc_s


def offset_text(behind_s: float) -> str:
    """Return how far a clock is behind another one, as `--clock` takes it.

    >>> offset_text(5400.0), offset_text(-20.0)
    ('+1:30', '-0:00:20')
    """
    minutes, seconds = divmod(round(abs(behind_s)), 60)
    parts = f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return f"{'-' if behind_s < 0 else '+'}{parts}"


def zone_text(ahead_s: float) -> str:
    """Return how far a clock is ahead of UTC, as `--clock` takes it.

    >>> zone_text(7200), zone_text(-12610), zone_text(0)
    ('UTC+2', 'UTC-3:30:10', 'UTC')
    """
    minutes, seconds = divmod(round(abs(ahead_s)), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours + minutes + seconds:
        return "UTC"
    parts = f"{hours}" + (f":{minutes:02}" if minutes or seconds else "") + (f":{seconds:02}" if seconds else "")
    return f"UTC{'-' if ahead_s < 0 else '+'}{parts}"


def parse_offset(text: str) -> tuple[str, float]:
    """Read a camera and the seconds that its clock is behind, from text such as `COOLPIX P6000=+1:30`.

    >>> parse_offset("COOLPIX P6000=+1:30"), parse_offset("Phone=-0:00:20")
    (('COOLPIX P6000', 5400.0), ('Phone', -20.0))
    """
    name, _, offset = text.rpartition("=")
    sign = -1 if offset.startswith("-") else 1
    try:
        parts = [int(part) for part in offset.lstrip("+-").split(":")]
        if not name or not 2 <= len(parts) <= 3 or max(parts[1:]) > 59:
            raise ValueError
    except ValueError:
        raise ConfigurationError(
            f"Found --clock {text!r}. Expected CAMERA=+H:MM or CAMERA=-H:MM:SS, what its clock was behind or ahead, "
            "or CAMERA=UTC+H, its zone; as in --clock 'COOLPIX P6000=+1:00' or --clock 'EOS 5D=UTC+2'."
        ) from None
    return name, sign * float(sum(part * 60 ** (2 - place) for place, part in enumerate(parts)))


def _check_zones(zones: Mapping[str, float], offsets: Mapping[str, float], cameras: Iterable[CameraClock]) -> None:
    """Raise `ConfigurationError` for a zone that says nothing, or one thing of two."""
    without_zone = {camera.name for camera in cameras if not camera.zoned}
    for name in zones:
        if name in offsets:
            raise ConfigurationError(f"Found --clock twice for {name}. Expected its zone, as in UTC+2, or its offset.")
        if name not in without_zone:
            raise ConfigurationError(
                f"Found a zone for {name} in --clock. Its photos have their own; give what its clock was behind or "
                f"ahead: --clock '{name}=+0:05'."
            )


def _own_line(camera: CameraClock, zone_s: float | None) -> Timeline:
    if camera.zoned:
        return Timeline(UTC_LINE, is_told=True)
    if zone_s is not None:
        return Timeline(UTC_LINE, -zone_s, is_told=True)
    if camera.gps_lag_s:
        low_s, middle_s, high_s = camera.gps_lag_s
        if high_s - low_s <= _STEADY_S and abs(middle_s) <= _PLAUSIBLE_LAG_S:
            return Timeline(UTC_LINE, -middle_s)
    return Timeline(camera.name)


def _behind_by_landmarks(camera: CameraClock, main: CameraClock) -> float | None:
    """Return by how much a camera's clock is behind the main one's, from when both saw the same landmarks."""
    mine, others = camera.visits or {}, main.visits or {}
    differences = [
        sum(others[landmark]) / 2 - sum(mine[landmark]) / 2
        for landmark in sorted(mine.keys() & others.keys())
        if all(last - first <= _VISIT_S for first, last in (mine[landmark], others[landmark]))
    ]
    if len(differences) < _COMMON_LANDMARKS:
        return None
    middle = statistics.median(differences)
    agree = [difference for difference in differences if abs(difference - middle) <= _AGREE_S]
    if len(agree) < max(_COMMON_LANDMARKS, 0.7 * len(differences)):
        return None
    return statistics.median(agree)


def _find(name: str, cameras: Iterable[CameraClock]) -> str:
    names = list(dict.fromkeys(camera.name for camera in cameras))
    found = [other for other in names if name.casefold() in other.casefold()]
    exact = [other for other in found if other.casefold() == name.casefold()]
    if len(exact or found) > 1:
        raise ConfigurationError(f"Found {name!r} in --clock. Expected one of the cameras: {'; '.join(found)}.")
    if not found:
        known = "; ".join(names) or "none, since no photo holds camera and time"
        raise ConfigurationError(f"Found the camera {name!r} in --clock. Expected one of this album's: {known}.")
    return (exact or found)[0]
