"""The picture of a heat map: colours that everybody can read, the right place, a caption that fits."""

import io

import numpy as np
import pytest
from PIL import Image

from landmark.model.explanation.heat_map import as_png, draw_heat_map, heat_colours

# How people without one kind of cone see linear RGB: G. Machado et al., A physiologically-based model for simulation of
# color vision deficiency, 2009, severity 1.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lightness(colours: np.ndarray, matrix: object) -> np.ndarray:
    """CIE L*, 0 to 100, of sRGB colours (N, 3) as seen through a matrix."""
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    luminance = np.clip(linear @ np.asarray(matrix).T, 0, 1) @ [0.2126, 0.7152, 0.0722]
    return np.asarray(np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance))


@pytest.mark.parametrize("kind", BLINDNESS)
def test_hotter_is_lighter_in_steady_steps_for_every_eye(kind: str) -> None:
    seen = lightness(heat_colours()[::16], BLINDNESS[kind])
    steps = np.diff(seen)
    assert steps.min() > 0, "a hotter point would look as dark as a colder one"
    assert steps.max() < 2 * steps.mean(), "an edge would be seen where there is none"
    assert seen[-1] - seen[0] > 60


def draw(size: tuple[int, int], box: tuple[float, ...], heat: np.ndarray, caption: list[str]) -> np.ndarray:
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    return np.asarray(draw_heat_map(pixels, heat, box, heat > 0.5, caption))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (200, 200), (1600, 200), (40, 30), (30, 300)])
def test_heat_lies_on_its_part_of_the_photo(size: tuple[int, int]) -> None:
    width, height = size
    side = min(size)
    left, top = (width - side) / 2, (height - side) / 2
    heat = np.zeros((32, 32), np.float32)
    heat[:16, 16:] = 1  # upper right of the square
    picture = draw(size, (left, top, left + side, top + side), heat, ["Petra, 97 % sure"])
    scale = 900 / max(size)
    assert picture.shape[1] == max(420, round(width * scale))
    margin = (picture.shape[1] - round(width * scale)) // 2

    def at(x: float, y: float) -> np.ndarray:
        pixel = picture[int((top + y * side) * scale), margin + int((left + x * side) * scale)]
        return np.asarray(pixel.astype(int))

    hot, cold = at(0.75, 0.25), at(0.25, 0.75)
    assert hot[0] - hot[2] > 60, "warm colours where it is hot"
    assert hot.sum() > cold.sum()
    assert cold[0] - cold[2] < 40
    if width > height:  # what was not seen is dark and grey
        outside = picture[int(height * scale / 2), 2].astype(int)
        assert np.ptp(outside) == 0 and outside[0] < 60


def test_the_marked_part_is_outlined_in_white_and_dark() -> None:
    heat = np.zeros((32, 32), np.float32)
    heat[8:24, 8:24] = 1
    row = draw((200, 200), (0, 0, 200, 200), heat, ["Petra"])[450]
    white, dark = (row > 250).all(axis=1), (row < 60).all(axis=1)
    assert 4 <= white.sum() <= 16 and 4 <= dark.sum() <= 16
    assert np.flatnonzero(white).min() == pytest.approx(225, abs=10)


@pytest.mark.parametrize("name", ["Casa Batlló, 97 %", "អង្គរវត្ត, 97 %", "故宫", "A very long name " * 20, ""])
def test_any_name_fits_below_any_photo(name: str) -> None:
    for size in ((900, 300), (60, 900)):
        picture = draw(size, (0, 0, *size), np.eye(8, dtype=np.float32), [name, "With the outlined fifth blurred: 3 %"])
        assert picture.shape[0] > 300 and (picture[-2:] == 255).all(), "a margin below"
        assert (picture[-60:, -2:] == 255).all(), "and to the right"


def test_a_png_holds_the_picture_and_nothing_else() -> None:
    picture = draw_heat_map(np.zeros((60, 90, 3), np.uint8), np.eye(8, dtype=np.float32), (15, 0, 75, 60),
                            np.eye(8) > 2, ["Petra"])  # fmt: skip
    with Image.open(io.BytesIO(as_png(picture))) as read:
        assert read.format == "PNG" and read.size == picture.size and not read.info
        assert (np.asarray(read) == np.asarray(picture)).all()
