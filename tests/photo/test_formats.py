"""Formats are told by content, and what a header declares is known before a reader sets memory aside."""

import pytest
from factories import photos as made
from PIL import Image

from landmark.core.errors import PhotoError
from landmark.metadata.formats.signatures import sniff_format
from landmark.photo import memory, read_photo


@pytest.mark.parametrize("name", made.PLAIN)
def test_sniffing_agrees_with_reading(name: str) -> None:
    data = made.PLAIN[name]()
    assert sniff_format(data[:256]) == read_photo(data).format


def test_the_general_brands_of_a_container_leave_it_to_the_others() -> None:
    def head(major: bytes, *others: bytes) -> bytes:
        return (16 + 4 * len(others)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + b"".join(others) + bytes(99)

    assert sniff_format(head(b"mif1", b"miaf", b"avif")) == "AVIF"
    assert sniff_format(head(b"mif1", b"mif1", b"heic")) == "HEIC"
    assert sniff_format(head(b"heic", b"mif1", b"avif")) == "HEIC"
    assert sniff_format(head(b"isom", b"avif")) is None
    assert sniff_format(head(b"qt  ")) is None


@pytest.mark.parametrize("length", range(16))
def test_heads_that_are_too_short(length: int) -> None:
    for name, make in made.PLAIN.items():
        if name.startswith("plain"):
            assert sniff_format(make()[:length]) in (None, read_photo(make()).format)


def test_formats_that_set_memory_aside_on_opening_are_checked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 4 * 10**9)
    webp = bytearray(made.encode(Image.fromarray(made.scene()), "WEBP", lossless=True, exif=made.exif(1)))
    assert webp[12:16] == b"VP8X"
    webp[24:30] = (16_000).to_bytes(3, "little") * 2
    gif = bytearray(made.encode(made.scene(), "GIF"))
    frame = gif.index(b",", 13 + 768)
    gif[frame + 5 : frame + 9] = (60_000).to_bytes(2, "little") * 2  # larger than its canvas
    for data, width in ((webp, "16,001"), (gif, "60,000")):
        with pytest.raises(PhotoError, match=f"{width} x {width} px .* megapixels"):
            read_photo(bytes(data))


def test_a_tiff_cannot_hide_its_size_in_its_tiles() -> None:
    assert read_photo(made.tiled_tiff(16, 16)).pixels.shape == (16, 16, 3)
    with pytest.raises(PhotoError, match="30,000 x 30,000 px"):
        read_photo(made.tiled_tiff(30_000, 30_000))


def test_near_the_limit_pillow_does_not_warn(recwarn: pytest.WarningsRecorder) -> None:
    # above Pillow's own limit of 89 megapixels, below ours
    rows, columns = 9_000, 10_800
    data = made.encode(Image.new("1", (columns, rows)), "TIFF")
    assert read_photo(data, short_side_px=255).original_size_px == (columns, rows)
    data = made.encode(Image.new("L", (columns, rows)), "JPEG")
    assert read_photo(data, short_side_px=255).original_size_px == (columns, rows)
    assert not recwarn.list
