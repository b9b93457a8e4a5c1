"""A place put where zeros stand for a position, and into EXIF behind any head: it reads back and comes off."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import exiftool, tiff
from factories import photos as made

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import apply_edits, reverse_edits
from landmark.metadata.formats.heif_writing import edit_heif
from landmark.metadata.formats.jpeg import edit_jpeg
from landmark.metadata.formats.png import edit_png
from landmark.metadata.formats.webp import edit_webp
from landmark.metadata.merging import read_embedded
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_photo
from landmark.photo import read_photo

TAG = PlaceTag("Opera House", 0.9712, "recognised 97 %", Coordinates(-33.8568, 151.2153), 0.4)


def zeroed(**more: tiff.Value) -> dict[int, tiff.Value]:
    return tiff.ZEROED | {int(tag[1:]): value for tag, value in more.items()}


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIC", "AVIF"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "gps",
    [
        {},
        zeroed(),
        zeroed(t0=tiff.raw(1, 4, bytes(4)), t27=tiff.raw(7, 8, bytes(8)), t29=tiff.raw(2, 11, bytes(11))),
        zeroed(t9=tiff.text("V"), t18=tiff.text("TOKYO"), t31=tiff.ratios((0, 0))),
        {1: tiff.text("N"), 2: tiff.ratios((0, 1), (0, 1), (0, 1)), 3: tiff.text("E"), 4: tiff.ratios((0, 1))},
        {1: tiff.text(""), 3: tiff.text("")},
    ],
    ids=["empty", "zeros", "all zeros", "void", "no fix", "letters"],
)
def test_zeros_are_written_over_and_come_back(
    name: str, order: str, gps: dict[int, tiff.Value], tmp_path: Path
) -> None:
    exif = tiff.block({tiff.MAKE: tiff.text("Example")}, gps=gps, order=order)
    data = made.encode(made.scene(), name)
    editor = {"JPEG": edit_jpeg, "PNG": edit_png, "WEBP": edit_webp}.get(name, edit_heif)
    data = apply_edits(data, editor(data, exif, None))
    assert not any(reading.coordinates for reading in read_embedded(data))
    edits = edit_photo(data, TAG)
    changed = apply_edits(data, edits)
    assert apply_edits(changed, reverse_edits(edits)) == data
    [found] = [reading for reading in read_embedded(changed) if reading.coordinates]
    assert TAG.coordinates and found.coordinates and distance_km(found.coordinates, TAG.coordinates) < 1e-4
    assert found.problems == () and found.camera == "Example"
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(changed)
    [tags] = exiftool.read_tags(path)
    assert tags["Composite:GPSLatitude"] == pytest.approx(TAG.coordinates.latitude, abs=1e-6)
    assert tags["GPS:GPSMapDatum"] == "WGS-84" and "GPS:GPSStatus" not in tags and "ExifTool:Warning" not in tags


def test_half_a_position_is_not_written_over() -> None:
    for gps in (zeroed() | {2: tiff.ratios((48, 1), (0, 1), (0, 1))}, zeroed() | {4: tiff.raw(5, 90_000, bytes(24))}):
        data = made.encode(made.scene(), "JPEG", exif=b"Exif\0\0" + tiff.block(gps=gps))
        with pytest.raises(NotWritableError, match="already holds a GPS position, or parts of one"):
            edit_photo(data, TAG)


HEADS: dict[str, Callable[[bytes], bytes]] = {
    "usual": lambda exif: b"\0\0\0\6Exif\0\0" + exif,
    "no signature": lambda exif: bytes(4) + exif,
    "signature not counted": lambda exif: bytes(4) + b"Exif\0\0" + exif,
    "segment": lambda exif: bytes(4) + b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif,
    "segment without offset": lambda exif: b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif,
    "segment that is counted": lambda exif: b"\0\0\0\x0a\xff\xe1\0\0Exif\0\0" + exif,
    "signature alone": lambda exif: b"Exif\0\0" + exif,
    "bare": lambda exif: exif,
    "padded": lambda exif: b"\0\0\0\x10" + bytes(16) + exif,
}


@pytest.mark.parametrize("name", ["HEIC", "AVIF"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("head", HEADS)
def test_exif_of_a_container_behind_any_head(head: str, order: str, name: str) -> None:
    """Read where it is, and written so that others find it; the picture stays, and all comes back."""
    plain = made.encode(made.scene(), name)
    for gps in (tiff.gps(48.853, 2.3499), tiff.ZEROED):
        exif = tiff.block({tiff.MAKE: tiff.text("Example")}, gps=gps, order=order)
        item = HEADS[head](exif)
        # what the writer puts in front of EXIF is eight bytes longer than what it is given
        data = apply_edits(plain, edit_heif(plain, bytes(len(item) - 10), None))
        at = data.rindex(b"\0\0\0\6Exif\0\0" + bytes(len(item) - 10))
        data = data[:at] + item + data[at + len(item) :]
        assert read_photo(data).original_size_px == (96, 64)
        [reading] = read_embedded(data)
        assert (reading.camera, reading.problems) == ("Example", ())
        if gps is not tiff.ZEROED:
            assert reading.coordinates == Coordinates(48.853, 2.3499)
            continue
        edits = edit_photo(data, TAG)
        changed = apply_edits(data, edits)
        assert apply_edits(changed, reverse_edits(edits)) == data
        assert read_embedded(changed)[0].coordinates == TAG.coordinates


def test_nothing_is_written_into_a_big_tiff_and_it_is_not_called_broken() -> None:
    with pytest.raises(NotWritableError, match=r"its metadata is not supported \(BigTIFF\)"):
        edit_photo(tiff.big_tiff(), TAG)
