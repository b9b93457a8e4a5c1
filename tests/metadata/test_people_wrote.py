"""A new sidecar hides nothing that people wrote in a photo: it begins with it, and with nothing of the file's own."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from factories import containers, exiftool, tiff, xmp
from factories import photos as made
from factories.mutations import mutations

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.edits import apply_edits
from landmark.metadata.formats.jpeg import edit_jpeg
from landmark.metadata.people_wrote import holds_only
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_sidecar, read_photo_blocks, start_sidecar
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import parse_xmp

AGRA = Coordinates(27.175, 78.0422)
TRACK = PlaceTag(coordinates=AGRA)
REGION = (
    "-RegionInfo={AppliedToDimensions={W=96,H=64,Unit=pixel},"
    "RegionList=[{Area={W=0.1,H=0.2,X=0.5,Y=0.5,Unit=normalized},Name=Aunt,Type=Face}]}"
)
WRITTEN = (
    "-XMP-dc:Title=One & <two>", "-XMP-dc:Title-de=Eins", "-XMP-dc:Description=line\nbreak", "-XMP-xmp:Rating=4",
    "-XMP-xmp:Label=Red", "-XMP-dc:Creator=Ann", "-XMP-dc:Creator=Bob", "-XMP-photoshop:Headline=Head", REGION,
    "-XMP-iptcExt:PersonInImage=Aunt", "-XMP-lr:HierarchicalSubject=People|Aunt", "-XMP-digiKam:ColorLabel=2",
    "-XMP-plus:ImageCreatorName=Ann", "-XMP-xmpRights:UsageTerms=none", "-XMP-photoshop:City=Chania",
    "-XMP-iptcCore:Location=Harbour", "-XMP-cc:License=by", "-XMP-mwg-kw:HierarchicalKeywords1=Aunt",
    "-XMP-microsoft:RatingPercent=75", "-XMP-acdsee:Notes=note", "-XMP-exif:DateTimeOriginal=2024:05:06 07:08:09",
)  # fmt: skip
# Of the file, or edits of it, which a program would apply to it once more.
OF_THE_FILE = (
    "-XMP-crs:Exposure2012=+1.0", "-XMP-xmpMM:DocumentID=uuid:1", "-XMP-tiff:Orientation#=6",
    "-XMP-dc:Format=image/jpeg", "-XMP-GCamera:MotionPhoto=1",
    "-XMP-photoshop:ICCProfile=sRGB", "-XMP-digiKam:ImageUniqueID=1",
)  # fmt: skip
_OURS = ("XMP-exif:GPS", "XMP-landmark:", "XMP-x:")


def started(data: bytes, tag: PlaceTag = TRACK, beside: bytes | None = None) -> bytes:
    return apply_edits(b"", edit_sidecar(None, tag, start_sidecar(read_photo_blocks(data), beside, tag)))


def xmp_tags(path: Path) -> dict[str, Any]:
    [tags] = exiftool.read_tags(path, arguments=("-G1", "-n", "-struct", "-XMP:all"))
    return {name: value for name, value in tags.items() if name.startswith("XMP") and not name.startswith(_OURS)}


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_all_that_people_wrote_and_nothing_else_is_in_a_new_sidecar(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name.lower()}"
    path.write_bytes(made.encode(made.scene(), name))
    command = [exiftool.need("exiftool"), "-q", "-q", "-overwrite_original"]
    subprocess.run([*command, *WRITTEN, str(path)], check=True)
    expected = xmp_tags(path)
    assert len(expected) >= 20
    subprocess.run([*command, *OF_THE_FILE, str(path)], check=True)
    sidecar = path.with_name(f"{path.name}.xmp")
    sidecar.write_bytes(started(path.read_bytes()))
    found = xmp_tags(sidecar)
    assert found.pop("XMP-dc:Subject") == ["Aunt"], "the word at the end of the path"
    assert found == expected
    printed = subprocess.run(["exiftool", "-validate", "-warning", str(sidecar)], capture_output=True, text=True).stdout
    assert "OK" in printed and "Warning" not in printed


def test_exiv2_finds_faces_by_the_prefixes_that_programs_ask_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(made.encode(made.scene(), "JPEG"))
    subprocess.run([exiftool.need("exiftool"), "-q", "-overwrite_original", REGION, str(path)], check=True)
    sidecar = tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(started(path.read_bytes()))
    printed = subprocess.run([exiftool.need("exiv2"), "-px", str(sidecar)], capture_output=True, text=True).stdout
    assert "Xmp.mwg-rs.Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:x" in printed


def test_what_xmp_lacks_comes_from_exif_and_iptc() -> None:
    comment = b"ASCII\0\0\0a comment"
    exif = tiff.block(
        {
            0x010E: tiff.text("of EXIF"),
            0x013B: tiff.text("Ann; Bob"),
            0x4746: tiff.short(4),
            0x8298: tiff.text("(c) Ann"),
        },
        camera={0x9286: tiff.raw(7, len(comment), comment)},
    )
    iptc = containers.iptc({5: "Title", 80: "Carl", 90: "Agra", 100: "IND", 101: "India", 120: "of IPTC", 105: "Head"})
    tree = parse_xmp(start_sidecar(MetadataBlocks(exif, None, iptc=iptc), None).packet)
    assert {name: texts for name, texts in tree.items.items() if texts} == {
        "dc:title": ["Title"],
        "dc:description": ["of EXIF"],
        "dc:creator": ["Ann", "Bob"],
        "dc:rights": ["(c) Ann"],
        "exif:UserComment": ["a comment"],
    }
    found = {name: text for name, text in tree.values.items() if name != "rdf:about" and text}
    assert found == {
        "xmp:Rating": "4",
        "photoshop:City": "Agra",
        "photoshop:Country": "India",
        "Iptc4xmpCore:CountryCode": "IN",
        "photoshop:Headline": "Head",
    }


def test_times_are_taken_over_only_where_exif_has_none() -> None:
    """immich takes any time of a sidecar for that of the photo, and XMP inside often has that of an edit."""
    times = {
        "exif:DateTimeOriginal": "2024-05-06T07:08:09",
        "photoshop:DateCreated": "2024-05-06",
        "exif:GPSTimeStamp": "2024-05-06T05:08:09Z",
    }
    packet = xmp.packet(times).encode()
    clock = tiff.block(camera={0x9003: tiff.text("2024:05:06 07:00:00")})

    def taken_over(exif: bytes | None, beside: bytes | None) -> set[str]:
        start = start_sidecar(MetadataBlocks(exif, packet if beside is None else None), beside)
        return {name for name in parse_xmp(start.packet).values if name in times}

    assert taken_over(None, None) == {"exif:DateTimeOriginal", "photoshop:DateCreated"}
    assert taken_over(clock, None) == set()
    assert taken_over(clock, packet) == set(times), "a person's own sidecar is replaced by ours in some programs"


def test_a_position_that_a_person_corrected_beside_the_photo_stays() -> None:
    beside = xmp.packet({"exif:GPSLatitude": "48,51.5N", "exif:GPSLongitude": "2,17.6E"}).encode()
    blocks = MetadataBlocks(tiff.block(gps=tiff.gps(27.175, 78.0422)))
    named = PlaceTag("Eiffel Tower", 0.9, "recognised 90 %")
    found = read_xmp(apply_edits(b"", edit_sidecar(None, named, start_sidecar(blocks, beside, named))))
    assert found.coordinates and distance_km(found.coordinates, Coordinates(48.858333, 2.293333)) < 1e-4


def test_another_sidecar_goes_before_the_photo() -> None:
    data = made.encode(made.scene(), "JPEG")
    inside = xmp.packet({"photoshop:City": "Agra", "photoshop:State": "UP"}).encode()
    data = apply_edits(data, edit_jpeg(data, None, inside))
    beside = xmp.packet({"photoshop:City": "Delhi"}, elements=True).encode()
    values = parse_xmp(started(data, beside=beside)).values
    assert (values["photoshop:City"], values["photoshop:State"]) == ("Delhi", "UP")


def test_a_position_in_xmp_alone_stays_readable() -> None:
    data = made.encode(made.scene(), "JPEG")
    at = {"exif:GPSLatitude": "48,51.5N", "exif:GPSLongitude": "2,17.6E", "exif:GPSAltitude": "30/1"}
    data = apply_edits(data, edit_jpeg(data, None, xmp.packet(at).encode()))
    named = PlaceTag("Eiffel Tower", 0.9, "recognised 90 %")
    found = read_xmp(started(data, named)).coordinates
    assert found and distance_km(found, Coordinates(48.858333, 2.293333)) < 1e-4
    placed = apply_edits(data, edit_jpeg(data, tiff.block(gps=tiff.gps(27.175, 78.0422)), None))
    assert read_xmp(started(placed, named)).coordinates is None, "EXIF goes before it"


@pytest.mark.parametrize("packet", [b"<x", b"", xmp.packet({"photoshop:City": "Ä"}).encode("utf-16")])
def test_xmp_in_other_letters_is_read_and_broken_xmp_left_out(packet: bytes) -> None:
    values = parse_xmp(start_sidecar(MetadataBlocks(None, packet), None).packet).values
    assert values.get("photoshop:City") == ("Ä" if len(packet) > 9 else None)


def test_a_packet_that_holds_more_than_another() -> None:
    start = start_sidecar(MetadataBlocks(None, xmp.packet({"photoshop:City": "Agra"}).encode()), None).packet
    assert holds_only(start, start) and holds_only(xmp.packet({}).encode(), start)
    assert not holds_only(xmp.packet({"photoshop:City": "Agra", "tiff:Make": "A"}).encode(), start)
    assert not holds_only(xmp.packet({"photoshop:City": "Delhi"}).encode(), start)
    assert not holds_only(b"<x", start)


def test_damaged_xmp_never_spoils_a_new_sidecar() -> None:
    inside = (
        "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'><rdf:Alt><rdf:li xml:lang='de'>A&#13;B</rdf:li>"
        "</rdf:Alt></dc:title><Iptc4xmpExt:Event xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>"
        "<q:a xmlns:q='urn:q' xmlns:ns5='urn:n' ns5:b='1&#10;2'>x</q:a></Iptc4xmpExt:Event></rdf:Description>"
    )
    whole = xmp.packet({"photoshop:City": "Agra"}).replace("</rdf:Description>", inside).encode()
    n_carried = 0
    for packet in (whole, *mutations(whole, 500)):
        start = start_sidecar(MetadataBlocks(None, packet), None, TRACK)
        tree = parse_xmp(apply_edits(b"", edit_sidecar(None, TRACK, start)))
        assert tree.values["exif:GPSLatitude"] == "27,10.500000N"
        n_carried += "dc:title" in tree.items
    assert n_carried > 20
    assert parse_xmp(start_sidecar(MetadataBlocks(None, whole), None).packet).items["dc:title"] == ["A\rB"]
