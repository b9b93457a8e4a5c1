"""How much of a cut-off or damaged JPEG can be read, measured by decoding it, and the part that can.

Files of other formats are refused when they are not whole.

Pillow's own switch for this (`LOAD_TRUNCATED_IMAGES`) is global to all threads, does not tell how much was read and
fills up with grey; so it is left alone.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFile

_END_OF_JPEG = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # not ff00 (a byte of data), nor ffd0 to ffd7 (restarts)
_FRAME, _PASS, _END, _CUT = (0xC0, 0xC1, 0xC2), 0xDA, 0xD9, 0
_PROGRESSIVE = 0xC2

Opener = Callable[[bytes], ImageFile.ImageFile]


def read_part(data: bytes, open_image: Opener) -> tuple[Image.Image, float, int | None]:
    """Decode what can be decoded of a JPEG that failed to load. `open_image` opens bytes without decoding them.

    Returns the image in its own mode and orientation, the share of it that was read (0 to 1), and how many of its rows,
    from the top, were read (None: all of them, less sharp). Raises what the decoder raises where not even a part can
    be read.
    """
    passes, end = _passes(data)
    if passes:
        return _read_passes(data[:end], passes, open_image)
    # A decoder that stops leaves the rest of the picture as it was. So decode over black and over white: the rows from
    # the top that are the same in both were read.
    over_black, over_white = (_decode_over(open_image(data), ink) for ink in (0, 255))
    n_rows = int(np.append(_same_rows(over_black, over_white), False).argmin())
    return over_black, n_rows / over_black.height, n_rows


def describe_missing(data: bytes, format_name: str) -> str:
    """Return how much of a file is missing, where it says how long it should be and is shorter; else nothing.

    >>> describe_missing(b"RIFF\\x58\\0\\0\\0WEBPVP8 ", "WebP")
    '80 of 96 bytes are missing'
    """
    stated, at = 0, 0
    if format_name == "WebP":
        stated = 8 + int.from_bytes(data[4:8], "little")
    elif format_name == "BMP":
        stated = int.from_bytes(data[2:6], "little")
    elif format_name in ("HEIC", "AVIF"):
        while at + 16 <= len(data):  # boxes with their length in front
            size = int.from_bytes(data[at : at + 4], "big")
            at += max(8, int.from_bytes(data[at + 8 : at + 16], "big") if size == 1 else size or len(data))
        stated = at
    missing = stated - len(data)
    return f"{missing:,} of {stated:,} bytes are missing" if missing > 0 else ""


def count_passes(data: bytes, *, enough: int) -> int:
    """Count the passes of a JPEG; up to `enough` it may count some that are none, which is quicker.

    >>> count_passes(b"\\xff\\xd8" + 3 * b"\\xff\\xda\\0\\3." + b"\\xff\\xd9" + 9 * b"\\xff\\xda", enough=10)
    3
    """
    at_most = data.count(b"\xff\xda")
    if at_most <= enough:
        return at_most
    return sum(kind == _PASS for kind, _, _ in _segments(data))  # not what lies behind it, such as a phone's video


def _decode_over(image: ImageFile.ImageFile, ink: int) -> Image.Image:
    """Decode onto a ground of one ink, as far as it goes."""
    if not image.tile:
        raise OSError("the file ends before its picture begins")
    prepare = image.load_prepare

    def prepare_in_ink() -> None:
        prepare()
        image.im.paste(ink if image.im.bands == 1 else (ink,) * image.im.bands, (0, 0, *image.im.size))

    image.load_prepare = prepare_in_ink  # type: ignore[method-assign]
    try:
        image.load()
    except MemoryError:
        raise
    except Exception:  # the one that brought us here, of whatever type
        image.tile = []  # Pillow takes the picture as loaded then
    return image


def _same_rows(image: Image.Image, other: Image.Image) -> np.ndarray:
    """Return for each row (H,) whether two pictures of one size and mode agree in it; in bands, to spare memory."""
    bands = [(0, top, image.width, min(top + 256, image.height)) for top in range(0, image.height, 256)]
    same = (np.asarray(image.crop(band)) == np.asarray(other.crop(band)) for band in bands)
    return np.concatenate([rows.reshape(len(rows), -1).all(axis=1) for rows in same])


class _Pass(NamedTuple):
    start: int  # of its coded data in the file
    gain: float  # what it adds to the picture; the gains of a whole file add up to 1
    whole: bool


def _passes(data: bytes) -> tuple[list[_Pass], int]:
    """Return the passes of a JPEG that sends the picture several times: finer and finer, or component by component.

    With them comes where the file ends when a segment that was cut is left out. No passes: a JPEG of a single one.

    How much of such a photo was read is a matter of bits, not of rows: each of the 64 frequencies of a component counts
    as often as the component has blocks, and every pass that carries it brings an equal part of its bits. On real
    photos this follows the share of the bytes (61 % of the bits at 55 % of the file).
    """
    weights: dict[int, int] = {}  # blocks of each component, relative to one another
    bits_left: dict[tuple[int, int], int] = {}  # after the first pass, by component and frequency
    passes: list[_Pass] = []
    progressive, end = False, len(data)
    for kind, start, body in _segments(data):
        if passes:
            passes[-1] = passes[-1]._replace(whole=True)
        if kind in _FRAME:
            weights = {body[i]: (body[i + 1] >> 4) * (body[i + 1] & 15) for i in range(6, len(body) - 2, 3)}
            progressive = kind == _PROGRESSIVE
        elif kind == _PASS and len(body) == 4 + 2 * body[0]:
            components, (first, last, bits) = body[1:-3:2], body[-3:]
            if not progressive and len(components) == len(weights):
                return [], end
            gain = 0.0
            for key in ((component, at) for component in components for at in range(first, min(last, 63) + 1)):
                gain += weights.get(key[0], 0) / (1 + bits_left.setdefault(key, bits & 15))
            coded = start + 4 + len(body)
            passes.append(_Pass(coded, gain / max(1, 64 * sum(weights.values())), whole=False))
        elif kind == _CUT:
            end = start
    return passes, end


def _segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield kind, position and body of each segment of a JPEG; what was coded between them is stepped over."""
    at = 2
    while marker := _MARKER.search(data, at):
        kind, at = data[marker.end() - 1], marker.end()
        if kind == _END:
            yield kind, marker.start(), b""
            return
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 3 or at + length > len(data):
            yield _CUT, marker.start(), b""
            return
        yield kind, marker.start(), data[at + 2 : at + length]
        at += length


def _read_passes(data: bytes, passes: list[_Pass], open_image: Opener) -> tuple[Image.Image, float, None]:
    share = sum(each.gain for each in passes if each.whole)
    image = open_image(data + _END_OF_JPEG)
    image.load()
    if not passes[-1].whole:
        # the rows that the cut pass changed tell how far down it came
        before = open_image(data[: passes[-1].start] + _END_OF_JPEG)
        before.load()
        rows = np.flatnonzero(~_same_rows(image, before))
        share += passes[-1].gain * (rows[-1] + 1) / image.height if rows.size else 0.0
    return image, min(1.0, share), None
