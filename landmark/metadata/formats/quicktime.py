"""What MOV and MP4 files say of themselves: texts, times and positions in the boxes within `moov`, wherever it stands.

After Apple's "QuickTime File Format", ISO/IEC 14496-12 and 3GPP TS 26.244. Pictures and sound are stepped over.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from landmark.metadata.blocks import MetadataBlocks, MovieTags
from landmark.metadata.formats.boxes import (
    Box,
    BoxError,
    boxes,
    file_boxes,
    file_size,
    find_file_box,
    find_xmp,
    read_body,
)

_MAX_BYTES = 16_000_000  # of the texts of a film
_MAX_TRACKS = 100
_MAX_LISTS = 8  # of texts; films have one or two
_TEXT_UTF8, _TEXT_UTF16, _UNTYPED = 1, 2, 0  # types of the values of an `ilst`
_MAC_LANGUAGES = 0x400  # language codes below this are Apple's own, with the letters of old Macs


def read_movie(file: BinaryIO) -> MetadataBlocks:
    """Return the tags and the XMP of a film; no tags for one whose `moov` is missing or broken.

    >>> import io
    >>> read_movie(io.BytesIO(struct.pack(">I4s", 8, b"mdat"))).movie is None
    True
    """
    outermost = list(file_boxes(file, 0, file_size(file)))
    tags, xmp = None, None
    for moov in (box for box in outermost if box.kind == b"moov" and tags is None):
        tags, xmp = _read_moov(file, moov)
    return MetadataBlocks(xmp=xmp or find_xmp(file, outermost, _MAX_BYTES), movie=tags)


def _read_moov(file: BinaryIO, moov: Box) -> tuple[MovieTags | None, bytes | None]:
    texts: dict[str, str] = {}
    created_s, loci, handlers, xmp, n_found = None, None, list[bytes](), None, 0
    n_lists_left = _MAX_LISTS
    for box in file_boxes(file, moov.body_at, moov.end):
        if box.kind == b"mvhd":
            created_s = _created_s(read_body(file, box, 200))
        elif box.kind == b"trak" and len(handlers) < _MAX_TRACKS:
            handlers.append(_handler(file, box))
        elif box.kind in (b"meta", b"udta") and not n_lists_left:
            continue
        elif box.kind == b"meta":
            n_lists_left -= 1
            _add(texts, _meta_texts(read_body(file, box, _MAX_BYTES)))
        elif box.kind == b"udta":
            n_lists_left -= 1
            body = read_body(file, box, _MAX_BYTES)
            _add(texts, _user_texts(body))
            loci, xmp = loci or _find_loci(body), xmp or _find_xmp(body)
        n_found += box.kind in (b"mvhd", b"trak", b"meta", b"udta")
    if not n_found:
        return None, None
    return MovieTags(texts, created_s, loci, b"vide" in handlers if handlers else None), xmp


def _add(texts: dict[str, str], found: Iterator[tuple[str, str]]) -> None:
    """Add texts of other names as far as they can be read."""
    try:
        for name, text in found:
            texts.setdefault(name, text)
    except (BoxError, struct.error, IndexError):
        return  # of a broken list, what stands before the break


def _created_s(body: bytes) -> int | None:
    try:
        return int(struct.unpack_from(">4xQ" if body[:1] == b"\1" else ">4xI", body)[0]) or None
    except struct.error:
        return None


def _handler(file: BinaryIO, trak: Box) -> bytes:
    """Return what a track is made of: `vide`, `soun`, or another."""
    mdia = find_file_box(file, b"mdia", trak.body_at, trak.end)
    hdlr = find_file_box(file, b"hdlr", mdia.body_at, mdia.end) if mdia else None
    return read_body(file, hdlr, 10_000)[8:12] if hdlr else b""


def _meta_texts(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts of a `meta` box. In MP4 version and flags stand at its beginning, in QuickTime nothing does."""
    start = 0 if body[4:8] == b"hdlr" else 4
    inside = {box.kind: box for box in boxes(body, start, len(body))}
    keys = list(_keys(body, inside[b"keys"])) if b"keys" in inside else []
    if (ilst := inside.get(b"ilst")) is None:
        return
    for item in boxes(body, ilst.body_at, ilst.end):
        number = int.from_bytes(item.kind, "big")
        name = keys[number - 1] if 1 <= number <= len(keys) else item.kind.decode("latin-1")
        for data in boxes(body, item.body_at, item.end):
            if data.kind == b"data" and (text := _value(body[data.body_at : data.end])) is not None:
                yield name, text
                break


def _keys(body: bytes, keys: Box) -> Iterator[str]:
    (count,) = struct.unpack_from(">I", body, keys.body_at + 4)
    listed = boxes(body, keys.body_at + 8, keys.end)  # made as boxes are: a size, a namespace, the name
    for _, entry in zip(range(count), listed, strict=False):
        yield body[entry.body_at : entry.end].decode("utf-8", "replace")


def _value(data: bytes) -> str | None:
    kind, text = int.from_bytes(data[:4], "big"), data[8:]
    if kind == _TEXT_UTF16:
        return text.decode("utf-16-be", "replace").strip("\0 ")
    try:
        return text.decode("utf-8").strip("\0 ") if kind in (_TEXT_UTF8, _UNTYPED) else None
    except UnicodeDecodeError:
        return None


def _user_texts(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts of a `udta` box: those whose names begin with ©, each with its length and language."""
    for box in boxes(body, 0, len(body)):
        content = body[box.body_at : box.end]
        if box.kind == b"meta":
            yield from _meta_texts(content)
        elif box.kind[:1] == b"\xa9" and len(content) >= 4:
            name = box.kind.decode("latin-1")
            if content[4:8] == b"data":
                text = _value(content[8:])
            else:
                size, language = struct.unpack_from(">HH", content)
                text = _user_text(content[4 : 4 + size], language)
            if text is not None:
                yield name, text


def _user_text(text: bytes, language: int) -> str:
    try:
        return text.decode("utf-8").strip("\0 ")
    except UnicodeDecodeError:
        return text.decode("mac-roman" if language < _MAC_LANGUAGES else "latin-1").strip("\0 ")


def _find(body: bytes, kind: bytes) -> bytes | None:
    try:
        return next((body[box.body_at : box.end] for box in boxes(body, 0, len(body)) if box.kind == kind), None)
    except (BoxError, struct.error):
        return None


def _find_xmp(udta: bytes) -> bytes | None:
    return _find(udta, b"XMP_")


def _find_loci(udta: bytes) -> tuple[float, float, str] | None:
    """Return 3GPP's position: version, flags, language, a name, a role, longitude, latitude, altitude, the body."""
    content = _find(udta, b"loci")
    if content is None:
        return None
    at = _end_of_text(content, 6) + 1
    try:
        longitude, latitude, _ = struct.unpack_from(">iii", content, at)
    except struct.error:
        return None
    body = content[at + 12 : _end_of_text(content, at + 12)].strip(b"\0").decode("utf-8", "replace")
    return latitude / 65536, longitude / 65536, body


def _end_of_text(content: bytes, at: int) -> int:
    """Return where the text at a position ends, with the zero or zeros that end it; UTF-16 begins with a mark."""
    if content[at : at + 2] in (b"\xfe\xff", b"\xff\xfe"):
        while at + 2 <= len(content) and content[at : at + 2] != bytes(2):
            at += 2
        return at + 2
    end = content.find(b"\0", at)
    return len(content) if end < 0 else end + 1
