"""A place put into photos of every format: picture and all other metadata stay, as exiftool and exiv2 see it too."""

import io
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import exiftool as exiftool
from factories import photos as made
from factories import tiff, xmp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.countries import find_country
from landmark.geo.place_names import PlaceNames
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.containers import read_blocks
from landmark.metadata.edits import Edit, apply_edits, pack, reverse_edits, unpack
from landmark.metadata.formats.boxes import boxes
from landmark.metadata.formats.heif import find_item, read_items, read_locations
from landmark.metadata.formats.jpeg import read_segments
from landmark.metadata.merging import read_coordinates, read_embedded
from landmark.metadata.place_tag import PlaceTag, PositionMethod
from landmark.metadata.writing import edit_photo, edit_sidecar
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import parse_xmp
from landmark.photo import read_photo

SYDNEY = Coordinates(-33.8568, 151.2153)
TAG = PlaceTag("Opera <House> & Co", 0.9712, "recognised 97 %", SYDNEY, 0.4, (find_country("AU"),))
WIDE = PlaceTag("Great Wall of China", 0.91, "recognised 91 %", None, 1500.0, (find_country("CN"),))
WRITTEN = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "HEIC", "AVIF")
# What exiftool tells of the file and not of its metadata, or works out from other tags.
_OF_THE_FILE = ("SourceFile", "System:", "File:", "ExifTool:", "Composite:", "RIFF:WebP_Flags")
# Lengths and positions of the pictures in a file, which the metadata in front of them changes.
_OF_ITS_PICTURES = ("MPImage1:MPImageLength", "MPImage2:MPImageStart", "QuickTime:MediaData")
_OURS = ("GPS:", "XMP-dc:Subject", "XMP-lr:", "XMP-digiKam:", "XMP-iptcExt:LocationShown", "XMP-landmark:")


def example(name: str, **options: Any) -> bytes:
    return made.mpo(**options) if name == "MPO" else made.encode(made.scene(), name, **options)


def written(data: bytes, tag: PlaceTag = TAG) -> bytes:
    edits = edit_photo(data, tag)
    after = apply_edits(data, edits)
    assert apply_edits(after, unpack(pack(reverse_edits(edits)))) == data, "the way back, as the journal keeps it"
    return after


def other_tags(tags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tags.items() if not key.startswith((*_OF_THE_FILE, *_OF_ITS_PICTURES, *_OURS))}


def needed(tags: dict[str, Any]) -> dict[str, Any]:
    """What EXIF of a JPEG must have, where there was none: the resolution, as JFIF tells it."""
    if tags["File:FileType"] not in ("JPEG", "MPO") or any(key.startswith("IFD0:") for key in tags):
        return {}
    return {
        "IFD0:XResolution": tags.get("JFIF:XResolution", 72),
        "IFD0:YResolution": tags.get("JFIF:YResolution", 72),
        "IFD0:ResolutionUnit": tags.get("JFIF:ResolutionUnit", 1) + 1,
        "IFD0:YCbCrPositioning": 1,
    }


def entropy_coded(data: bytes) -> bytes:
    """All of a JPEG from its first scan on."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[at:]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_place_goes_in_and_reads_back(name: str) -> None:
    data = example(name)
    after = written(data)
    found = read_coordinates(after)
    assert found is not None
    assert (found.latitude, found.longitude) == pytest.approx((SYDNEY.latitude, SYDNEY.longitude), abs=1e-6)
    np.testing.assert_array_equal(read_photo(after).pixels, read_photo(data).pixels)
    with pytest.raises(NotWritableError, match="it has a GPS position"):
        edit_photo(after, TAG)


@pytest.mark.parametrize("name", WRITTEN)
def test_exiftool_reads_all_that_was_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(written(example(name)))
    [tags] = exiftool.read_tags(path, arguments=("-G1", "-n", "-a", "-validate", "-all", "-struct"))
    assert tags["GPS:GPSLatitude"] == pytest.approx(33.8568) and tags["GPS:GPSLatitudeRef"] == "S"
    assert tags["GPS:GPSLongitude"] == pytest.approx(151.2153) and tags["GPS:GPSLongitudeRef"] == "E"
    assert tags["GPS:GPSHPositioningError"] == 400 and tags["GPS:GPSProcessingMethod"] == "MANUAL"
    assert tags["GPS:GPSAreaInformation"] == "LANDMARK RECOGNITION -33.856800,151.215300"
    assert tags["XMP-dc:Subject"] == ["Opera <House> & Co", "Australia"]
    assert tags["XMP-lr:HierarchicalSubject"] == ["Places|Australia|Opera <House> & Co"]
    assert tags["XMP-digiKam:TagsList"] == ["Places/Australia/Opera <House> & Co"]
    [shown] = tags["XMP-iptcExt:LocationShown"]
    assert shown["LocationName"] == "Opera <House> & Co" and shown["CountryCode"] == "AU"
    assert shown["GPSLatitude"] == pytest.approx(-33.8568) and shown["GPSLongitude"] == pytest.approx(151.2153)
    assert tags["XMP-landmark:Confidence"] == pytest.approx(0.9712) and "ExifTool:Error" not in tags


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exiv2_reads_it_too(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(written(example(name)))
    printed = subprocess.run([exiftool.need("exiv2"), "-PEXkv", str(path)], capture_output=True, text=True).stdout
    lines = dict(line.split(maxsplit=1) for line in printed.splitlines() if " " in line.strip())
    assert lines["Exif.GPSInfo.GPSLatitude"] == "33/1 51/1 244800/10000"
    assert lines["Exif.GPSInfo.GPSLatitudeRef"] == "S" and lines["Exif.GPSInfo.GPSHPositioningError"] == "400/1"
    assert lines["Xmp.dc.subject"] == "Opera <House> & Co, Australia"


def test_real_photos_keep_everything_else(shared: Path, tmp_path: Path) -> None:
    """36 files of real cameras, editors and phones: all other tags, maker notes at their places, every coded byte."""
    samples = sorted((shared / "data" / "exif_samples").rglob("*.jpg"))
    pairs = []
    for path in samples:
        data = path.read_bytes()
        if read_coordinates(data):
            with pytest.raises(NotWritableError):
                edit_photo(data, TAG)
            continue
        after = written(data)
        assert entropy_coded(after) == entropy_coded(data)
        pairs.append((path, tmp_path / path.name))
        pairs[-1][1].write_bytes(after)
    assert len(pairs) == 27
    arguments = ("-G1", "-n", "-a", "-U", "-all")
    before = exiftool.read_tags(*(path for path, _ in pairs), arguments=arguments)
    after_ = exiftool.read_tags(*(path for _, path in pairs), arguments=arguments)
    for old, new in zip(before, after_, strict=True):
        assert other_tags(new) == other_tags(old) | needed(old), old["SourceFile"]
        assert new["GPS:GPSLatitude"] == pytest.approx(33.8568)
    assert sum(any(key.startswith("Olympus") for key in tags) for tags in before) == 1, "maker notes are among them"


def test_maker_notes_stay_at_their_offsets(shared: Path, tmp_path: Path) -> None:
    def offsets(path: Path) -> list[str]:
        """Lines of exiftool's map of a file that tell where maker notes and their values lie."""
        command = [exiftool.need("exiftool"), "-v3", str(path)]
        lines = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout.splitlines()
        return [line for line in lines if line.startswith("  | | | ")]  # inside of the maker notes

    path = shared / "data" / "exif_samples" / "corrupted.jpg"
    data = path.read_bytes()
    after = tmp_path / path.name
    after.write_bytes(written(data))
    before = offsets(path)
    assert len(before) > 500 and offsets(after) == before
    exif_at = data.index(b"Exif\0\0") + 6
    exif = data[exif_at : exif_at + 16000]
    new = after.read_bytes()
    assert new[exif_at + 8 : exif_at + 16000] == exif[8:], "all of the EXIF but the pointer to its first directory"


def test_a_gps_directory_without_a_position_gets_one_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    for order in ("II", "MM"):
        path.write_bytes(example("JPEG"))
        exiftool.write_tags(path, **{"ExifByteOrder": order}, EXIF__GPSImgDirection=77, EXIF__GPSImgDirectionRef="T",
                            EXIF__GPSDateStamp="2024:05:05", EXIF__Make="M", EXIF__GPSVersionID="2 2 0 0")  # fmt: skip
        data = path.read_bytes()
        path.write_bytes(written(data))
        [tags] = exiftool.read_tags(path)
        assert tags["GPS:GPSImgDirection"] == 77 and tags["GPS:GPSLatitude"] == pytest.approx(33.8568)
        assert tags["GPS:GPSVersionID"] == "2 2 0 0" and tags["IFD0:Make"] == "M"


@pytest.mark.parametrize("wrong", [{2: (91.0, 0.0, 0.0)}, {1: ""}, {4: None}])
def test_gps_that_is_not_believed_is_not_replaced_either(wrong: dict[int, Any]) -> None:
    gps = {tag: value for tag, value in (made.gps(43.5, 11.25) | wrong).items() if value is not None}
    with pytest.raises(NotWritableError, match="already holds a GPS position, or parts of one"):
        edit_photo(example("JPEG", exif=made.exif(None, gps)), TAG)


@pytest.mark.parametrize("name", WRITTEN)
def test_wide_landmarks_get_names_and_no_position(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(written(example(name), WIDE))
    assert read_coordinates(path) is None
    [tags] = exiftool.read_tags(path)
    assert tags["XMP-dc:Subject"] == ["Great Wall of China", "China"]
    assert not any("GPS" in key for key in tags)


@pytest.mark.parametrize("name", WRITTEN)
def test_xmp_that_is_there_is_added_to(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(example(name))
    there: dict[str, str | float] = {
        "dc:Subject": "holiday",
        "dc:Title": "One & two",
        "xmp:Rating": 4,
        "xmpMM:DocumentID": "uuid:1",
        "lr:HierarchicalSubject": "People|Aunt",
    }
    exiftool.write_tags(path, **{f"XMP-{tag}": value for tag, value in there.items()})
    before = exiftool.read_tags(path)[0]
    data = path.read_bytes()
    path.write_bytes(written(data))
    [tags] = exiftool.read_tags(path)
    assert tags["XMP-dc:Subject"] == ["holiday", "Opera <House> & Co", "Australia"]
    assert tags["XMP-lr:HierarchicalSubject"] == ["People|Aunt", "Places|Australia|Opera <House> & Co"]
    assert other_tags(tags) == other_tags(before) | needed(before)


def test_a_keyword_that_is_there_stays_single() -> None:
    packet = apply_edits(b"", edit_sidecar(None, WIDE))
    tag = PlaceTag("Beijing Gate", 0.8, "recognised 80 %", SYDNEY, 0.1, (find_country("CN"),))
    after = apply_edits(packet, edit_sidecar(packet, tag))
    assert parse_xmp(after).items["dc:subject"] == ["Great Wall of China", "China", "Beijing Gate"]
    assert read_xmp(after).coordinates is not None


def test_a_sidecar_for_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg.xmp"
    path.write_bytes(apply_edits(b"", edit_sidecar(None, TAG)))
    [tags] = exiftool.read_tags(path)
    assert tags["XMP-exif:GPSLatitude"] == pytest.approx(-33.8568)
    assert tags["XMP-exif:GPSLongitude"] == pytest.approx(151.2153)
    assert tags["XMP-exif:GPSHPositioningError"] == 400 and tags["XMP-dc:Subject"] == [
        "Opera <House> & Co",
        "Australia",
    ]
    assert tags["XMP-landmark:Reason"] == "recognised 97 %"
    found = read_xmp(path.read_bytes())
    assert found.recognised and found.coordinates == Coordinates(-33.8568, 151.2153)
    with pytest.raises(NotWritableError, match="already holds a GPS position"):
        edit_sidecar(path.read_bytes(), TAG)


@pytest.mark.parametrize("packet", [b"", b"<x", b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'])
def test_a_sidecar_that_is_broken_is_left_alone(packet: bytes) -> None:
    with pytest.raises(NotWritableError):
        edit_sidecar(packet, TAG)


@pytest.mark.parametrize("name", ["BMP", "GIF"])
def test_formats_without_room_say_so(name: str) -> None:
    with pytest.raises(NotWritableError, match=f"nothing is written into {name} files"):
        edit_photo(example(name), TAG)


def test_what_does_not_fit_says_so() -> None:
    full = made.exif(None)
    full[0x9C9C] = b"x" * 65_400
    with pytest.raises(NotWritableError, match="larger than a JPEG allows"):
        edit_photo(example("JPEG", exif=full), TAG)


def test_a_phones_second_picture_is_still_found() -> None:
    data = made.mpo(exif=made.exif(1))
    after = written(data)
    with Image.open(io.BytesIO(after)) as image, Image.open(io.BytesIO(data)) as original:
        assert image.format == "MPO" and image.n_frames == 2  # type: ignore[attr-defined]
        for frame in (0, 1):
            image.seek(frame)
            original.seek(frame)
            np.testing.assert_array_equal(np.asarray(image), np.asarray(original))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("behind", [b"", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"])
def test_a_gain_map_is_found_where_metadata_stands_behind_the_list_of_pictures(behind: bytes, order: str) -> None:
    is_exif = behind.startswith(b"Exif")
    packet = tiff.block({tiff.MAKE: tiff.text("Example")}) if is_exif else xmp.packet({"tiff:Make": "Example"}).encode()
    other = struct.pack(">BBH", 0xFF, 0xE1, 2 + len(behind + packet)) + behind + packet if behind else b""
    first, gain_map = made.encode(made.scene(), "JPEG"), made.encode(made.scene(24, 16), "JPEG")

    def listed(size: int, position: int) -> bytes:
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IHHHII", 8, 1, 0xB002, 7, 32, 26)
        pictures = struct.pack(f"{order}IIIIHHIIIHH", 0, 0x030000, size, 0, 0, 0, 0, len(gain_map), position, 0, 0)
        return struct.pack(">BBH", 0xFF, 0xE2, 2 + 4 + len(head + pictures)) + b"MPF\0" + head + pictures

    size = len(first) + len(listed(0, 0)) + len(other)
    data = first[:2] + listed(size, size - 2 - 8) + other + first[2:] + gain_map
    after = written(data)
    list_at = after.index(b"MPF\0") + 4
    _, size, _, *_, second_size, position, _, _ = struct.unpack_from(f"{order}IIIHHIIIHH", after, list_at + 26)
    assert after[:size].endswith(b"\xff\xd9") and after[size:] == gain_map
    assert after[list_at + position :] == gain_map and second_size == len(gain_map)


@pytest.mark.parametrize("name", ["HEIC", "AVIF"])
def test_containers_with_exif_and_xmp_of_their_own(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{name.lower()}"
    path.write_bytes(example(name))
    exiftool.write_tags(path, EXIF__Make="Make", EXIF__DateTimeOriginal="2024:05:06 07:08:09", EXIF__ISO=100,
                        **{"XMP-dc:Subject": "holiday", "XMP-dc:Title": "Title"})  # fmt: skip
    before = exiftool.read_tags(path)[0]
    data = path.read_bytes()
    path.write_bytes(written(data))
    [tags] = exiftool.read_tags(path)
    assert other_tags(tags) == other_tags(before) and tags["IFD0:Make"] == "Make"
    assert tags["GPS:GPSLatitude"] == pytest.approx(33.8568)
    assert tags["XMP-dc:Subject"] == ["holiday", "Opera <House> & Co", "Australia"]
    np.testing.assert_array_equal(read_photo(path).pixels, read_photo(data).pixels)


def test_an_image_sequence_is_left_alone() -> None:
    with pytest.raises(NotWritableError, match="image sequence"):
        edit_photo(made.animation("AVIF", quality=90), TAG)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_stands_behind_a_photo_stays(name: str) -> None:
    """A phone's video, or an editor's notes."""
    data = example(name) + (b"" if name == "WEBP" else b"TRAILER" * 99)
    assert written(data).count(b"TRAILER") == data.count(b"TRAILER")


def test_animations_keep_their_frames() -> None:
    for name in ("WEBP", "PNG"):
        data = made.animation(name, lossless=True) if name == "WEBP" else made.animation(name)
        with Image.open(io.BytesIO(written(data))) as image:
            assert image.n_frames == 3  # type: ignore[attr-defined]


@given(st.binary(max_size=60), st.data())
def test_edits_lead_back(data: bytes, draw: st.DataObject) -> None:
    at, edits = 0, list[Edit]()
    while at < len(data) and len(edits) < 4:
        start = draw.draw(st.integers(at, len(data)))
        end = draw.draw(st.integers(start, len(data)))
        edits.append(Edit(start, data[start:end], draw.draw(st.binary(max_size=5))))
        at = end + 1
    after = apply_edits(data, edits)
    assert apply_edits(after, unpack(pack(reverse_edits(edits)))) == data


def test_the_main_picture_of_a_heic_is_the_one_that_is_read_and_written() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    both = pillow_heif.from_pillow(Image.new("RGB", (64, 48), "red"))
    both.add_from_pillow(Image.new("RGB", (32, 24), "blue"))  # as a phone's gain map
    both[0].info["exif"] = made.exif(None, made.gps(48.8584, 2.2945)).tobytes()
    both[1].info["exif"] = made.exif(None, made.gps(27.17, 78.04)).tobytes()
    file = io.BytesIO()
    both.save(file, quality=90, primary_index=1)
    at = read_embedded(file.getvalue())[0].coordinates
    assert at is not None and (round(at.latitude, 2), round(at.longitude, 2)) == (27.17, 78.04)

    both[0].info["exif"] = None
    file = io.BytesIO()
    both.save(file, quality=90, primary_index=0)
    assert not read_embedded(file.getvalue()), "of another picture"
    main, other = pillow_heif.open_heif(written(file.getvalue()))
    assert b"LANDMARK" in main.info["exif"] and b"LANDMARK" not in other.info["exif"]

    both[1].info["exif"] = None
    both[1].info["xmp"] = apply_edits(b"", edit_sidecar(None, PlaceTag("of the gain map", 0.9, "no")))
    file = io.BytesIO()
    both.save(file, quality=90, primary_index=0)
    main, other = pillow_heif.open_heif(written(file.getvalue()))
    assert b"Opera" in main.info["xmp"] and b"Opera" not in other.info["xmp"]


def exif_moved_into_the_lists(data: bytes) -> bytes:
    """A HEIC whose EXIF lies in the box `idat` among the lists of items, where the standard allows it."""
    meta = next(box for box in boxes(data, 0, len(data)) if box.kind == b"meta")
    inside = {box.kind: data[box.at : box.end] for box in boxes(data, meta.body_at + 4, meta.end)}
    locations = read_locations(inside[b"iloc"][8:]).items
    exif = find_item(read_items(data[meta.at : meta.end], meta.at), b"Exif")
    assert exif is not None
    [(at, length)] = exif.pieces
    inside[b"idat"] = struct.pack(">I4s", 8 + 5 + length, b"idat") + b"other" + data[at : at + length]
    shift = 0
    for _ in range(2):  # first how far all moves, then the positions
        body = b"\1\0\0\0\x44\0" + len(locations).to_bytes(2, "big")
        for one in locations:
            [(_, at, length)] = one.pieces
            method, at = (1, 5) if one.number == exif.number else (0, one.base + at + shift)
            body += struct.pack(">4H2I", one.number, method, 0, 1, at, length)
        inside[b"iloc"] = struct.pack(">I4s", 8 + len(body), b"iloc") + body
        lists = bytes(4) + b"".join(inside.values())
        shift = 8 + len(lists) - (meta.end - meta.at)
    return data[: meta.at] + struct.pack(">I4s", 8 + len(lists), b"meta") + lists + data[meta.end :]


def test_exif_among_the_lists_of_a_heic_is_read_and_replaced() -> None:
    def photo(exif: Image.Exif) -> bytes:
        return exif_moved_into_the_lists(made.encode(made.scene(), "HEIC", exif=exif.tobytes()))

    at = read_coordinates(photo(made.exif(gps=made.gps(27.17, 78.04))))
    assert at is not None and (round(at.latitude, 2), round(at.longitude, 2)) == (27.17, 78.04)
    exif = made.exif()
    exif[0x010F] = "Maker"
    data = photo(exif)
    after = written(data)
    at = read_coordinates(after)
    assert at is not None and at.latitude == pytest.approx(SYDNEY.latitude, abs=1e-4)
    assert after.count(b"Maker") == data.count(b"Maker") + 1, "copied to the new place"
    np.testing.assert_array_equal(read_photo(after).pixels, read_photo(data).pixels)


def test_our_position_brings_its_own_datum() -> None:
    data = written(made.encode(made.scene(64, 48), "JPEG", exif=made.exif(gps={18: "TOKYO"})))
    assert b"WGS-84\0" in data and dict(Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825))[18] == "WGS-84"


@pytest.mark.parametrize("n_bytes", [1, 4095, 4096, 100_000])
def test_fill_before_a_marker_is_passed_over_in_blocks(n_bytes: int) -> None:
    """Byte by byte, some megabytes of it would keep a server busy; the segments behind it are found all the same."""
    data = example("JPEG", exif=made.exif(6))
    reads = 0

    class CountedReads(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal reads
            reads += 1
            return super().read(size)

    found = [
        (one.kind, one.at - n_bytes, one.body)
        for one in read_segments(CountedReads(data[:2] + b"\xff" * n_bytes + data[2:]))
    ]
    assert found == [(one.kind, one.at, one.body) for one in read_segments(io.BytesIO(data))]
    assert len(found) > 2 and reads < 100


@pytest.mark.parametrize("name", WRITTEN)
def test_a_position_without_a_landmark_needs_no_xmp(name: str) -> None:
    tag = PlaceTag(reason="from a.jpg.json", coordinates=SYDNEY, method=PositionMethod.TAKEOUT)
    after = written(example(name), tag)
    [reading] = read_embedded(after)
    assert (reading.source, reading.recognised) == ("EXIF", False)
    assert reading.coordinates and distance_km(reading.coordinates, SYDNEY) < 0.0001
    assert b"ASCII\0\0\0MANUAL" in after and b"ASCII\0\0\0GOOGLE TAKEOUT -33.8568" in after


@pytest.mark.parametrize("name", WRITTEN)
def test_names_are_added_to_a_photo_with_gps_and_replace_none_that_are_there(name: str) -> None:
    with_gps = written(example(name), PlaceTag(coordinates=SYDNEY))
    named = written(with_gps, PlaceTag(names=PlaceNames(city="Sydney <CBD>", country="Australia")))
    twice = written(named, PlaceTag(names=PlaceNames("Opera House", "Manly", "New South Wales", "Australien", "AU")))
    _, blocks = read_blocks(io.BytesIO(twice))
    found = parse_xmp(blocks.xmp or b"").values
    assert {name: found[name] for name in found if name.startswith(("photoshop:", "Iptc4xmpCore:"))} == {
        "photoshop:City": "Sydney <CBD>",
        "photoshop:Country": "Australia",
        "photoshop:State": "New South Wales",
        "Iptc4xmpCore:CountryCode": "AU",
        "Iptc4xmpCore:Location": "Opera House",
    }
    assert "landmark:Name" not in found and read_coordinates(twice) == read_coordinates(with_gps)
