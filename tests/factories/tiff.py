"""EXIF byte by byte: what Pillow and exiftool would not write, such as zeros, signs, fractions over zero."""

import struct
from collections.abc import Callable, Mapping

Value = tuple[int, int, Callable[[str], bytes]]  # type, count, bytes for a byte order
MAKE, MODEL, ORIENTATION, DATE_TIME, XMP = 0x010F, 0x0110, 0x0112, 0x0132, 0x02BC
ORIGINAL, DIGITISED, OFFSET, OFFSET_ORIGINAL, OFFSET_DIGITISED = 0x9003, 0x9004, 0x9010, 0x9011, 0x9012
_CAMERA_IFD, _GPS_IFD = 0x8769, 0x8825


def text(value: str) -> Value:
    """ASCII with its zero at the end."""
    data = value.encode("latin-1") + b"\0"
    return 2, len(data), lambda order: data


def raw(kind: int, count: int, data: bytes) -> Value:
    """Bytes as they are."""
    return kind, count, lambda order: data


def short(*values: int, signed: bool = False) -> Value:
    """Whole numbers of 16 bits."""
    letter = "h" if signed else "H"
    return 8 if signed else 3, len(values), lambda order: struct.pack(f"{order}{len(values)}{letter}", *values)


def ratios(*pairs: tuple[int, int], signed: bool = False) -> Value:
    """Fractions, each a numerator and a denominator."""
    numbers = [number for pair in pairs for number in pair]
    letter = "i" if signed else "I"
    return 10 if signed else 5, len(pairs), lambda order: struct.pack(f"{order}{len(numbers)}{letter}", *numbers)


def gps(latitude: float, longitude: float, **more: Value) -> dict[int, Value]:
    """A GPS directory of degrees, minutes and seconds; `more` are tags by number: gps(1, 2, t18=text("TOKYO"))."""

    def degrees(value: float) -> Value:
        minutes, seconds = divmod(round(abs(value) * 36_000_000), 600_000)
        return ratios((minutes // 60, 1), (minutes % 60, 1), (seconds, 10_000))

    return {
        1: text("N" if latitude >= 0 else "S"),
        2: degrees(latitude),
        3: text("E" if longitude >= 0 else "W"),
        4: degrees(longitude),
    } | {int(tag[1:]): value for tag, value in more.items()}


ZEROED = {1: raw(2, 2, bytes(2)), 2: raw(5, 3, bytes(24)), 3: raw(2, 2, bytes(2)), 4: raw(5, 3, bytes(24))}


def block(
    first: Mapping[int, Value] | None = None,
    camera: Mapping[int, Value] | None = None,
    gps: Mapping[int, Value] | None = None,
    *,
    order: str = "<",
) -> bytes:
    """A TIFF structure with these directories; None: without it."""
    below = {tag: part for tag, part in ((_CAMERA_IFD, camera), (_GPS_IFD, gps)) if part is not None}
    tags = dict(first or {}) | dict.fromkeys(below, raw(4, 1, bytes(4)))
    at, tail = 8 + len(_directory(tags, 8, order)), b""
    for tag, part in below.items():
        tags[tag] = raw(4, 1, struct.pack(f"{order}I", at + len(tail)))
        tail += _directory(part, at + len(tail), order)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + _directory(tags, 8, order) + tail


def _directory(values: Mapping[int, Value], at: int, order: str) -> bytes:
    entries, body, body_at = b"", b"", at + 2 + 12 * len(values) + 4
    for tag, (kind, count, pack) in sorted(values.items()):
        data = pack(order)
        entries += struct.pack(f"{order}HHI", tag, kind, count)
        entries += data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(f"{order}I", body_at + len(body))
        body += data + bytes(len(data) % 2) if len(data) > 4 else b""
    return struct.pack(f"{order}H", len(values)) + entries + bytes(4) + body


def big_tiff(*, order: str = "<", size_px: int = 16) -> bytes:
    """A grey BigTIFF: a TIFF whose positions have 64 bits."""
    pixels = bytes(number % 256 for number in range(size_px * size_px))
    tags = [(256, 3, size_px), (257, 3, size_px), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 16, 16), (277, 3, 1),
            (278, 3, size_px), (279, 16, len(pixels))]  # fmt: skip
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HHHQ", 43, 8, 0, 16 + len(pixels))
    entries = b"".join(
        struct.pack(f"{order}HHQ", tag, kind, 1) + struct.pack(f"{order}{'H6x' if kind == 3 else 'Q'}", value)
        for tag, kind, value in tags
    )
    return head + pixels + struct.pack(f"{order}Q", len(tags)) + entries + bytes(8)
