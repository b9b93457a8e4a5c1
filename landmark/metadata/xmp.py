"""What XMP says of where, when and with which camera a photo was taken: inside a photo, or in a sidecar."""

from dataclasses import replace
from datetime import UTC, datetime

from landmark.core.times import parse_day, parse_time
from landmark.core.unchecked import as_fraction
from landmark.geo.place_names import PlaceNames
from landmark.metadata.own_mark import parse_mark
from landmark.metadata.positions import Angle, Position, parse_angle, read_position
from landmark.metadata.reading import Reading, camera_name
from landmark.metadata.time_kind import TimeKind
from landmark.metadata.xmp_tree import XmpError, parse_xmp

_NAMES = {
    "location": "Iptc4xmpCore:Location",
    "city": "photoshop:City",
    "state": "photoshop:State",
    "country": "photoshop:Country",
    "country_code": "Iptc4xmpCore:CountryCode",
}
_TIMES = (  # not xmp:CreateDate, which may be that of an edit
    (TimeKind.ORIGINAL, "exif:DateTimeOriginal"),
    (TimeKind.ORIGINAL, "photoshop:DateCreated"),
    (TimeKind.DIGITISED, "exif:DateTimeDigitized"),
    (TimeKind.MODIFIED, "tiff:DateTime"),
)
_POSITION = ("exif:GPSLatitude", "exif:GPSLongitude")
_DRONES = (  # latitude and longitude; older drones misspell the second
    ("drone-dji:GpsLatitude", "drone-dji:GpsLongitude"),
    ("drone-dji:GpsLatitude", "drone-dji:GpsLongtitude"),
    ("drone-dji:Latitude", "drone-dji:Longitude"),
    ("drone-skydio:Latitude", "drone-skydio:Longitude"),
)


def read_xmp(packet: bytes, source: str = "XMP") -> Reading:
    """Read an XMP packet. Raises nothing: problems are in the reading.

    >>> read_xmp(b"<x/>").problems
    ('XMP: broken (there is no RDF in it)',)
    """
    reading = Reading(source)
    try:
        values = parse_xmp(packet).values
    except XmpError as error:
        return reading.with_problem(f"broken ({error})")
    reading = reading.with_position(_position(values))
    if not reading.coordinates:
        reading = reading.with_position(_drone_position(values))
    times = [(kind, time) for kind, key in _TIMES if (time := parse_time(values.get(key, "")))]
    direction = as_fraction(values.get("exif:GPSImgDirection", ""))
    return replace(
        reading,
        taken=times[0][1] if times else None,
        time_kind=times[0][0] if times else reading.time_kind,
        day=next((day for _, key in _TIMES if (day := parse_day(values.get(key, "")))), None),
        gps_time=_in_utc(parse_time(values.get("exif:GPSTimeStamp", ""))),
        direction_deg=direction if 0 <= direction <= 360 else None,
        camera=camera_name(values.get("tiff:Make", ""), values.get("tiff:Model", "")),
        mark=parse_mark(values.get("exif:GPSAreaInformation", ""), values.get("exif:GPSProcessingMethod", ""))
        or parse_mark(values.get("landmark:Position", "")),
        has_own_names="landmark:Name" in values and "exif:GPSLatitude" not in values,
        names=_names(values),
    )


def _names(values: dict[str, str]) -> PlaceNames | None:
    names = PlaceNames(**{name: values.get(key, "").strip() for name, key in _NAMES.items()})
    return names if names else None


def _position(values: dict[str, str]) -> Position | str | None:
    beside = [values.get(f"{key}Ref", "") for key in _POSITION]
    angles = []
    for key, letter in zip(_POSITION, beside, strict=True):
        text = values.get(key, "").strip()
        angle = parse_angle(text)
        if text and angle is None:
            return f"{key} {text[:30]!r} is no position"
        angles.append(replace(angle, letters=(*angle.letters, letter)) if angle else None)
    return read_position(
        *_plain(angles), datum=values.get("exif:GPSMapDatum", ""), status=values.get("exif:GPSStatus", "")
    )


def _drone_position(values: dict[str, str]) -> Position | str | None:
    """Return the position that a drone writes in properties of its own, in signed degrees of WGS 84."""
    pairs = [(values.get(latitude, "").strip(), values.get(longitude, "").strip()) for latitude, longitude in _DRONES]
    for texts in list(filter(all, pairs)) or list(filter(any, pairs)):
        angles = [parse_angle(text) for text in texts]
        if any(text and angle is None for text, angle in zip(texts, angles, strict=True)):
            return f"position {', '.join(texts)[:60]!r} of a drone is no position"
        if not all(angle and not any(angle.parts) for angle in angles):  # 0, 0 is of a drone without a fix
            return read_position(*_plain(angles))
    return None


def _plain(angles: list[Angle | None]) -> list[Angle | None]:
    """Mark angles of a position that is written as two numbers and nothing else: their sign is the hemisphere."""
    there = [angle for angle in angles if angle]
    if any(len(angle.parts) > 1 or any(map(str.strip, angle.letters)) for angle in there):
        return angles
    return [replace(angle, is_plain=True) if angle else None for angle in angles]


def _in_utc(time: datetime | None) -> datetime | None:
    """Give a receiver's time without a zone UTC, as EXIF has it."""
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
