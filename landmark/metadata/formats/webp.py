"""EXIF and XMP in a WebP: chunks of a RIFF file, and two flags that announce them (WebP container specification)."""

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

from landmark.metadata.blocks import CREDENTIAL, MetadataBlocks, NotWritableError, without_signature
from landmark.metadata.edits import Edit
from landmark.metadata.formats.chunks import Chunk, edit_chunks, read_chunks
from landmark.metadata.formats.signatures import size_before_opening

_EXIF_FLAG, _XMP_FLAG, _ALPHA_FLAG = 0x08, 0x04, 0x10


def _parse_head(head: bytes) -> tuple[bytes, int, int]:
    kind, length = struct.unpack("<4sI", head)
    return kind, length, 8 + length + length % 2  # lengths are made even


def _read_chunks(file: BinaryIO) -> Iterator[Chunk]:
    return read_chunks(file, 12, _parse_head, (b"EXIF", b"XMP ", b"VP8X"))


def read_webp(file: BinaryIO) -> MetadataBlocks:
    """Return the EXIF and XMP of a WebP."""
    exif = xmp = odd = None
    for chunk in _read_chunks(file):
        if chunk.kind == b"EXIF" and exif is None:
            exif = without_signature(chunk.body)
        elif chunk.kind == b"XMP " and xmp is None:
            xmp = chunk.body
        elif chunk.kind == b"C2PA":
            odd = CREDENTIAL
    return MetadataBlocks(exif, xmp, odd)


def edit_webp(data: bytes, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    """Return the edits that put EXIF and XMP (None: as it is) into a WebP, or in the place of those that are there.

    Empty EXIF or XMP takes out what is there. Raises `NotWritableError` for a WebP whose length is not what it says.
    """
    chunks = list(_read_chunks(io.BytesIO(data)))
    (riff_size,) = struct.unpack_from("<I", data, 4)
    if not chunks or riff_size + 8 != len(data) or chunks[-1].end != len(data):
        raise NotWritableError("the file is shorter or longer than it says")
    changes, flags, gone = [], 0, 0
    for kind, packet, flag in ((b"EXIF", exif, _EXIF_FLAG), (b"XMP ", xmp, _XMP_FLAG)):
        if packet is not None:
            flags, gone = (flags | flag, gone) if packet else (flags, gone | flag)
            new = kind + struct.pack("<I", len(packet)) + packet + bytes(len(packet) % 2) if packet else b""
            changes.append((next((one for one in chunks if one.kind == kind), None), new))
    edits = [*edit_chunks(data, changes, len(data)), _announce(data, chunks, flags, gone)]
    grown = sum(len(edit.added) - len(edit.removed) for edit in edits)
    return [Edit(4, data[4:8], struct.pack("<I", riff_size + grown)), *edits]


def _announce(data: bytes, chunks: list[Chunk], flags: int, gone: int) -> Edit:
    """Set and clear flags of the first chunk; a simple WebP, which has none, gets that chunk in front."""
    first = chunks[0]
    if first.kind == b"VP8X":
        return Edit(first.at + 8, data[first.at + 8 : first.at + 9], bytes([first.body[0] & ~gone | flags]))
    size = size_before_opening(data, "WebP")
    if first.kind not in (b"VP8 ", b"VP8L") or size is None or 0 in size:
        raise NotWritableError("its picture is of an unknown kind")
    if first.kind == b"VP8L" and data[first.at + 12] & 0x10:
        flags |= _ALPHA_FLAG
    width, height = size
    body = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return Edit(12, b"", b"VP8X" + struct.pack("<I", 10) + body)
