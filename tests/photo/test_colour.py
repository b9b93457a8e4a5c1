"""Every mode, depth and colour space comes out as RGB of 8 bits, transparency on white, Display P3 as sRGB."""

import numpy as np
import pytest
from factories import photos as made
from factories.photos import assert_scene
from PIL import Image

from landmark.photo import read_photo


@pytest.mark.parametrize("adobe", [True, False], ids=["inverted by Adobe's custom", "plain"])
@pytest.mark.parametrize("progressive", [True, False])
def test_cmyk_jpeg(adobe: bool, progressive: bool) -> None:
    assert_scene(read_photo(made.cmyk_jpeg(adobe=adobe, quality=95, subsampling=0, progressive=progressive)))


@pytest.mark.parametrize("progressive", [True, False])
def test_grey_jpeg(progressive: bool) -> None:
    grey = Image.fromarray(made.scene()).convert("L")
    pixels = read_photo(made.encode(grey, "JPEG", quality=95, progressive=progressive)).pixels
    assert np.abs(pixels - np.asarray(grey, np.int16)[:, :, None]).mean() < 3


@pytest.mark.parametrize("format_name", ["PNG", "GIF", "WEBP"])
def test_transparency_is_laid_on_white(format_name: str) -> None:
    pixels = np.dstack([made.scene(), np.full((64, 96), 255, np.uint8)])
    pixels[:32, :48, 3] = 0
    options = {"lossless": True} if format_name == "WEBP" else {}
    red, green, blue, yellow = made.quarters(read_photo(made.encode(pixels, format_name, **options)).pixels)
    assert red == (255, 255, 255)
    assert np.abs(np.subtract((green, blue, yellow), made.QUARTERS[1:])).max() <= 4


def test_half_transparent_is_half_white() -> None:
    pixels = np.full((8, 8, 4), (100, 0, 200, 128), np.uint8)
    for format_name in ("PNG", "TIFF"):
        assert np.abs(read_photo(made.encode(pixels, format_name)).pixels[4, 4] - (177.0, 127, 227)).max() <= 1


@pytest.mark.parametrize("with_bytes", [True, False], ids=["a table of alphas", "one colour"])
def test_palette_png_with_transparency(with_bytes: bool) -> None:
    image = Image.fromarray(made.scene(grain=0)).quantize(4)
    transparent = image.getpixel((1, 1))
    alphas = bytes(0 if index == transparent else 255 for index in range(4))
    data = made.encode(image, "PNG", transparency=alphas if with_bytes else transparent)
    assert made.quarters(read_photo(data).pixels) == ((255, 255, 255), *made.QUARTERS[1:])


def test_grey_and_colour_png_with_one_transparent_colour() -> None:
    colour = made.png_chunk(b"tRNS", bytes([0, 210, 0, 40, 0, 40]))
    assert made.quarters(read_photo(made.png(made.scene(grain=0), 2, chunks=colour)).pixels)[0] == (255, 255, 255)
    grey = made.png(made.scene(grain=0)[:, :, 0], 0, chunks=made.png_chunk(b"tRNS", bytes([0, 40])))
    assert made.quarters(read_photo(grey).pixels)[1] == (255, 255, 255)
    colour = made.png_chunk(b"tRNS", bytes([210, 210, 40, 40, 40, 40]))
    deep = made.png(made.scene(grain=0).astype(np.uint16) * 257, 2, chunks=colour)
    assert made.quarters(read_photo(deep).pixels) == ((255, 255, 255), *made.QUARTERS[1:])


def test_png_of_16_bits() -> None:
    scene = made.scene()
    deep = scene.astype(np.uint16) * 256 + 200
    assert np.array_equal(read_photo(made.png(deep, 2)).pixels, scene)
    assert np.array_equal(read_photo(made.png(deep[:, :, 0], 0)).pixels[:, :, 1], scene[:, :, 0])
    alpha = np.full((64, 96, 1), 65535, np.uint16)
    assert np.array_equal(read_photo(made.png(np.dstack([deep, alpha]), 6)).pixels, scene)
    assert np.array_equal(read_photo(made.png(np.dstack([deep[:, :, 0], alpha]), 4)).pixels[:, :, 2], scene[:, :, 0])


@pytest.mark.parametrize("dtype", ["uint16", ">u2", "int32", "float32"])
def test_deep_grey_tiff(dtype: str) -> None:
    scene = made.scene()[:, :, 0]
    values = scene / 255 if dtype == "float32" else scene.astype(np.int64) * 257
    image = Image.fromarray(values.astype(dtype))
    pixels = read_photo(made.encode(image, "TIFF")).pixels.astype(int)
    assert np.abs(pixels - scene[:, :, None]).max() <= 1


def test_float_tiff_of_any_range_is_stretched_and_survives_holes() -> None:
    heights = np.linspace(-400, 4000, 64 * 96, dtype=np.float32).reshape(64, 96)
    heights[0, 0] = np.nan
    pixels = read_photo(made.encode(Image.fromarray(heights), "TIFF")).pixels
    assert pixels[0, 1].max() < 3 and pixels[-1, -1].min() == 255
    black = read_photo(made.encode(Image.fromarray(np.zeros((8, 8), np.float32)), "TIFF")).pixels
    assert black.max() == 0


def test_cmyk_tiff() -> None:
    assert_scene(read_photo(made.encode(Image.fromarray(made.scene()).convert("CMYK"), "TIFF")))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "BMP", "GIF"])
def test_every_mode_comes_out_as_rgb(mode: str, format_name: str) -> None:
    if format_name == "BMP" and mode == "LA":
        pytest.skip("BMP has no grey with alpha")
    photo = read_photo(made.encode(Image.fromarray(made.scene()).convert(mode), format_name))
    assert photo.pixels.shape == (64, 96, 3) and 20 < photo.pixels.mean() < 235


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_display_p3_is_converted(format_name: str) -> None:
    plain = Image.new("RGB", (64, 64), (200, 80, 60))
    lossless = {"lossless": True} if format_name == "WEBP" else {}
    data = made.encode(plain, format_name, icc_profile=made.profile(), **lossless)
    # the same light in the primaries of sRGB, which are closer together: more red, less of the rest
    light = (
        np.array([[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]])
        @ (np.array([200, 80, 60]) / 255) ** 2.2
    )
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(expected - (218, 67, 46)).max() < 1
    assert np.abs(read_photo(data).pixels[32, 32] - expected).max() < 4


def test_a_profile_called_srgb_is_left_alone_and_one_that_mentions_it_is_not() -> None:
    def colour(profile_name: str) -> list[int]:
        data = made.encode(Image.new("RGB", (8, 8), (200, 80, 60)), "PNG", icc_profile=made.profile(profile_name))
        return [int(value) for value in read_photo(data).pixels[4, 4]]

    assert colour("sRGB IEC61966-2.1") == [200, 80, 60]
    assert colour("Display P3 Gamut with sRGB Transfer") == colour("Display P3") != [200, 80, 60]


@pytest.mark.parametrize("cut", [0, 10, 100, 131, 140, 200, 400])
def test_a_broken_profile_is_ignored(cut: int) -> None:
    broken = made.profile()[:cut] or b"no profile at all"
    photo = read_photo(made.encode(made.scene(), "PNG", icc_profile=broken))
    assert_scene(photo)


def test_a_profile_for_another_colour_space_is_ignored() -> None:
    grey = Image.fromarray(made.scene()).convert("L")
    pixels = read_photo(made.encode(grey, "PNG", icc_profile=made.profile())).pixels
    assert np.array_equal(pixels[:, :, 0], np.asarray(grey))
    assert_scene(read_photo(made.cmyk_jpeg(quality=95, subsampling=0, icc_profile=made.profile())))
