"""A photo with a content credential (C2PA) is not written into: any change of its bytes makes a valid one invalid."""

import io

import pytest
from factories import containers, credentials, xmp
from factories import photos as made

from landmark.geo.coordinates import Coordinates
from landmark.metadata.blocks import CREDENTIAL, NotWritableError
from landmark.metadata.containers import read_blocks
from landmark.metadata.edits import apply_edits
from landmark.metadata.formats.jpeg import edit_jpeg
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_photo
from landmark.photo import read_photo

TAG = PlaceTag("Taj Mahal", 0.97, "recognised 97 %", Coordinates(27.175, 78.0422), 0.4)
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF")


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_found_in_every_format_and_the_photo_left_alone(name: str) -> None:
    data = credentials.signed(name)
    made.assert_scene(read_photo(data), within=12)
    _, blocks = read_blocks(io.BytesIO(data))
    assert blocks.odd == CREDENTIAL
    with pytest.raises(NotWritableError, match="content credential"):
        edit_photo(data, TAG)


@pytest.mark.parametrize("name", FORMATS)
def test_photos_without_one_are_written_into(name: str) -> None:
    data = made.encode(made.scene(), name)
    _, blocks = read_blocks(io.BytesIO(data))
    assert blocks.odd is None and edit_photo(data, TAG)


@pytest.mark.parametrize(
    "segment",
    [
        credentials.app11(credentials.jumbf(bytes(16), b"other")),  # of another kind: 360 degrees, privacy
        credentials.app11(b""),
        b"\xff\xeb\x00\x02",
        b"\xff\xeb\x00\x10HDR_RI ver=11 ",
    ],
    ids=["another JUMBF", "cut", "empty", "no JUMBF"],
)
def test_what_else_stands_in_app11_is_no_credential(segment: bytes) -> None:
    data = made.encode(made.scene(), "JPEG")
    data = data[:2] + segment + data[2:]
    assert read_blocks(io.BytesIO(data))[1].odd is None
    after = apply_edits(data, edit_photo(data, TAG))
    assert segment in after


def test_a_box_of_another_program_in_a_heic_is_no_credential() -> None:
    data = made.encode(made.scene(), "HEIC") + containers.box(b"uuid", bytes(16), b"c2pa")
    assert read_blocks(io.BytesIO(data))[1].odd is None


def test_a_credential_that_is_kept_elsewhere_counts() -> None:
    data = made.encode(made.scene(), "JPEG")
    named = xmp.packet({"dcterms:provenance": "https://example.com/a.c2pa"}).encode()
    with pytest.raises(NotWritableError, match=r"content credential .* not inside it"):
        edit_photo(apply_edits(data, edit_jpeg(data, None, named)), TAG)
