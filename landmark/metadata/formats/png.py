"""EXIF, XMP and IPTC in a PNG: chunks with a checksum each (PNG 3rd edition; XMP specification part 3)."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from landmark.metadata.blocks import CREDENTIAL, MetadataBlocks, without_signature
from landmark.metadata.edits import Edit
from landmark.metadata.formats.chunks import Chunk, edit_chunks, read_chunks
from landmark.metadata.formats.photoshop import find_iptc

_XMP = b"XML:com.adobe.xmp"
# Of ImageMagick and exiv2, from before PNG had chunks for them; APP1 is a segment of a JPEG, with EXIF or XMP.
_PROFILES = {b"exif": "EXIF", b"app1": "EXIF", b"xmp": "XMP", b"iptc": "IPTC"}
_PROFILE, _XMP_OF_APP1 = b"Raw profile type ", b"http://ns.adobe.com/xap/1.0/\0"
_READ = {b"eXIf", b"iTXt", b"zTXt", b"tEXt"}
_MAX_BYTES = 16_000_000
_MAX_PROFILES = 8  # each may unfold to megabytes; programs write up to four


def _parse_head(head: bytes) -> tuple[bytes, int, int]:
    length, kind = struct.unpack(">I4s", head)
    return kind, length, 12 + length


def _read_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks of a PNG up to that which ends it."""
    for chunk in read_chunks(file, 8, _parse_head, _READ):
        yield chunk
        if chunk.kind == b"IEND":
            return


def read_png(file: BinaryIO) -> MetadataBlocks:
    """Return the EXIF, XMP and IPTC of a PNG."""
    exif, xmp = None, None
    profiles: dict[str, bytes] = {}
    n_profiles_left = _MAX_PROFILES
    has_credential = False
    for chunk in _read_chunks(file):
        has_credential = has_credential or chunk.kind == b"caBX"
        if chunk.kind == b"eXIf" and exif is None:
            exif = without_signature(chunk.body)
        elif _is_xmp(chunk) and xmp is None:
            xmp = _text_of_itxt(chunk.body)
        elif n_profiles_left and chunk.body.startswith(_PROFILE):
            n_profiles_left -= 1
            if found := _profile(chunk):
                profiles.setdefault(*found)
    iptc = find_iptc(profiles.get("IPTC", b""))
    old = [kind for kind, there in (("EXIF", exif), ("XMP", xmp)) if there is None and profiles.get(kind)]
    exif, xmp = exif or profiles.get("EXIF") or exif, xmp or profiles.get("XMP") or xmp
    odd = f"its {old[0]} is written in a way of before PNG had its own" if old else None
    return MetadataBlocks(exif, xmp, CREDENTIAL if has_credential else odd, iptc)


def edit_png(data: bytes, exif: bytes | None, xmp: bytes | None) -> list[Edit]:
    """Return the edits that put EXIF and XMP (None: as it is) into a PNG, or in the place of those that are there.

    Empty EXIF or XMP takes out what is there.
    """
    chunks = list(_read_chunks(io.BytesIO(data)))
    first_pixels = next((chunk.at for chunk in chunks if chunk.kind == b"IDAT"), len(data))
    changes = []
    if exif is not None:
        new = make_chunk(b"eXIf", exif) if exif else b""
        changes.append((next((one for one in chunks if one.kind == b"eXIf"), None), new))
    if xmp is not None:
        new = make_chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + xmp) if xmp else b""
        changes.append((next((one for one in chunks if _is_xmp(one)), None), new))
    return edit_chunks(data, changes, first_pixels)


def make_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _is_xmp(chunk: Chunk) -> bool:
    return chunk.kind == b"iTXt" and chunk.body.startswith(_XMP + b"\0")


def _text_of_itxt(body: bytes) -> bytes:
    """Return the text after key, two flags, language and translated key; unfolded where it is compressed."""
    _, _, rest = body.partition(b"\0")
    compressed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.split(b"\0", 2)[2] if rest.count(b"\0") >= 2 else b""
    return _unfold(text) if compressed else text


def _profile(chunk: Chunk) -> tuple[str, bytes] | None:
    """Return the kind and the bytes of EXIF, XMP or IPTC in a chunk of text; None for other or broken text."""
    key = chunk.body.split(b"\0", 1)[0]
    if chunk.kind not in (b"zTXt", b"tEXt", b"iTXt") or not key.startswith(_PROFILE):
        return None
    kind, body = _PROFILES.get(key.removeprefix(_PROFILE).lower()), _raw_profile(chunk)
    if kind is None or not body:
        return None
    if body.startswith(_XMP_OF_APP1):
        return "XMP", body.removeprefix(_XMP_OF_APP1)
    return kind, without_signature(body)


def _raw_profile(chunk: Chunk) -> bytes:
    """Read a block written as hexadecimal text, on lines: a name, a length, then digits."""
    if chunk.kind == b"iTXt":
        text = _text_of_itxt(chunk.body)
    else:
        text = chunk.body.partition(b"\0")[2]
        text = _unfold(text[1:]) if chunk.kind == b"zTXt" else text
    try:
        digits = text.decode("ascii").strip().split("\n", 2)[2]
        return bytes.fromhex("".join(digits.split()))
    except (ValueError, IndexError):
        return b""


def _unfold(text: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(text, _MAX_BYTES)
    except zlib.error:
        return b""
