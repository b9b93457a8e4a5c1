"""IPTC-IIM: the names of places, in a JPEG's and a TIFF's resources; names are no position."""

from datetime import date
from pathlib import Path

import pytest
from factories import containers as made
from factories import photos
from factories.exiftool import write_tags

from landmark.geo.place_names import PlaceNames
from landmark.metadata.iptc import read_iptc
from landmark.metadata.merging import read_metadata

AGRA = {92: "Dharmapuri", 90: "Agra", 95: "Uttar Pradesh", 100: "IND", 101: "India"}
NAMES = PlaceNames("Dharmapuri", "Agra", "Uttar Pradesh", "India", "IN")


def tiff(tag: int, value: bytes) -> bytes:
    file = made.TiffFile()
    at = file.add(bytes(3))
    tags = {0x0100: made.long(1), 0x0101: made.long(1), 0x0106: made.short(2), 0x0111: made.long(at)}
    return file.finish(file.directory(tags | {tag: made.undefined(value)}))


@pytest.mark.parametrize(
    "data",
    [
        made.jpeg_with_iptc(made.iptc(AGRA)),
        made.jpeg_with_iptc(made.iptc(AGRA), at_most=40),  # over several segments
        tiff(33723, made.iptc(AGRA)),
        tiff(34377, made.photoshop(made.iptc(AGRA))),
    ],
)
def test_places_by_name(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    found = read_metadata(tmp_path / "a.jpg")
    assert found.names == NAMES and found.coordinates is None and found.problems == ()


@pytest.mark.parametrize(("encoding", "announced"), [("utf-8", True), ("utf-8", False), ("cp1252", False)])
def test_letters(encoding: str, announced: bool) -> None:
    names = read_iptc(made.iptc({90: "Zürich", 101: "Österreich"}, encoding=encoding, announced=announced)).names
    assert names and (names.city, names.country) == ("Zürich", "Österreich")


def test_a_date_and_a_clock_are_a_time_and_a_date_alone_is_none() -> None:
    taken = read_iptc(made.iptc({55: "20240506", 60: "123456+0200"})).taken
    assert taken and taken.isoformat() == "2024-05-06T12:34:56+02:00"
    naive = read_iptc(made.iptc({55: "20240506", 60: "123456"})).taken
    assert naive and naive.isoformat() == "2024-05-06T12:34:56"
    for fields in ({55: "20240506"}, {55: "20241340", 60: "123456"}, {60: "123456"}):
        assert read_iptc(made.iptc(fields)).taken is None
    days = [read_iptc(made.iptc({55: text})).day for text in ("20240506", "2024-05-06", "20240500", "2024", "")]
    assert days == [date(2024, 5, 6), date(2024, 5, 6), None, None, None]


def test_what_exiftool_writes(tmp_path: Path) -> None:
    for name in ("plain.jpg", "plain.tif", "plain.png"):
        path = tmp_path / name
        path.write_bytes(photos.PLAIN[name]())
        write_tags(
            path,
            IPTC__City="Agra",
            **{
                "IPTC__Sub-location": "Dharmapuri",
                "IPTC__Province-State": "Uttar Pradesh",
                "IPTC__Country-PrimaryLocationCode": "IND",
                "IPTC__Country-PrimaryLocationName": "India",
            },
        )
        assert read_metadata(path).names == NAMES


def test_broken_blocks_give_what_stands_before_the_break() -> None:
    whole = made.iptc(AGRA)
    for length in range(len(whole)):
        read_iptc(whole[:length])
    names = read_iptc(whole[:-3]).names
    assert names and names.city == "Agra" and names.country == ""


def test_iptc_of_another_town_adds_nothing_to_xmp(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(made.jpeg_with_iptc(made.iptc({90: "Delhi", 101: "India"})))
    path.with_name("a.jpg.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" photoshop:City="Agra" '
        'photoshop:State="Uttar Pradesh" Iptc4xmpCore:CountryCode="IN"/></rdf:RDF></x:xmpmeta>'
    )
    assert read_metadata(path).names == PlaceNames(city="Agra", state="Uttar Pradesh", country_code="IN")
