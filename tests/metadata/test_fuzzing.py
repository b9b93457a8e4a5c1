"""Whatever is done to a file, its reader raises nothing but the product's own errors, within 2 s and 300 MB a file.

Tracks are damaged in tests/geo/tracks, pictures in tests/photo.
"""

import io
import random
import struct
import sys
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import brotli
import pytest
from factories import containers as made
from factories import photos, takeout, xmp
from factories.mutations import mutations
from hypothesis import given, settings
from hypothesis import strategies as st

from landmark.core.errors import LandmarkError
from landmark.metadata.containers import identify_format
from landmark.metadata.exif import read_exif
from landmark.metadata.formats.jpeg import read_segments
from landmark.metadata.formats.jxl import read_codestream_head
from landmark.metadata.formats.raw import RAW_FORMATS
from landmark.metadata.formats.raw_previews import find_preview
from landmark.metadata.formats.tiff import Tiff, TiffError
from landmark.metadata.iptc import read_iptc
from landmark.metadata.live_photos import apple_identifier
from landmark.metadata.merging import read_embedded
from landmark.metadata.takeout import read_takeout
from landmark.metadata.xmp import read_xmp
from landmark.photo import read_photo

resource = pytest.importorskip("resource", reason="needs a system that tells how much memory a process took")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

FEW, MANY = 200, 10_000
MOST_S, MOST_BYTES = 2.0, 300_000_000
TAJ = (27.175, 78.0421)
EXIF = photos.exif(6, photos.gps(*TAJ))
XMP = xmp.packet({"exif:GPSLatitude": "27,10.5N", "exif:GPSLongitude": "78,2.526E"}).encode()
APPLE = {
    "com.apple.quicktime.location.ISO6709": "+27.1750+078.0421/",
    "com.apple.quicktime.creationdate": "2024-05-06T12:34:56+0200",
}
UDTA = made.box(b"udta", made.user_text(b"\xa9xyz", "+27.1750+078.0421/"), made.loci(*TAJ), made.box(b"XMP_", XMP))


def read_file(data: bytes) -> None:
    """All that is read of a photo, a RAW file or a film without decoding a picture. Raises nothing."""
    read_embedded(data)
    format_name = identify_format(io.BytesIO(data))
    if format_name in RAW_FORMATS:
        find_preview(io.BytesIO(data), format_name)
    if format_name == "JPEG XL":
        read_codestream_head(data)


def read_notes(data: bytes) -> None:
    read_exif(data)
    apple_identifier(data)


class Reader(NamedTuple):
    """A whole file, and how its kind is read."""

    seed: Callable[[], bytes]
    read: Callable[[bytes], object] = read_file


READERS = {
    "JPEG": Reader(lambda: photos.encode(photos.scene(16, 16), "JPEG", exif=EXIF)),
    "JPEG of IPTC": Reader(lambda: made.jpeg_with_iptc(made.iptc({90: "Agra", 101: "India"}))),
    "PNG": Reader(lambda: photos.encode(photos.scene(16, 16), "PNG", exif=EXIF)),
    "WebP": Reader(lambda: photos.encode(photos.scene(16, 16), "WEBP", exif=EXIF)),
    "HEIC": Reader(lambda: photos.encode(photos.scene(16, 16), "HEIC", exif=EXIF.tobytes())),
    "AVIF": Reader(lambda: photos.encode(photos.scene(16, 16), "AVIF", exif=EXIF)),
    "TIFF": Reader(lambda: photos.encode(photos.scene(16, 16), "TIFF", exif=EXIF)),
    "JPEG XL": Reader(lambda: made.jpeg_xl((b"Exif", bytes(4) + made.exif(TAJ)), (b"xml ", XMP))),
    "JPEG XL packed": Reader(
        lambda: made.jpeg_xl((b"brob", b"Exif" + brotli.compress(bytes(4) + made.exif(TAJ) + bytes(9_000))))
    ),
    **{kind: Reader(partial(made.raw, kind, jpeg=made.picture(16, 16))) for kind in made.RAW_KINDS},
    "picture of a RAW": Reader(
        lambda: made.raw("NEF", jpeg=made.picture(16, 16)), lambda data: read_photo(data, name="a")
    ),
    "MOV": Reader(lambda: made.movie(made.apple_meta(APPLE), last=True, n_data=50)),
    "MP4": Reader(lambda: made.movie(UDTA, brand=b"isom", version=1, n_data=50)),
    "EXIF": Reader(lambda: made.exif(TAJ), read_notes),
    "XMP": Reader(lambda: XMP, read_xmp),
    "IPTC": Reader(lambda: made.iptc({90: "Agra", 101: "India", 55: "20240506", 60: "123456+0200"}), read_iptc),
    "Takeout": Reader(lambda: takeout.takeout_json("a.jpg", TAJ).encode(), read_takeout),
}


def peak_bytes() -> int:
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit_bytes


def read(reader: Reader, data: bytes) -> None:
    """Read a damaged file; what the product raises on purpose is an answer."""
    try:
        reader.read(data)
    except LandmarkError as error:
        assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", READERS)
def test_damaged_files_raise_only_our_own_errors(name: str, count: int) -> None:
    reader = READERS[name]
    whole = reader.seed()
    read(reader, whole)  # and loads what it needs
    peak, longest = peak_bytes(), 0.0
    for data in mutations(whole, count, seed=len(name)):
        start = time.process_time()  # of this process alone: other work on the machine does not count
        read(reader, data)
        longest = max(longest, time.process_time() - start)
    assert longest < MOST_S, f"{longest:.1f} s"
    assert peak_bytes() - peak < MOST_BYTES


@pytest.mark.parametrize("name", READERS)
def test_whole_files_are_read(name: str) -> None:
    """A seed that is refused at once would make a poor test."""
    reader = READERS[name]
    whole = reader.seed()
    if reader.read is read_file:
        [reading, *_] = read_embedded(whole)
        assert reading.coordinates or reading.names


@given(st.sampled_from(sorted(READERS)), st.integers(0, 400), st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_after_a_true_beginning(name: str, kept: int, rest: bytes) -> None:
    reader = READERS[name]
    read(reader, SEEDS.setdefault(name, reader.seed())[:kept] + rest)


SEEDS: dict[str, bytes] = {}


def boxes_in_one_another(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = made.box(b"moov", body)
    return body


QT = made.box(b"ftyp", b"qt  ", bytes(4))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "boxes without content": lambda: QT + made.box(b"free") * 400_000,
    "many tracks": lambda: QT + made.box(b"moov", made.track() * 50_000),
    "boxes in a track": lambda: (
        QT + made.box(b"moov", made.box(b"trak", made.box(b"mdia", made.box(b"free") * 1000) * 4000))
    ),
    "user data without content": lambda: QT + made.box(b"moov", made.box(b"udta", made.box(b"free") * 1_900_000)),
    "chunks without content": lambda: b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"abcd" + bytes(4)) * 3_000_000,
    "many texts": lambda: QT + made.box(b"moov", made.apple_meta(dict.fromkeys(map(str, range(50_000)), "x"))),
    "boxes in one another": lambda: QT + boxes_in_one_another(2_000),
    "values that overlap": lambda: (
        b"II*\0\x08\0\0\0\xe8\x03"
        + b"".join(struct.pack("<HHII", 0xC000 + number, 7, 60_000, 0) for number in range(1000))
        + bytes(70_000)
    ),
    "resources": lambda: (
        b"\xff\xd8" + (b"\xff\xed\xff\xffPhotoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0".ljust(65_519, b"\x1c")) * 200
    ),
    "boxes that unfold": lambda: made.jpeg_xl(
        *[(b"brob", b"Exif" + brotli.compress(bytes(16_000_000), quality=2))] * 200
    ),
    "segments": lambda: b"\xff\xd8" + b"\xff\xe1\0\2" * 5_000_000,
    "segments without a length": lambda: b"\xff\xd8" + b"\xff\xd0" * 10_000_000,
    "bytes that fill up": lambda: b"\xff\xd8" + b"\xff" * 20_000_000,
    "chunks of a PNG": lambda: b"\x89PNG\r\n\x1a\n" + photos.png_chunk(b"tEXt", b"") * 2_000_000,
    "chunks of a WebP": lambda: b"RIFF\0\0\0\0WEBP" + b"abcd\0\0\0\0" * 2_000_000,
    "items": lambda: made.box(b"ftyp", b"heic", bytes(4)) + made.box(b"meta", bytes(4), made.box(b"free") * 1_900_000),
    "texts of a film": lambda: QT + made.box(b"moov", made.box(b"udta", made.box(b"\xa9abc") * 1_900_000)),
    "elements": lambda: made.jpeg_xl((b"xml ", b"<rdf:RDF xmlns:rdf='a'>" + b"<a/>" * 3_900_000 + b"</rdf:RDF>")),
    "attributes": lambda: made.jpeg_xl(
        (b"xml ", b"<a " + b" ".join(b"a%d=''" % number for number in range(500_000)) + b"/>")
    ),
    "texts that unfold": lambda: (
        b"\x89PNG\r\n\x1a\n"
        + photos.png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\n" * 16_000_000)) * 300
    ),
    "directories that point at one another": lambda: (
        b"II*\0\x08\0\0\0\1\0\x4a\1\4\0\x40\0\0\0"
        + (26).to_bytes(4, "little")
        + bytes(4)
        + (8).to_bytes(4, "little") * 64
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_small_files_that_would_take_long_are_given_up(name: str) -> None:
    data = HOSTILE[name]()
    start, peak = time.process_time(), peak_bytes()
    read_file(data)
    assert time.process_time() - start < MOST_S and peak_bytes() - peak < MOST_BYTES


def test_not_all_segments_of_a_file_are_kept_in_memory() -> None:
    data = b"\xff\xd8" + (b"\xff\xe1\xff\xff" + bytes(65_533)) * 1_100
    assert 60_000_000 < sum(len(one.body) for one in read_segments(io.BytesIO(data))) <= 64_000_000


def test_random_directories_are_walked_to_an_end() -> None:
    chance = random.Random(0)
    for _ in range(500):
        data = b"II*\0" + (8).to_bytes(4, "little") + chance.randbytes(300)
        try:
            Tiff(data)
        except TiffError:
            continue
        read_file(data)
