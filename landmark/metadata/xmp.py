"""What XMP says of where, when and with which camera a photo was taken: inside a photo, or in a sidecar.

XMP is RDF in XML (ISO 16684-1). It is read with expat, which loads nothing; a document type, with which a small file
can be made to unfold into gigabytes, is refused.
"""

import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.parsers import expat

from landmark.geo.coordinates import Coordinates
from landmark.metadata.place_tag import PositionMethod
from landmark.metadata.reading import Reading, camera_name, parse_time, read_position

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
    "landmark": "urn:landmark:xmp:1/",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}
_MAX_BYTES = 16_000_000
_MAX_DEPTH = 100  # of elements in one another: XMP has a dozen, and each costs more the deeper it lies
_TIMES = ("exif:DateTimeOriginal", "photoshop:DateCreated")  # not xmp:CreateDate, which may be that of an edit
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEWnsew]?)$")


class XmpError(ValueError):
    """Text that is no XMP, or a broken one."""


@dataclass
class XmpTree:
    """The properties of an XMP packet, and where in its bytes more could be put.

    `values` holds simple properties, `items` the entries of lists; both by names such as exif:GPSLatitude. `list_ends`
    are the positions of the tags that end those lists, `end` that of the tag that ends the RDF (None: written as an
    empty element, with no room inside).
    """

    values: dict[str, str] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)
    list_ends: dict[str, int | None] = field(default_factory=dict)
    end: int | None = None


def parse_xmp(packet: bytes) -> XmpTree:
    """Take an XMP packet apart. Raises `XmpError`."""
    if len(packet) > _MAX_BYTES:
        raise XmpError(f"{len(packet) / 1e6:.0f} MB of XMP")
    reader = _Reader(packet)
    try:
        reader.parser.Parse(packet.rstrip(b"\0 \n\r\t") or b" ", True)
    except expat.ExpatError as error:
        raise XmpError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    except XmpError:
        raise
    except (ValueError, LookupError) as error:  # of an encoding that expat does not know
        raise XmpError(str(error)) from None
    if not reader.saw_rdf:
        raise XmpError("there is no RDF in it")
    return reader.tree


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
    at = _position(values)
    reading = reading.with_problem(f"GPS {at}") if isinstance(at, str) else replace(reading, coordinates=at)
    direction = _number(values.get("exif:GPSImgDirection", ""))
    return replace(
        reading,
        taken=next((time for key in _TIMES if (time := parse_time(values.get(key, "")))), None),
        gps_time=_in_utc(parse_time(values.get("exif:GPSTimeStamp", ""))),
        direction_deg=direction if direction is not None and 0 <= direction <= 360 else None,
        camera=camera_name(values.get("tiff:Make", ""), values.get("tiff:Model", "")),
        recognised=values.get("exif:GPSProcessingMethod", "").startswith(PositionMethod.RECOGNITION)
        or ("landmark:Name" in values and "exif:GPSLatitude" not in values),
    )


def _position(values: dict[str, str]) -> Coordinates | str | None:
    written: list[tuple[list[float], str] | None] = []
    for key in ("exif:GPSLatitude", "exif:GPSLongitude"):
        if (text := values.get(key)) is None:
            written.append(None)
        elif found := _DEGREES.match(text.strip()):
            parts = [float(part) for part in found.groups()[:3] if part is not None]
            written.append((parts, found[4] or values.get(f"{key}Ref", "")))
        else:
            return f"{key} {text[:30]!r} is no position"
    return read_position(*written)


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

    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.tree = XmpTree()
        self.saw_rdf = False
        self.path: list[str] = []
        self.text: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
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
