"""Reading photos: every format upright, limits before decoding, what is no photo, threads, real files."""

import io
import os
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from factories.photos import assert_scene
from PIL import Image, ImageFile

from landmark.core.errors import PhotoError
from landmark.photo import Limits, memory, open_photo, read_photo
from landmark.photo.discovery import find_photos

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # broken EXIF


@pytest.mark.parametrize("name", made.PLAIN)
def test_every_format_is_read(name: str) -> None:
    photo = read_photo(made.PLAIN[name](), name=name)
    assert_scene(photo)
    assert photo.original_size_px == (96, 64) and photo.pixels.shape == (64, 96, 3)
    assert photo.source == name and photo.warnings == ()
    formats = {"jpg": "JPEG", "png": "PNG", "webp": "WebP", "avif": "AVIF", "heic": "HEIC", "tif": "TIFF"}
    suffix = name.rpartition(".")[2]
    assert photo.format == formats.get(suffix, suffix.upper())


@pytest.mark.parametrize("name", made.PLAIN)
def test_the_extension_does_not_matter(name: str, tmp_path: Path) -> None:
    data = made.PLAIN[name]()
    for lie in ("a.jpg", "a.png", "a.img", "a"):
        (tmp_path / lie).write_bytes(data)
        assert np.array_equal(read_photo(tmp_path / lie).pixels, read_photo(data).pixels)
    assert read_photo(str(tmp_path / "a.jpg")).source == str(tmp_path / "a.jpg")


def test_jpeg_with_something_after_its_end() -> None:
    data = made.encode(made.scene(), "JPEG")
    progressive = made.encode(made.scene(), "JPEG", progressive=True)
    for rest in (b"\0" * 5000, np.random.default_rng(0).bytes(5000), data, b"MotionPhoto" + b"\xff\xda\0\3." * 400):
        for photo in (data, progressive):
            assert np.array_equal(read_photo(photo + rest).pixels, read_photo(photo).pixels)
            assert read_photo(photo + rest).warnings == ()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"])
def test_compressed_tiff(compression: str | None) -> None:
    assert_scene(read_photo(made.encode(made.scene(), "TIFF", compression=compression)), within=8)


def test_tiff_of_several_pages_gives_the_first() -> None:
    pages = [Image.fromarray(255 - made.scene()) for _ in range(2)]
    assert_scene(read_photo(made.encode(made.scene(), "TIFF", save_all=True, append_images=pages)))


# --- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "MPO", "AVIF", "HEIC"])
def test_orientation_is_applied_exactly_once(format_name: str, orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(made.stored_turned(made.scene(), orientation)))
    exif = made.exif(orientation)
    data = made.encode(stored, format_name, exif=exif.tobytes() if format_name == "HEIC" else exif)
    photo = read_photo(data)
    assert photo.original_size_px == (96, 64) and photo.pixels.shape == (64, 96, 3)
    assert_scene(photo, within=8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_orientation_of_a_packed_tiff(orientation: int, compression: str) -> None:
    stored = Image.fromarray(np.ascontiguousarray(made.stored_turned(made.scene(), orientation)))
    photo = read_photo(made.encode(stored, "TIFF", exif=made.exif(orientation), compression=compression))
    assert photo.original_size_px == (96, 64)
    assert_scene(photo)


@pytest.mark.parametrize("orientation", [6, 8])
def test_orientation_of_a_photo_that_is_decoded_smaller(orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(made.stored_turned(made.scene(1200, 800), orientation)))
    for format_name in ("JPEG", "PNG"):
        photo = read_photo(made.encode(stored, format_name, exif=made.exif(orientation)), short_side_px=100)
        assert photo.original_size_px == (1200, 800) and photo.pixels.shape[:2] == (200, 300)
        assert_scene(photo, within=8)


@pytest.mark.parametrize("value", [0, 9, 77, 65535])
def test_an_orientation_that_does_not_exist_is_none(value: int) -> None:
    assert_scene(read_photo(made.encode(made.scene(), "JPEG", quality=95, subsampling=0, exif=made.exif(value))))


def test_orientation_that_a_png_tells_after_its_pixels() -> None:
    stored = np.ascontiguousarray(made.stored_turned(made.scene(), 6))
    data = made.png(stored, 2)
    end = len(data) - 12  # before the chunk that ends it
    chunk = made.png_chunk(b"eXIf", made.exif(6).tobytes().removeprefix(b"Exif\0\0"))
    assert_scene(read_photo(data[:end] + chunk + data[end:]))


def test_broken_exif_costs_no_photo() -> None:
    rng = np.random.default_rng(0)
    good = made.exif(6, made.gps(1, 2)).tobytes()
    for round_ in range(60):
        exif = bytearray(good[: rng.integers(8, len(good) + 1)])
        for at in rng.integers(6, len(exif), 3):
            exif[at] = rng.integers(256)
        for format_name in ("JPEG", "PNG", "WEBP"):
            data = made.encode(made.scene(16, 16), format_name, exif=bytes(exif))
            assert read_photo(data).pixels.shape == (16, 16, 3), (round_, format_name)


# --- decoding at a smaller size


@pytest.mark.parametrize(("short_side_px", "height"), [(None, 1600), (900, 1600), (255, 800), (120, 400), (100, 200)])
def test_large_jpeg_is_decoded_at_a_smaller_size(short_side_px: int | None, height: int) -> None:
    data = made.encode(made.scene(2400, 1600), "JPEG", quality=80)
    photo = read_photo(data, short_side_px=short_side_px)
    assert photo.pixels.shape == (height, height * 3 // 2, 3) and photo.original_size_px == (2400, 1600)
    assert_scene(photo)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_smaller_size_keeps_twice_what_is_asked_for(format_name: str) -> None:
    for width, height in ((1500, 1021), (1021, 1500), (700, 3100)):
        data = made.encode(made.scene(width, height), format_name)
        for short_side_px in (32, 100, 255, 600):
            photo = read_photo(data, short_side_px=short_side_px)
            assert min(photo.pixels.shape[:2]) >= min(2 * short_side_px, width, height)
            assert min(photo.pixels.shape[:2]) < 4 * short_side_px or photo.pixels.shape[:2] == (height, width)
            assert photo.original_size_px == (width, height)


def test_a_smaller_size_shows_the_same_picture() -> None:
    data = made.encode(made.scene(1600, 1200, grain=40), "PNG")
    small = Image.fromarray(read_photo(data, short_side_px=100).pixels).resize((133, 100), Image.Resampling.BILINEAR)
    large = Image.fromarray(read_photo(data).pixels).resize((133, 100), Image.Resampling.BILINEAR)
    assert np.abs(np.asarray(small, np.int16) - np.asarray(large, np.int16)).mean() < 2


# --- limits


def test_the_size_of_a_file_is_checked_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 8 * 10**9)
    with (tmp_path / "a.jpg").open("wb") as file:
        file.write(made.encode(made.scene(), "JPEG"))
        file.truncate(10**12)  # takes no room on the disk, and would not fit into memory
    with pytest.raises(PhotoError, match=r"a\.jpg: the file has 1,000,000\.0 MB\. Expected at most 4,000\.0 MB"):
        read_photo(tmp_path / "a.jpg")
    data = made.encode(made.scene(), "BMP")
    with pytest.raises(PhotoError, match=r"photo: the file has .* MB"):
        read_photo(data, limits=Limits(max_bytes=len(data) - 1))
    assert read_photo(data, limits=Limits(max_bytes=len(data))).format == "BMP"


@pytest.mark.parametrize("name", made.PLAIN)
def test_pixels_are_checked_before_anything_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_decoding(*_: object) -> None:
        raise AssertionError("decoded before the limit was checked")

    data = made.PLAIN[name]()
    assert read_photo(data, limits=Limits(max_pixels=96 * 64)).original_size_px == (96, 64)
    monkeypatch.setattr(ImageFile.ImageFile, "load", no_decoding)
    with pytest.raises(PhotoError, match=r"96 x 64 px are 0\.0 megapixels\. Expected at most"):
        read_photo(data, name=name, limits=Limits(max_pixels=96 * 64 - 1))


def test_a_decompression_bomb_is_refused_at_once_and_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    bomb = made.png_bomb()
    assert len(bomb) < 200_000
    begun_s = time.thread_time()  # of this thread alone: what other work takes meanwhile does not count
    with pytest.raises(PhotoError, match=r"photo: 30,000 x 30,000 px are 900\.0 megapixels\. Expected at most 500\.0;"):
        read_photo(bomb)
    assert time.thread_time() - begun_s < 0.5  # it takes seconds to decode
    assert not recwarn.list


def test_a_strip_is_refused_and_a_panorama_is_not() -> None:
    for width, height in ((1, 20_000), (20_000, 1), (100, 5_001)):
        with pytest.raises(PhotoError, match=r"px is a strip, not a photo\. Expected one side at most 50 times"):
            read_photo(made.encode(Image.new("RGB", (width, height)), "PNG"))
    assert read_photo(made.encode(Image.new("RGB", (100, 5_000)), "PNG")).pixels.shape == (5_000, 100, 3)
    strip = made.encode(Image.new("RGB", (1, 20_000)), "PNG")
    assert read_photo(strip, limits=Limits(max_aspect=20_000)).pixels.shape == (20_000, 1, 3)


def test_the_smallest_photo() -> None:
    for format_name in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"):
        photo = read_photo(made.encode(Image.new("RGB", (1, 1), "white"), format_name), short_side_px=255)
        assert photo.pixels.shape == (1, 1, 3) and photo.pixels.min() > 250


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    data = made.encode(made.scene(), "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff", data.index(b"\xff\xda", first) + 14)
    busy = data[:second] + data[first:second] * 200 + data[second:]
    with pytest.raises(PhotoError, match="over 100 passes"):
        read_photo(busy)


# --- what is no photo


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "the file is empty"),
        (b"Dear diary, today I saw the Taj Mahal.", "this is text, not a photo"),
        ("Liebes Tagebuch, heute war ich müde.".encode(), "this is text"),
        (b"BMW is a make of car, and not a bitmap", "this is text"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "this is a web page"),
        (b"\n <html><head>", "this is a web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this is an XML or SVG file"),
        (b"%PDF-1.7\n", "this is a PDF"),
        (b"PK\x03\x04" + bytes(60), "this is a ZIP archive"),
        (b"\0\0\0\x20ftypisom" + bytes(60), "this is a video"),
        (b"RIFF\0\x10\0\0AVI LIST", "this is a video (AVI)"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "this is a JPEG XL file"),
        (bytes(1000), "this is a file that begins with the bytes 00 00 00 00 00 00 00 00"),
        (b"\xff", "this is a file that begins with the bytes ff"),
    ],
)
def test_what_is_no_photo_is_called_by_its_name(data: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(data)
    with pytest.raises(PhotoError) as error:
        read_photo(tmp_path / "holiday.jpg")
    assert f"holiday.jpg: {found}" in str(error.value) and "Expected" in str(error.value)
    with pytest.raises(PhotoError, match=r"^mine: "):
        read_photo(data, name="mine")


def test_paths_that_lead_to_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    for path, found in (
        ("a.jpg", "this is a folder"),
        ("missing.jpg", "no such file"),
        ("a.jpg/b.jpg", "no such file"),
        ("loop.jpg", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("a\0b.jpg", "cannot be read"),
    ):
        with pytest.raises(PhotoError, match=found):
            read_photo(tmp_path / path)


def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    paths = [tmp_path / "pipe.jpg", Path("/dev/zero"), Path("/dev/null")]
    for path in paths:
        with pytest.raises(PhotoError, match="this is a pipe or a device"):
            read_photo(path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.jpg"
    path.write_bytes(made.encode(made.scene(), "JPEG"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything, so for root the system's answer is played

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(PhotoError, match=r"mine\.jpg: no permission to read it"):
        read_photo(path)


@pytest.mark.parametrize("raised", [MemoryError(), RecursionError(), SyntaxError("x"), KeyError("x"), AssertionError()])
def test_whatever_a_decoder_throws_becomes_a_photo_error(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise raised

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(PhotoError, match=r"a\.png: ") as error:
        read_photo(made.encode(made.scene(), "PNG"), name="a.png", short_side_px=10)
    assert error.value.__cause__ is not None or "truncated" in str(error.value)


# --- threads, global state, imports


def test_many_threads_read_the_same_as_one() -> None:
    whole = [make() for make in made.PLAIN.values()]
    whole.append(made.encode(made.scene(), "PNG", icc_profile=made.profile()))
    cut = [data[: len(data) * 3 // 4] for data in whole]

    def outcome(data: bytes) -> tuple[str, bytes]:
        try:
            photo = read_photo(data)
        except PhotoError as error:
            return str(error), b""
        return str(photo.warnings), photo.pixels.tobytes()

    photos = whole + cut
    expected = [outcome(data) for data in photos]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(outcome, photos * 5)) == expected * 5


def test_pillow_is_left_as_it_is() -> None:
    """Others in the same process use Pillow too, perhaps at the same moment."""
    limit = Image.MAX_IMAGE_PIXELS
    seen: set[bool] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(ImageFile.LOAD_TRUNCATED_IMAGES)

    watcher = threading.Thread(target=watch)
    watcher.start()
    data = made.encode(made.scene(800, 600), "JPEG", progressive=True)
    read_photo(data[: len(data) * 9 // 10])
    with pytest.raises(PhotoError):
        read_photo(made.png_bomb(20_000, 20_000))
    done.set()
    watcher.join()
    assert seen == {False} and limit == Image.MAX_IMAGE_PIXELS
    cut = made.encode(made.scene(400, 300), "JPEG")[:-400]
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(cut)).load()


def test_slow_packages_are_imported_only_when_a_photo_needs_them(tmp_path: Path) -> None:
    for name in ("plain.jpg", "plain.png", "plain.webp", "plain.avif", "plain.heic"):
        (tmp_path / name).write_bytes(made.PLAIN[name]())
    script = """
import sys
from landmark.photo import read_photo
from landmark.photo.discovery import find_photos
import landmark.metadata
assert len(find_photos('.').photos) == 5
for name in ('plain.jpg', 'plain.png', 'plain.webp', 'plain.avif'):
    read_photo(name)
print(*sorted({'pi_heif', 'PIL.ImageCms', 'PIL.TiffImagePlugin', 'torch'} & set(sys.modules)))
read_photo('plain.heic')
print('pi_heif' in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded, heif_after = run.stdout.splitlines()
    assert set(loaded.split()) <= {"PIL.TiffImagePlugin"}  # which other plugins of Pillow import themselves
    assert heif_after == "True"


def test_broken_metadata_is_not_told_on_the_terminal(tmp_path: Path) -> None:
    exif = made.exif(6, made.gps(1, 2)).tobytes()
    (tmp_path / "a.jpg").write_bytes(made.encode(made.scene(), "JPEG", exif=exif[:-40]))
    script = "from landmark.photo import open_photo, read_photo; read_photo('a.jpg'); open_photo('a.jpg').getexif()"
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    loud = "import warnings; warnings.simplefilter('always'); " + script + ".get_ifd(0x8825)"
    run = subprocess.run([sys.executable, "-c", loud], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "UserWarning" in run.stderr  # whoever asks to see warnings still does


def test_open_photo_decodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [make() for make in made.PLAIN.values()]
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    assert {open_photo(photo).size for photo in photos} == {(96, 64)}
    with pytest.raises(PhotoError, match="this is text"):
        open_photo(b"text")


def test_pixels_are_a_plain_array() -> None:
    pixels = read_photo(made.encode(made.scene(), "PNG")).pixels
    assert pixels.flags.c_contiguous and not pixels.flags.writeable


# --- real files


def test_real_scraped_photos_are_all_answered(shared: Path) -> None:
    found = find_photos(shared / "data" / "messy")
    assert len(found.photos) == 175 and found.skipped == 0
    formats = set()
    for path in found.photos:
        photo = read_photo(path, short_side_px=255)
        assert photo.warnings == () and min(photo.pixels.shape[:2]) > 0
        formats.add(photo.format)
    assert formats == {"JPEG", "WebP", "AVIF"}


def test_real_photos_with_invalid_exif_are_answered(shared: Path) -> None:
    samples = shared / "data" / "exif_samples"
    paths = [samples / "corrupted.jpg", *sorted((samples / "invalid").iterdir())]
    assert len(paths) == 8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
        for path in paths:
            photo = read_photo(path)
            assert photo.warnings == () and photo.pixels.shape[1::-1] == photo.original_size_px


@pytest.mark.parametrize("kind", ["landscape", "portrait"])
def test_real_photos_of_all_orientations_look_the_same(shared: Path, kind: str) -> None:
    folder = shared / "data" / "exif_samples" / "orientation"
    photos = [read_photo(folder / f"{kind}_{number}.jpg") for number in range(1, 9)]
    small = [np.asarray(Image.fromarray(photo.pixels).resize((24, 24)), np.int16) for photo in photos]
    for photo, picture in zip(photos, small, strict=True):
        assert photo.original_size_px == photos[0].original_size_px
        assert np.abs(picture - small[0]).mean() < 12
    assert np.abs(small[0][::-1] - small[0]).mean() > 20  # the comparison would notice
