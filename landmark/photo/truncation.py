"""How much of a cut-off or damaged photo can be read, measured by decoding it, and the part that can.

Pillow's own switch for this (`LOAD_TRUNCATED_IMAGES`) is global to all threads, does not tell how much was read and
fills up with grey; so it is left alone.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFile

from landmark.metadata.formats.signatures import size_before_opening

PARTLY_READABLE = frozenset({"JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF"})  # of AVIF and HEIC it is all or nothing

_END_OF_JPEG = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # not ff00 (a byte of data), nor ffd0 to ffd7 (restarts)
_FRAME, _PASS, _END, _CUT = (0xC0, 0xC1, 0xC2), 0xDA, 0xD9, 0
_PROGRESSIVE = 0xC2

Opener = Callable[[bytes], ImageFile.ImageFile]
Rows = np.ndarray[tuple[int], np.dtype[np.intp]]


def read_part(data: bytes, format_name: str, open_image: Opener) -> tuple[Image.Image, float, Rows | None]:
    """Decode what can be decoded of a photo that failed to load. `open_image` opens bytes without decoding them.

    Returns the image in its own mode and orientation, the share of it that was read (0 to 1), and for each row of the
    result the row of the image to show there (None: all of them as they are). Raises what the decoder raises where not
    even a part can be read.
    """
    if format_name == "JPEG":
        passes, end = _passes(data)
        if passes:
            return _read_passes(data[:end], passes, open_image)
    if format_name == "WebP":
        return _read_webp(data, open_image)
    # A decoder that stops leaves the rest of the picture as it was. So decode over black and over white: what is the
    # same in both was read. This holds in every mode, and for rows from the bottom up (BMP) or in turns (GIF) too.
    over_black, over_white = (_decode_over(open_image(data), ink) for ink in (0, 255))
    read = _same_rows(over_black, over_white)
    return over_black, float(read.mean()), _fill_rows(read) if read.any() else None


def count_passes(data: bytes, *, enough: int) -> int:
    """In how many passes a JPEG sends its picture; up to `enough` it may count some that are none, which is quicker.

    >>> count_passes(b"\\xff\\xd8" + 3 * b"\\xff\\xda\\0\\3." + b"\\xff\\xd9" + 9 * b"\\xff\\xda", enough=10)
    3
    """
    at_most = data.count(b"\xff\xda")
    if at_most <= enough:
        return at_most
    return sum(kind == _PASS for kind, _, _ in _segments(data))  # not what lies behind it, such as a phone's video


def pick_rows(image: Image.Image, rows: Rows) -> Image.Image:
    """A picture of the given rows of another. Rows that follow one another are cut out: that takes the least memory."""
    if (np.diff(rows) == 1).all():
        return image.crop((0, int(rows[0]), image.width, int(rows[-1]) + 1))
    return Image.fromarray(np.asarray(image)[rows])


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
    """For each row (H,), whether two pictures of the same size and mode agree in it; in bands, to spare memory."""
    bands = [(0, top, image.width, min(top + 256, image.height)) for top in range(0, image.height, 256)]
    same = (np.asarray(image.crop(band)) == np.asarray(other.crop(band)) for band in bands)
    return np.concatenate([rows.reshape(len(rows), -1).all(axis=1) for rows in same])


def _fill_rows(read: np.ndarray) -> Rows:
    """From the first row read to the last; a row missing between them (they may come in turns) repeats the one above.

    >>> _fill_rows(np.array([False, True, False, True, False]))
    array([1, 1, 3])
    """
    rows = np.flatnonzero(read)
    above = np.maximum.accumulate(np.where(read, np.arange(len(read)), 0))
    return above[rows[0] : rows[-1] + 1]


class _Pass(NamedTuple):
    start: int  # of its coded data in the file
    gain: float  # what it adds to the picture; the gains of a whole file add up to 1
    whole: bool


def _passes(data: bytes) -> tuple[list[_Pass], int]:
    """The passes of a JPEG that sends the picture several times, ever finer (progressive) or component by component.

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
    """Kind, position and body of each segment of a JPEG; what was coded between them is stepped over."""
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


def is_cut_webp(data: bytes) -> bool:
    """Whether a WebP is shorter than it says; its decoder does not even open such a one, unless it is mended."""
    return data[:4] == b"RIFF" and 8 + int.from_bytes(data[4:8], "little") > len(data)


def mend_webp(data: bytes, filler: int = 0) -> bytes:
    """A cut WebP, filled up so that it can be decoded. Raises `OSError` where its picture had not begun, or moves."""
    at = 12
    while (kind := data[at : at + 4]) not in (b"VP8 ", b"VP8L"):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
        if kind == b"ANMF" or at + 8 > len(data):
            raise OSError("the file ends before its picture does")
    width, height = size_before_opening(data, "WebP") or (0, 0)
    if width * height > 100 * (len(data) - at):  # less than a twelfth of a bit per pixel: made up, or next to nothing
        raise OSError("the file holds too little of its picture")
    picture = data[at + 8 :] + bytes([filler]) * (2 * width * height)  # more than a picture takes of these
    picture += bytes(len(picture) % 2)
    chunks = data[12:at] + kind + len(picture).to_bytes(4, "little") + picture
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


def _read_webp(data: bytes, open_image: Opener) -> tuple[Image.Image, float, Rows | None]:
    """Decode with two fillings: the rows that are the same in both, from the top, were read."""
    image, other = open_image(mend_webp(data, 0)), open_image(mend_webp(data, 1))
    image.load()
    other.load()
    n_read = int(np.append(_same_rows(image, other), False).argmin())
    return image, n_read / image.height, np.arange(n_read) if n_read else None
