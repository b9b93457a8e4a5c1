"""What XMP says of where, when and with which camera a photo was taken: inside a photo, or in a sidecar.

XMP is RDF in XML (ISO 16684-1). It is read with expat, which loads nothing; a document type, with which a small file
can be made to unfold into gigabytes, is refused.
"""

import codecs
import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.parsers import expat

from landmark.geo.place_names import PlaceNames
from landmark.metadata.place_tag import PositionMethod
from landmark.metadata.positions import Angle, Position, parse_angle, read_position
from landmark.metadata.reading import Reading, camera_name
from landmark.metadata.times import TimeKind, parse_day, parse_time

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    "drone-skydio": "https://www.skydio.com/drone-skydio/1.0/",
    "landmark": "urn:landmark:xmp:1/",
}
_NAMES = {
    "location": "Iptc4xmpCore:Location",
    "city": "photoshop:City",
    "state": "photoshop:State",
    "country": "photoshop:Country",
    "country_code": "Iptc4xmpCore:CountryCode",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}
_MAX_BYTES = 16_000_000
_MAX_ELEMENTS = 500_000  # an editor that lists all ancestors of a picture writes tens of thousands
_MAX_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(rb"<[^<]{100000,}")
_MAX_DEPTH = 100  # of elements in one another: XMP has a dozen, and each costs more the deeper it lies
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
_ENCODINGS = (  # how a packet begins in each; UTF-32 first, whose mark begins as that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<\0", "utf-16-be"),
)


# A sidecar that was UTF-16 and is now UTF-8 may still say that it is UTF-16: no text in such letters can be that.
_DECLARED_WIDE = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*[\"'](?:utf|ucs)-?(?:16|32|2|4)", re.I)


class XmpError(ValueError):
    """Text that is no XMP, or a broken one."""


@dataclass
class XmpTree:
    """The properties of an XMP packet, and where in its bytes more could be put.

    `values` holds simple properties, `items` the entries of lists; both by names such as exif:GPSLatitude. `list_ends`
    are the positions of the tags that end those lists, `end` that of the tag that ends the RDF (None: written as an
    empty element, with no room inside). In a packet of another `encoding` than UTF-8 there are none of these.
    """

    values: dict[str, str] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)
    list_ends: dict[str, int | None] = field(default_factory=dict)
    end: int | None = None
    encoding: str = "utf-8"


def parse_xmp(packet: bytes) -> XmpTree:
    """Take an XMP packet apart. Raises `XmpError`."""
    if len(packet) > _MAX_BYTES:
        raise XmpError(f"{len(packet) / 1e6:.0f} MB of XMP")
    text, encoding = _in_utf_8(packet)
    for tag in _LONG_TAG.finditer(text):  # expat alone takes seconds over a tag of a million attributes
        if tag[0].count(b"=") > _MAX_ATTRIBUTES:
            raise XmpError(f"more than {_MAX_ATTRIBUTES:,} attributes of one element")
    reader = _Reader(text, encoding)
    try:
        reader.parser.Parse(text.rstrip(b" \n\r\t") or b" ", True)
    except expat.ExpatError as error:
        raise XmpError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    except XmpError:
        raise
    except (ValueError, LookupError) as error:  # of an encoding that expat does not know
        raise XmpError(str(error)) from None
    if not reader.saw_rdf:
        raise XmpError("there is no RDF in it")
    if encoding != "utf-8":
        reader.tree.end, reader.tree.list_ends = None, dict.fromkeys(reader.tree.list_ends)
        reader.tree.encoding = encoding
    return reader.tree


def _in_utf_8(packet: bytes) -> tuple[bytes, str]:
    """Return a packet in UTF-8, and the encoding that it is in; what may stand in front and behind is left out.

    Zeros, which XML does not have, become spaces: Android puts them in the place of a position.
    """
    encoding = next((name for mark, name in _ENCODINGS if packet.startswith(mark)), "utf-8")
    if encoding == "utf-8":
        return packet.replace(b"\0", b" "), encoding
    width = 4 if "32" in encoding else 2
    text = packet[: len(packet) // width * width].decode(encoding, "replace")
    return text.replace("\0", " ").strip().encode("utf-8", "replace"), encoding


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
    direction = _number(values.get("exif:GPSImgDirection", ""))
    return replace(
        reading,
        taken=times[0][1] if times else None,
        time_kind=times[0][0] if times else reading.time_kind,
        day=next((day for _, key in _TIMES if (day := parse_day(values.get(key, "")))), None),
        gps_time=_in_utc(parse_time(values.get("exif:GPSTimeStamp", ""))),
        direction_deg=direction if direction is not None and 0 <= direction <= 360 else None,
        camera=camera_name(values.get("tiff:Make", ""), values.get("tiff:Model", "")),
        recognised=values.get("exif:GPSProcessingMethod", "").startswith(PositionMethod.RECOGNITION)
        or ("landmark:Name" in values and "exif:GPSLatitude" not in values),
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


def _number(text: str) -> float | None:
    """Return a number, or a fraction such as 1937/10."""
    above, _, below = text.partition("/")
    try:
        value = float(above) / (float(below) if below else 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


class _Reader:
    """Follows expat through a packet: which property it is in, and where lists end."""

    def __init__(self, packet: bytes, encoding: str) -> None:
        self.packet = packet
        self.tree = XmpTree()
        self.saw_rdf = False
        self.n_elements = 0
        self.path: list[str] = []
        self.text: list[str] = []
        self.parser = expat.ParserCreate(
            "utf-8" if encoding != "utf-8" or _DECLARED_WIDE.match(packet) else None,  # None: as declared, or UTF-8
            namespace_separator=" ",
        )
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.text.append

    def _refuse_doctype(self, *_: object) -> None:
        raise XmpError("a document type, which XMP does not have")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == _MAX_DEPTH:
            raise XmpError(f"more than {_MAX_DEPTH} elements in one another")
        self.n_elements += 1
        if self.n_elements > _MAX_ELEMENTS:
            raise XmpError(f"more than {_MAX_ELEMENTS:,} elements")
        self.path.append(_short(name))
        self.text.clear()
        self.saw_rdf = self.saw_rdf or self.path[-1] == "rdf:RDF"
        if self._depth() == 1:  # a description, whose simple properties may be attributes
            for key, value in attributes.items():
                self.tree.values.setdefault(_short(key), value)
        elif self._depth() == 2 and (resource := attributes.get(f"{NAMESPACES['rdf']} resource")):
            self.tree.values.setdefault(self.path[-1], resource)

    def _end(self, name: str) -> None:
        text, depth = "".join(self.text).strip(), self._depth()
        self.text.clear()
        if depth == 0 and self.path[-1] == "rdf:RDF":
            self.tree.end = self._end_tag()
        elif depth == 2 and self.path[-1] not in self.tree.items:
            self.tree.values.setdefault(self.path[-1], text)
        elif depth == 3 and self.path[-1] in ("rdf:Bag", "rdf:Seq", "rdf:Alt"):
            self.tree.items.setdefault(self.path[-2], [])
            self.tree.list_ends.setdefault(self.path[-2], self._end_tag())
        elif depth == 4 and self.path[-1] == "rdf:li":
            self.tree.items.setdefault(self.path[-3], []).append(text)
        self.path.pop()

    def _depth(self) -> int:
        """Count the elements below the RDF: 1 descriptions, 2 properties, 3 lists, 4 their entries; -1 outside."""
        return len(self.path) - 1 - self.path.index("rdf:RDF") if "rdf:RDF" in self.path else -1

    def _end_tag(self) -> int | None:
        at = self.parser.CurrentByteIndex
        return at if self.packet[at : at + 2] == b"</" else None


def _short(name: str) -> str:
    """Return `exif:GPSLatitude` for the namespace and name that expat tells; other namespaces stay as they are."""
    uri, _, local = name.rpartition(" ")
    return f"{_PREFIXES[uri]}:{local}" if uri in _PREFIXES else name
