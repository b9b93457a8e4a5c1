"""RAW files: told from photos, and read for position, time, camera and the largest JPEG in them.

No real RAW file is here: they are made after the makers' layouts, and compared with what exiftool reads of them.
"""

import io
import struct
import subprocess
from pathlib import Path

import pytest
from factories import containers as made
from factories import photos
from factories.exiftool import need, read_tags
from PIL import Image

from landmark.geo.coordinates import Coordinates
from landmark.metadata.containers import identify_format
from landmark.metadata.formats.raw_previews import find_preview
from landmark.metadata.formats.tiff import FileBytes
from landmark.metadata.merging import read_metadata

TAJ = (27.175, 78.0421)
# The tag of exiftool whose bytes are the largest preview
LARGEST = {
    "DNG": "PreviewImage", "NEF": "JpgFromRaw", "CR2": "PreviewImage", "CR3": "PreviewImage", "ARW": "PreviewImage",
    "ORF": "PreviewImage", "RAF": "PreviewImage", "RW2": "JpgFromRaw",
}  # fmt: skip


def write(folder: Path, kind: str, data: bytes) -> Path:
    path = folder / f"a.{kind.lower()}"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", made.RAW_KINDS)
@pytest.mark.parametrize("at", [TAJ, (-33.8568, 151.2153), (43.0799, -79.0747), None])
def test_position_time_and_camera(kind: str, at: tuple[float, float] | None, tmp_path: Path) -> None:
    found = read_metadata(write(tmp_path, kind, made.raw(kind, at=at)))
    assert found.coordinates == (Coordinates(*at) if at else None)
    assert found.taken and found.taken.isoformat() == "2024-05-06T12:34:56+02:00"
    assert found.camera and found.camera.endswith(f"{kind} One #12345")
    assert found.problems == ()


@pytest.mark.parametrize("kind", ["DNG", "NEF", "ARW", "PEF"])
def test_both_byte_orders(kind: str, tmp_path: Path) -> None:
    data = made.raw(kind, order=">", orientation=8)
    found = read_metadata(write(tmp_path, kind, data))
    assert found.coordinates == Coordinates(*TAJ) and identify_format(io.BytesIO(data)) == kind
    preview = find_preview(io.BytesIO(data), kind)
    assert preview and preview.size_px == (96, 64) and preview.orientation == 8


@pytest.mark.parametrize("kind", made.RAW_KINDS)
def test_exiftool_reads_the_same(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind, made.raw(kind, at=(-33.8568, -151.2153), orientation=6))
    [tags] = read_tags(path, arguments=("-n", "-Composite:GPSPosition", "-all"))
    found = read_metadata(path)
    assert found.coordinates and found.taken
    latitude, longitude = map(float, tags["GPSPosition"].split())
    assert [found.coordinates.latitude, found.coordinates.longitude] == pytest.approx([latitude, longitude], abs=1e-6)
    assert f"{found.taken:%Y:%m:%d %H:%M:%S}" == tags["DateTimeOriginal"] and tags["OffsetTimeOriginal"] == "+02:00"
    assert found.camera == f"{tags['Make']} {tags['Model']} #{tags['SerialNumber']}"
    if kind in LARGEST:
        extracted = subprocess.run([need("exiftool"), "-b", f"-{LARGEST[kind]}", str(path)], capture_output=True)
        with path.open("rb") as file:
            preview = find_preview(file, kind)
            assert preview and preview.orientation in (tags["Orientation"], None)
            assert FileBytes(file)[preview.at : preview.at + preview.n_bytes] == extracted.stdout


@pytest.mark.parametrize("kind", made.RAW_KINDS)
def test_raw_files_are_told_by_content(kind: str) -> None:
    assert identify_format(io.BytesIO(made.raw(kind))) == kind
    assert identify_format(io.BytesIO(made.raw(kind, jpeg=b""))) == kind


@pytest.mark.parametrize("name", [name for name in photos.PLAIN if name.endswith(".tif")])
def test_a_tiff_stays_a_tiff(name: str) -> None:
    assert identify_format(io.BytesIO(photos.PLAIN[name]())) == "TIFF"


def test_a_tiff_with_smaller_versions_below_it_stays_a_tiff() -> None:
    file = made.TiffFile()
    below = file.directory({0x00FE: made.long(1), 0x0100: made.long(8), 0x0101: made.long(6)})
    first = {0x0100: made.long(80), 0x0101: made.long(60), 0x0106: made.short(2), 0x014A: made.long(below)}
    first[0x0111] = made.long(8)
    data = file.finish(file.directory(first))
    assert identify_format(io.BytesIO(data)) == "TIFF"


def test_a_smaller_version_that_comes_first_is_that_of_a_raw_file() -> None:
    file = made.TiffFile()
    below = file.directory({0x00FE: made.long(0), 0x0100: made.long(80), 0x0101: made.long(60)})
    first = {0x00FE: made.long(1), 0x0100: made.long(8), 0x0101: made.long(6), 0x014A: made.long(below)}
    assert identify_format(io.BytesIO(file.finish(file.directory(first)))) == "RAW"


def test_a_jpeg_apart_from_the_picture_is_that_of_a_raw_file() -> None:
    file, jpeg = made.TiffFile(), made.picture()
    at = file.add(jpeg)
    first = {0x010F: made.text("NIKON"), 0x0201: made.long(at), 0x0202: made.long(len(jpeg))}
    data = file.finish(file.directory(first))
    preview = find_preview(io.BytesIO(data), "NEF")
    assert identify_format(io.BytesIO(data)) == "NEF" and preview and preview.size_px == (96, 64)


def test_the_largest_jpeg_that_viewers_show_is_the_preview() -> None:
    data = made.raw("DNG")  # its sensor's picture is a lossless JPEG, and larger
    preview = find_preview(io.BytesIO(data), "DNG")
    assert preview and preview.size_px == (96, 64) and preview.raw_size_px == (4000, 3000)
    with Image.open(io.BytesIO(data[preview.at : preview.at + preview.n_bytes])) as image:
        assert image.format == "JPEG"
    assert find_preview(io.BytesIO(made.raw("DNG", jpeg=b"")), "DNG") is None


def test_a_cr3_holds_a_jpeg_of_full_size_as_its_first_sample() -> None:
    jpeg, head = made.picture(192, 128), made.box(b"ftyp", b"crx ", bytes(4), b"crx isom")

    def moov(at: int) -> bytes:
        sizes = made.box(b"stsz", bytes(4), struct.pack(">III", 0, 1, len(jpeg)))
        table = made.box(b"stbl", sizes, made.box(b"co64", bytes(4), struct.pack(">IQ", 1, at)))
        return made.box(b"moov", made.box(b"trak", made.box(b"mdia", made.box(b"minf", table))))

    data = head + moov(len(head) + len(moov(0)) + 8) + made.box(b"mdat", jpeg)
    preview = find_preview(io.BytesIO(data), "CR3")
    assert preview and preview.size_px == (192, 128)


def test_the_exif_in_the_jpeg_of_an_rw2_serves_where_it_has_none_itself(tmp_path: Path) -> None:
    block = made.exif(TAJ)
    body = b"Exif\0\0" + block
    jpeg = made.picture()
    jpeg = jpeg[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body + jpeg[2:]
    found = read_metadata(write(tmp_path, "RW2", made.raw("RW2", at=None, jpeg=jpeg)))
    assert found.coordinates == Coordinates(*TAJ)


def test_the_xmp_of_a_raw_file_is_read(tmp_path: Path) -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="27,10.5N" '
        b'exif:GPSLongitude="78,2.526E"/></rdf:RDF></x:xmpmeta>'
    )
    data = made.raw("NEF", at=None, extra={700: (1, len(packet), packet)})
    found = read_metadata(write(tmp_path, "NEF", data))
    assert found.coordinates == Coordinates(27.175, 78.0421) and found.coordinates_from == "XMP"


def test_a_large_raw_file_is_not_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "NEF", made.raw("NEF"))
    with path.open("r+b") as file:
        file.truncate(3_000_000_000)  # without taking room on the disk
    assert read_metadata(path).coordinates == Coordinates(*TAJ)
