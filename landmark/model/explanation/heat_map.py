"""A heat map over a photo, as a picture: the colours, the outline of the hottest part, a caption with a scale.

The caller says what is hot. The photo beneath is grey, so that every colour means heat, and the colours grow
steadily lighter, so that they read the same with any kind of colour blindness and in a grey print.
"""

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_LONG_SIDE_PX = 900  # of the photo in the picture
_CAPTION_PX = 420  # a narrower photo stands in the middle of a page of this width
_STRENGTH = 0.75  # how much of the hottest point's colour is heat and not photo
_UNSEEN = 0.35  # the brightness of what the network was not shown
_INK, _PAPER, _SOFT = (29, 35, 41), (255, 255, 255), (92, 102, 112)

# Dark violet to light yellow, by way of red and orange, in OKLCH: lightness, chroma, hue in degrees.
_COLDEST, _HOTTEST = (0.28, 0.13, 295.0), (0.94, 0.14, 465.0)

# The first that is there and has all letters of a caption; what Pillow brings itself has no accents.
_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf", "LiberationSans-Regular.ttf",
    "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc", "msyh.ttc", "PingFang.ttc",
)  # fmt: skip


def draw_heat_map(
    pixels: NDArray[np.uint8],
    heat: NDArray[np.float32],
    box: tuple[float, float, float, float],
    marked: NDArray[np.bool_],
    caption: Sequence[str],
) -> Image.Image:
    """Draw `heat` (h, w), 0 to 1, over the part `box` (left, top, right, bottom in px) of a photo (H, W, 3).

    What lies outside the box is dark; `marked` (h, w) gets a white outline. The first line of the caption is a
    heading; the last, with the scale of colours, is added.

    >>> picture = draw_heat_map(
    ...     np.zeros((60, 90, 3), np.uint8), np.eye(8, dtype=np.float32), (15, 0, 75, 60), np.eye(8) > 0, ["Petra"]
    ... )
    >>> picture.width, picture.height > 600
    (900, True)
    """
    height, width = pixels.shape[:2]
    scale = _LONG_SIDE_PX / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left, top, right, bottom = (round(edge * scale) for edge in box)
    photo = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS).convert("L").convert("RGB")
    picture = Image.fromarray((np.asarray(photo) * _UNSEEN).astype(np.uint8))
    square = max(1, right - left), max(1, bottom - top)
    picture.paste(_glow(photo.crop((left, top, left + square[0], top + square[1])), heat), (left, top))
    _outline(picture, marked, (left, top), square)
    return _with_caption(picture, caption)


def as_png(picture: Image.Image) -> bytes:
    """Return the picture as the bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@lru_cache(maxsize=1)
def heat_colours() -> NDArray[np.uint8]:
    """Return 256 colours from cold to hot, in equal steps of lightness as the eye sees it: (256, 3).

    B. Ottosson, A perceptual color space for image processing, 2020 (OKLab).

    >>> heat_colours()[[0, 255]].tolist()
    [[48, 15, 96], [249, 240, 123]]
    """
    steps = np.linspace(0, 1, 256)[:, None]
    lightness, chroma, hue = (np.array(_COLDEST) * (1 - steps) + np.array(_HOTTEST) * steps).T
    angle = np.radians(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)])
    to_lms = np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728],
                       [1, -0.0894841775, -1.2914855480]])  # fmt: skip
    to_linear = np.array([[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
                          [-0.0041960863, -0.7034186147, 1.7076147010]])  # fmt: skip
    linear = np.clip(to_linear @ (to_lms @ lab) ** 3, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((255 * srgb.T).round(), dtype=np.uint8)


def _glow(part: Image.Image, heat: NDArray[np.float32]) -> Image.Image:
    """Colour the grey part of the photo by its heat, the stronger the hotter."""
    smooth = Image.fromarray(heat.astype(np.float32)).resize(part.size, Image.Resampling.BICUBIC)
    values = np.clip(np.asarray(smooth), 0, 1)
    colours = heat_colours()[(255 * values).round().astype(np.intp)].astype(np.float32)
    strength = _STRENGTH * (0.35 + 0.65 * values[..., None])
    return Image.fromarray((np.asarray(part) * (1 - strength) + colours * strength).round().astype(np.uint8))


def _outline(picture: Image.Image, marked: NDArray[np.bool_], corner: tuple[int, int], size: tuple[int, int]) -> None:
    """Draw a white line with a dark edge around what is marked: seen on any ground."""
    mask = Image.fromarray(marked * np.uint8(255)).resize(size, Image.Resampling.BILINEAR)
    mask = mask.filter(ImageFilter.GaussianBlur(3))  # the steps of a small mask, made large, are no part of it
    mask = mask.point(lambda value: 255 if value >= 128 else 0)
    inner = mask.filter(ImageFilter.MinFilter(3))
    for wider, colour in ((9, _INK), (5, _PAPER)):
        line = np.asarray(mask.filter(ImageFilter.MaxFilter(wider))) > np.asarray(inner)
        picture.paste(colour, (*corner, corner[0] + size[0], corner[1] + size[1]), Image.fromarray(line))


def _with_caption(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    margin, width = 16, max(picture.width, _CAPTION_PX)
    room = width - 2 * margin
    fonts = [_font(line, 24 if index == 0 else 16, room) for index, line in enumerate(lines)]
    heights = [round(1.45 * font.size) for _, font in fonts]
    whole = Image.new("RGB", (width, picture.height + 2 * margin + sum(heights) + 34), _PAPER)
    whole.paste(picture, ((width - picture.width) // 2, 0))
    draw = ImageDraw.Draw(whole)
    y = picture.height + margin
    for index, ((text, font), height) in enumerate(zip(fonts, heights, strict=True)):
        draw.text((margin, y), text, fill=_INK if index == 0 else _SOFT, font=font)
        y += height
    _draw_scale(whole, draw, (margin, y + 10), room)
    return whole


def _draw_scale(whole: Image.Image, draw: ImageDraw.ImageDraw, corner: tuple[int, int], room: int) -> None:
    """Draw the colours from cold to hot with a word at either end."""
    (x, y), width = corner, min(256, room - 210)
    (cold, font), (hot, _) = _font("contributed least", 15, room), _font("most", 15, room)
    draw.text((x, y), cold, fill=_SOFT, font=font)
    x += round(font.getlength(cold)) + 10
    bar = Image.fromarray(heat_colours()[None]).resize((width, 14), Image.Resampling.BILINEAR)
    whole.paste(bar, (x, y + 2))
    draw.text((x + width + 10, y), hot, fill=_SOFT, font=font)


def _font(text: str, size_px: int, room_px: int) -> tuple[str, ImageFont.FreeTypeFont]:
    """Find a font that has the text's letters and fits the room; the text loses accents where none has them."""
    names = [name for name in _FONTS if (font := _open_font(name, size_px)) and _has_letters(font, text)]
    text = text if names else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = names[0] if names else None
    sizes = (font for size in range(size_px, 10, -1) if (font := _open_font(name, size)))
    font = next((font for font in sizes if font.getlength(text) <= room_px), None) or _open_font(name, 11)
    assert font is not None  # Pillow's own is always there
    while font.getlength(text) > room_px and len(text) > 1:
        text = text[:-1]
    return text, font


@lru_cache(maxsize=64)
def _open_font(name: str | None, size_px: int) -> ImageFont.FreeTypeFont | None:
    try:
        font = ImageFont.load_default(size_px) if name is None else ImageFont.truetype(name, size_px)
    except OSError:
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


def _has_letters(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """Return whether no letter is drawn as the box that stands for a missing one."""
    missing = bytes(font.getmask("\uffff"))
    return all(letter.isspace() or bytes(font.getmask(letter)) != missing for letter in set(text))
