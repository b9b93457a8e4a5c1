"""JPEG XL: EXIF and XMP in its boxes, packed or not; a bare codestream has none."""

import io
import zlib
from pathlib import Path

import brotli
import pytest
from factories import containers as made
from factories.exiftool import read_tags

from landmark.geo.coordinates import Coordinates
from landmark.metadata.containers import identify_format
from landmark.metadata.formats.jxl import JxlError, read_codestream_head, unpack_brotli
from landmark.metadata.merging import read_embedded, read_metadata

TAJ = (27.175, 78.0421)
EXIF = made.exif(TAJ)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="27,10.5N" '
    b'exif:GPSLongitude="78,2.526E"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize(
    ("boxes", "source"),
    [
        ([(b"Exif", bytes(4) + EXIF)], "EXIF"),
        ([(b"Exif", bytes(4) + b"Exif\0\0" + EXIF)], "EXIF"),
        ([(b"Exif", b"\0\0\0\6Exif\0\0" + EXIF)], "EXIF"),
        ([(b"brob", b"Exif" + brotli.compress(bytes(4) + EXIF))], "EXIF"),
        ([(b"xml ", XMP)], "XMP"),
        ([(b"brob", b"xml " + brotli.compress(XMP))], "XMP"),
        ([(b"brob", b"jumb" + b"of another kind"), (b"xml ", XMP)], "XMP"),
    ],
)
def test_boxes(boxes: list[tuple[bytes, bytes]], source: str, tmp_path: Path) -> None:
    (tmp_path / "a.jxl").write_bytes(made.jpeg_xl(*boxes))
    found = read_metadata(tmp_path / "a.jxl")
    assert found.coordinates == Coordinates(*TAJ) and found.coordinates_from == source and not found.problems
    [tags] = read_tags(tmp_path / "a.jxl", arguments=("-n", "-GPSLatitude", "-GPSLongitude"))
    if "GPSLatitude" in tags:  # exiftool needs another package for what is packed, and an offset for a signature
        assert (tags["GPSLatitude"], tags["GPSLongitude"]) == pytest.approx(TAJ)


def test_a_bare_codestream_has_no_metadata() -> None:
    assert identify_format(io.BytesIO(made.jpeg_xl())) == "JPEG XL" and read_embedded(made.jpeg_xl()) == []


def test_what_unfolds_to_too_much_is_refused() -> None:
    bomb = brotli.compress(bytes(20_000_000), quality=4)
    assert len(bomb) < 1_000
    with pytest.raises(JxlError, match="unfold to more than 16 MB"):
        unpack_brotli(bomb, 16_000_000)
    [reading] = read_embedded(made.jpeg_xl((b"brob", b"Exif" + bomb)))
    assert "unfold" in reading.problems[0]


def test_broken_packing_is_told() -> None:
    packed = brotli.compress(bytes(4) + EXIF)
    for broken in (packed[:-5], b"", zlib.compress(EXIF)):
        [reading] = read_embedded(made.jpeg_xl((b"brob", b"Exif" + broken)))
        assert "packed metadata" in reading.problems[0]


@pytest.mark.parametrize(
    ("head", "size", "orientation"),
    [
        # written by libjxl 0.11, of pictures of these sizes
        ("ff0a00101009080201008402", (1, 1), 1),
        ("ff0a0f412408020100ac024b", (96, 64), 1),
        ("ff0a6a170391080201008002", (1000, 750), 1),
        ("ff0a7a5e0391080201008002", (4032, 3024), 1),
        ("ff0aba210591080201008002", (1920, 1080), 1),
    ],
)
def test_the_size_stands_in_the_first_bits(head: str, size: tuple[int, int], orientation: int) -> None:
    assert read_codestream_head(bytes.fromhex(head)) == (size, orientation)


def test_heads_that_are_none() -> None:
    for data in (b"", b"\xff\x0a", made.jpeg_xl((b"xml ", XMP))[:60]):
        assert read_codestream_head(data) is None
    assert read_codestream_head(made.jpeg_xl((b"xml ", XMP))) == ((8, 8), 1)
