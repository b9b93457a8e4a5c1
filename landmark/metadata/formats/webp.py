"""EXIF and XMP in a WebP: chunks of a RIFF file, and two flags that announce them (WebP container specification)."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.blocks import MetadataBlocks, NotWritableError, without_signature
from landmark.metadata.edits import Edit, smallest_edit
from landmark.metadata.formats.signatures import size_before_opening

_EXIF_FLAG, _XMP_FLAG, _ALPHA_FLAG = 0x08, 0x04, 0x10
_MAX_BYTES = 16_000_000


@dataclass(frozen=True)
class Chunk:
    """A chunk: its kind, position, length without head and padding, and its body where it may hold metadata."""

    kind: bytes
    at: int
    length: int
    body: bytes

    @property
    def end(self) -> int:
        """Where the next one begins: lengths are made even."""
        return self.at + 8 + self.length + self.length % 2


def read_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks of a WebP, to its end or to where it is broken; pixels are stepped over."""
    at = 12
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        body = file.read(length) if kind in (b"EXIF", b"XMP ", b"VP8X") and length <= _MAX_BYTES else b""
        chunk = Chunk(kind, at, length, body)
        yield chunk
        at = chunk.end


def read_webp(file: BinaryIO) -> MetadataBlocks:
    """Return the EXIF and XMP of a WebP."""
    exif = xmp = None
    for chunk in read_chunks(file):
        if chunk.kind == b"EXIF" and exif is None:
            exif = without_signature(chunk.body)
        elif chunk.kind == b"XMP " and xmp is None:
            xmp = chunk.body
    return MetadataBlocks(exif, xmp)


def edit_webp(data: bytes, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    """Return the edits that put EXIF and XMP (None: as it is) into a WebP, or in the place of those that are there.

    Raises `NotWritableError` for a WebP whose length is not what it says.
    """
    chunks = list(read_chunks(io.BytesIO(data)))
    (riff_size,) = struct.unpack_from("<I", data, 4)
    if not chunks or riff_size + 8 != len(data) or chunks[-1].end != len(data):
        raise NotWritableError("the file is shorter or longer than it says")
    edits, fresh, flags = [], b"", 0
    for kind, packet, flag in ((b"EXIF", exif, _EXIF_FLAG), (b"XMP ", xmp, _XMP_FLAG)):
        if packet is None:
            continue
        flags |= flag
        new = kind + struct.pack("<I", len(packet)) + packet + bytes(len(packet) % 2)
        there = next((one for one in chunks if one.kind == kind), None)
        if there:
            edits.append(smallest_edit(there.at, data[there.at : there.end], new))
        else:
            fresh += new
    if fresh:
        edits.append(Edit(len(data), b"", fresh))
    edits.append(_announce(data, chunks, flags))
    grown = sum(len(edit.added) - len(edit.removed) for edit in edits)
    return [Edit(4, data[4:8], struct.pack("<I", riff_size + grown)), *edits]


def _announce(data: bytes, chunks: list[Chunk], flags: int) -> Edit:
    """Set the flags of the first chunk; a simple WebP, which has none, gets that chunk in front."""
    first = chunks[0]
    if first.kind == b"VP8X":
        return Edit(first.at + 8, data[first.at + 8 : first.at + 9], bytes([first.body[0] | flags]))
    size = size_before_opening(data, "WebP")
    if first.kind not in (b"VP8 ", b"VP8L") or size is None or 0 in size:
        raise NotWritableError("its picture is of an unknown kind")
    if first.kind == b"VP8L" and data[first.at + 12] & 0x10:
        flags |= _ALPHA_FLAG
    width, height = size
    body = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return Edit(12, b"", b"VP8X" + struct.pack("<I", 10) + body)
