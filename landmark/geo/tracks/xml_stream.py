"""XML read piece by piece, for files of any size: elements with their attributes and texts, as they pass."""

import io
from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

from landmark.core.errors import DataError
from landmark.core.xml_parser import DocumentTypeError, make_parser

_PIECE_BYTES = 1 << 20
_MAX_TOKEN_BYTES = 16 << 20  # of one tag: expat looks at it again with each piece
_MAX_DEPTH = 200
_MAX_TEXT = 100_000  # characters kept of one element's text


class XmlStream:
    """Call `start(name, attributes)` and `end(name, text)` for each element; names come without their namespace.

    `depth` is that of the element in question, 1 for the outermost. Text is that directly before the end tag, where
    `keep_text` is true when the element starts.
    """

    def __init__(self, start: Callable[[str, dict[str, str]], None], end: Callable[[str, str], None]) -> None:
        self.depth, self.keep_text = 0, False
        self._start_element, self._end_element = start, end
        self._text: list[str] = []
        self._n_text = 0
        self._parser = make_parser(self._start, self._end, self._add_text)

    def read(self, file: BinaryIO, max_bytes: int) -> str | None:
        """Read a file to its end; return what is wrong where it breaks off, None for a whole one.

        What stands before a damage has been told by then: a logger that ran out of power leaves no end tags. Raises
        `DataError` for a document type and for what is too large.
        """
        n_read = 0
        try:
            while piece := file.read(_PIECE_BYTES):
                n_read += len(piece)
                if n_read > max_bytes:
                    raise DataError(f"found more than {max_bytes / 1e6:,.0f} MB. Expected less: split the track.")
                self._parser.Parse(piece, False)
                if n_read - self._parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
                    raise DataError("found a tag of many megabytes. Expected a track as XML.")
            self._parser.Parse(b"", True)
        except DocumentTypeError as error:
            raise DataError(f"{error}. Expected a track without one: take that line out.") from None
        except expat.ExpatError as error:
            return f"line {error.lineno}: {expat.ErrorString(error.code)}"
        except (ValueError, LookupError) as error:  # of an encoding that expat does not know
            return str(error)
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise DataError(f"found more than {_MAX_DEPTH} elements in one another. Expected a track as XML.")
        self._text.clear()
        self._n_text = 0
        self.keep_text = False
        self._start_element(name[name.rfind(" ") + 1 :], attributes)

    def _end(self, name: str) -> None:
        text = "".join(self._text) if self._text else ""
        self._text.clear()
        self._end_element(name[name.rfind(" ") + 1 :], text)
        self.keep_text = False
        self.depth -= 1

    def _add_text(self, text: str) -> None:
        if self.keep_text and self._n_text < _MAX_TEXT:
            self._text.append(text)
            self._n_text += len(text)


def decoded_head(head: bytes) -> str:
    """Return the beginning of a file as text, to recognise what it holds.

    >>> decoded_head("<gpx>".encode("utf-16")), decoded_head(b"\\xef\\xbb\\xbf<kml>")
    ('<gpx>', '<kml>')
    """
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "ignore")
    return io.TextIOWrapper(io.BytesIO(head), "utf-8-sig", "ignore").read()
