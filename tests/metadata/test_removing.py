"""What is ours goes out of a photo or a sidecar that others have changed since; what is not ours stays."""

import io
import struct
from collections.abc import Callable

import pillow_heif
import pytest
from factories import photos as made
from PIL import Image

from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country
from landmark.geo.place_names import PlaceNames
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.containers import read_blocks
from landmark.metadata.edits import apply_edits
from landmark.metadata.merging import read_embedded
from landmark.metadata.own_mark import OwnMark
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.removing import is_empty, remove_from_photo, remove_from_sidecar
from landmark.metadata.writing import edit_photo, edit_sidecar
from landmark.metadata.written_fields import WrittenFields
from landmark.metadata.xmp_tree import parse_xmp

TAJ = Coordinates(27.175, 78.0421)
TAG = PlaceTag("Taj Mahal", 0.97, "recognised 97 %", TAJ, 0.5, (Country("IN", "India"),))
NOTHING_KNOWN = WrittenFields()
FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"]
SIDECAR = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
   xmp:Rating="4">
  <dc:subject><rdf:Bag><rdf:li>Holiday</rdf:li><rdf:li>India</rdf:li></rdf:Bag></dc:subject>
 </rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def photo(format_name: str, *, with_exif: bool = True) -> bytes:
    exif = made.exif(6 if format_name not in ("HEIC", "AVIF") else None, None)
    exif[0x010F] = "Camera One of a long name"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 12:00:00"
    options = {"exif": exif.tobytes() if format_name == "HEIC" else exif} if with_exif else {}
    return made.encode(Image.new("RGB", (64, 48), "red"), format_name, **options)


def tagged(data: bytes, tag: PlaceTag = TAG) -> tuple[bytes, WrittenFields]:
    after = apply_edits(data, edit_photo(data, tag))
    return after, WrittenFields.of_change(data, after, is_sidecar=False)


def marks(data: bytes) -> list[OwnMark]:
    return [reading.own_mark for reading in read_embedded(data) if reading.own_mark]


def pixels(data: bytes) -> bytes:
    if data[8:12] == b"heic":
        return bytes(pillow_heif.open_heif(io.BytesIO(data)).to_pillow().convert("RGB").tobytes())
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def facts(data: bytes) -> list[object]:
    found = read_embedded(data)
    return [[one.taken for one in found if one.taken][:1], [one.camera for one in found if one.camera][:1]]


@pytest.mark.parametrize("with_exif", [True, False])
@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize("format_name", FORMATS)
def test_our_fields_go_out_of_every_format_and_the_rest_stays(format_name: str, knows: bool, with_exif: bool) -> None:
    original = photo(format_name, with_exif=with_exif)
    data, fields = tagged(original)
    assert any(reading.recognised for reading in read_embedded(data))
    edits = remove_from_photo(data, fields if knows else NOTHING_KNOWN, marks(data))
    left = apply_edits(data, edits)
    found = read_embedded(left)
    assert not any(reading.recognised or reading.coordinates for reading in found)
    assert pixels(left) == pixels(original) and facts(left) == facts(original)
    assert b"Taj Mahal" not in left and b"27.175" not in left, "nor in bytes that nothing points at"
    assert not any(reading.problems for reading in found)
    assert remove_from_photo(left, fields, marks(data)) == []
    if format_name == "JPEG" and knows:
        _, blocks = read_blocks(io.BytesIO(left))
        assert blocks.xmp is None and (blocks.exif is not None) == with_exif
    apply_edits(left, edit_photo(left, TAG))  # it can be written again


def test_a_gps_part_that_was_there_keeps_the_rest() -> None:
    exif = made.exif(None, {29: "2024:05:06", 7: (12.0, 0.0, 0.0), 17: 90.0})
    data = made.encode(Image.new("RGB", (8, 8)), "JPEG", exif=exif)
    before = read_embedded(data)[0]
    written, fields = tagged(data)
    left = read_embedded(apply_edits(written, remove_from_photo(written, fields, marks(written))))[0]
    assert (left.gps_time, left.direction_deg) == (before.gps_time, before.direction_deg) and left.gps_time
    assert left.coordinates is None


def test_a_position_that_a_person_has_corrected_stays() -> None:
    data = photo("JPEG")
    written, fields = tagged(data)
    entry = struct.pack(">6I", 27, 1, 10, 1, 300_000, 10_000), struct.pack(">6I", 28, 1, 10, 1, 300_000, 10_000)
    little = tuple(struct.pack("<6I", *struct.unpack(">6I", one)) for one in entry)
    for old, new in (entry, little):
        corrected = written.replace(old, new)
        written = corrected
    found = next(reading for reading in read_embedded(written) if reading.coordinates)
    assert found.coordinates and found.coordinates.latitude == pytest.approx(28.175, abs=1e-6)
    left = apply_edits(written, remove_from_photo(written, fields, marks(written)))
    readings = read_embedded(left)
    assert readings[0].coordinates == found.coordinates and not any(one.recognised or one.mark for one in readings)


@pytest.mark.parametrize("knows", [True, False])
def test_keywords_and_ratings_of_others_stay_in_a_sidecar(knows: bool) -> None:
    written = apply_edits(SIDECAR, edit_sidecar(SIDECAR, TAG))
    fields = WrittenFields.of_change(SIDECAR, written, is_sidecar=True) if knows else NOTHING_KNOWN
    changed = written.replace(b"<rdf:li>Holiday", b"<rdf:li>Agra</rdf:li><rdf:li>Holiday").replace(
        b'xmp:Rating="4"', b'xmp:Rating="5"'
    )
    left = apply_edits(changed, remove_from_sidecar(changed, fields, [OwnMark(TAG.method, TAJ)]))
    tree = parse_xmp(left)
    assert sorted(tree.items.pop("dc:subject")) == ["Agra", "Holiday", "India"] and tree.values["xmp:Rating"] == "5"
    # only the journal knows which lists were made for ours, and began with these
    made = {} if knows else {key: ["Holiday", "India"] for key in ("lr:hierarchicalSubject", "digiKam:TagsList")}
    assert tree.items == made and not any(name.startswith(("landmark:", "exif:")) for name in tree.values)
    if knows:
        expected = SIDECAR.replace(b"<rdf:li>Holiday", b"<rdf:li>Agra</rdf:li><rdf:li>Holiday")
        assert left == expected.replace(b'xmp:Rating="4"', b'xmp:Rating="5"'), "to the byte"


def as_attributes(packet: bytes) -> bytes:
    """As Lightroom writes properties again: in one tag, of other prefixes, with other quotes."""
    values = parse_xmp(packet).values
    spaces = {"exif": "http://ns.adobe.com/exif/1.0/", "l": "urn:landmark:xmp:1/"}
    texts = {name.replace("landmark:", "l:"): text for name, text in values.items() if name != "rdf:about"}
    body = "\n".join(f"   {name}='{text}'" for name, text in texts.items())
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {rdf}><rdf:Description rdf:about="" {declared}\n{body}\n'
        f'   xmlns:r="urn:r" r:Note="a &gt; b"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def test_properties_that_became_attributes_are_known_too() -> None:
    packet = as_attributes(apply_edits(b"", edit_sidecar(None, TAG)))
    left = apply_edits(packet, remove_from_sidecar(packet, NOTHING_KNOWN, [OwnMark(TAG.method, TAJ)]))
    assert parse_xmp(left).values.keys() == {"rdf:about", "urn:r Note"} and b"a &gt; b" in left


def test_a_sidecar_of_ours_alone_has_nothing_left() -> None:
    packet = apply_edits(b"", edit_sidecar(None, TAG))
    assert is_empty(apply_edits(packet, remove_from_sidecar(packet, NOTHING_KNOWN, [OwnMark(TAG.method, TAJ)])))
    assert remove_from_sidecar(SIDECAR, NOTHING_KNOWN, []) == []


def test_names_go_where_the_journal_knows_them_and_are_as_they_were() -> None:
    tag = PlaceTag(coordinates=TAJ, names=PlaceNames(city="Agra", country="India", country_code="IN"))
    written = apply_edits(SIDECAR, edit_sidecar(SIDECAR, tag))
    fields = WrittenFields.of_change(SIDECAR, written, is_sidecar=True)
    changed = written.replace(b"<photoshop:City>Agra<", b"<photoshop:City>Agra City<")
    left = parse_xmp(apply_edits(changed, remove_from_sidecar(changed, fields, [OwnMark(tag.method, TAJ)])))
    assert left.values["photoshop:City"] == "Agra City" and "photoshop:Country" not in left.values


BROKEN: list[Callable[[bytes], bytes]] = [
    lambda packet: packet.replace(b"</rdf:RDF>", b""),
    lambda packet: packet.decode().encode("utf-16"),
]


@pytest.mark.parametrize("damage", BROKEN)
def test_what_is_broken_is_left(damage: Callable[[bytes], bytes]) -> None:
    packet = damage(apply_edits(b"", edit_sidecar(None, TAG)))
    with pytest.raises(NotWritableError):
        remove_from_sidecar(packet, NOTHING_KNOWN, [])
