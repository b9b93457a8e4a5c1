"""Which way up a photo is: by EXIF, the container, a TIFF's tag, never by XMP; wherever photos are opened."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from factories import exiftool, tiff
from factories import photos as made
from factories.xmp import packet
from PIL import Image, ImageOps, PngImagePlugin, TiffImagePlugin

from landmark.core.errors import PhotoError
from landmark.dataset.inspection.contents import inspect_data
from landmark.dataset.inspection.photo_scans import scan_photos
from landmark.metadata.edits import apply_edits
from landmark.metadata.formats.heif_writing import edit_heif
from landmark.metadata.merging import read_metadata
from landmark.photo import read_photo, read_size

XMP = packet({"tiff:Orientation": "6"})
FORMATS = ["JPEG", "PNG", "PNG late", "WEBP", "AVIF", "HEIC", "TIFF", "TIFF packed"]


def stored(orientation: int) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(made.stored_turned(made.scene(), orientation)))


def with_xmp(format_name: str, exif: int | None = None) -> bytes:
    """A photo with an XMP orientation of 6; `exif` is what its EXIF, or tag, says, and how its pixels lie."""
    picture, options = stored(exif or 1), {"exif": made.exif(exif)} if exif else {}
    if format_name == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        return made.encode(picture, "PNG", pnginfo=info, **options)
    if format_name == "PNG late":
        data = made.encode(picture, "PNG", **options)
        chunk = made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP.encode())
        return data[:-12] + chunk + data[-12:]
    if format_name.startswith("TIFF"):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[tiff.XMP] = XMP.encode()
        tags.tagtype[tiff.XMP] = 1
        if exif:
            tags[tiff.ORIENTATION] = exif
        return made.encode(picture, "TIFF", tiffinfo=tags, compression="tiff_lzw" if "packed" in format_name else None)
    if format_name == "HEIC":  # whose writer would turn it by either
        data = made.encode(picture, "HEIC", **({"exif": options["exif"].tobytes()} if exif else {}))
        return apply_edits(data, edit_heif(data, None, XMP.encode()))
    return made.encode(picture, format_name, xmp=XMP.encode(), **options)


def as_the_card_does(data: bytes) -> np.ndarray:
    """The lines of the model card that open a photo."""
    photo = Image.open(io.BytesIO(data))
    for _ in range(2):
        for key in ("xmp", "XML:com.adobe.xmp"):
            photo.info.pop(key, None)
        photo.load()
    return np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("exif", [None, 1, 3, 6, 8])
def test_xmp_turns_no_photo(format_name: str, exif: int | None, tmp_path: Path) -> None:
    data = with_xmp(format_name, exif)
    assert b"tiff:Orientation" in data
    photo = read_photo(data)
    made.assert_scene(photo, within=8)
    assert photo.original_size_px == (96, 64) == read_size(data)[0]
    folder = tmp_path / "data" / "0.Petra"
    folder.mkdir(parents=True)
    (folder / "photo").write_bytes(data)
    [header] = inspect_data(folder.parent).photos
    assert (header.width_px, header.height_px) == (96, 64)
    if format_name != "HEIC":  # which Pillow alone does not open
        assert np.abs(as_the_card_does(data).astype(int) - photo.pixels).max() <= 1


@pytest.mark.parametrize("format_name", ["AVIF", "HEIC"])
def test_the_container_alone_turns(format_name: str) -> None:
    exif = made.exif(8).tobytes().removeprefix(b"Exif\0\0")
    for orientation in (1, 3, 6):
        turned = made.exif(orientation)
        options = {"exif": turned.tobytes() if format_name == "HEIC" else turned} if orientation != 1 else {}
        data = made.encode(stored(orientation), format_name, **options)
        data = apply_edits(data, edit_heif(data, exif, XMP.encode()))
        made.assert_scene(read_photo(data), within=8)
        assert read_size(data)[0] == (96, 64)
        if format_name == "AVIF":
            assert as_the_card_does(data).shape == (64, 96, 3)


def test_the_card_shows_these_lines() -> None:
    from landmark.model.bundle import load_bundle
    from landmark.model.bundle.model_card.code import onnx_code

    assert 'for key in ("xmp", "XML:com.adobe.xmp"):\n        photo.info.pop(key, None)' in onnx_code(load_bundle())


def in_text_chunk(exif: bytes, *, kind: bytes = b"exif", name: bytes = b"exif") -> bytes:
    """A PNG of `scene` turned by 6 whose EXIF stands as digits in a text chunk."""
    digits = exif.hex().encode()
    lines = b"\n".join([digits[at : at + 72] for at in range(0, len(digits), 72)])
    text = b"\n%s\n%8d\n%s\n" % (name, len(exif), lines)
    data = made.encode(stored(6), "PNG")
    return data[:33] + made.png_chunk(b"tEXt", b"Raw profile type " + kind + b"\0" + text) + data[33:]


def test_exif_in_a_text_chunk_of_a_png(tmp_path: Path) -> None:
    exif = made.exif(6, made.gps(48.853, 2.3499)).tobytes()
    for kind, name in ((b"exif", b"exif"), (b"APP1", b"generic profile")):
        for body in (exif, exif.removeprefix(b"Exif\0\0")):
            data = in_text_chunk(body, kind=kind, name=name)
            made.assert_scene(read_photo(data), within=8)
            assert read_size(data) == ((96, 64), "PNG")
            path = tmp_path / "photo.png"
            path.write_bytes(data)
            found = read_metadata(path).coordinates
            assert found and found.latitude == pytest.approx(48.853)
    chunk = made.png_chunk(b"eXIf", made.exif(1).tobytes().removeprefix(b"Exif\0\0"))
    both = in_text_chunk(exif)
    assert read_size(both[:-12] + chunk + both[-12:])[0] == (64, 96), "the chunk that is EXIF's own goes before"


def test_exif_that_exiv2_moved_into_a_text_chunk_changes_nothing(tmp_path: Path) -> None:
    program = exiftool.need("exiv2")
    folder = tmp_path / "data" / "0.Petra"
    folder.mkdir(parents=True)
    before, after = folder / "before.png", folder / "after.png"
    before.write_bytes(made.encode(stored(6), "PNG", exif=made.exif(6, made.gps(48.853, 2.3499))))
    shutil.copy(before, after)
    subprocess.run([program, "-M", "set Exif.Photo.DateTimeOriginal 2024:05:06 12:00:00", str(after)], check=True)
    if b"eXIf" in after.read_bytes():
        pytest.skip("this exiv2 writes EXIF into a chunk of its own")
    first, second = read_metadata(before), read_metadata(after)
    assert first.coordinates == second.coordinates is not None and second.taken is not None
    assert np.array_equal(read_photo(before).pixels, read_photo(after).pixels)
    assert {(photo.width_px, photo.height_px) for photo in inspect_data(folder.parent).photos} == {(96, 64)}
    assert len({scan.perceptual_hash for scan in scan_photos([before, after])}) == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_big_tiff_is_not_supported_and_not_broken(order: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    path.write_bytes(tiff.big_tiff(order=order))
    assert read_metadata(path).problems == ("metadata: not supported (BigTIFF)",)
    path.write_bytes(tiff.big_tiff(order=order)[:40])
    with pytest.raises(PhotoError, match="a BigTIFF, which is not supported") as caught:
        read_photo(path)
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("head", [b"EXIF\0\0", b"Exif\0\1", b"Exif\0\0Exif\0\0", b"Exif\0\0"])
def test_exif_behind_another_head_turns_a_jpeg_where_viewers_find_it(head: bytes) -> None:
    body = head + made.exif(6).tobytes().removeprefix(b"Exif\0\0")
    data = made.encode(made.scene(), "JPEG")
    data = data[:2] + b"\xff\xe1" + (2 + len(body)).to_bytes(2, "big") + body + data[2:]
    shown = as_the_card_does(data)
    assert read_photo(data).pixels.shape == shown.shape
    assert read_size(data)[0] == (shown.shape[1], shown.shape[0])
