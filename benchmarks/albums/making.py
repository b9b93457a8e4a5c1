"""Make an album: the photos of some trips and the days at home between, each with the truth about it.

album = make_album(1, load_pool("valid"))
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from albums.answers import Candidates, Pool
from albums.cameras import SCANNERS, Camera, Clock, make_cameras, make_clock, pick
from albums.parameters import Parameters
from albums.sites import Site, known_sites, moved, random_town, view_of, zone_hours
from albums.tracks import record
from albums.trips import Moment, Stop, Trip, count, make_home_days, make_trip
from landmark.geo.coordinates import Coordinates


class Kind(StrEnum):
    """What a file is."""

    VISIT = "visit"  # shows a landmark that the model knows, from near by
    OTHER = "other"  # shows anything else
    HOME = "home"
    POSTER = "poster"  # shows a landmark that is elsewhere: posters, models, casts
    SCREENSHOT = "screenshot"
    MESSENGER = "messenger"  # without camera and time
    SCAN = "scan"


@dataclass(frozen=True)
class Shot:
    """A file of an album, and the truth about it.

    `shown` is the time that its metadata holds, `zone_hours` that of the clock, None where it is not written. `shows`
    is the landmark of the model in the picture, wherever that stands; `gps` what its position would be if it had one;
    it has one where `gps_draw` is below the share of the album times `gps_weight`.
    """

    path: str
    kind: Kind
    stood_at: Coordinates
    utc: datetime
    answer: Candidates
    shows: str | None = None
    camera: Camera | None = None
    shown: datetime | None = None
    zone_hours: int | None = None
    gps: Coordinates | None = None
    gps_weight: float = 0.0
    gps_draw: float = 1.0
    writes_gps_time: bool = False


@dataclass(frozen=True)
class Album:
    """The shots of one album, and the tracks of its trips by name: times (UTC) and places."""

    seed: int
    shots: tuple[Shot, ...]
    tracks: dict[str, tuple[tuple[tuple[datetime, Coordinates], ...], ...]]


def make_album(seed: int, pool: Pool, parameters: Parameters | None = None) -> Album:
    """Make an album by its seed: the same photos each time, for one pool and the same parameters."""
    return _Making(seed, pool, parameters or Parameters()).album()


class _Making:
    """One album in the making."""

    def __init__(self, seed: int, pool: Pool, parameters: Parameters) -> None:
        self.seed, self.pool, self.parameters = seed, pool, parameters
        self.rng = random.Random(f"album {seed}")
        self.cameras = make_cameras(self.rng, parameters)
        near = self.rng.random() < parameters.home_near_known_share
        at = moved(self.rng.choice(known_sites()).at, 5.0, self.rng) if near else random_town(self.rng)
        self.home = Site(at, 0.5)
        self.home_hours = zone_hours(at)
        self.shots: list[Shot] = []
        self.numbers = dict.fromkeys(("phone", "twin", "stripped", "compact"), self.rng.randrange(1, 5000))

    def album(self) -> Album:
        rng, parameters = self.rng, self.parameters
        day = datetime(2016, 1, 1) + timedelta(days=rng.randrange(8 * 365))
        tracks = {}
        n_trips = count(parameters.trips_mean, rng)
        for number in range(n_trips):
            days = sorted(rng.sample(range(60), min(60, round(parameters.home_days_between_trips))))
            at_home = [day + timedelta(days=one) for one in days]
            home = make_home_days(f"home-{number + 1}", self.home, at_home, rng, parameters) if days else None
            trip = make_trip(f"trip-{number + 1}", day + timedelta(days=61), rng, parameters)
            trip = self._with_model_village(trip) if number == 0 else trip
            stays = [one for one in self.cameras if one.folder == "twin"]
            stays = stays if rng.random() < parameters.twin_stays_home_share else []
            go = [camera for camera in self.cameras if camera not in stays]
            if home:
                self._take(home, self.cameras)
            self._take(trip, go)
            if stays:
                self._take(self._meanwhile(trip), stays)
            tracks[trip.name] = record(trip.path, rng, parameters)
            day = trip.ends.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
        if rng.random() < parameters.scan_share:
            self._scan(day)
        return Album(self.seed, tuple(self.shots), tracks)

    def _with_model_village(self, trip: Trip) -> Trip:
        """Return the trip, in some albums with models of landmarks at its last stop."""
        if self.rng.random() >= self.parameters.model_village_share:
            return trip
        utc, at = trip.path[-1]
        moments = []
        for _ in range(count(self.parameters.model_village_photos_mean, self.rng)):
            utc += timedelta(minutes=self.rng.expovariate(1 / self.parameters.gap_min_mean))
            moments.append(Moment(utc, at))
        path = (*trip.path, *((one.utc, one.at) for one in moments))
        return replace(trip, stops=(*trip.stops, Stop(None, tuple(moments), is_model_village=True)), path=path)

    def _meanwhile(self, trip: Trip) -> Trip:
        """Return the days at home of who does not come along."""
        days = max(1, (trip.ends - trip.starts).days)
        first = trip.starts.replace(hour=0, minute=0, second=0, microsecond=0)
        at_home = [first + timedelta(days=number) for number in range(days)]
        return make_home_days(f"{trip.name}-at-home", self.home, at_home, self.rng, self.parameters)

    def _take(self, trip: Trip, cameras: Sequence[Camera]) -> None:
        rng, parameters = self.rng, self.parameters
        clocks = {one: make_clock(one, self.home_hours, trip.starts, trip.ends, rng, parameters) for one in cameras}
        is_home = trip.name.startswith("home") or trip.name.endswith("home")
        before = self.home.at
        for stop in trip.stops:
            hours = zone_hours(stop.moments[0].at)
            apart = moved(stop.moments[0].at, rng.expovariate(1 / parameters.apart_km_mean), rng)
            is_apart = rng.random() < parameters.apart_share
            for subject in _subjects(stop):
                camera = pick(cameras, rng)
                away = is_apart and camera.owner != 0
                answer, kind, shows = self._show(stop, is_home, away)
                for moment in subject:
                    at = moved(apart, 0.02, rng) if away else moment.at
                    self._add(trip, clocks[camera], moment.utc, hours, at, before, answer, kind, shows)
            before = stop.moments[-1].at

    def _show(self, stop: Stop, is_home: bool, away: bool) -> tuple[Candidates, Kind, str | None]:
        """Return what a photo shows: the answer, its kind, and the landmark if the model knows it."""
        rng, parameters = self.rng, self.parameters
        if stop.is_model_village or rng.random() < parameters.poster_share:
            name = rng.choice(known_sites()).landmark
            return self._answer(name), Kind.POSTER, name
        name = stop.site.landmark if stop.site else None
        if name and not away and rng.random() < parameters.shows_known_share:
            return self._answer(name), Kind.VISIT, name
        return self._answer(None), Kind.HOME if is_home else Kind.OTHER, None

    def _answer(self, landmark: str | None) -> Candidates:
        if landmark:
            return self.rng.choice(self.pool.known[landmark])
        if self.rng.random() < self.parameters.building_share:
            return self.rng.choice(self.pool.unknown[self.rng.choice(sorted(self.pool.unknown))])
        return self.rng.choice(self.pool.others)

    def _add(
        self,
        trip: Trip,
        clock: Clock,
        utc: datetime,
        hours: int,
        at: Coordinates,
        before: Coordinates,
        answer: Candidates,
        kind: Kind,
        shows: str | None,
    ) -> None:
        rng, parameters, camera = self.rng, self.parameters, clock.camera
        number = self.numbers[camera.folder] = self.numbers[camera.folder] + 1
        shown, zone = clock.shown(utc, hours)
        shot = Shot(f"{trip.name}/{camera.folder}/IMG_{number:04}.jpg", kind, at, utc, answer, shows)
        draw = rng.random()
        if draw < parameters.messenger_share:
            path = f"{trip.name}/messenger/IMG-{utc:%Y%m%d}-WA{len(self.shots):04}.jpg"
            self.shots.append(replace(shot, path=path, kind=Kind.MESSENGER if kind is Kind.OTHER else kind))
            return
        if draw < parameters.messenger_share + parameters.screenshot_share and camera.is_phone:
            name = rng.choice(known_sites()).landmark if rng.random() < parameters.screenshot_known_share else None
            path = f"{trip.name}/{camera.folder}/Screenshot_{utc:%Y%m%d-%H%M%S}_{number}.png"
            answer = self._answer(name)
            self.shots.append(replace(shot, path=path, kind=Kind.SCREENSHOT, answer=answer, shows=name, shown=shown))
            return
        stale = rng.random() < parameters.gps_stale_share
        noise_km = abs(rng.gauss(0, parameters.gps_noise_km))
        self.shots.append(
            replace(
                shot,
                camera=camera,
                shown=shown,
                zone_hours=zone,
                gps=moved(before if stale else at, noise_km, rng),
                gps_weight=camera.gps_weight,
                gps_draw=rng.random(),
                writes_gps_time=camera.is_phone and rng.random() < parameters.gps_time_share,
            )
        )

    def _scan(self, day: datetime) -> None:
        """Add scanned slides of decades: the scanner writes when it scanned, and nothing else is known."""
        rng, parameters = self.rng, self.parameters
        make, model = rng.choice(SCANNERS)
        scanner = Camera(make, model, "scans", is_phone=False, zoned=False, gps_weight=0.0)
        utc = day + timedelta(hours=19 - self.home_hours)
        for number in range(count(parameters.scans_mean, rng)):
            utc += timedelta(seconds=rng.uniform(25, 70))
            site = rng.choice(known_sites()) if rng.random() < parameters.scan_known_share else None
            at = view_of(site, rng, parameters) if site else random_town(rng)
            answer, shown = self._answer(site.landmark if site else None), utc + timedelta(hours=self.home_hours)
            shot = Shot(f"scans/scan{number:04}.jpg", Kind.SCAN, at, utc, answer, site.landmark if site else None)
            self.shots.append(replace(shot, camera=scanner, shown=shown))


def _subjects(stop: Stop) -> Iterator[list[Moment]]:
    """Yield the moments of each subject: one, or a burst."""
    subject: list[Moment] = []
    for moment in stop.moments:
        if subject and (moment.burst != subject[0].burst or stop.is_model_village):
            yield subject
            subject = []
        subject.append(moment)
    yield subject
