"""The cameras of a family and what their clocks show: right, without zone, an hour off, never set, fallen back."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from albums.parameters import Parameters

PHONES = (("Google", "Pixel 7"), ("Apple", "iPhone 12"), ("samsung", "SM-G991B"), ("Xiaomi", "M2101K6G"))
COMPACTS = (("NIKON", "COOLPIX P6000"), ("Canon", "Canon PowerShot S95"), ("Panasonic", "DMC-TZ10"))
SCANNERS = (("EPSON", "Perfection V600"), ("Nikon", "LS-5000"), ("Canon", "CanoScan 9000F"))
EPOCHS = tuple(datetime(year, 1, 1) for year in (1970, 1980, 2000, 2000, 2000, 2001, 2008))


@dataclass(frozen=True)
class Camera:
    """A camera or phone. `gps_weight` is how likely its photos have a position, against a phone's."""

    make: str
    model: str
    folder: str  # of its files, as DCIM has them
    owner: int = 0  # of the people who travel: 0 records the track
    is_phone: bool = True
    zoned: bool = True
    gps_weight: float = 1.0
    weight: float = 1.0
    changes_zone: bool = True
    hours_off: int = 0
    error_s: float = 0.0
    epoch: datetime | None = None  # it begins with at each trip
    is_frozen: bool = False
    resets: bool = False


@dataclass(frozen=True)
class Clock:
    """What a camera's clock shows during one trip."""

    camera: Camera
    home_hours: int
    starts: datetime  # UTC, when the trip began
    resets_at: datetime | None = None  # UTC
    rewritten: datetime | None = None  # one time for all, by an editor

    def shown(self, utc: datetime, local_hours: int) -> tuple[datetime, int | None]:
        """Return the time that is written into a photo, and its zone in hours, None where it writes none."""
        camera = self.camera
        if self.rewritten:
            return self.rewritten, None
        began = self.resets_at if self.resets_at and utc >= self.resets_at else self.starts
        epoch = (camera.epoch or EPOCHS[2]) if began is self.resets_at else camera.epoch
        if epoch:
            return (epoch if camera.is_frozen else epoch + (utc - began)), None
        hours = local_hours if camera.changes_zone else self.home_hours
        shown = utc + timedelta(hours=hours + camera.hours_off, seconds=camera.error_s)
        return shown, hours if camera.zoned else None


def make_cameras(rng: random.Random, parameters: Parameters) -> list[Camera]:
    """Make the cameras of an album: a phone, and others by chance."""
    make, model = rng.choice(PHONES)
    cameras = [_phone(make, model, "phone", 0, 1.0, rng, parameters)]
    if rng.random() < parameters.twin_share:
        cameras.append(_phone(make, model, "twin", 1, 1.0, rng, parameters))
    if rng.random() < parameters.stripped_phone_share:
        make, model = rng.choice([one for one in PHONES if one[1] != model])
        cameras.append(_phone(make, model, "stripped", 2, 0.0, rng, parameters))
    if rng.random() < parameters.compact_share:
        cameras.append(_compact(rng, parameters))
    return cameras


def make_clock(
    camera: Camera, home_hours: int, starts: datetime, ends: datetime, rng: random.Random, parameters: Parameters
) -> Clock:
    """Make the clock of a camera on one trip."""
    reset = starts + (ends - starts) * rng.uniform(0.2, 0.8) if camera.resets and rng.random() < 0.5 else None
    rewritten = None
    if rng.random() < parameters.rewritten_share:
        rewritten = datetime(ends.year, ends.month, ends.day, 12) + timedelta(days=rng.randrange(1, 200))
    return Clock(camera, home_hours, starts, reset, rewritten)


def pick(cameras: Sequence[Camera], rng: random.Random) -> Camera:
    """Return one of the cameras by their weights."""
    return rng.choices(cameras, [camera.weight for camera in cameras])[0]


def _phone(
    make: str, model: str, folder: str, owner: int, gps_weight: float, rng: random.Random, parameters: Parameters
) -> Camera:
    zoned = rng.random() >= parameters.unzoned_phone_share
    error_s = rng.gauss(0, parameters.phone_error_s)
    return Camera(make, model, folder, owner, zoned=zoned, gps_weight=gps_weight, error_s=error_s)


def _compact(rng: random.Random, parameters: Parameters) -> Camera:
    make, model = rng.choice(COMPACTS)
    never_set = rng.random() < parameters.never_set_share
    return Camera(
        make,
        model,
        "compact",
        owner=0,
        is_phone=False,
        zoned=False,
        gps_weight=parameters.compact_gps_weight,
        weight=parameters.compact_weight,
        changes_zone=rng.random() < parameters.zone_changed_share,
        hours_off=rng.choice((-1, 1)) if rng.random() < parameters.hour_off_share else 0,
        error_s=rng.gauss(0, 60 * parameters.drift_min),
        epoch=rng.choice(EPOCHS) if never_set else None,
        is_frozen=rng.random() < parameters.frozen_share,
        resets=rng.random() < parameters.reset_share,
    )
