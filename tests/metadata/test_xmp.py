"""XMP: the encodings that it may have, zeros in the place of a position, and the names of countries in it."""

import codecs
from pathlib import Path

import pytest
from factories import exiftool
from factories.xmp import packet

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_sidecar
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import XmpError, parse_xmp

SYDNEY = Coordinates(-33.8568, 151.2153)
PACKET = packet({"exif:GPSLatitude": "33,51.408S", "exif:GPSLongitude": "151,12.918E", "tiff:Make": "Café"})
BARE = PACKET[PACKET.index("<x:xmpmeta") : PACKET.index("\n<?xpacket end")]
WIDE = {
    "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}  # fmt: skip


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="UTF-16"?>\n', "<?xml version='1.0'?>"])
@pytest.mark.parametrize("end", ["", "\n", "\0", "  \n\r\n"])
def test_wide_letters_both_ways(encoding: str, declared: str, end: str) -> None:
    for text in (BARE, PACKET if not declared else BARE):
        wide = (declared + text + end).encode(encoding)
        for data in (WIDE[encoding] + wide, wide, WIDE[encoding] + wide + b"\0"):
            found = read_xmp(data)
            assert (found.coordinates, found.camera, found.problems) == (SYDNEY, "Café", ())


def test_utf_8_with_and_without_its_mark() -> None:
    for data in (PACKET.encode(), codecs.BOM_UTF8 + PACKET.encode(), b"<?xml version='1.0'?>" + BARE.encode()):
        assert read_xmp(data).coordinates == SYDNEY
    latin = b"<?xml version='1.0' encoding='iso-8859-1'?>" + BARE.encode("latin-1")
    assert read_xmp(latin).camera == "Café"


@pytest.mark.parametrize("declared", ["UTF-16", "utf-16le", "UCS-2", "utf-32"])
def test_utf_8_that_is_declared_as_what_it_was_before(declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}" standalone="yes"?>\n'
    for mark in (b"", codecs.BOM_UTF8):
        found = read_xmp(mark + (head + BARE).encode())
        assert (found.coordinates, found.camera, found.problems) == (SYDNEY, "Café", ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_as_exiftool_reads_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xmp"
    path.write_bytes(WIDE[encoding] + ('<?xml version="1.0" encoding="UTF-16"?>\n' + BARE).encode(encoding))
    [tags] = exiftool.read_tags(path)
    assert tags["XMP-exif:GPSLatitude"] == pytest.approx(SYDNEY.latitude)
    assert tags["XMP-tiff:Make"] == "Café"


@pytest.mark.parametrize("encoding", WIDE)
def test_nothing_is_added_to_wide_letters(encoding: str) -> None:
    tree = parse_xmp(WIDE[encoding] + packet({"tiff:Make": "Example"}).encode(encoding))
    assert tree.end is None and tree.encoding.startswith(encoding[:6])
    for mark in (WIDE[encoding], b""):
        with pytest.raises(NotWritableError, match=encoding[:6]):
            edit_sidecar(
                mark + packet({"tiff:Make": "Example"}).encode(encoding), PlaceTag("Petra", 0.9, "sure", SYDNEY)
            )


def test_kosovo_goes_into_xmp_by_its_code() -> None:
    tag = PlaceTag("Old Bridge", 0.9, "sure", Coordinates(42.21, 20.74), countries=(find_country("Kosovo"),))
    [edit] = edit_sidecar(None, tag)
    assert b"CountryCode>XK<" in edit.added and b"CountryName>Kosovo<" in edit.added


@pytest.mark.parametrize("values", [{"exif:GPSMapDatum": "Tokyo"}, {"exif:GPSStatus": "V"}, {"exif:GPSLatitude": ""}])
def test_what_would_be_read_of_another_position_gets_none(values: dict[str, str]) -> None:
    tag = PlaceTag("Opera House", 0.9, "sure", SYDNEY)
    with pytest.raises(NotWritableError, match="its XMP"):
        edit_sidecar(packet(values).encode(), tag)
    assert edit_sidecar(packet({"exif:GPSMapDatum": "WGS 1984", "exif:GPSStatus": "A"}).encode(), tag)


def test_zeros_in_the_place_of_a_position_are_none() -> None:
    text = packet({"exif:GPSLatitude": "33,51.408S", "exif:GPSLongitude": "151,12.918E"}, elements=True)
    values = ("33,51.408S", "151,12.918E")
    elements = (
        "<exif:GPSLatitude>33,51.408S</exif:GPSLatitude>",
        "<exif:GPSLongitude>151,12.918E</exif:GPSLongitude>",
    )
    for gone in (values, elements):
        data = text.encode()
        for part in gone:
            assert part.encode() in data
            data = data.replace(part.encode(), bytes(len(part)))
        found = read_xmp(data)
        assert (found.coordinates, found.problems) == (None, ())


def test_wide_letters_that_unfold_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + BARE
    with pytest.raises(XmpError, match="document type"):
        parse_xmp(codecs.BOM_UTF16_BE + bomb.encode("utf-16-be"))
