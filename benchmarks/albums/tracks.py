"""The track that one of the travellers records: a fix a minute, off at night and on some days, with gaps."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from albums.parameters import Parameters
from albums.sites import moved
from landmark.geo.coordinates import Coordinates, point_between

_NIGHT = timedelta(hours=6)  # without a stop
_AWAKE = timedelta(hours=12)

Fix = tuple[datetime, Coordinates]


def record(path: Sequence[Fix], rng: random.Random, parameters: Parameters) -> tuple[tuple[Fix, ...], ...]:
    """Return the track of a path, times in UTC: the pieces between gaps."""
    pieces: list[list[Fix]] = [[]]
    day, is_on = None, True
    off_until = next_gap = utc = path[0][0]
    step, index, last = timedelta(seconds=parameters.track_step_s), 0, len(path) - 2
    while utc <= path[-1][0] and last >= 0:
        while index < last and path[index + 1][0] <= utc:
            index += 1
        (before, a), (after, b) = path[index], path[index + 1]
        if after - before > _NIGHT:
            pieces.append([])
            utc, index = max(after, utc + step), min(index + 1, last)
            continue
        if utc.date() != day:
            day, is_on = utc.date(), rng.random() < parameters.track_day_share
            next_gap = utc + _until_gap(rng, parameters)
        if utc >= next_gap:
            off_until = utc + timedelta(minutes=rng.expovariate(1 / parameters.track_gap_min_mean))
            next_gap = off_until + _until_gap(rng, parameters)
            pieces.append([])
        if is_on and utc >= off_until:
            share = (utc - before) / (after - before) if after > before else 0.0
            at = point_between(a, b, min(1.0, max(0.0, share)))
            pieces[-1].append((utc, moved(at, abs(rng.gauss(0, parameters.gps_noise_km)), rng)))
        utc += step
    return tuple(tuple(piece) for piece in pieces if len(piece) > 1)


def _until_gap(rng: random.Random, parameters: Parameters) -> timedelta:
    return _AWAKE * rng.expovariate(max(1e-6, parameters.track_gaps_per_day))
