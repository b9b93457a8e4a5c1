"""EXIF and XMP in JPEG XL: boxes, which may be packed with Brotli (ISO/IEC 18181-2); a bare codestream has none.

The size and the orientation stand in the first bits of the codestream (ISO/IEC 18181-1).
"""

import io
from typing import BinaryIO

from landmark.metadata.blocks import MetadataBlocks, find_exif
from landmark.metadata.formats.boxes import Box, file_boxes, file_size, read_body

CODESTREAM, CONTAINER = b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"
_MAX_BYTES = 16_000_000  # of metadata, packed or not
_HEAD_BYTES = 64
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}  # width to height


class JxlError(ValueError):
    """A JPEG XL whose metadata cannot be unpacked."""


def read_jxl(file: BinaryIO) -> MetadataBlocks:
    """Return the EXIF and XMP of a JPEG XL. Raises `JxlError` where they cannot be unpacked."""
    exif = xmp = None
    n_left = _MAX_BYTES  # to be unpacked, of all boxes together
    file.seek(0)
    if file.read(len(CONTAINER)) != CONTAINER:
        return MetadataBlocks()
    for box in file_boxes(file, 0, file_size(file)):
        kind, content = box.kind, b""
        if kind in (b"Exif", b"xml "):
            content = read_body(file, box, _MAX_BYTES)
        elif kind == b"brob":
            kind, content = _unpacked(file, box, n_left)
            n_left -= len(content)
        if kind == b"Exif" and exif is None:
            exif = find_exif(content)
        elif kind == b"xml " and xmp is None:
            xmp = content or None
    return MetadataBlocks(exif, xmp)


def _unpacked(file: BinaryIO, box: Box, max_bytes: int) -> tuple[bytes, bytes]:
    """Return kind and content of a packed box; those of other kinds are not unpacked."""
    body = read_body(file, box, _MAX_BYTES)
    kind, packed = body[:4], body[4:]
    return kind, unpack_brotli(packed, max_bytes) if kind in (b"Exif", b"xml ") else b""


def unpack_brotli(packed: bytes, max_bytes: int) -> bytes:
    """Return what was packed with Brotli. Raises `JxlError` for a broken stream, or one that unfolds to more."""
    import brotli  # few files need it

    reader, parts, n_bytes = brotli.Decompressor(), [], 0
    try:
        part = reader.process(packed, output_buffer_limit=max_bytes + 1)
        while True:
            parts.append(part)
            n_bytes += len(part)
            if n_bytes > max_bytes:
                raise JxlError(f"metadata that unfold to more than {max_bytes / 1e6:.0f} MB")
            if reader.is_finished():
                return b"".join(parts)
            if reader.can_accept_more_data():
                raise JxlError("packed metadata that are cut short")
            part = reader.process(b"", output_buffer_limit=max_bytes + 1)
    except brotli.error as error:
        raise JxlError(f"packed metadata that are broken ({error})") from None


def read_codestream_head(data: bytes) -> tuple[tuple[int, int], int] | None:
    """Return the size (width, height) in px as stored, and the orientation (1 to 8); None for what tells neither.

    >>> read_codestream_head(bytes.fromhex("ff0a7f0038"))
    ((256, 256), 1)
    """
    head = _codestream(data)
    if not head.startswith(CODESTREAM):
        return None
    bits, at = int.from_bytes(head[2:], "little"), 0

    def take(n_bits: int) -> int:
        nonlocal bits, at
        value, bits, at = bits & ((1 << n_bits) - 1), bits >> n_bits, at + n_bits
        return value

    def take_length() -> int:
        return 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height = 8 * (1 + take(5)) if small else take_length()
    if ratio := take(3):
        above, below = _RATIOS[ratio]
        width = height * above // below
    else:
        width = 8 * (1 + take(5)) if small else take_length()
    orientation = 1
    if not take(1) and take(1):  # not all is as usual, and some of it is told
        orientation = 1 + take(3)
    return ((width, height), orientation) if at <= 8 * (len(head) - 2) else None


def _codestream(data: bytes) -> bytes:
    """Return the first bytes of the picture, which stand in a box, or in several that are numbered."""
    if not data.startswith(CONTAINER):
        return data[:_HEAD_BYTES]
    for box in file_boxes(io.BytesIO(data), 0, len(data)):
        if box.kind in (b"jxlc", b"jxlp"):
            start = box.body_at + (4 if box.kind == b"jxlp" else 0)
            return data[start : min(box.end, start + _HEAD_BYTES)]
    return b""
