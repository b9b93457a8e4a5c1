"""A place put into XMP: a packet of its own, or a few elements more in one that is there, whose bytes all stay.

Keywords go into the lists that a packet has, the rest into a description of its own. Names: dc:subject is what all
programs read, lr:hierarchicalSubject Lightroom's and darktable's tree, digiKam:TagsList digiKam's; LocationShown is
IPTC's place of what a photo shows, as opposed to where its camera stood.
"""

from collections.abc import Iterable

from landmark.core.text import xml_text
from landmark.geo.coordinates import Coordinates
from landmark.geo.datums import is_wgs84
from landmark.geo.place_names import PlaceNames
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import Edit
from landmark.metadata.keywords import HIERARCHICAL_SUBJECT, NO_KEYWORDS, SUBJECT, TAGS_LIST, Keywords, keywords_of
from landmark.metadata.own_mark import OwnMark, parse_mark
from landmark.metadata.place_tag import PlaceTag, PositionMethod
from landmark.metadata.positions import is_void
from landmark.metadata.xmp_tree import NAMESPACES, XmpError, XmpTree, parse_xmp

_HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{NAMESPACES["x"]}">\n <rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">\n'
)
_END = ' </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
_POSITION = ("exif:GPSLatitude", "exif:GPSLongitude", "exif:GPSProcessingMethod", "exif:GPSHPositioningError")
_PREFIXES = ("rdf", "exif", "dc", "lr", "digiKam", "Iptc4xmpExt", "landmark")
_PREFIXES_OF_NAMES = ("photoshop", "Iptc4xmpCore")


def new_packet(inside: str = "") -> bytes:
    """Return a packet with these elements in its RDF."""
    return f"{_HEAD}{inside}{_END}".encode()


def edit_xmp(packet: bytes, tag: PlaceTag, *, with_position: bool, beside: Keywords = NO_KEYWORDS) -> list[Edit]:
    """Return the edits that put a tag into a packet. Raises `NotWritableError` if it has a position or is broken.

    The position is left out where EXIF beside the packet tells it. A list of keywords that is made begins with those
    of the packet's other lists and those `beside` it, in the photo: many programs read one list and no other.
    """
    try:
        tree = parse_xmp(packet)
        if tree.encoding != "utf-8":
            raise NotWritableError(f"its XMP is in {tree.encoding}")
        packet.decode()
    except (UnicodeDecodeError, XmpError) as error:
        raise NotWritableError(f"its XMP is broken, or no UTF-8 ({error})") from error
    if tree.end is None:
        raise NotWritableError("its XMP is an empty element")
    if with_position and tag.coordinates:
        _check_position(tree.values)
    edits = []
    lists = _lists(tag, tree, keywords_of(tree) + beside)
    for name, items in lists.items():
        if name in tree.values or (name in tree.items and tree.list_ends[name] is None):
            raise NotWritableError(f"its XMP holds {name} in a way that cannot be added to")
        if name in tree.items:
            fresh = [item for text, item in items if not _is_there(packet, tree.items[name], text, item)]
            edits.append(Edit(tree.list_ends[name] or 0, b"", "".join(fresh).encode()))
    return [
        edit
        for edit in [*edits, Edit(tree.end, b"", _description(tag, tree, lists, with_position).encode())]
        if edit.added
    ]


def _is_there(packet: bytes, items: list[str], text: str | None, item: str) -> bool:
    """Return whether a list has an entry already: by its text; a place by its name and country as they stand."""
    named = item.partition(">")[2].removesuffix("</rdf:li>").partition("<exif:GPSLatitude>")[0]
    return named.encode() in packet if text is None else text in items


def _check_position(values: dict[str, str]) -> None:
    """Raise `NotWritableError` for a position that is there, or for what would be read of ours as of another one."""
    if any(name in values for name in _POSITION) or parse_mark(values.get("exif:GPSAreaInformation", "")):
        raise NotWritableError("its XMP already holds a GPS position, or parts of one")
    if not is_wgs84(datum := values.get("exif:GPSMapDatum", "")):
        raise NotWritableError(f"its XMP says that positions are of the datum {datum[:30]!r}, and ours is of WGS-84")
    if is_void(values.get("exif:GPSStatus", "")):
        raise NotWritableError(
            "its XMP says that the receiver measured nothing, and ours would be taken for its position"
        )


def _lists(tag: PlaceTag, tree: XmpTree, there: Keywords) -> dict[str, list[tuple[str | None, str]]]:
    """Return the list properties: text, by which one that is there already is known, and markup of each entry."""

    def plain(texts: Iterable[str]) -> list[tuple[str | None, str]]:
        return [(text, f"<rdf:li {_spaces('rdf')}>{xml_text(text)}</rdf:li>") for text in texts]

    def keywords(name: str, ours: list[str]) -> list[tuple[str | None, str]]:
        first = there.for_list(name) if ours and name not in tree.items else []
        return plain(dict.fromkeys([*first, *ours]))

    shown = tag.landmark or tag.shown
    lists: dict[str, list[tuple[str | None, str]]] = {
        SUBJECT: keywords(SUBJECT, tag.keywords),
        HIERARCHICAL_SUBJECT: keywords(HIERARCHICAL_SUBJECT, tag.paths("|")),
        TAGS_LIST: keywords(TAGS_LIST, tag.paths("/")),
        "Iptc4xmpExt:LocationShown": [(None, _location(tag, shown))] if shown else [],
    }
    return {name: items for name, items in lists.items() if items}


def _location(tag: PlaceTag, landmark: str) -> str:
    parts = [
        f'<Iptc4xmpExt:LocationName><rdf:Alt><rdf:li xml:lang="x-default">{xml_text(landmark)}</rdf:li>'
        "</rdf:Alt></Iptc4xmpExt:LocationName>"
    ]
    if tag.countries:
        names = " / ".join(country.name for country in tag.countries)
        parts.append(f"<Iptc4xmpExt:CountryName>{xml_text(names)}</Iptc4xmpExt:CountryName>")
    if len(tag.countries) == 1:
        parts.append(f"<Iptc4xmpExt:CountryCode>{tag.countries[0].code}</Iptc4xmpExt:CountryCode>")
    if tag.shown_at:
        parts += _degrees_elements(tag.shown_at)
    return f'<rdf:li {_spaces("rdf", "Iptc4xmpExt", "exif")} rdf:parseType="Resource">{"".join(parts)}</rdf:li>'


def _spaces(*prefixes: str) -> str:
    return " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)


def _description(
    tag: PlaceTag, tree: XmpTree, lists: dict[str, list[tuple[str | None, str]]], with_position: bool
) -> str:
    """Return a description with all that is not in the lists of a packet already."""
    parts: list[str] = []
    if with_position and tag.coordinates:
        parts.append("<exif:GPSVersionID>2.3.0.0</exif:GPSVersionID>" if "exif:GPSVersionID" not in tree.values else "")
        parts += _degrees_elements(tag.coordinates)
        if "exif:GPSMapDatum" not in tree.values:
            parts.append("<exif:GPSMapDatum>WGS-84</exif:GPSMapDatum>")
        parts.append(f"<exif:GPSProcessingMethod>{tag.method.processing_method}</exif:GPSProcessingMethod>")
        if "exif:GPSAreaInformation" not in tree.values:
            mark = OwnMark(tag.method, tag.coordinates)
            parts.append(f"<exif:GPSAreaInformation>{mark}</exif:GPSAreaInformation>")
        if tag.radius_km:
            parts.append(f"<exif:GPSHPositioningError>{round(tag.radius_km * 1000)}/1</exif:GPSHPositioningError>")
    for name, items in lists.items():
        if name not in tree.items:
            kind = "Seq" if name == TAGS_LIST else "Bag"
            parts.append(f"<{name}><rdf:{kind}>{''.join(item for _, item in items)}</rdf:{kind}></{name}>")
    parts += [
        f"<{name}>{xml_text(text)}</{name}>" for name, text in simple_properties(tag).items() if name not in tree.values
    ]
    inside = "".join(f"   {part}\n" for part in parts if part)
    if not inside:
        return ""
    spaces = _spaces(*_PREFIXES_OF_NAMES if tag.names else (), *_PREFIXES)
    return f'  <rdf:Description {spaces} rdf:about="">\n{inside}  </rdf:Description>\n'


def simple_properties(tag: PlaceTag) -> dict[str, str]:
    """Return the simple properties: the names of where the camera stood, and what was recognised how surely."""
    names = tag.names or PlaceNames()
    texts = {
        "photoshop:City": names.city,
        "photoshop:State": names.state,
        "photoshop:Country": names.country,
        "Iptc4xmpCore:CountryCode": names.country_code,
        "Iptc4xmpCore:Location": names.location,
        "landmark:Name": tag.landmark or "",
        "landmark:Confidence": "" if tag.confidence is None else f"{tag.confidence:.4f}",
        "landmark:Reason": tag.reason if tag.landmark or tag.method is PositionMethod.BY_HAND else "",
        "landmark:Position": str(OwnMark(tag.method, tag.coordinates)) if tag.landmark and tag.coordinates else "",
    }
    return {name: text for name, text in texts.items() if text}


def _degrees_elements(at: Coordinates) -> list[str]:
    return [
        f"<exif:GPSLatitude>{_degrees(at.latitude, 'NS')}</exif:GPSLatitude>",
        f"<exif:GPSLongitude>{_degrees(at.longitude, 'EW')}</exif:GPSLongitude>",
    ]


def _degrees(value: float, hemispheres: str) -> str:
    """Return degrees and minutes as XMP has them.

    >>> _degrees(-33.8568, "NS")
    '33,51.408000S'
    """
    millionths = round(abs(value) * 60_000_000)
    degrees, minutes = divmod(millionths, 60_000_000)
    return f"{degrees},{minutes / 1_000_000:.6f}{hemispheres[0] if value >= 0 else hemispheres[1]}"
