"""Read photos from a multipart/form-data body as it arrives, in memory: no file is written or opened."""

from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from landmark.server.file_names import disposition_parameters, file_name
from landmark.server.replies import RequestError

FIELD = "photo"
_MAX_OTHER_PARTS = 16  # a form may send a field or two of its own; they are ignored
_MAX_HEADER_BYTES = 8_192  # of one part
_EXAMPLE = "as with: curl -F photo=@taj.jpg"


@dataclass(frozen=True, eq=False)
class Upload:
    """A photo as it was sent. Its name is what the answer calls it and is never used as a path."""

    name: str
    data: bytes


class PhotoForm:
    """A form that is being received; feed it the body, then take its photos.

    Raises `RequestError` as soon as it is broken or holds too much.

    >>> form = PhotoForm('multipart/form-data; boundary="x"', max_photos=2)
    >>> form.feed(b'--x\\r\\nContent-Disposition: form-data; name="photo"; filename="/a.jpg"\\r\\n\\r\\nRGB\\r\\n--x--')
    >>> form.photos()[0].name, form.photos()[0].data
    ('a.jpg', b'RGB')
    """

    def __init__(self, content_type: str, *, max_photos: int) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data":
            found = f"the type {content_type[:100]!r}" if content_type else "no type"
            raise RequestError(415, f"The body has {found}. Expected multipart/form-data, {_EXAMPLE}.")
        boundary = options.get(b"boundary", b"")
        if not 1 <= len(boundary) <= 70:
            raise RequestError(400, "Content-Type names no boundary of 1 to 70 signs. Expected one, as clients set it.")
        self._max_photos = max_photos
        self._photos: list[Upload] = []
        self._n_others = 0
        self._part: bytearray | None = None
        self._name = ""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._field, self._value = bytearray(), bytearray()
        self._parser = MultipartParser(boundary, self._callbacks())

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        if not piece:
            return
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise RequestError(400, f"The form is broken ({error}). Expected a whole one, {_EXAMPLE}.") from error

    def photos(self) -> list[Upload]:
        """Return all photos, once the body has ended."""
        if self._parser.state != MultipartState.END:
            raise RequestError(400, "The form ends early, without its last boundary. Expected a whole one; send again.")
        if not self._photos:
            raise RequestError(400, f"The form has no field {FIELD!r}. Expected a photo or several in it, {_EXAMPLE}.")
        return self._photos

    def _callbacks(self) -> Any:  # the parser names their types only to type checkers
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._extend_header(self._field, data[start:end]),
            "on_header_value": lambda data, start, end: self._extend_header(self._value, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": lambda data, start, end: self._extend_part(data[start:end]),
            "on_part_end": self._end_part,
        }

    def _begin_part(self) -> None:
        self._headers = {}
        self._header_bytes = 0
        self._part = None

    def _extend_header(self, text: bytearray, piece: bytes) -> None:
        text += piece
        self._header_bytes += len(piece)
        if self._header_bytes > _MAX_HEADER_BYTES:
            raise RequestError(400, f"A part has headers of over {_MAX_HEADER_BYTES:,} bytes. Expected a few lines.")

    def _end_header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        parameters = disposition_parameters(self._headers.get(b"content-disposition", b""))
        if parameters.get("name") != FIELD.encode():
            self._n_others += 1
            if self._n_others > _MAX_OTHER_PARTS:
                raise RequestError(413, f"The form has over {_MAX_OTHER_PARTS} other fields. Expected {FIELD!r} alone.")
            return
        if len(self._photos) >= self._max_photos:
            found = f"The form has over {self._max_photos} photos"
            raise RequestError(413, f"{found}. Expected at most that many; send several forms.")
        self._name = file_name(parameters) or f"photo {len(self._photos) + 1}"
        self._part = bytearray()

    def _extend_part(self, piece: bytes) -> None:
        if self._part is not None:
            self._part += piece

    def _end_part(self) -> None:
        if self._part is not None:
            self._photos.append(Upload(self._name, bytes(self._part)))
        self._part = None
