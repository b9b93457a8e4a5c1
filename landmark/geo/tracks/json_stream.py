"""JSON read item by item, so that a location history of gigabytes needs no more memory than its largest item."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from landmark.core.errors import DataError

MAX_ITEM_CHARACTERS = 64_000_000  # a line of a million places with their times
_PIECE_BYTES = 1 << 20
_SPACE = " \t\n\r\ufeff\x1e"  # also the marks in front of a file, and in front of each text of a sequence (RFC 8142)
_LITERAL = 16  # characters: where less is missing, a number or a word may have been cut off
_EXPECTED = "Expected a track as JSON: GeoJSON, or a location history of Google."


def iterate_items(file: BinaryIO, max_bytes: int) -> Iterator[tuple[str, Any]]:
    """Yield the items of the lists in a JSON object, each with the key of its list; those of a bare list with "".

    Values that are no lists come at the end of their object, together and with the key "". Raises `DataError` for what
    is no JSON, with the place.

    >>> import io
    >>> list(iterate_items(io.BytesIO(b'{"type": "a", "features": [1, {"b": []}]}'), 99))
    [('features', 1), ('features', {'b': []}), ('', {'type': 'a'})]
    >>> list(iterate_items(io.BytesIO(b"[[1], 2]"), 99))
    [('', [1]), ('', 2)]
    """
    text = _Text(file, max_bytes)
    while (sign := text.peek()) != "":
        if sign == "[":
            yield from (("", item) for item in _items(text))
        elif sign == "{":
            yield from _members(text)
        else:
            raise text.error(f"found {sign!r}")


def _members(text: "_Text") -> Iterator[tuple[str, Any]]:
    values: dict[str, Any] = {}
    text.skip("{")
    while text.peek() != "}":
        key = text.value()
        if not isinstance(key, str):
            raise text.error("found a key that is no text")
        text.skip(":")
        if text.peek() == "[":
            yield from ((key, item) for item in _items(text))
        else:
            values[key] = text.value()
        if text.peek() != "}":
            text.skip(",")
    text.skip("}")
    if values:
        yield "", values


def _items(text: "_Text") -> Iterator[Any]:
    text.skip("[")
    while text.peek() != "]":
        yield text.value()
        if text.peek() != "]":
            text.skip(",")
    text.skip("]")


class _Text:
    """The text of a file, of which only what is being read is in memory."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file, self._left = file, max_bytes
        self._buffer, self._at, self._before = "", 0, 0  # the text, where in it, and how much of it was dropped
        self._is_whole = False
        self._scan = json.JSONDecoder().raw_decode
        first = file.read(_PIECE_BYTES)
        self._decode = codecs.getincrementaldecoder(json.detect_encoding(first))().decode
        self._add(first)

    def peek(self) -> str:
        """Return the next character that is no white space; "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if (sign := self._buffer[self._at]) not in _SPACE:
                    return sign
                self._at += 1
            if not self._grow():
                return ""

    def skip(self, sign: str) -> None:
        """Skip a character. Raises `DataError` where another one stands."""
        if (found := self.peek()) != sign:
            raise self.error(f"found {found!r} for {sign!r}" if found else "it ends too early")
        self._at += 1

    def value(self) -> Any:
        """Return the value that begins here."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._buffer, self._at)
                if end < len(self._buffer) or not self._grow():  # a number may go on
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                is_cut_off = error.msg.startswith("Unterminated") or error.pos > len(self._buffer) - _LITERAL
                if not is_cut_off or not self._grow():
                    raise self.error(error.msg) from None
            except (ValueError, RecursionError) as error:  # a number of too many digits, lists in one another
                raise self.error(str(error)) from None

    def error(self, found: str) -> DataError:
        """Return an error that names the place."""
        return DataError(f"character {self._before + self._at:,}: {found}. {_EXPECTED}")

    def _grow(self) -> bool:
        """Read on, as much again as there is; return whether there was more."""
        if self._is_whole:
            return False
        rest = self._buffer[self._at :]
        if len(rest) > MAX_ITEM_CHARACTERS:
            raise self.error(f"found an item of more than {MAX_ITEM_CHARACTERS / 1e6:.0f} million characters")
        self._before += self._at
        self._buffer, self._at = rest, 0
        self._add(self._file.read(max(_PIECE_BYTES, len(rest))))
        return True

    def _add(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise DataError("found more than is read of one file. Expected less: split the track.")
        self._is_whole = not piece
        try:
            self._buffer += self._decode(piece, final=self._is_whole)
        except UnicodeDecodeError as error:
            raise DataError(f"found bytes that are no {error.encoding}. {_EXPECTED}") from None
