"""Photos with a content credential (C2PA) in the place that each format has for it; what it says is made up."""

import io
import struct

from factories import containers
from factories import photos as made
from PIL import Image, TiffImagePlugin

_MANIFEST_STORE = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")  # the type of what C2PA keeps in JUMBF
_UUID = bytes.fromhex("d8fec3d6 1b0e 483c 9297 5828877ec481")


def jumbf(kind: bytes = _MANIFEST_STORE, label: bytes = b"c2pa") -> bytes:
    """A superbox with its description and nothing in it (ISO 19566-5)."""
    return containers.box(b"jumb", containers.box(b"jumd", kind, b"\3", label + b"\0"))


def app11(content: bytes) -> bytes:
    """Boxes as a segment of a JPEG holds them: with a head of their own in front."""
    body = b"JP" + struct.pack(">HI", 1, 1) + content
    return struct.pack(">BBH", 0xFF, 0xEB, 2 + len(body)) + body


def signed(format_name: str) -> bytes:
    """A photo of a format, by Pillow's name or HEIC, with a content credential."""
    data = made.encode(made.scene(), format_name)
    if format_name == "JPEG":
        return data[:2] + app11(jumbf()) + data[2:]
    if format_name == "PNG":
        return data[:33] + made.png_chunk(b"caBX", jumbf()) + data[33:]
    if format_name == "WEBP":
        body = jumbf() + bytes(len(jumbf()) % 2)
        rest = data[12:] + b"C2PA" + struct.pack("<I", len(jumbf())) + body
        return data[:4] + struct.pack("<I", 4 + len(rest)) + data[8:12] + rest
    if format_name == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[0xCD41] = jumbf()
        tags.tagtype[0xCD41] = 7
        file = io.BytesIO()
        Image.fromarray(made.scene()).save(file, "TIFF", tiffinfo=tags)
        return file.getvalue()
    return data + containers.box(b"uuid", _UUID, bytes(4), b"manifest\0", bytes(8), jumbf())
