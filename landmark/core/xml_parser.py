"""The one way in which XML of others is parsed: by expat, which loads nothing, and without document types."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.parsers import expat


class DocumentTypeError(ValueError):
    """A document type in XML: with its entities a small file can be made to unfold into gigabytes."""


def make_parser(
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str], None],
    on_text: Callable[[str], None],
    encoding: str | None = None,
) -> "expat.XMLParserType":
    """Return a parser that calls these for the beginning and the end of elements, and for text.

    A name comes as namespace, space and local name. `encoding` is that of the text (None: what it declares, or UTF-8).
    Parsing raises `expat.ExpatError` for what is no XML, `DocumentTypeError`, and what the callables raise.

    >>> names = []
    >>> parser = make_parser(lambda name, attributes: names.append(name), lambda name: None, lambda text: None)
    >>> parser.Parse(b"<a xmlns='urn:x'><b/></a>", True), names
    (1, ['urn:x a', 'urn:x b'])
    """
    from xml.parsers import expat

    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = on_text
    return parser


def _refuse_document_type(*_: object) -> None:
    raise DocumentTypeError("found a document type (<!DOCTYPE>)")
