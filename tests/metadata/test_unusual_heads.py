"""EXIF, XMP and IPTC behind heads that programs write otherwise: of a JPEG's segment, in a PNG's chunks of text."""

import os
import struct
import zlib
from pathlib import Path

import pytest
from factories import photos as made
from factories import tiff
from factories.xmp import packet

from landmark.geo.coordinates import Coordinates
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.merging import read_coordinates, read_embedded, read_metadata
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import check_kind, edit_photo

SYDNEY = Coordinates(-33.8568, 151.2153)
PETRA = PlaceTag("Petra", 0.9, "sure", Coordinates(30.3285, 35.4444))
XMP = packet({"exif:GPSLatitude": "33,51.408S", "exif:GPSLongitude": "151,12.918E"}).encode()
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def exif_of_sydney() -> bytes:
    return tiff.block(gps={
        1: tiff.text("S"), 2: tiff.ratios((33, 1), (51, 1), (2448, 100)),
        3: tiff.text("E"), 4: tiff.ratios((151, 1), (12, 1), (5508, 100)),
    })  # fmt: skip


def jpeg(*bodies: bytes) -> bytes:
    data = made.encode(made.scene(16, 16), "JPEG")
    segments = b"".join(struct.pack(">BBH", 0xFF, 0xE1, 2 + len(body)) + body for body in bodies)
    return data[:2] + segments + data[2:]


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    data = made.encode(made.scene(16, 16), "PNG")
    return data[:33] + b"".join(made.png_chunk(*chunk) for chunk in chunks) + data[33:]


def digits(body: bytes, kind: bytes) -> bytes:
    """A block as ImageMagick writes it into text."""
    text = body.hex().encode()
    lines = b"\n".join(text[at : at + 72] for at in range(0, len(text), 72))
    return b"\n%s\n%8d\n%s\n" % (kind, len(body), lines)


@pytest.mark.parametrize(
    "head",
    [b"Exif\0\1", b"Exif\0\xff", b"exif\0\0", b"EXIF\0\0", b"Exif\0\0Exif\0\0", b"\0\0\0\6Exif\0\0"],
)
def test_other_heads_of_exif_in_a_jpeg(head: bytes) -> None:
    data = jpeg(head + exif_of_sydney())
    assert read_coordinates(data) == SYDNEY
    with pytest.raises(NotWritableError, match="unusual head"):
        edit_photo(jpeg(head + tiff.block({tiff.MAKE: tiff.text("Example")})), PETRA)


def test_the_usual_head_goes_first() -> None:
    other = tiff.block({tiff.MAKE: tiff.text("Example")})
    assert read_coordinates(jpeg(b"Exif\0\0" + exif_of_sydney(), b"EXIF\0\0" + other)) == SYDNEY
    assert read_coordinates(jpeg(b"EXIF\0\0" + other, b"Exif\0\0" + exif_of_sydney())) == SYDNEY
    assert read_coordinates(jpeg(b"Exif\0\0broken", b"EXIF\0\0" + exif_of_sydney())) == SYDNEY


@pytest.mark.parametrize("kind", [b"xmp", b"XMP", b"APP1", b"exif"])
def test_xmp_as_digits_in_a_png(kind: bytes) -> None:
    body = (b"" if kind.lower() == b"xmp" else XMP_HEAD) + XMP
    key = b"Raw profile type " + kind + b"\0"
    for chunk in ((b"tEXt", key + digits(body, kind)), (b"zTXt", key + b"\0" + zlib.compress(digits(body, kind)))):
        assert read_coordinates(png(chunk)) == SYDNEY
    own = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet({"exif:GPSLatitude": "1,0.0N"}).encode())
    assert read_coordinates(png(chunk, own)) is None, "the chunk that is XMP's own goes before"


def test_two_profiles_of_one_name_in_a_png() -> None:
    key = b"Raw profile type APP1\0"
    exif = tiff.block({tiff.MAKE: tiff.text("Example")})
    chunks = [(b"tEXt", key + digits(body, b"generic")) for body in (b"Exif\0\0" + exif, XMP_HEAD + XMP)]
    assert read_coordinates(png(*chunks)) == SYDNEY
    cameras = [reading.camera for reading in read_embedded(png(*chunks)) if reading.camera]
    assert cameras == ["Example"]
    unwritten = png((b"tEXt", b"Raw profile type xmp\0" + digits(packet({"tiff:Make": "Example"}).encode(), b"xmp")))
    with pytest.raises(NotWritableError, match="before PNG had its own"):
        edit_photo(unwritten, PETRA)


def test_iptc_as_digits_in_a_png() -> None:
    city = b"\x1c\x02\x5a\0\x05Petra"
    resources = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(city)) + city
    [found] = read_embedded(png((b"tEXt", b"Raw profile type iptc\0" + digits(resources, b"iptc"))))
    assert found.names is not None and found.names.city == "Petra"


def test_the_position_in_a_tiff_too_large_to_be_read_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "panorama.tif"
    path.write_bytes(exif_of_sydney())
    os.truncate(path, 400_000_000)  # which takes no room on most disks
    found = read_metadata(path)
    assert (found.coordinates, found.problems) == (SYDNEY, ())
    with path.open("rb") as file, pytest.raises(NotWritableError, match="more than 256 MB"):
        check_kind(file, path.name)


@pytest.mark.parametrize("text", [b"", b"\nexif\n", b"\nexif\n   4\nzz", b"\nexif\n   2\n00"])
def test_broken_digits_are_nothing(text: bytes) -> None:
    assert read_coordinates(png((b"tEXt", b"Raw profile type exif\0" + text))) is None
