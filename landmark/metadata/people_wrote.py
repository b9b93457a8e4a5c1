"""What people wrote in a photo, as XMP for a new sidecar: programs that prefer a sidecar read nothing else.

digiKam and darktable leave title, rating, faces and names of places inside a photo unread as soon as it has a sidecar.
So a new one begins with them: from XMP beside and inside the photo, as it stands there, and what that lacks from EXIF
and IPTC. Left out is what describes the file, or how it was developed: a program would do that to it once more.
"""

from collections.abc import Callable, Collection, Iterable

from landmark.core.text import xml_text
from landmark.core.xml_parser import make_parser
from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.exif import coded_text, read_exif
from landmark.metadata.formats.tiff import EXIF_IFD, Tiff, TiffError
from landmark.metadata.iptc import iptc_texts, two_letter_code
from landmark.metadata.keywords import SUBJECT, Keywords
from landmark.metadata.reading import Reading
from landmark.metadata.xmp_tree import NAMESPACES, XmpError, declared, parse_xmp, to_utf_8

_RDF = NAMESPACES["rdf"]
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()} | {
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto1",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://ns.acdsee.com/iptc/1.0/": "acdsee",
    "http://ns.acdsee.com/regions/": "acdsee-rs",
    "http://creativecommons.org/ns#": "cc",
    "http://ns.microsoft.com/expressionmedia/1.0/": "expressionmedia",
    "http://www.metadataworkinggroup.com/schemas/keywords/": "mwg-kw",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
}
_WHOLE = frozenset({  # namespaces of which all is what people wrote
    "lr", "Iptc4xmpCore", "Iptc4xmpExt", "MicrosoftPhoto", "MicrosoftPhoto1", "mediapro", "MP", "acdsee", "acdsee-rs",
    "cc", "expressionmedia", "mwg-kw", "mwg-rs", "plus", "xmpRights",
})  # fmt: skip
_OF = {  # of others these properties
    "dc": "contributor coverage creator date description identifier language publisher relation rights source title",
    "digiKam": "CaptionsAuthorNames CaptionsDateTimeStamps ColorLabel PickLabel TagsList",
    "exif": "UserComment",
    "photoshop": "AuthorsPosition CaptionWriter Category City Country Credit Headline Instructions Source"
    " State SupplementalCategories TransmissionReference Urgency",
    "tiff": "Artist Copyright ImageDescription",
    "xmp": "Label Nickname Rating",
}
_NAMED = frozenset(f"{prefix}:{name}" for prefix, names in _OF.items() for name in names.split())
_TIMES = frozenset({"exif:DateTimeDigitized", "exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"})
_IPTC = {  # fields of the second record (IPTC Core 1.3, mapping to IIM)
    5: "dc:title", 10: "photoshop:Urgency", 15: "photoshop:Category", 20: "photoshop:SupplementalCategories",
    40: "photoshop:Instructions", 80: "dc:creator", 85: "photoshop:AuthorsPosition", 90: "photoshop:City",
    92: "Iptc4xmpCore:Location", 95: "photoshop:State", 100: "Iptc4xmpCore:CountryCode", 101: "photoshop:Country",
    103: "photoshop:TransmissionReference", 105: "photoshop:Headline", 110: "photoshop:Credit",
    115: "photoshop:Source", 116: "dc:rights", 120: "dc:description", 122: "photoshop:CaptionWriter",
}  # fmt: skip
_EXIF = {0x010E: "dc:description", 0x013B: "dc:creator", 0x8298: "dc:rights"}
_COUNTRY_CODE, _COUNTRY = 100, 101
_RATING, _USER_COMMENT = 0x4746, 0x9286
_LISTS = {
    "dc:title": "Alt", "dc:description": "Alt", "dc:rights": "Alt", "exif:UserComment": "Alt", "dc:creator": "Seq",
    "photoshop:SupplementalCategories": "Bag", SUBJECT: "Bag",
}  # fmt: skip


def people_wrote(blocks: MetadataBlocks, beside: bytes | None, keywords: Keywords, *, position: bool) -> str:
    """Return a description (RDF) of what people wrote in a photo, or in XMP `beside` it; empty where that is nothing.

    XMP beside goes before XMP inside, then come EXIF and IPTC; `keywords` are those of all. What is broken is left out.
    `position`: that of the XMP as well. A time or position inside the photo is only taken over where EXIF has none:
    programs prefer that of a sidecar, and XMP's is often that of an edit.
    """
    camera = read_exif(blocks.exif) if blocks.exif else Reading("EXIF")
    kinds = ["people's"] if camera.taken else ["people's", "time"]
    found: dict[str, str] = {}
    for packet, wanted in (
        (beside, {"people's", "time", *(["position", "fix"] if position else [])}),
        (blocks.xmp, {*kinds, *(["position"] if position and not camera.coordinates else [])}),
    ):
        found = _copied(packet, wanted) | found
    subject = [(SUBJECT, texts)] if (texts := keywords.for_list(SUBJECT)) else []
    for name, texts in (*subject, *_of_exif(blocks.exif), *_of_iptc(blocks.iptc)):
        found.setdefault(name, _element(name, texts))
    inside = "".join(f"   {element}\n" for element in found.values())
    return f'  <rdf:Description rdf:about="">\n{inside}  </rdf:Description>\n' if inside else ""


def _copied(packet: bytes | None, wanted: Collection[str]) -> dict[str, str]:
    """Return the properties of a packet that are of these kinds; none of what is broken."""
    try:
        parse_xmp(packet or b"")  # which refuses what is too large, or no XMP
        return _Copier(packet or b"", lambda name: _kind(name) in wanted).elements
    except (XmpError, ValueError):
        return {}


def _kind(name: str) -> str | None:
    if name.startswith("exif:GPS"):
        return "fix" if name in ("exif:GPSTimeStamp", "exif:GPSDateStamp") else "position"
    if name in _TIMES:
        return "time"
    return "people's" if name in _NAMED or name.split(":")[0] in _WHOLE else None


def holds_only(packet: bytes, start: bytes) -> bool:
    """Return whether a packet holds no property but such as stand in another one just so; False where it is broken."""
    try:
        parse_xmp(packet)
        parse_xmp(start)
    except XmpError:
        return False
    found, known = (_Copier(one, lambda name: not name.startswith("rdf:")).elements for one in (packet, start))
    return found.items() <= known.items()


def _of_exif(exif: bytes | None) -> Iterable[tuple[str, list[str]]]:
    """Yield the properties that EXIF of a photo has as well."""
    try:
        tiff = Tiff(exif or b"")
        below = tiff.below(tiff.first, EXIF_IFD)
    except TiffError:
        return
    for tag, name in _EXIF.items():
        if text := tiff.text(tiff.first.find(tag)):
            yield name, [part.strip() for part in text.split(";")] if name == "dc:creator" else [text]
    if stars := tiff.numbers(tiff.first.find(_RATING)):
        yield "xmp:Rating", [f"{stars[0]:.0f}"]
    if below and (comment := coded_text(tiff, below, _USER_COMMENT)):
        yield "exif:UserComment", [comment]


def _of_iptc(block: bytes | None) -> Iterable[tuple[str, list[str]]]:
    texts = iptc_texts(block or b"")
    if codes := texts.get(_COUNTRY_CODE):
        texts[_COUNTRY_CODE] = [two_letter_code(codes[0], texts.get(_COUNTRY, [""])[0])]
    return [(name, texts[number]) for number, name in _IPTC.items() if number in texts]


def _element(name: str, texts: list[str]) -> str:
    """Return a property of these texts: a list of the kind that it is, or the first alone."""
    prefix = name.split(":")[0]
    spaces = f'xmlns:{prefix}="{NAMESPACES[prefix]}"'
    if kind := _LISTS.get(name):
        language = ' xml:lang="x-default"' if kind == "Alt" else ""
        used = texts[:1] if kind == "Alt" else texts
        items = "".join(f"<rdf:li{language}>{xml_text(text)}</rdf:li>" for text in used if text)
        return f"<{name} {spaces}><rdf:{kind}>{items}</rdf:{kind}></{name}>"
    return f"<{name} {spaces}>{xml_text(texts[0])}</{name}>"


class _Copier:
    """Copies properties of a packet, each with all that is in it, as elements that stand for themselves."""

    def __init__(self, packet: bytes, is_wanted: Callable[[str], bool]) -> None:
        self.elements: dict[str, str] = {}
        self._is_wanted, self._path = is_wanted, [""]
        self._parts: list[str] = []
        self._spaces: dict[str, str] = {}  # of the present property, by prefixes
        self._known = dict(_PREFIXES)
        text, encoding = to_utf_8(packet)
        parser = make_parser(self._start, self._end, self._text, declared(text, encoding))
        parser.StartNamespaceDeclHandler = self._declare
        parser.Parse(text.rstrip(b" \n\r\t"), True)

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        """Keep the prefix of a namespace that is not known here: some programs look for a prefix alone."""
        taken = {*self._known.values()}
        names = [prefix, *(f"ns{number}" for number in range(len(taken) + 1))]
        self._known.setdefault(uri or "", next(name for name in names if name and name not in taken))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        depth = self._depth()
        if depth == 1:  # a description, whose simple properties may be attributes
            for key, value in attributes.items():
                self._spaces = {}
                if self._is_wanted(short := self._short(key)):
                    self.elements.setdefault(short, f"<{short}{self._declared()}>{_kept(value)}</{short}>")
        elif depth == 2:
            self._parts, self._spaces = [], {}
        if depth >= 2:
            inside = "".join(f' {self._short(key)}="{_quoted(value)}"' for key, value in attributes.items())
            self._parts.append(f"<{self._short(name)}{inside}>")

    def _text(self, text: str) -> None:
        if self._depth() >= 2 and text.strip():
            self._parts.append(_kept(text))

    def _end(self, name: str) -> None:
        depth, short = self._depth(), self._short(name)
        if depth >= 2:
            self._parts.append(f"</{short}>")
        if depth == 2 and self._is_wanted(short):
            head = self._parts[0].removeprefix(f"<{short}")
            self.elements.setdefault(short, f"<{short}{self._declared()}{head}" + "".join(self._parts[1:]))
        self._path.pop()

    def _depth(self) -> int:
        """Count the elements below the RDF: 1 descriptions, 2 properties; -1 outside."""
        root = f"{_RDF} RDF"
        return len(self._path) - 1 - self._path.index(root) if root in self._path else -1

    def _short(self, name: str) -> str:
        """Return a name with a prefix, whose namespace is to be declared."""
        uri, _, local = name.rpartition(" ")
        if not uri:
            return local
        prefix = self._known[uri]
        if prefix not in ("xml", "rdf"):
            self._spaces[prefix] = uri
        return f"{prefix}:{local}"

    def _declared(self) -> str:
        return "".join(f' xmlns:{prefix}="{_quoted(uri)}"' for prefix, uri in self._spaces.items())


def _quoted(text: str) -> str:
    """Return text for an attribute; line breaks would become spaces there."""
    return _kept(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def _kept(text: str) -> str:
    """Return text that reads back as it was: XML makes another line break of a carriage return."""
    return xml_text(text).replace("\r", "&#13;")
