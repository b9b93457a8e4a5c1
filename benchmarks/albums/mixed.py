"""An album of 500 mixed files with truth: what a family's disk holds after two years, from real photos.

Phones, a compact that knows no zone, scans, a Google Takeout, Live Photos, RAW beside JPEG, a drone, screenshots and
what a messenger left. Needs exiftool, which writes what cameras would have.
"""

import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from albums.sites import moved
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import name_key
from landmark.geo.gazetteer import builtin_gazetteer

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from factories import containers, takeout

Tags = dict[str, str | float]


@dataclass(frozen=True)
class Device:
    """What makes files: how many, what it is called, which of them have GPS."""

    name: str
    files: int
    make: str = ""
    model: str = ""
    suffix: str = ".jpg"
    zoned: bool = False
    hours_wrong: int = 0  # a clock that stayed at home
    gps_every: int = 0  # 0: never; 3: every third


PHONE = Device("phone", 110, "Google", "Pixel 7", zoned=True, gps_every=3)
IPHONE = Device("iphone", 50, "Apple", "iPhone 12", ".heic", zoned=True, gps_every=2)
STRIPPED = Device("shared", 80, "samsung", "SM-G991B", zoned=True)
COMPACT = Device("compact", 80, "NIKON", "COOLPIX P6000", hours_wrong=-1)
RAW = Device("camera", 15, "Canon", "EOS 600D", ".dng")  # and a JPEG beside each
DRONE = Device("drone", 15, "DJI", "FC3582", zoned=True, gps_every=1)
SCANNER = Device("scans", 50, "EPSON", "Perfection V600")
TAKEOUT = Device("Takeout/Google Photos/Photos from 2019", 40, "LGE", "Nexus 5X")
SCREENSHOTS = Device("screenshots", 15, suffix=".png")
MESSENGER = Device("WhatsApp Images", 10)
TRAVELLING = (PHONE, IPHONE, STRIPPED, COMPACT, RAW, DRONE)
N_FILMS = 20  # of Live Photos, the first ten of them with the position that the photo lacks
N_FILES = sum(one.files for one in (*TRAVELLING, SCANNER, TAKEOUT, SCREENSHOTS, MESSENGER)) + RAW.files + N_FILMS

# Days of the trips: the landmark of the model, and where the others of the day were taken; hours ahead of UTC.
DAYS = (
    ("Hofburg", "Vienna City Hall", 2),
    ("St Stephens Cathedral Vienna", "Hofburg", 2),
    ("Berlin Cathedral", "Berlin Cathedral", 2),
    ("Colosseum", "Trevi Fountain", 2),
    ("Pantheon Rome", "Trevi Fountain", 2),
    ("Rialto Bridge", "Rialto Bridge", 2),
    ("Casa Batllo", "Casa Batllo", 2),
    ("Museu Nacional d Art de Catalunya", "Casa Batllo", 2),
    ("Alhambra", "Alhambra", 2),
    ("Taj Mahal", "Tomb of Itimad ud Daulah", 5),
    ("Petra", "Petra", 3),
    ("Dome of the Rock", "Dome of the Rock", 3),
)
KNOWN_SHARE = 0.3  # of the photos of a day that show its landmark
HOME = Coordinates(50.1109, 8.6821)


@dataclass(frozen=True)
class File:
    """A file of the album: where the camera stood, and the landmark of the model that it shows."""

    path: str
    device: Device
    stood_at: Coordinates
    shows: str | None
    has_gps: bool = False


class Sources:
    """Real photos, each used once: of a landmark, or of anything that the model does not know."""

    def __init__(self, data: Path, rng: random.Random) -> None:
        folders = {name_key(one.name.partition(".")[2]): one for one in (data / "landmarks/test").iterdir()}
        self.known = {key: sorted(folder.glob("*.jpg")) for key, folder in folders.items()}
        others = [*sorted((data / "world/unknown").rglob("*.jpg")), *sorted((data / "not_landmarks").glob("*.jpg"))]
        self.others = others
        for photos in (*self.known.values(), self.others):
            rng.shuffle(photos)

    def has(self, landmark: str) -> bool:
        """Return whether a photo of a landmark is left."""
        return bool(self.known[name_key(landmark)])

    def take(self, landmark: str | None) -> Path:
        """Return the next photo."""
        return self.known[name_key(landmark)].pop() if landmark else self.others.pop()


class Making:
    """The album in the making: files as they are written, and what exiftool is still to write into them."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.rng = folder, random.Random("an album of 500")
        self.sources = Sources(data, self.rng)
        self.files: list[File] = []
        self.arguments: list[str] = []
        self.number = 100

    def travel(self) -> None:
        """Share the photos of the trips among the days: morning to evening, by all that travel."""
        for device in TRAVELLING:
            for index in range(device.files):
                day = index * len(DAYS) // device.files
                landmark, beside, hours = DAYS[day]
                shows = landmark if self.rng.random() < KNOWN_SHARE and self.sources.has(landmark) else None
                of_day = index - -(-day * device.files // len(DAYS))
                utc = datetime(2023, 5, 1 + day, 8) + timedelta(minutes=17 * of_day + self.rng.uniform(0, 12))
                place = builtin_gazetteer().find(landmark if shows or self.rng.random() < 0.6 else beside)
                assert place and place.coordinates
                self.photo(
                    device, index, moved(place.coordinates, self.rng.expovariate(6), self.rng), shows, utc, hours
                )

    def photo(self, device: Device, index: int, at: Coordinates, shows: str | None, utc: datetime, hours: int) -> None:
        """Write a photo of a trip with what its camera writes."""
        self.number += 1
        name, source = f"{device.name}/IMG_{self.number:04}", self.sources.take(shows)
        has_gps = device.gps_every > 0 and index % device.gps_every == 0
        path = self._write(source, name + device.suffix)
        tags = camera_tags(device, utc + timedelta(hours=hours + device.hours_wrong), hours)
        tags |= gps_tags(at, utc) if has_gps else {}
        if device is DRONE:
            tags |= {"XMP-drone-dji:RelativeAltitude": "+48.20", "XMP-drone-dji:GimbalPitchDegree": "-21.40"}
        lends = False
        if device is IPHONE and index % 2 and index // 2 < N_FILMS:
            lends = index // 2 < N_FILMS // 2
            self._film(path.with_suffix(".MOV"), at if lends else None, utc + timedelta(hours=hours), hours)
            self.files.append(File(f"{name}.MOV", device, at, None, lends))
        self._remember(path, device, at, shows, tags, has_gps or lends)
        if device is RAW:
            self._remember(self._write(source, f"{name}.jpg"), device, at, shows, tags, False)

    def at_home(self) -> None:
        """Write scans, a Takeout, screenshots and what a messenger left."""
        places = [one for one in builtin_gazetteer() if one.name in {"Hue Imperial City", "Hoi An", "Machu Picchu"}]
        evening = datetime(2023, 11, 4, 19)
        for index in range(SCANNER.files):
            place = places[index % len(places)]
            shows, at = self._shown(place.name, place.coordinates, 0.4)
            evening += timedelta(seconds=self.rng.uniform(25, 60))
            suffix, tags = (
                ".tif" if index % 5 == 0 else ".jpg",
                {"EXIF:Make": SCANNER.make, "EXIF:Model": SCANNER.model},
            )
            path = self._write(self.sources.take(shows), f"{SCANNER.name}/slide{index:03}{suffix}")
            self._remember(path, SCANNER, at, shows, {**tags, "EXIF:CreateDate": f"{evening:%Y:%m:%d %H:%M:%S}"}, False)
        for index in range(TAKEOUT.files):
            place = places[index * len(places) // TAKEOUT.files]
            shows, at = self._shown(place.name, place.coordinates, 0.35)
            self._take_out(
                index, at, shows, datetime(2019, 3, 4, 2) + timedelta(hours=6 * (index // 3), minutes=9 * index)
            )
        for device in (SCREENSHOTS, MESSENGER):
            for index in range(device.files):
                shows, _ = self._shown("Taj Mahal", HOME, 0.1)
                path = self._write(
                    self.sources.take(shows), f"{device.name}/IMG-20230{1 + index % 9}12-WA{index:04}{device.suffix}"
                )
                self._remember(path, device, HOME, shows, {}, False)

    def finish(self) -> list[File]:
        """Let exiftool write what is left; returns the files."""
        common = ["exiftool", "-@", "-", "-common_args", "-overwrite_original", "-q", "-m"]
        subprocess.run(common, input="\n".join(self.arguments), text=True, check=True)
        return self.files

    def _shown(self, name: str, at: Coordinates | None, share: float) -> tuple[str | None, Coordinates]:
        assert at
        return name if self.rng.random() < share and self.sources.has(name) else None, moved(
            at, self.rng.expovariate(6), self.rng
        )

    def _write(self, source: Path, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".dng":
            path.write_bytes(containers.raw("DNG", at=None, jpeg=source.read_bytes()))
        elif path.suffix == ".jpg":
            shutil.copyfile(source, path)
        else:
            with Image.open(source) as picture:
                kind = {".heic": "HEIF", ".png": "PNG", ".tif": "TIFF"}[path.suffix]
                picture.convert("RGB").save(path, kind)
        return path

    def _film(self, path: Path, at: Coordinates | None, local: datetime, hours: int) -> None:
        texts = {"com.apple.quicktime.creationdate": f"{local:%Y-%m-%dT%H:%M:%S}+{hours:02}00"}
        if at:
            texts["com.apple.quicktime.location.ISO6709"] = f"{at.latitude:+08.4f}{at.longitude:+09.4f}+171.003/"
        path.write_bytes(containers.movie(containers.apple_meta(texts)))

    def _take_out(self, index: int, at: Coordinates, shows: str | None, utc: datetime) -> None:
        has_place = index % 2 == 0
        name = f"IMG_{utc:%Y%m%d_%H%M%S}{index:02}.jpg"
        path = self._write(self.sources.take(shows), f"{TAKEOUT.name}/{name}")
        place = (at.latitude, at.longitude) if has_place else (0.0, 0.0)
        text = takeout.takeout_json(name, place, str(int(utc.replace(tzinfo=UTC).timestamp())))
        path.with_name(f"{name}{takeout.SUFFIX}.json").write_text(text)
        self._remember(path, TAKEOUT, at, shows, camera_tags(TAKEOUT, utc + timedelta(hours=7), 7), has_place)

    def _remember(
        self, path: Path, device: Device, at: Coordinates, shows: str | None, tags: Tags, has_gps: bool
    ) -> None:
        self.files.append(File(path.relative_to(self.folder).as_posix(), device, at, shows, has_gps))
        if tags:
            self.arguments += [*(f"-{name}={value}" for name, value in tags.items()), str(path), "-execute"]


def make_mixed_album(folder: Path, data: Path) -> list[File]:
    """Make the album in a folder from the photos of `data`; returns what each file really is."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    making = Making(folder, data)
    making.travel()
    making.at_home()
    return making.finish()


def camera_tags(device: Device, local: datetime, hours: int) -> Tags:
    """Return camera and time as a device writes them."""
    tags: Tags = {"EXIF:Make": device.make, "EXIF:Model": device.model}
    tags["EXIF:DateTimeOriginal"] = f"{local:%Y:%m:%d %H:%M:%S}"
    if device is RAW:
        tags |= {"EXIF:OffsetTimeOriginal": "", "EXIF:SerialNumber": ""}  # of the drawn RAW file
    return tags | ({"EXIF:OffsetTimeOriginal": f"+{hours:02}:00"} if device.zoned else {})


def gps_tags(at: Coordinates, utc: datetime) -> Tags:
    """Return a position and its time."""
    return {
        "EXIF:GPSLatitude": abs(at.latitude),
        "EXIF:GPSLatitudeRef": "N" if at.latitude >= 0 else "S",
        "EXIF:GPSLongitude": abs(at.longitude),
        "EXIF:GPSLongitudeRef": "E" if at.longitude >= 0 else "W",
        "EXIF:GPSDateStamp": f"{utc:%Y:%m:%d}",
        "EXIF:GPSTimeStamp": f"{utc:%H:%M:%S}",
    }
