"""The payload of a file apart from the picture that is shown: more frames, and metadata. Counted, never decoded."""

import struct
from collections.abc import Iterator
from itertools import islice

from PIL import Image

_APPLICATION_SEGMENTS = "applist"  # where Pillow keeps those of a JPEG, metadata of all kinds


def metadata_bytes(image: Image.Image) -> int:
    """Return how many bytes of metadata an opened image brings: EXIF, XMP, colour profile, comments, texts.

    >>> picture = Image.new("L", (1, 1))
    >>> picture.info["comment"] = b"Dear diary,"
    >>> metadata_bytes(picture)
    11
    """
    segments = getattr(image, _APPLICATION_SEGMENTS, None)
    values = [body for _, body in segments] if segments else image.info.values()
    return sum(len(value) for value in values if isinstance(value, bytes | str))


def has_more_frames(data: bytes, image: Image.Image, format_name: str, limit: int) -> bool:
    """Return whether a file holds more than `limit` frames or pages; looks no further than that.

    >>> dot = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
    >>> has_more_frames(dot, Image.new("L", (1, 1)), "GIF", 1)
    False
    """
    if format_name == "GIF":
        return _gif_has_more(data, limit)
    if format_name == "TIFF":
        return _tiff_has_more(data, limit)
    return int(getattr(image, "n_frames", 1)) > limit  # known from the header


def _gif_has_more(data: bytes, limit: int) -> bool:
    """Count frames, which begin with a comma; they and extensions end with blocks that have a length in front."""
    try:
        flags = data[10]
        at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        frames = 0
        while data[at] in b",!":
            if data[at] == ord(","):
                frames += 1
                if frames > limit:
                    return True
                flags = data[at + 9]
                at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            else:
                at += 2
            while length := data[at]:
                at += 1 + length
            at += 1
    except IndexError:
        pass  # cut short: what is there has been counted
    return False


def _tiff_has_more(data: bytes, limit: int) -> bool:
    """Count pages: a chain of directories, each of which ends with the offset of the next."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    first, count, offset, entry_bytes = (8, "Q", "Q", 20) if big else (4, "H", "I", 12)

    def directories() -> Iterator[int]:
        at = struct.unpack_from(order + offset, data, first)[0]
        while at:
            yield at
            entries = struct.unpack_from(order + count, data, at)[0]
            at = struct.unpack_from(order + offset, data, at + struct.calcsize("=" + count) + entries * entry_bytes)[0]

    try:
        return sum(1 for _ in islice(directories(), limit + 1)) > limit
    except struct.error:  # a chain that leads out of the file
        return False
