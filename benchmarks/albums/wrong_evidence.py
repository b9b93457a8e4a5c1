"""Albums whose clocks lie or say nothing: scans, clocks that were never set, two phones taken for one, and the like.

Each is a function of a random generator that returns photos, with the landmark that each really shows. Their answers
are made up, as a model gives them: most right ones sure, a few not, and now and then a wrong one.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from albums.answers import Candidates
from albums.files import gps_tags, jpeg_with
from albums.sites import known_sites
from landmark.geo.coordinates import Coordinates

SITES = {site.landmark: site.at for site in known_sites() if site.landmark and site.radius_km <= 5}
NAMES = sorted(SITES)
NOON = datetime(2019, 7, 14, 12)


@dataclass(frozen=True)
class Photo:
    """A photo to be written: its camera, its times, its position, and what a model says."""

    shows: str | None
    answer: Candidates
    camera: tuple[str, str] | None = ("Canon", "Canon PowerShot S95")
    original: datetime | None = None
    digitised: datetime | None = None
    zone: str | None = None
    gps: Coordinates | None = None
    gps_time: datetime | None = None


@dataclass(frozen=True)
class WrittenPhotos:
    """A folder of photos: the answers and what each really shows, by name."""

    folder: Path
    answers: dict[str, Candidates] = field(default_factory=dict)
    shows: dict[str, str | None] = field(default_factory=dict)

    def write_answers(self) -> Path:
        """Write the answers beside the folder, for `albums.run`; returns the file."""
        file = self.folder.parent / "answers.json"
        file.write_text(json.dumps(self.answers))
        return file


def write(photos: Sequence[Photo], folder: Path) -> WrittenPhotos:
    """Write photos as small JPEGs."""
    folder.mkdir(parents=True)
    written = WrittenPhotos(folder)
    for number, photo in enumerate(photos):
        name = f"IMG_{number:04}.jpg"
        (folder / name).write_bytes(_jpeg(photo))
        written.answers[name], written.shows[name] = photo.answer, photo.shows
    return written


def answer(shows: str | None, rng: random.Random) -> Candidates:
    """Return a model's answer to a photo: four of five of a known landmark are sure and right."""
    best = shows if shows and rng.random() < 0.97 else rng.choice(NAMES)
    sure = rng.random() < (0.8 if best == shows else 0.02)
    confidence = rng.uniform(0.86, 0.999) if sure else rng.uniform(0.05, 0.8)
    others = rng.sample([name for name in NAMES if name != best], 4)
    rest = ((name, (1 - confidence) * share) for name, share in zip(others, (0.4, 0.2, 0.1, 0.05), strict=True))
    return ((best, confidence), *rest)


def _each(rng: random.Random, n: int = 16) -> Iterator[tuple[str, Candidates]]:
    """Yield landmarks all over the world, and answers to a photo of each."""
    for _ in range(n):
        name = rng.choice(NAMES)
        yield name, answer(name, rng)


def scanned_slides(rng: random.Random) -> list[Photo]:
    """Slides of half a life, scanned in an evening: the scanner tells when it scanned."""
    start = NOON
    photos = []
    for name, said in _each(rng):
        start += timedelta(seconds=rng.uniform(20, 60))
        photos.append(Photo(name, said, ("EPSON", "Perfection V600"), digitised=start))
    return photos


def scanned_as_original(rng: random.Random) -> list[Photo]:
    """Some programs of scanners write that time as that of the picture."""
    return [Photo(one.shows, one.answer, ("Nikon", "Nikon SUPER COOLSCAN 5000 ED"), original=one.digitised)
            for one in scanned_slides(rng)]  # fmt: skip


def negatives_on_a_light_table(rng: random.Random) -> list[Photo]:
    """Negatives photographed with a camera, whose clock is right."""
    return [Photo(one.shows, one.answer, ("NIKON CORPORATION", "NIKON D750"), original=one.digitised)
            for one in scanned_slides(rng)]  # fmt: skip


def clock_of_an_epoch(epoch: datetime, gap_s: float) -> Callable[[random.Random], list[Photo]]:
    """Return the album of a camera whose clock begins with an epoch whenever it is switched on."""

    def album(rng: random.Random) -> list[Photo]:
        times = (epoch + timedelta(seconds=round(gap_s * rng.random())) for _ in range(16))
        return [Photo(name, said, original=time) for (name, said), time in zip(_each(rng), times, strict=True)]

    return album


def clock_that_falls_back(rng: random.Random) -> list[Photo]:
    """A camera that loses its clock in the middle of a trip, and again with each new battery."""
    photos, utc = [], NOON
    for day in range(5):
        name = rng.choice(NAMES)
        begins = utc + timedelta(days=day) if day < 2 else datetime(2000, 1, 1)
        for number in range(5):
            taken = begins + timedelta(minutes=4 * number + rng.random())
            photos.append(Photo(name, answer(name, rng), original=taken))
    return photos


def twins_in_two_countries(rng: random.Random) -> list[Photo]:
    """Two phones of one model, whose owners travel to two countries in one week."""
    photos = []
    for day in range(4):
        for name in rng.sample(NAMES, 2):
            for number in range(3):
                utc = NOON + timedelta(days=day, minutes=9 * number + 8 * rng.random())
                photos.append(Photo(name, answer(name, rng), ("Google", "Pixel 7"), original=utc, zone="+00:00"))
    return photos


def one_time_for_all(rng: random.Random) -> list[Photo]:
    """An editor wrote one time into the photos of a year."""
    return [Photo(name, said, original=NOON) for name, said in _each(rng)]


def one_day_for_all(rng: random.Random) -> list[Photo]:
    """An editor wrote one day into the photos of a year, a second apart, so that they stay in order."""
    return [Photo(name, said, original=NOON.replace(hour=0) + timedelta(seconds=number))
            for number, (name, said) in enumerate(_each(rng))]  # fmt: skip


def from_a_messenger(rng: random.Random) -> list[Photo]:
    """Photos that a messenger has stripped, some of which it gave the time of their receipt."""
    return [Photo(name, said, None, original=NOON if rng.random() < 0.5 else None) for name, said in _each(rng)]


def exported_by_a_program(rng: random.Random) -> list[Photo]:
    """A program wrote its own name for the camera's, and the time of the export."""
    return [Photo(name, said, ("Picasa", "Picasa"), original=NOON + timedelta(seconds=rng.randrange(30)))
            for name, said in _each(rng)]  # fmt: skip


def satellite_time_of_one(rng: random.Random) -> list[Photo]:
    """One of a compact's photos was given a position at home years later, with the satellites' time of that."""
    photos, phone = [], ("Apple", "iPhone 12")
    for day in range(4):
        name = rng.choice(NAMES)
        for number in range(4):
            utc = NOON + timedelta(days=day, minutes=7 * number)
            photos.append(Photo(name, answer(name, rng), original=utc + timedelta(hours=2)))
            photos.append(Photo(name, answer(name, rng), phone, original=utc, zone="+00:00"))
    later = NOON + timedelta(hours=rng.uniform(3, 20))
    photos[0] = Photo(None, answer(None, rng), original=NOON, gps=Coordinates(52.0, 8.5), gps_time=later)
    return photos


def satellite_times_that_disagree(rng: random.Random) -> list[Photo]:
    """A program placed six photos by hand, and wrote the time at which it did so as the satellites'."""
    photos = satellite_time_of_one(rng)
    for number in range(1, 12, 2):
        one, by_hand = photos[2 * number], NOON + timedelta(days=3, minutes=number)
        assert one.shows
        photos[2 * number] = Photo(one.shows, one.answer, original=one.original, gps=SITES[one.shows], gps_time=by_hand)
    return photos


EPOCHS = {
    "1970": datetime(1970, 1, 1),
    "1980": datetime(1980, 1, 1),
    "2000": datetime(2000, 1, 1),
    "2001": datetime(2001, 1, 1),
    "2008": datetime(2008, 1, 1),
    "2012 at noon": datetime(2012, 1, 1, 12),
    "2038": datetime(2038, 1, 19, 3, 14, 7),
}
ALBUMS: dict[str, Callable[[random.Random], list[Photo]]] = {
    "scanned slides": scanned_slides,
    "scanned, as original": scanned_as_original,
    "negatives on a light table": negatives_on_a_light_table,
    **{f"clock of {name}": clock_of_an_epoch(epoch, 600) for name, epoch in EPOCHS.items()},
    "clock of 2000, one second": clock_of_an_epoch(EPOCHS["2000"], 0),
    "clock that falls back": clock_that_falls_back,
    "twins in two countries": twins_in_two_countries,
    "one time for all": one_time_for_all,
    "one day for all": one_day_for_all,
    "from a messenger": from_a_messenger,
    "exported by a program": exported_by_a_program,
    "satellite time of one": satellite_time_of_one,
    "satellite times that disagree": satellite_times_that_disagree,
}


def _jpeg(photo: Photo) -> bytes:
    exif = Image.Exif()
    if photo.camera:
        exif[0x010F], exif[0x0110] = photo.camera
    below = exif.get_ifd(0x8769)
    for tag, time in ((0x9003, photo.original), (0x9004, photo.digitised)):
        if time:
            below[tag] = time.strftime("%Y:%m:%d %H:%M:%S")
    if photo.zone:
        below[0x9011] = photo.zone
    if photo.gps:
        exif.get_ifd(0x8825).update(gps_tags(photo.gps, photo.gps_time))
    return jpeg_with(exif)
