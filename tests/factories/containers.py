"""RAW files, films and JPEG XL as cameras and programs write them, made byte by byte after their specifications.

No picture of a sensor is in them: where one belongs stand bytes that nobody decodes.
"""

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from factories import photos as made
from PIL import Image

SHORT, LONG, IFD, UNDEFINED = 3, 4, 13, 7
TAKEN = "2024:05:06 12:34:56"
ZONE = "+02:00"
SENSOR = bytes(range(256)) * 8
EPOCH_S = 2_082_844_800  # 1970 in seconds since 1904
CR3_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
PREVIEW_UUID = bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")

Value = tuple[int, int, bytes]  # type, count, bytes
Tags = dict[int, Value]


# --- TIFF structures


def text(value: str) -> Value:
    body = value.encode() + b"\0"
    return 2, len(body), body


def short(*values: int, order: str = "<") -> Value:
    return SHORT, len(values), struct.pack(f"{order}{len(values)}H", *values)


def long(*values: int, order: str = "<", kind: int = LONG) -> Value:
    return kind, len(values), struct.pack(f"{order}{len(values)}I", *values)


def ratios(*pairs: tuple[int, int], order: str = "<") -> Value:
    flat = [part for pair in pairs for part in pair]
    return 5, len(pairs), struct.pack(f"{order}{len(flat)}I", *flat)


def undefined(value: bytes) -> Value:
    return UNDEFINED, len(value), value


def degrees(value: float, order: str = "<") -> Value:
    minutes, seconds = divmod(round(abs(value) * 3600 * 10_000), 600_000)
    return ratios((minutes // 60, 1), (minutes % 60, 1), (seconds, 10_000), order=order)


def gps(latitude: float, longitude: float, order: str = "<") -> Tags:
    return {
        1: text("N" if latitude >= 0 else "S"),
        2: degrees(latitude, order),
        3: text("E" if longitude >= 0 else "W"),
        4: degrees(longitude, order),
    }


def camera_tags(serial: str = "12345") -> Tags:
    return {0x9003: text(TAKEN), 0x9011: text(ZONE), 0xA431: text(serial)}


class TiffFile:
    """A TIFF structure that grows: `add` appends bytes, `directory` a directory, `finish` sets where the first is."""

    def __init__(self, order: str = "<", magic: bytes | None = None, head: bytes = b"") -> None:
        self.order = order
        magic = magic or (b"II*\0" if order == "<" else b"MM\0*")
        self.data = bytearray(magic + bytes(4) + head)

    def add(self, body: bytes) -> int:
        self.data += bytes(len(self.data) % 2)
        at = len(self.data)
        self.data += body
        return at

    def directory(self, tags: Tags, next_at: int = 0) -> int:
        entries = b""
        for tag, (kind, count, value) in sorted(tags.items()):
            inside = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(f"{self.order}I", self.add(value))
            entries += struct.pack(f"{self.order}HHI", tag, kind, count) + inside
        return self.add(struct.pack(f"{self.order}H", len(tags)) + entries + struct.pack(f"{self.order}I", next_at))

    def finish(self, first_at: int) -> bytes:
        self.data[4:8] = struct.pack(f"{self.order}I", first_at)
        return bytes(self.data)


def picture(width: int = 96, height: int = 64, **options: Any) -> bytes:
    """A JPEG of `scene`."""
    options = {"quality": 95, "subsampling": 0} | options
    return made.encode(Image.fromarray(made.scene(width, height)), "JPEG", **options)


def lossless_jpeg(width: int = 4000, height: int = 3000) -> bytes:
    """The beginning of a lossless JPEG, as sensors' pictures are packed: larger than any preview."""
    return b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 14, height, width, 1) + b"\0\x11\0" + SENSOR + b"\xff\xd9"


def raw(
    kind: str,
    *,
    at: tuple[float, float] | None = (27.175, 78.0421),
    jpeg: bytes | None = None,
    order: str = "<",
    orientation: int = 1,
    extra: Mapping[int, Value] | None = None,
) -> bytes:
    """A RAW file of a kind, such as NEF, with the layout of its maker's; `jpeg` is its largest preview."""
    jpeg = picture() if jpeg is None else jpeg
    if kind == "RAF":
        return _raf(at, orientation, jpeg)
    if kind == "CR3":
        return _cr3(at, orientation, jpeg)
    make = {"NEF": "NIKON CORPORATION", "CR2": "Canon", "ARW": "SONY", "ORF": "OLYMPUS CORPORATION",
            "RW2": "Panasonic", "PEF": "PENTAX", "SRW": "SAMSUNG", "DNG": "Example"}[kind]  # fmt: skip
    magic = {"ORF": b"IIRO", "RW2": b"IIU\0"}.get(kind)
    file = TiffFile(order, magic, b"CR\2\0\0\0\0\0" if kind == "CR2" else b"")

    def shorts(*values: int) -> Value:
        return short(*values, order=order)

    def longs(*values: int, kind: int = LONG) -> Value:
        return long(*values, order=order, kind=kind)

    camera = camera_tags()
    if kind == "ORF":
        notes = TiffFile("<", b"OLYMPUS\0", b"")
        notes.data[8:12] = b"II\3\0"  # directly after the name; the directory in them follows at 12
        settings_at = 12 + 2 + 12 + 4
        preview_at = settings_at + 2 + 12 * 2 + 4
        notes.data += struct.pack("<HHHII I", 1, 0x2020, IFD, 1, settings_at, 0)
        notes.data += struct.pack("<H", 2) + struct.pack("<HHII", 0x0101, LONG, 1, preview_at)
        notes.data += struct.pack("<HHIII", 0x0102, LONG, 1, len(jpeg), 0) + jpeg
        camera[0x927C] = undefined(bytes(notes.data))
    tags: Tags = {0x010F: text(make), 0x0110: text(f"{kind} One"), 0x0112: shorts(orientation)}
    tags[0x8769] = longs(file.directory(camera))
    if at:
        tags[0x8825] = longs(file.directory(gps(*at, order)))
    sensor_at = file.add(SENSOR)
    sensor: Tags = {
        0x00FE: longs(0), 0x0100: longs(4000), 0x0101: longs(3000), 0x0103: shorts(1), 0x0106: shorts(32803),
        0x0111: longs(sensor_at), 0x0117: longs(len(SENSOR)),
    }  # fmt: skip
    small: Tags = {
        0x00FE: longs(1), 0x0100: longs(8), 0x0101: longs(6), 0x0102: shorts(8, 8, 8), 0x0103: shorts(1),
        0x0106: shorts(2), 0x0111: longs(file.add(bytes(144))), 0x0115: shorts(3), 0x0116: longs(6),
        0x0117: longs(144),
    }  # fmt: skip
    as_offset: Tags = {0x0201: longs(file.add(jpeg)), 0x0202: longs(len(jpeg))} if jpeg else {}
    as_strip: Tags = {
        0x0100: longs(96), 0x0101: longs(64), 0x0103: shorts(6), 0x0111: as_offset[0x0201], 0x0117: longs(len(jpeg))
    } if jpeg else {}  # fmt: skip
    next_at = 0
    if kind == "NEF":
        sensor[0x0103] = shorts(34713)
        preview = file.directory({0x00FE: longs(1), 0x0103: shorts(6), **as_offset})
        tags |= small | {0x014A: longs(preview, file.directory(sensor))}
    elif kind == "DNG":
        strip = as_strip | {0x0103: shorts(7), 0x0106: shorts(6), 0x00FE: longs(1)} if jpeg else small
        lossless = lossless_jpeg()
        sensor |= {0x0103: shorts(7), 0x0111: longs(file.add(lossless)), 0x0117: longs(len(lossless))}
        tags |= small | {0x014A: longs(file.directory(sensor), file.directory(strip))}
        tags[0xC612] = (1, 4, b"\1\4\0\0")
    elif kind == "CR2":
        lossless = lossless_jpeg()
        at_sensor = {0x0103: shorts(6), 0x0111: longs(file.add(lossless)), 0x0117: longs(len(lossless))}
        tags |= as_strip
        next_at = file.directory(at_sensor)
    elif kind in ("ARW", "PEF", "SRW"):
        sensor[0x0103] = shorts({"ARW": 32767, "PEF": 65535, "SRW": 32770}[kind])
        tags |= {0x00FE: longs(1), 0x0103: shorts(6), **as_offset, 0x014A: longs(file.directory(sensor))}
    elif kind == "RW2":
        tags |= {0x0002: shorts(4000), 0x0003: shorts(3000), 0x002E: undefined(jpeg)}
    elif kind == "ORF":
        tags |= {0x0100: longs(4000), 0x0101: longs(3000), 0x0103: shorts(1), 0x0106: shorts(32803),
                 0x0111: longs(sensor_at), 0x0117: longs(len(SENSOR))}  # fmt: skip
    return file.finish(file.directory(tags | dict(extra or {}), next_at))


RAW_KINDS = ("DNG", "NEF", "CR2", "CR3", "ARW", "ORF", "RAF", "RW2", "PEF", "SRW")


def exif(at: tuple[float, float] | None, orientation: int = 1, make: str = "Example", model: str = "One") -> bytes:
    """EXIF as cameras write it, without a signature in front."""
    file = TiffFile()
    tags: Tags = {0x010F: text(make), 0x0110: text(model), 0x0112: short(orientation)}
    tags[0x8769] = long(file.directory(camera_tags()))
    if at:
        tags[0x8825] = long(file.directory(gps(*at)))
    return file.finish(file.directory(tags))


def _with_exif(jpeg: bytes, block: bytes) -> bytes:
    body = b"Exif\0\0" + block
    return jpeg[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body + jpeg[2:]


def _raf(at: tuple[float, float] | None, orientation: int, jpeg: bytes) -> bytes:
    whole = _with_exif(jpeg, exif(at, orientation, "FUJIFILM", "RAF One")) if jpeg else b""
    head = b"FUJIFILMCCD-RAW 0201FF129502RAF One".ljust(84, b"\0")
    head += struct.pack(">II", 160, len(whole))
    return head.ljust(160, b"\0") + whole + SENSOR


# --- boxes


def box(kind: bytes, *parts: bytes, far: bool = False) -> bytes:
    body = b"".join(parts)
    if far:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _cr3(at: tuple[float, float] | None, orientation: int, jpeg: bytes) -> bytes:
    def tiff(tags: Tags) -> bytes:
        file = TiffFile()
        return file.finish(file.directory(tags))

    first: Tags = {0x0100: short(4000), 0x0101: short(3000), 0x010F: text("Canon"), 0x0110: text("CR3 One"),
                   0x0112: short(orientation)}  # fmt: skip
    boxes = [box(b"CMT1", tiff(first)), box(b"CMT2", tiff(camera_tags()))]
    if at:
        boxes.append(box(b"CMT4", tiff(gps(*at))))
    tags = box(b"uuid", CR3_UUID, *boxes)
    head = box(b"ftyp", b"crx ", bytes(4), b"crx isom")
    sizes = struct.pack(">HHHHI", 1, 96, 64, 1, len(jpeg))
    preview = box(b"uuid", PREVIEW_UUID, struct.pack(">II", 0, 1), box(b"PRVW", bytes(4), sizes, jpeg)) if jpeg else b""
    return head + box(b"moov", tags, _mvhd(EPOCH_S)) + preview + box(b"mdat", SENSOR)


def _mvhd(created_s: int, *, version: int = 0) -> bytes:
    times = struct.pack(">QQIQ" if version else ">IIII", created_s, created_s, 600, 600)
    rest = struct.pack(">IH10x", 0x10000, 0x100) + struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    return box(b"mvhd", bytes([version, 0, 0, 0]), times, rest, bytes(24), struct.pack(">I", 2))


def since_1904(time: datetime) -> int:
    return EPOCH_S + round(time.astimezone(UTC).timestamp())


def apple_meta(texts: Mapping[str, str], *, full: bool = False) -> bytes:
    """QuickTime's metadata by keys; in MP4 (`full`) version and flags stand in front."""
    keys = b"".join(box(b"mdta", key.encode()) for key in texts)
    items = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), value.encode()))
        for number, value in enumerate(texts.values(), start=1)
    )
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    inside = handler + box(b"keys", bytes(4), struct.pack(">I", len(texts)), keys) + box(b"ilst", items)
    return box(b"meta", bytes(4) if full else b"", inside)


def user_text(name: bytes, value: str, language: int = 0x15C7) -> bytes:
    """A text of QuickTime's user data, such as ©xyz."""
    body = value.encode()
    return box(name, struct.pack(">HH", len(body), language), body)


def loci(latitude: float, longitude: float, *, name: bytes = b"\0", body: bytes = b"earth\0") -> bytes:
    """3GPP's position."""
    numbers = struct.pack(">iii", *(round(value * 65536) for value in (longitude, latitude, 0)))
    return box(b"loci", bytes(4), struct.pack(">H", 0x15C7), name, b"\0", numbers, body, b"\0")


def track(handler: bytes = b"vide") -> bytes:
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13))))


def movie(
    *parts: bytes,
    brand: bytes = b"qt  ",
    created_s: int = 0,
    version: int = 0,
    last: bool = False,
    far: bool = False,
    tracks: Sequence[bytes] = (b"vide", b"soun"),
    n_data: int = 3000,
) -> bytes:
    """A film: `parts` are boxes within its `moov`, which stands at the end (`last`); `far` sizes have 64 bits."""
    head = box(b"ftyp", brand, bytes(4), brand) if brand else b""
    data = box(b"mdat", bytes(n_data), far=far)
    moov = box(b"moov", _mvhd(created_s, version=version), *map(track, tracks), *parts, far=far)
    return head + (box(b"wide") + data + moov if last else moov + data)


# --- JPEG XL

# 8 x 8 px of one colour, as a bare codestream.
CODESTREAM = bytes.fromhex("ff0a414024080401003c004b188b15801dd4ff0018d0af9ac001")


def jpeg_xl(*boxes: tuple[bytes, bytes]) -> bytes:
    """A JPEG XL: bare, or in a container with boxes such as (b"Exif", …)."""
    if not boxes:
        return CODESTREAM
    head = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl ", bytes(4), b"jxl ")
    return head + b"".join(box(kind, body) for kind, body in boxes) + box(b"jxlc", CODESTREAM)


# --- IPTC


def iptc(fields: Mapping[int, str], *, encoding: str = "utf-8", announced: bool = True) -> bytes:
    """A block of IPTC-IIM: fields of the second record by their numbers."""
    block = b"\x1c\x01\x5a\0\x03\x1b%G" if announced else b""
    for number, value in fields.items():
        body = value.encode(encoding)
        block += struct.pack(">BBBH", 0x1C, 2, number, len(body)) + body
    return block


def photoshop(block: bytes) -> bytes:
    """Photoshop's resources, with IPTC after another one that has a name."""
    other = b"8BIM\x04\x0c\x05thumb" + struct.pack(">I", 3) + b"abc\0"
    return other + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)


def jpeg_with_iptc(block: bytes, at_most: int = 60_000) -> bytes:
    """A JPEG with IPTC in Photoshop's segments, of so many bytes each."""
    resources, jpeg = photoshop(block), picture()
    segments = b""
    for start in range(0, len(resources), at_most):
        body = b"Photoshop 3.0\0" + resources[start : start + at_most]
        segments += struct.pack(">BBH", 0xFF, 0xED, len(body) + 2) + body
    return jpeg[:2] + segments + jpeg[2:]


def sensor_dng(orientation: int = 1) -> bytes:
    """A DNG of `scene` as a sensor sees it, through red, green and blue filters; it holds no JPEG."""
    seen = (made.scene().astype(float) / 255) ** 2.2 * 65535
    height, width = seen.shape[:2]
    mosaic = np.empty((height, width))
    for row, column, colour in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = seen[row::2, column::2, colour]
    body = mosaic.astype("<u2").tobytes()
    file = TiffFile()
    # from XYZ to a camera that sees sRGB
    matrix = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
    tags: Tags = {
        0x00FE: long(0), 0x0100: long(width), 0x0101: long(height), 0x0102: short(16), 0x0103: short(1),
        0x0106: short(32803), 0x010F: text("Example"), 0x0110: text("One"), 0x0111: long(file.add(body)),
        0x0112: short(orientation), 0x0115: short(1), 0x0116: long(height), 0x0117: long(len(body)),
        0x828D: short(2, 2), 0x828E: (1, 4, b"\0\1\1\2"), 0xC612: (1, 4, b"\1\4\0\0"), 0xC613: (1, 4, b"\1\1\0\0"),
        0xC614: text("Example One"), 0xC61D: long(65535), 0xC628: ratios((1, 1), (1, 1), (1, 1)), 0xC65A: short(21),
        0xC621: (10, 9, b"".join(struct.pack("<ii", value, 10_000) for value in matrix)),
    }  # fmt: skip
    return file.finish(file.directory(tags))
