"""The elements of an XMP packet with the bytes that they span, so that some can be cut out and all others stay."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from landmark.core.xml_parser import make_parser
from landmark.metadata.edits import Edit
from landmark.metadata.xmp_tree import parse_xmp, short_name

_START_TAG = re.compile(rb"<[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=<>/\"']+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(eq=False)
class Element:
    """An element: its name, such as rdf:li, where it begins, where its start tag and where it ends, and what is in it.

    `attributes` are (name, value, start, end), without declarations of namespaces.
    """

    name: str
    start: int
    tag_end: int
    end: int = 0
    attributes: list[tuple[str, str, int, int]] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)
    own_text: str = ""

    def all(self) -> Iterator["Element"]:
        """Yield the element and all that are in it."""
        yield self
        for child in self.children:
            yield from child.all()

    @property
    def text(self) -> str:
        """Return the text of the element, without that of others in it."""
        return self.own_text.strip()

    def find(self, name: str) -> list["Element"]:
        """Return the elements of a name in it, at any depth."""
        return [one for one in self.all() if one.name == name]


def parse_elements(packet: bytes) -> Element:
    """Return the RDF of a packet in UTF-8. Raises `XmpError` as `parse_xmp` does."""
    parse_xmp(packet)  # with all its limits
    reader = _Reader(packet.replace(b"\0", b" "))
    reader.parser.Parse(reader.packet.rstrip(b" \n\r\t"), True)
    return next(one for root in reader.roots for one in root.all() if one.name == "rdf:RDF")


def cut(packet: bytes, spans: list[tuple[int, int]]) -> list[Edit]:
    """Return the edits that cut spans out, each element with its indentation and the end of its line."""
    edits, done = [], 0
    for start, end in sorted(spans):
        if start < done:  # within one that is cut already
            continue
        before = len(packet[:start].rstrip(b" \t"))
        is_indented = packet[start : start + 1] == b"<" and (before < start or packet[before - 1 : before] == b"\n")
        if is_indented and packet[end : end + 1] in (b"\n", b"\r"):
            start = max(before, done)
            end += 2 if packet[end : end + 2] == b"\r\n" else 1
        edits.append(Edit(start, packet[start:end], b""))
        done = end
    return edits


class _Reader:
    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.roots: list[Element] = []
        self.path: list[Element] = []
        self.parser = make_parser(self._start, self._end, self._text, "utf-8")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        start = self.parser.CurrentByteIndex
        tag = _START_TAG.match(self.packet, start)
        assert tag, "expat has found one here"
        element = Element(short_name(name), start, tag.end())
        raw = [one for one in _ATTRIBUTE.finditer(tag[0]) if one[1].split(b":")[0] != b"xmlns"]
        for (key, value), found in zip(attributes.items(), raw, strict=False):  # both in the order of the packet
            element.attributes.append((short_name(key), value, start + found.start(), start + found.end()))
        (self.path[-1].children if self.path else self.roots).append(element)
        self.path.append(element)

    def _end(self, _: str) -> None:
        element, at = self.path.pop(), self.parser.CurrentByteIndex
        is_empty = self.packet[at : at + 2] != b"</"
        element.end = element.tag_end if is_empty else self.packet.index(b">", at) + 1

    def _text(self, text: str) -> None:
        if self.path:
            self.path[-1].own_text += text
