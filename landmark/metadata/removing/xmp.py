"""Our properties, keywords and places taken out of XMP: by what the journal says was added, else by our own properties.

Without a journal our keywords are the landmark, its countries, and the paths from Places to it.
"""

from collections.abc import Iterable, Iterator

from landmark.core.text import fold_name
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import Edit
from landmark.metadata.own_mark import OwnMark, own_method, parse_mark
from landmark.metadata.removing.spans import Element, cut, parse_elements
from landmark.metadata.written_fields import WrittenFields
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import XmpError, XmpTree, parse_xmp

_NAMESPACE = "landmark:"
_AREA, _ERROR = "exif:GPSAreaInformation", "exif:GPSHPositioningError"
_POSITION = frozenset({
    "exif:GPSVersionID", "exif:GPSLatitude", "exif:GPSLongitude", "exif:GPSMapDatum", "exif:GPSProcessingMethod", _AREA,
    _ERROR,
})  # fmt: skip
_NAMES = frozenset({
    "photoshop:City", "photoshop:State", "photoshop:Country", "Iptc4xmpCore:CountryCode", "Iptc4xmpCore:Location",
})  # fmt: skip
_SHOWN = "Iptc4xmpExt:LocationShown"
_PATHS = {"lr:hierarchicalSubject": "|", "digiKam:TagsList": "/"}
_KEYWORDS = "dc:subject"
_ABOUT = "rdf:about"


def edit_removing(packet: bytes, fields: WrittenFields, marks: Iterable[OwnMark]) -> list[Edit]:
    """Return the edits that take what is ours out of a packet, none where nothing is. Raises `NotWritableError`.

    `marks` are those of all that is known of the photo: a copy of our position without a mark is ours as well.
    """
    try:
        tree = parse_xmp(packet)
        if tree.encoding != "utf-8":
            raise NotWritableError(f"its XMP is in {tree.encoding}")
        rdf = parse_elements(packet)
    except XmpError as error:
        raise NotWritableError(f"its XMP is broken ({error})") from error
    ours = _Ours(packet, tree, rdf, fields, list(marks))
    spans = [span for description in rdf.children for span in ours.spans(description)]
    return cut(packet, spans)


def is_empty(packet: bytes) -> bool:
    """Return whether a packet holds no property at all.

    >>> is_empty(b'<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>')
    True
    """
    try:
        tree = parse_xmp(packet)
    except XmpError:
        return False
    return tree.values.keys() <= {_ABOUT} and not tree.items


class _Ours:
    """What in a packet is ours."""

    def __init__(self, packet: bytes, tree: XmpTree, rdf: Element, fields: WrittenFields, marks: list[OwnMark]) -> None:
        self.fields = fields
        self.landmark = tree.values.get("landmark:Name") or fields.properties.get("landmark:Name")
        self.properties = set(self._properties(packet, tree, marks))
        shown = [one for one in rdf.find("rdf:li") if self._is_shown(one)]
        self.shown = shown[-1:]  # ours was added last
        self.texts = {
            name: set(fields.items.get(name, ())) | self._keywords(name, tree.items.get(name, ()), shown)
            for name in (_KEYWORDS, *_PATHS)
        }
        if not fields.items:  # a country that another path of keywords has is a person's
            left = [text for name in _PATHS for text in tree.items.get(name, ()) if text not in self.texts[name]]
            parts = {part for text in left for part in text.replace("/", "|").split("|")}
            self.texts[_KEYWORDS] -= parts

    def spans(self, description: Element) -> Iterator[tuple[int, int]]:
        """Yield the parts of a description that are ours; all of it where nothing else is in it."""
        cut_attributes = [one for one in description.attributes if one[0] in self.properties]
        cut_children: list[tuple[int, int]] = []
        n_whole = 0
        for child in description.children:
            spans, is_whole = self._property_spans(child)
            cut_children += spans
            n_whole += is_whole
        others = [name for name, *_ in description.attributes if name not in self.properties and name != _ABOUT]
        if (cut_attributes or cut_children) and not others and n_whole == len(description.children):
            yield description.start, description.end
            return
        yield from ((start, end) for _, _, start, end in cut_attributes)
        yield from cut_children

    def _property_spans(self, element: Element) -> tuple[list[tuple[int, int]], bool]:
        """Return the parts of a property that are ours, and whether that is all of it."""
        whole = [(element.start, element.end)]
        if element.name in self.properties:
            return whole, True
        lists = [one for one in element.children if one.name in ("rdf:Bag", "rdf:Seq", "rdf:Alt")]
        items = [one for each in lists for one in each.children]
        if element.name == _SHOWN:
            ours = [one for one in items if one in self.shown]
        else:
            ours = [one for one in items if one.text in self.texts.get(element.name, ())]
        left = [one.text for one in items if one not in ours]
        if ours and {*left} <= {*self.fields.carried.get(element.name, ())}:  # a list that was made for ours
            return whole, True
        return [(one.start, one.end) for one in ours], False

    def _properties(self, packet: bytes, tree: XmpTree, marks: list[OwnMark]) -> Iterator[str]:
        yield from (name for name in tree.values if name.startswith(_NAMESPACE))
        yield from (name for name in _NAMES if name in tree.values and tree.values[name] == self._written(name))
        reading = read_xmp(packet)
        if reading.coordinates and own_method(reading.coordinates, marks):
            known = self.fields.properties
            yield from (name for name in _POSITION if name in tree.values and (not known or self._is_ours(name)))
        elif parse_mark(tree.values.get(_AREA, "")):  # a person has corrected the position since
            yield from (_AREA, _ERROR)

    def _is_ours(self, name: str) -> bool:
        """Return whether a part of a position that is ours was added with it, and was not there before."""
        return name in self.fields.properties or name not in ("exif:GPSVersionID", "exif:GPSMapDatum")

    def _written(self, name: str) -> str | None:
        return self.fields.properties.get(name)

    def _is_shown(self, element: Element) -> bool:
        names = [one for found in element.find("Iptc4xmpExt:LocationName") for one in found.all()]
        return bool(self.landmark) and self.landmark in {one.text for one in names}

    def _keywords(self, name: str, texts: Iterable[str], shown: list[Element]) -> set[str]:
        """Return which entries of a list our own properties tell to be ours; none where the journal knows them."""
        if self.fields.items or not self.landmark:
            return set()
        countries = {
            part for one in shown for found in one.find("Iptc4xmpExt:CountryName") for part in found.text.split(" / ")
        }
        if name == _KEYWORDS:
            return {self.landmark, *countries}
        separator = _PATHS[name]
        leaf = fold_name(self.landmark.replace(separator, " "))
        paths = {text: text.split(separator) for text in texts}
        return {
            text
            for text, parts in paths.items()
            if parts[0] == "Places" and len(parts) > 1 and fold_name(parts[-1]) == leaf
        }
