"""RAW files by the JPEG in them; JPEG XL, films and RAW files without a JPEG by the packages of the extra `raw`."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import containers as made
from factories import photos

from landmark.core.errors import PhotoError
from landmark.photo import Limits, open_photo, read_photo
from landmark.photo.decoding import read_size

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def need(package: str) -> Any:
    return pytest.importorskip(package, reason=f"needs {package}, of the extra raw")


# --- the JPEG in a RAW file


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["NEF", "DNG", "CR2", "CR3", "ARW", "ORF", "RW2", "RAF"])
def test_a_raw_file_is_read_upright_by_its_preview(kind: str, orientation: int, tmp_path: Path) -> None:
    stored = photos.stored_turned(photos.scene(), orientation)
    jpeg = photos.encode(stored, "JPEG", quality=95, subsampling=0)
    data = made.raw(kind, jpeg=jpeg, orientation=orientation)
    (tmp_path / "a.raw").write_bytes(data)
    for source in (data, tmp_path / "a.raw"):
        photo = read_photo(source)
        photos.assert_scene(photo)
        assert photo.format == kind and not photo.warnings
        sizes = (96, 64), (4000, 3000), (3000, 4000)  # where the file does not tell its own, that of the JPEG
        assert photo.original_size_px in sizes and read_size(source) == (photo.original_size_px, kind)


def test_the_jpegs_own_orientation_goes_first() -> None:
    jpeg = photos.encode(photos.scene(), "JPEG", quality=95, subsampling=0, exif=photos.exif(1))
    photos.assert_scene(read_photo(made.raw("NEF", jpeg=jpeg, orientation=6)))


def test_a_raw_file_may_be_larger_than_a_photo(tmp_path: Path) -> None:
    (tmp_path / "a.nef").write_bytes(made.raw("NEF"))
    with (tmp_path / "a.nef").open("r+b") as file:
        file.truncate(200_000_000)  # without taking room on the disk
    photos.assert_scene(read_photo(tmp_path / "a.nef"))
    assert open_photo(tmp_path / "a.nef").size == (96, 64)


def test_limits_hold_for_the_preview() -> None:
    with pytest.raises(PhotoError, match="megapixels"):
        read_photo(made.raw("NEF"), limits=Limits(max_pixels=1000))
    with pytest.raises(PhotoError, match="MB"):
        read_photo(made.raw("NEF"), limits=Limits(max_bytes=1000))


# --- without the extra


@pytest.mark.parametrize(
    ("data", "what", "package"),
    [
        (made.jpeg_xl(), "a JPEG XL file", "imagecodecs"),
        (made.movie(), r"a video \(MOV\)", "cv2"),
        (made.movie(brand=b"isom"), r"a video \(MP4\)", "cv2"),
        (made.sensor_dng(), r"a RAW file \(DNG\) without a JPEG inside", "rawpy"),
    ],
)
def test_an_error_says_what_it_is_and_what_to_install(
    data: bytes, what: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = importlib.import_module

    def absent(name: str, *rest: Any) -> Any:
        if name == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return load(name, *rest)

    monkeypatch.setattr(importlib, "import_module", absent)
    (tmp_path / "a").write_bytes(data)
    expected = rf"this is {what}\. Expected JPEG.*'{package}', which is not installed.*pip install '.\[raw\]'"
    with pytest.raises(PhotoError, match=expected):
        read_photo(tmp_path / "a")
    with pytest.raises(PhotoError, match=f"this is {what}"):
        open_photo(tmp_path / "a")


# --- JPEG XL


def test_jpeg_xl_of_any_depth() -> None:
    codecs = need("imagecodecs")
    scene = photos.scene()
    with_alpha = np.dstack([scene, np.full(scene.shape[:2], 255, np.uint8)])
    for pixels in (scene, scene.astype(np.uint16) * 257, scene.astype(np.float32) / 255, with_alpha):
        photo = read_photo(codecs.jpegxl_encode(pixels, lossless=True))
        photos.assert_scene(photo)
        assert photo.format == "JPEG XL" and photo.original_size_px == (96, 64)
        assert read_size(codecs.jpegxl_encode(pixels, lossless=True)) == ((96, 64), "JPEG XL")
    grey = read_photo(codecs.jpegxl_encode(scene[:, :, 0].copy(), lossless=True))
    assert grey.pixels.shape == (64, 96, 3) and (grey.pixels[:, :, 0] == scene[:, :, 0]).all()
    clear = read_photo(codecs.jpegxl_encode(np.dstack([scene, np.zeros(scene.shape[:2], np.uint8)]), lossless=True))
    assert (clear.pixels == 255).all()
    photos.assert_scene(read_photo(codecs.jpegxl_encode(np.stack([scene, 255 - scene]), lossless=True)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_xl_is_turned_by_its_codestream_alone(orientation: int) -> None:
    codecs = need("imagecodecs")
    stored = photos.stored_turned(photos.scene(), orientation)
    jpeg = photos.encode(stored, "JPEG", quality=95, subsampling=0, exif=photos.exif(orientation))
    photos.assert_scene(read_photo(codecs.jpegxl_encode_jpeg(jpeg)), within=6)
    head = made.box(b"JXL ", b"\r\n\x87\n") + made.box(b"ftyp", b"jxl ", bytes(4), b"jxl ")
    exif = made.box(b"Exif", bytes(4), made.exif(None, orientation))
    upright = made.box(b"jxlc", codecs.jpegxl_encode(photos.scene(), lossless=True))
    photos.assert_scene(read_photo(head + exif + upright))


def test_jpeg_xl_that_is_cut_off_or_too_large_is_refused() -> None:
    codecs = need("imagecodecs")
    whole = codecs.jpegxl_encode(photos.scene(), lossless=True)
    for length in (3, 30, len(whole) // 2, len(whole) - 1):
        with pytest.raises(PhotoError, match="JPEG XL"):
            read_photo(whole[:length])
    with pytest.raises(PhotoError, match="megapixels"):
        read_photo(whole, limits=Limits(max_pixels=1000))


# --- films, RAW files without a JPEG


@pytest.fixture
def film(tmp_path: Path) -> Path:
    cv2 = need("cv2")
    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, (96, 64))
    for pixels in (photos.scene(), 255 - photos.scene()):
        writer.write(np.ascontiguousarray(pixels[:, :, ::-1]))
    writer.release()
    return tmp_path / "a.mp4"


def test_the_first_picture_of_a_film(film: Path) -> None:
    photo = read_photo(film)
    photos.assert_scene(photo, within=8)
    assert photo.format == "MP4" and photo.original_size_px == (96, 64)


def test_a_film_is_turned_as_it_says(film: Path) -> None:
    data = bytearray(film.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    # clockwise by a quarter, about the left edge
    for at, value in zip((0, 4, 12, 16, 24), (0, 0x10000, -0x10000, 0, 64 * 0x10000), strict=True):
        data[matrix + at : matrix + at + 4] = value.to_bytes(4, "big", signed=True)
    film.write_bytes(bytes(data))
    photo = read_photo(film)
    assert photo.original_size_px == (64, 96)
    assert np.abs(np.subtract(photos.quarters(photo.pixels), photos.quarters(np.rot90(photos.scene(), -1)))).max() <= 8


def test_broken_films_are_refused(film: Path) -> None:
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PhotoError, match="MP4"):
        read_photo(film)
    with pytest.raises(PhotoError, match="a film in a file"):
        read_photo(whole)
    with pytest.raises(PhotoError, match="megapixels"):
        film.write_bytes(whole)
        read_photo(film, limits=Limits(max_pixels=1000))


def test_opencv_prints_nothing_of_a_broken_film(film: Path) -> None:
    film.write_bytes(film.read_bytes()[:-400])
    code = "import sys; from landmark.photo import read_photo; read_photo(sys.argv[1])"
    result = subprocess.run([sys.executable, "-c", code, str(film)], capture_output=True, text=True)
    assert "PhotoError" in result.stderr.splitlines()[-1] and "VIDEOIO" not in result.stderr


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_file_without_a_jpeg_is_developed(orientation: int, tmp_path: Path) -> None:
    need("rawpy")
    data = made.sensor_dng(orientation)
    (tmp_path / "a.dng").write_bytes(data)
    for source in (data, tmp_path / "a.dng"):
        photo = read_photo(source)
        upright = np.rot90(photos.scene(), {1: 0, 3: 2, 6: -1, 8: 1}[orientation])
        assert np.abs(np.subtract(photos.quarters(photo.pixels), photos.quarters(upright))).max() <= 40
        assert photo.original_size_px == upright.shape[1::-1]
