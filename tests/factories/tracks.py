"""Tracks of every format, made on the spot: the same walk in each, so that readers can be compared."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

START = datetime(2024, 5, 6, 10, 0, 0, tzinfo=UTC)
START_S = START.timestamp()
Fix = tuple[float, float, float]  # seconds after the start, latitude, longitude

WALK: list[Fix] = [(0, 48.8584, 2.2945), (30, 48.8586, 2.2950), (60, 48.8590, 2.2958), (120, 48.8600, 2.2970)]


def iso(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def gpx(*segments: Sequence[Fix], head: str = "", time: Callable[[float], str] = iso) -> bytes:
    """A GPX of one track."""
    parts = []
    for segment in segments or (WALK,):
        points = "".join(
            f'<trkpt lat="{latitude}" lon="{longitude}"><ele>35.0</ele><time>{time(seconds)}</time></trkpt>'
            for seconds, latitude, longitude in segment
        )
        parts.append(f"<trkseg>{points}</trkseg>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">{head}'
        f"<trk><name>Walk</name>{''.join(parts)}</trk></gpx>"
    ).encode()


def kml(body: str | None = None, fixes: Sequence[Fix] = WALK) -> bytes:
    """A KML with one gx:Track, or with anything else."""
    if body is None:
        whens = "".join(f"<when>{iso(seconds)}</when>" for seconds, _, _ in fixes)
        places = "".join(f"<gx:coord>{longitude} {latitude} 35</gx:coord>" for _, latitude, longitude in fixes)
        body = f"<Placemark><gx:Track>{whens}{places}</gx:Track></Placemark>"
    spaces = 'xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"'
    return f'<?xml version="1.0"?><kml {spaces}><Document>{body}</Document></kml>'.encode()


def kmz(document: bytes | None = None, name: str = "doc.kml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, kml() if document is None else document)
    return file.getvalue()


def geojson(
    properties: dict[str, object] | None = None, fixes: Sequence[Fix] = WALK, kind: str = "LineString"
) -> bytes:
    """A line with the times of togeojson, or with other properties."""
    places = [[longitude, latitude, 35.0] for _, latitude, longitude in fixes]
    times = {"coordinateProperties": {"times": [iso(seconds) for seconds, _, _ in fixes]}}
    feature = {
        "type": "Feature",
        "properties": times if properties is None else properties,
        "geometry": {"type": kind, "coordinates": places},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def sentence(body: str) -> str:
    checksum = 0
    for byte in body.encode():
        checksum ^= byte
    return f"${body}*{checksum:02X}\r\n"


def nmea_degrees(value: float, letters: str) -> str:
    degrees, minutes = divmod(abs(value) * 60, 60)
    return f"{int(degrees):0{3 if 'E' in letters else 2}}{minutes:08.5f},{letters[value < 0]}"


def rmc(seconds: float, latitude: float, longitude: float, status: str = "A") -> str:
    time = START + timedelta(seconds=seconds)
    place = f"{nmea_degrees(latitude, 'NS')},{nmea_degrees(longitude, 'EW')}"
    return sentence(f"GPRMC,{time:%H%M%S}.00,{status},{place},1.2,90.0,{time:%d%m%y},,,A")


def gga(seconds: float, latitude: float, longitude: float, quality: int = 1, hdop: float = 1.2) -> str:
    time = START + timedelta(seconds=seconds)
    place = f"{nmea_degrees(latitude, 'NS')},{nmea_degrees(longitude, 'EW')}"
    return sentence(f"GPGGA,{time:%H%M%S}.00,{place},{quality},08,{hdop},35.0,M,47.0,M,,")


def nmea(fixes: Sequence[Fix] = WALK) -> bytes:
    """GGA and RMC of each fix, as most receivers write them."""
    return "".join(gga(*fix) + rmc(*fix) for fix in fixes).encode()


FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)


def semicircles(degrees: float) -> int:
    return round(degrees * 2**31 / 180)


def fit(fixes: Sequence[Fix] = WALK, *, order: str = "<", compressed: bool = False, developer: bool = False) -> bytes:
    """A FIT file of `record` messages, with a message that is none, in either byte order."""
    big = order == ">"

    def definition(local: int, number: int, fields: list[tuple[int, int, int]], flags: int = 0x40) -> bytes:
        body = struct.pack(f"{order}BBHB", 0, big, number, len(fields)) + b"".join(bytes(field) for field in fields)
        return bytes([flags | local]) + body

    time_field = [(253, 4, 0x86)]
    place = [(0, 4, 0x85), (1, 4, 0x85)]
    messages = definition(1, 0, [(0, 1, 0)]) + bytes([1, 4])  # file_id: an activity
    messages += definition(2, 21, [*time_field, (0, 1, 0), (1, 1, 0)])
    first = round((START - FIT_EPOCH).total_seconds() + fixes[0][0])
    messages += bytes([2]) + struct.pack(f"{order}IBB", first, 0, 0)  # the timer was started
    flags, extra = (0x60, bytes([1, 0, 2, 0])) if developer else (0x40, b"")
    messages += definition(0, 20, [*place, *([] if compressed else time_field)], flags) + extra
    for seconds, latitude, longitude in fixes:
        time = round((START - FIT_EPOCH).total_seconds() + seconds)
        body = struct.pack(f"{order}ii", semicircles(latitude), semicircles(longitude))
        head = bytes([0x80 | (time & 31)]) if compressed else bytes([0])
        messages += head + body + (b"" if compressed else struct.pack(f"{order}I", time))
        messages += b"\7\7" if developer else b""
    return struct.pack("<BBHI4sH", 14, 0x20, 2132, len(messages), b".FIT", 0) + messages + b"\0\0"


def records(fixes: Sequence[Fix] = WALK, **more: object) -> bytes:
    """Google's Records.json."""
    locations = [
        {
            "latitudeE7": round(latitude * 1e7),
            "longitudeE7": round(longitude * 1e7),
            "accuracy": 20,
            "deviceTag": 7,
            "timestamp": iso(seconds),
            **more,
        }
        for seconds, latitude, longitude in fixes
    ]
    return json.dumps({"locations": locations}).encode()


def timeline(fixes: Sequence[Fix] = WALK) -> bytes:
    """A phone's Timeline, of Android."""
    path = [{"point": f"{latitude}°, {longitude}°", "time": iso(seconds)} for seconds, latitude, longitude in fixes]
    segment = {"startTime": iso(fixes[0][0]), "endTime": iso(fixes[-1][0]), "timelinePath": path}
    return json.dumps({"semanticSegments": [segment], "rawSignals": []}, ensure_ascii=False, indent=1).encode()


def iphone_timeline(fixes: Sequence[Fix] = WALK) -> bytes:
    """A phone's Timeline, of an iPhone: times in minutes since the segment began, as text."""
    path = [
        {"point": f"geo:{latitude},{longitude}", "durationMinutesOffsetFromStartTime": f"{seconds / 60:g}"}
        for seconds, latitude, longitude in fixes
    ]
    segment = {"startTime": iso(0), "endTime": iso(fixes[-1][0]), "timelinePath": path}
    return json.dumps([segment]).encode()


def semantic(fixes: Sequence[Fix] = WALK) -> bytes:
    """A month of a Takeout's Semantic Location History."""
    points = [
        {"latE7": round(latitude * 1e7), "lngE7": round(longitude * 1e7), "accuracyMeters": 12, "timestamp": iso(s)}
        for s, latitude, longitude in fixes
    ]
    segment = {
        "startLocation": {},
        "endLocation": {},
        "duration": {"startTimestamp": iso(fixes[0][0]), "endTimestamp": iso(fixes[-1][0])},
        "simplifiedRawPath": {"points": points},
    }
    return json.dumps({"timelineObjects": [{"activitySegment": segment}]}).encode()


FORMATS: dict[str, Callable[[], bytes]] = {
    "walk.gpx": gpx,
    "walk.kml": kml,
    "walk.kmz": kmz,
    "walk.geojson": geojson,
    "walk.nmea": nmea,
    "walk.fit": fit,
    "Records.json": records,
    "Timeline.json": timeline,
    "location-history.json": iphone_timeline,
    "2024_MAY.json": semantic,
}
