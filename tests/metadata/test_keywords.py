"""Keywords that people have stay visible: a list that is made for ours begins with theirs, from whatever list."""

import io
import subprocess
from pathlib import Path

import pytest
from factories import containers, exiftool
from factories import photos as made

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.containers import read_blocks
from landmark.metadata.edits import apply_edits, reverse_edits
from landmark.metadata.formats.jpeg import edit_jpeg
from landmark.metadata.keywords import Keywords, read_keywords
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_photo, edit_sidecar, read_photo_blocks, start_sidecar
from landmark.metadata.xmp_tree import parse_xmp

TAJ = PlaceTag("Taj Mahal", 0.97, "recognised 97 %", Coordinates(27.175, 78.0422), 0.4, (find_country("IN"),))
SUBJECT, PATHS, TAGS = "dc:subject", "lr:hierarchicalSubject", "digiKam:TagsList"
OURS = {SUBJECT: ["Taj Mahal", "India"], PATHS: ["Places|India|Taj Mahal"], TAGS: ["Places/India/Taj Mahal"]}
SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "microsoft": "http://ns.microsoft.com/photo/1.0",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
}


def packet(lists: dict[str, list[str]]) -> bytes:
    """An XMP packet of lists."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    inside = "".join(
        f"<{name}><rdf:Bag>{''.join(f'<rdf:li>{item}</rdf:li>' for item in items)}</rdf:Bag></{name}>"
        for name, items in lists.items()
    )
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    return f'<rdf:RDF {rdf}><rdf:Description rdf:about="" {spaces}>{inside}</rdf:Description></rdf:RDF>'.encode()


def photo(lists: dict[str, list[str]], iptc: bytes | None = None) -> bytes:
    data = containers.jpeg_with_iptc(iptc) if iptc else made.encode(made.scene(), "JPEG")
    return apply_edits(data, edit_jpeg(data, None, packet(lists))) if lists else data


def keywords_in(data: bytes) -> dict[str, list[str]]:
    _, blocks = read_blocks(io.BytesIO(data))
    items = parse_xmp(blocks.xmp or data).items
    return {name: items[name] for name in (SUBJECT, PATHS, TAGS) if name in items}


CASES = {
    "nothing": ({}, OURS),
    "words": (
        {SUBJECT: ["holiday", "Crete"]},
        {
            SUBJECT: ["holiday", "Crete", *OURS[SUBJECT]],
            PATHS: ["holiday", "Crete", *OURS[PATHS]],
            TAGS: ["holiday", "Crete", *OURS[TAGS]],
        },
    ),
    "of Lightroom": (  # which writes all names of a path as words too
        {SUBJECT: ["People", "Aunt", "holiday"], PATHS: ["People|Aunt", "holiday"]},
        {
            SUBJECT: ["People", "Aunt", "holiday", *OURS[SUBJECT]],
            PATHS: ["People|Aunt", "holiday", *OURS[PATHS]],
            TAGS: ["People/Aunt", "holiday", *OURS[TAGS]],
        },
    ),
    "of digiKam": (
        {TAGS: ["People/Aunt", "a|b"]},
        {
            SUBJECT: ["Aunt", "a|b", *OURS[SUBJECT]],
            PATHS: ["People|Aunt", "a/b", *OURS[PATHS]],
            TAGS: ["People/Aunt", "a|b", *OURS[TAGS]],
        },
    ),
    "of Windows": (
        {"microsoft:LastKeywordXMP": ["People/Aunt"]},
        {
            SUBJECT: ["Aunt", *OURS[SUBJECT]],
            PATHS: ["People|Aunt", *OURS[PATHS]],
            TAGS: ["People/Aunt", *OURS[TAGS]],
        },
    ),
    "of Media Pro": (
        {"mediapro:CatalogSets": ["People|Aunt"], "MicrosoftPhoto:LastKeywordXMP": ["People/Aunt"]},
        {
            SUBJECT: ["Aunt", *OURS[SUBJECT]],
            PATHS: ["People|Aunt", *OURS[PATHS]],
            TAGS: ["People/Aunt", *OURS[TAGS]],
        },
    ),
    "all lists": (  # which are extended, and no more
        {SUBJECT: ["a"], PATHS: ["b"], TAGS: ["c", "Places/India/Taj Mahal"]},
        {
            SUBJECT: ["a", *OURS[SUBJECT]],
            PATHS: ["b", *OURS[PATHS]],
            TAGS: ["c", "Places/India/Taj Mahal"],
        },
    ),
    "an empty list": (
        {SUBJECT: ["a"], PATHS: []},
        {SUBJECT: ["a", *OURS[SUBJECT]], PATHS: OURS[PATHS], TAGS: ["a", *OURS[TAGS]]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_lists_in_a_photo(case: str) -> None:
    lists, expected = CASES[case]
    data = photo(lists)
    edits = edit_photo(data, TAJ)
    after = apply_edits(data, edits)
    assert keywords_in(after) == expected
    assert apply_edits(after, reverse_edits(edits)) == data


@pytest.mark.parametrize("case", CASES)
def test_lists_in_a_sidecar_that_is_there(case: str) -> None:
    lists, expected = CASES[case]
    before = packet(lists)
    assert keywords_in(apply_edits(before, edit_sidecar(before, TAJ))) == expected


@pytest.mark.parametrize("case", CASES)
def test_a_new_sidecar_holds_those_inside_the_photo(case: str) -> None:
    lists, expected = CASES[case]
    start = start_sidecar(read_photo_blocks(photo(lists)), None, TAJ)
    found = keywords_in(apply_edits(b"", edit_sidecar(None, TAJ, start)))
    if case == "all lists":  # a new dc:subject holds the names at the ends of paths too
        expected = {**expected, SUBJECT: ["a", "c", "Taj Mahal", "b", "India"]}
    assert {name: found[name] for name in found if found[name]} == expected


@pytest.mark.parametrize(("encoding", "announced"), [("utf-8", True), ("utf-8", False), ("cp1252", False)])
def test_keywords_of_iptc_in_any_letters(encoding: str, announced: bool) -> None:
    block = containers.iptc({25: "März"}, encoding=encoding, announced=announced)
    block += containers.iptc({25: "boat"}, announced=False)
    data = photo({}, block)
    assert read_keywords(read_photo_blocks(data)) == Keywords(("März", "boat"))
    after = apply_edits(data, edit_photo(data, TAJ))
    assert keywords_in(after) == {name: ["März", "boat", *ours] for name, ours in OURS.items()}
    beside = apply_edits(b"", edit_sidecar(None, TAJ, start_sidecar(read_photo_blocks(data), None, TAJ)))
    assert keywords_in(beside) == {name: ["März", "boat", *ours] for name, ours in OURS.items()}
    known = packet({SUBJECT: ["holiday"]})  # of a sidecar that has one list: the others begin with all there is
    assert keywords_in(apply_edits(known, edit_sidecar(known, TAJ, start_sidecar(read_photo_blocks(data), None)))) == {
        SUBJECT: ["holiday", *OURS[SUBJECT]],
        PATHS: ["holiday", "März", "boat", *OURS[PATHS]],
        TAGS: ["holiday", "März", "boat", *OURS[TAGS]],
    }


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_words_and_paths_as_exiftool_writes_and_reads_them(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name.lower()}"
    path.write_bytes(made.encode(made.scene(), name))
    command = [exiftool.need("exiftool"), "-q", "-overwrite_original", "-XMP-dc:Subject=Käse", "-XMP-dc:Subject=b"]
    subprocess.run([*command, "-EXIF:XPKeywords=b;Öl", str(path)], check=True)
    data = path.read_bytes()
    path.write_bytes(apply_edits(data, edit_photo(data, TAJ)))
    [tags] = exiftool.read_tags(path)
    assert tags["XMP-dc:Subject"] == ["Käse", "b", *OURS[SUBJECT]]
    assert tags["XMP-lr:HierarchicalSubject"] == ["Käse", "b", "Öl", *OURS[PATHS]]
    assert tags["XMP-digiKam:TagsList"] == ["Käse", "b", "Öl", *OURS[TAGS]]


def test_what_the_metadata_working_group_reads(tmp_path: Path) -> None:
    """exiftool's view by the rules of that group: IPTC alone counted before; XMP counts now, and holds it all."""
    path = tmp_path / "a.jpg"
    path.write_bytes(photo({}, containers.iptc({25: "boat", 120: "Our boat", 90: "Chania"})))

    def seen() -> tuple[str, ...]:
        command = [exiftool.need("exiftool"), "-use", "MWG", "-s3", "-sep", ";"]
        printed = [
            subprocess.run([*command, f"-MWG:{tag}", str(path)], capture_output=True, text=True).stdout.strip()
            for tag in ("Keywords", "Description", "City")
        ]
        return tuple(printed)

    assert seen() == ("boat", "Our boat", "Chania")
    data = path.read_bytes()
    path.write_bytes(apply_edits(data, edit_photo(data, TAJ)))
    assert seen() == ("boat;Taj Mahal;India", "Our boat", "Chania")


@pytest.mark.parametrize(
    "block",
    [b"", b"\x1c", b"\x1c\x02\x19\x80\x09" + bytes(20), b"\x1c\x02\x19\xff\xff", b"\x1c\x02\x19\0\0"],
    ids=["none", "short", "long length", "cut", "empty"],
)
def test_broken_blocks_have_no_keywords(block: bytes) -> None:
    assert read_keywords(MetadataBlocks(b"II*\0", b"<x", iptc=block)) == Keywords()
