"""Everything known of where and when a photo was taken, from inside it and from its sidecars, in the order of merging.

1. A sidecar `photo.jpg.xmp`, then `photo.xmp`: where people and photo libraries correct what a camera wrote.
2. EXIF: what the camera wrote.
3. XMP inside the photo: mostly a copy of the EXIF.
4. The JSON of a Google Takeout.
5. The film of a Live Photo.

The time is EXIF's first, then that of the others in this order: a sidecar's may be the time of an edit. Where no source
has the time of the photo, that of its GPS position or of the file's last change is taken, and said to be that. A
position that is rejected is reported; so are two sources that are more than 1 km apart.
"""

import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from landmark.core.text import km_text
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.countries import name_key
from landmark.geo.place_names import PlaceNames
from landmark.metadata.blocks import describe_error
from landmark.metadata.containers import read_blocks
from landmark.metadata.exif import read_exif
from landmark.metadata.iptc import read_iptc
from landmark.metadata.live_photos import find_film, read_film
from landmark.metadata.movie import read_movie_tags
from landmark.metadata.own_mark import own_method
from landmark.metadata.place_tag import PositionMethod
from landmark.metadata.positions import DISAGREE_KM
from landmark.metadata.reading import Reading
from landmark.metadata.sidecars import FolderNames, belongs_to, find_sidecars, find_takeout, list_folder
from landmark.metadata.takeout import MAX_JSON_BYTES, read_takeout
from landmark.metadata.time_kind import TimeKind
from landmark.metadata.xmp import read_xmp

_MAX_SIDECAR_BYTES = 16_000_000
_OF_POSITION = re.compile(r"\bGPS\b| apart; |: geoData")
_WEAK = {TimeKind.GPS: "the satellites' of its position", TimeKind.MODIFIED: "that of the file's last change"}


@dataclass(frozen=True)
class PhotoMetadata:
    """Where and when a photo was taken, as its metadata says; None where they do not.

    `coordinates_from` names the source: EXIF, XMP, or the name of the file beside the photo. `recognised` is true of a
    position that this program guessed, or where there is none of a name that it wrote. `problems` say what was found
    and rejected, or believed with a reserve. `time_kind` is what `taken` is the time of; `day` the date where there is
    no time of day;
    `radius_km` how wrong the coordinates may be, where their source says so. `names` are those of where it
    was taken, as people or other programs wrote them. `from_takeout` is true where the coordinates are in no file but
    the JSON of a Google Takeout. `library_time` is the instant (UTC) that a Takeout tells. `written_by` is how this
    program found the position; None for one that it did not write.
    """

    coordinates: Coordinates | None = None
    coordinates_from: str | None = None
    recognised: bool = False
    taken: datetime | None = None
    gps_time: datetime | None = None
    direction_deg: float | None = None
    camera: str | None = None
    problems: tuple[str, ...] = ()
    time_kind: TimeKind | None = None
    day: date | None = None
    radius_km: float | None = None
    names: PlaceNames | None = None
    from_takeout: bool = False
    library_time: datetime | None = None
    written_by: PositionMethod | None = None

    @property
    def position_problems(self) -> tuple[str, ...]:
        """Return the problems of positions, without those of times.

        >>> PhotoMetadata(problems=("EXIF: GPS a latitude alone", "its time is no time")).position_problems
        ('EXIF: GPS a latitude alone',)
        """
        return tuple(problem for problem in self.problems if _OF_POSITION.search(problem))


def read_metadata(path: str | Path, names: FolderNames | None = None, *, data: bytes | None = None) -> PhotoMetadata:
    """Read a photo's metadata, its sidecars and its Takeout JSON. Raises nothing; decodes nothing.

    `names` are those in the photo's folder, for callers that read many of one; `data` is what is in the file, where
    that was read already.

    >>> read_metadata("no/such/photo.jpg")  # doctest: +ELLIPSIS
    PhotoMetadata(coordinates=None, coordinates_from=None, recognised=False, taken=None, ...)
    """
    path = Path(path)
    names = names if names is not None else list_folder(path.parent)
    match = find_takeout(path.name, names)
    corrections, takeout = (
        [reading for name in found if (reading := _read_sidecar(path, name))]
        for found in (find_sidecars(path.name, names), match.files)
    )
    inside = read_embedded(path if data is None else data)
    found = _merge([*corrections, *inside, *takeout], [*inside, *corrections, *takeout])
    is_own = any(reading.coordinates for reading in (*corrections, *inside))
    found = replace(found, from_takeout=found.coordinates is not None and not is_own)
    found = found if found.coordinates else _with_film(found, path, names)
    said = match.problem or (match.lacks if found.coordinates is None else None)
    return replace(found, problems=(*found.problems, f"Takeout: {said}")) if said else found


def read_metadata_inside(data: bytes) -> PhotoMetadata:
    """Return what is inside a photo, for one that has no folder. Raises nothing; decodes nothing.

    >>> read_metadata_inside(b"Dear diary,").coordinates is None
    True
    """
    inside = read_embedded(data)
    return _merge(inside, inside)


def _with_film(found: PhotoMetadata, path: Path, names: FolderNames) -> PhotoMetadata:
    """Return the metadata with the position that the film of a Live Photo lends it, if there is one."""
    film = find_film(path.name, names)
    lent = read_film(path, path.parent / film, found.taken) if film else None
    if lent is None:
        return found
    return replace(found, coordinates=lent.coordinates, coordinates_from=lent.source, radius_km=lent.radius_km)


def read_embedded(source: str | Path | bytes) -> list[Reading]:
    """Read what is inside a photo or film, EXIF or its own tags first, then XMP and IPTC. Raises nothing."""
    try:
        if not isinstance(source, bytes) and not os.path.isfile(source):  # a pipe would be waited for without end
            return []
        with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
            _, blocks = read_blocks(file)
    except ValueError as error:
        return [Reading("metadata").with_problem(describe_error(error))]
    except OSError:  # the reader of pixels will say so
        return []
    readings = []
    if blocks.exif:
        readings.append(read_exif(blocks.exif))
    if blocks.movie:
        readings.append(read_movie_tags(blocks.movie))
    if blocks.xmp:
        readings.append(read_xmp(blocks.xmp))
    if blocks.iptc:
        readings.append(read_iptc(blocks.iptc))
    return readings


def read_coordinates(source: str | Path | bytes) -> Coordinates | None:
    """Read the position that a camera or phone wrote into a photo, or None: no photo, no position, or none on Earth.

    Rejected too: a position without its hemisphere, and exactly 0, 0, which is written without a fix.
    EXIF is read, then XMP, from inside the photo alone. Raises nothing and decodes nothing.

    >>> from PIL import ExifTags, Image
    >>> file, exif = io.BytesIO(), Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "S", 2: (33.0, 51.0, 24.48), 3: "E", 4: (151.0, 12.0, 55.08)})
    >>> Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    >>> read_coordinates(file.getvalue())
    Coordinates(latitude=-33.8568, longitude=151.2153)
    """
    return next((reading.coordinates for reading in read_embedded(source) if reading.coordinates), None)


def _read_sidecar(photo: Path, name: str) -> Reading | None:
    """Read a sidecar or a JSON of a photo; None for one that is of another photo or of something else."""
    path = photo.parent / name  # a JSON in another part of a Takeout is a whole path
    is_json = path.suffix.lower() == ".json"
    source = path.name if path.name == name else f"{path.name} in {os.path.relpath(path.parent, photo.parent)}"
    most = MAX_JSON_BYTES if is_json else _MAX_SIDECAR_BYTES
    try:
        if not path.is_file():
            return Reading(source).with_problem("not a regular file")
        with path.open("rb") as file:
            text = file.read(most + 1)
    except OSError as error:
        return Reading(source).with_problem(f"cannot be read ({error.strerror})")
    if len(text) > most:
        return None if is_json else Reading(source).with_problem("too large to be read")
    if is_json:
        return read_takeout(text, source)
    return read_xmp(text, source) if belongs_to(text, name, photo.name) else None


def _merge(for_position: Sequence[Reading], for_time: Sequence[Reading]) -> PhotoMetadata:
    placed = [reading for reading in for_position if reading.coordinates]
    first = placed[0] if placed else None
    problems = [problem for reading in for_position for problem in reading.problems]
    for other in placed[1:]:
        assert first and first.coordinates and other.coordinates
        apart_km = distance_km(first.coordinates, other.coordinates)
        if apart_km > DISAGREE_KM:
            problems.append(f"{first.source} and {other.source} are {km_text(apart_km)} apart; {first.source} is taken")
    taken, kind, day = _surest_time(for_time)
    marks = [reading.own_mark for reading in for_position if reading.own_mark]
    method = own_method(first.coordinates, marks) if first and first.coordinates else None
    if taken and kind and kind.is_weak:
        problems.append(f"its time is {_WEAK[kind]}, and may not be that of the photo")
    elif day:
        problems.append(f"it has a date, {day}, and no time of day")
    return PhotoMetadata(
        coordinates=first.coordinates if first else None,
        coordinates_from=first.source if first else None,
        recognised=bool(method and method.is_guess) if first else any(one.has_own_names for one in for_position),
        taken=taken,
        gps_time=next((reading.gps_time for reading in for_time if reading.gps_time), None),
        direction_deg=next((one.direction_deg for one in for_time if one.direction_deg is not None), None),
        camera=next((reading.camera for reading in for_time if reading.camera), None),
        problems=tuple(problems),
        time_kind=kind,
        day=day,
        radius_km=first.radius_km if first else None,
        names=_merge_names(reading.names for reading in for_position if reading.names),
        library_time=next((one.taken for one in for_time if one.time_kind is TimeKind.LIBRARY and one.taken), None),
        written_by=method,
    )


def _merge_names(sources: Iterable[PlaceNames]) -> PlaceNames | None:
    """Return each name from the first source that has it: a sidecar may hold the town alone, and the photo the rest.

    A source that calls the town, or another unit, otherwise than those before it is of another place, and adds nothing.
    """
    merged: dict[str, str] = {}
    for names in sources:
        found = {unit: text for unit, text in vars(names).items() if text}
        if all(name_key(merged.get(unit, text)) == name_key(text) for unit, text in found.items()):
            merged = found | merged
    return PlaceNames(**merged) if merged else None


def _surest_time(readings: Sequence[Reading]) -> tuple[datetime | None, TimeKind | None, date | None]:
    """Return the time of the photo and its kind, or the day where no time is known."""
    times = [(reading.taken, reading.time_kind) for reading in readings if reading.taken]
    times += [(reading.gps_time, TimeKind.GPS) for reading in readings if reading.gps_time]
    days = [reading.day for reading in readings if reading.day]
    if not times:
        return None, None, days[0] if days else None
    order = list(TimeKind)
    taken, kind = min(times, key=lambda pair: order.index(pair[1]) if pair[1].is_weak else -1)  # the first of equals
    return taken, kind, None
