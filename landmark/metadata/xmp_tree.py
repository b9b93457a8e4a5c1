"""The properties of XMP, which is RDF in XML (ISO 16684-1), and where in its bytes more could be put."""

import codecs
import re
from dataclasses import dataclass, field

from landmark.core.xml_parser import make_parser

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
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "dcterms": "http://purl.org/dc/terms/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    "drone-skydio": "https://www.skydio.com/drone-skydio/1.0/",
    "landmark": "urn:landmark:xmp:1/",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()} | {
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",  # as Windows writes it
}
_MAX_BYTES = 16_000_000
_MAX_ELEMENTS = 500_000  # an editor that lists all ancestors of a picture writes tens of thousands
_MAX_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(rb"<[^<]{100000,}")
_MAX_DEPTH = 100  # of elements in one another: XMP has a dozen, and each costs more the deeper it lies
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
    from xml.parsers import expat  # which photos without XMP need not wait for

    text, encoding = to_utf_8(packet)
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
    except (ValueError, LookupError) as error:  # a document type, or an encoding that expat does not know
        raise XmpError(str(error)) from None
    if not reader.saw_rdf:
        raise XmpError("there is no RDF in it")
    if encoding != "utf-8":
        reader.tree.end, reader.tree.list_ends = None, dict.fromkeys(reader.tree.list_ends)
        reader.tree.encoding = encoding
    return reader.tree


def to_utf_8(packet: bytes) -> tuple[bytes, str]:
    """Return a packet in UTF-8, and the encoding that it is in; what may stand in front and behind is left out.

    Zeros, which XML does not have, become spaces: Android puts them in the place of a position.
    """
    encoding = next((name for mark, name in _ENCODINGS if packet.startswith(mark)), "utf-8")
    if encoding == "utf-8":
        return packet.replace(b"\0", b" "), encoding
    width = 4 if "32" in encoding else 2
    text = packet[: len(packet) // width * width].decode(encoding, "replace")
    return text.replace("\0", " ").strip().encode("utf-8", "replace"), encoding


def declared(text: bytes, encoding: str) -> str | None:
    """Return the encoding for expat of what `to_utf_8` returned; None: what the text declares, or UTF-8."""
    return "utf-8" if encoding != "utf-8" or _DECLARED_WIDE.match(text) else None


class _Reader:
    """Follows expat through a packet: which property it is in, and where lists end."""

    def __init__(self, packet: bytes, encoding: str) -> None:
        self.packet = packet
        self.tree = XmpTree()
        self.saw_rdf = False
        self.n_elements = 0
        self.path: list[str] = []
        self.text: list[str] = []
        self.parser = make_parser(self._start, self._end, self.text.append, declared(packet, encoding))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == _MAX_DEPTH:
            raise XmpError(f"more than {_MAX_DEPTH} elements in one another")
        self.n_elements += 1
        if self.n_elements > _MAX_ELEMENTS:
            raise XmpError(f"more than {_MAX_ELEMENTS:,} elements")
        self.path.append(short_name(name))
        self.text.clear()
        self.saw_rdf = self.saw_rdf or self.path[-1] == "rdf:RDF"
        if self._depth() == 1:  # a description, whose simple properties may be attributes
            for key, value in attributes.items():
                self.tree.values.setdefault(short_name(key), value)
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


def short_name(name: str) -> str:
    """Return `exif:GPSLatitude` for the namespace and name that expat tells; other namespaces stay as they are.

    >>> short_name("http://ns.adobe.com/exif/1.0/ GPSLatitude")
    'exif:GPSLatitude'
    """
    uri, _, local = name.rpartition(" ")
    return f"{_PREFIXES[uri]}:{local}" if uri in _PREFIXES else name
