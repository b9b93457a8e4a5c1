"""From image bytes of any format that cameras and phones write to upright RGB pixels; nothing else decodes photos.

Whatever comes, `read_photo` gives a `Photo` or raises `PhotoError`. Scaling and normalising belong to `preprocessing`.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile

from landmark.core.errors import PhotoError
from landmark.core.text import percent_text
from landmark.metadata.formats.raw_previews import Preview
from landmark.metadata.formats.signatures import (
    FORMATS,
    HEAD_BYTES,
    describe_file,
    size_before_opening,
    sniff_format,
)
from landmark.photo.colour import to_rgb
from landmark.photo.contents import PhotoContents, PhotoFile, read_contents
from landmark.photo.damage import damage_error
from landmark.photo.extra_decoders import decode_with_extra, describe_extra, needs_extra, size_of_extra
from landmark.photo.limits import (
    DEFAULT_LIMITS,
    Limits,
    check_aspect,
    check_density,
    check_memory,
    check_payload,
    check_pixels,
)
from landmark.photo.memory import GATE, turn_of_file
from landmark.photo.memory_needed import decoding_bytes, opening_bytes
from landmark.photo.orientation import TURNS, find_orientation
from landmark.photo.readers import load, open_reader, tile_size
from landmark.photo.truncation import count_passes, read_part

# Of broken metadata Pillow warns without naming the file: nobody can act on that. The filter is appended, so that those
# who have chosen to see such warnings do; those of other kinds (decompression bombs) are left to whoever uses Pillow.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.", append=True)

MIN_READABLE = 0.5  # of a truncated photo, to be worth an answer
_WHOLE_PIXELS = 100_000_000  # up to here a broken JPEG is decoded whole, to see how much of it there is
MAX_PASSES = 100  # of a progressive JPEG: encoders write about 10, and each costs time over the whole picture


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as pixels, and where it came from.

    `pixels` is uint8 of shape (H, W, 3), RGB, upright, read-only, and may be smaller than the photo; `original_size_px`
    is the (width, height) of the photo itself, upright. `warnings` say what is wrong with a photo that could be read.
    """

    pixels: np.ndarray
    source: str
    format: str
    original_size_px: tuple[int, int]
    warnings: tuple[str, ...] = ()


def read_photo(
    source: PhotoFile,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    short_side_px: int | None = None,
    allow_truncated: bool = True,
) -> Photo:
    """Read a photo from a path or from bytes: by content, upright, RGB, on white where it is transparent.

    `name` is what errors call it (default: its path). `short_side_px` is what the caller will shrink it to: a large
    photo is then decoded at a half, a third or less, so long as its short side keeps at least twice that many pixels.
    A truncated photo of which at least half can be read gives that half and a warning, unless `allow_truncated=False`.

    Raises `PhotoError`, and nothing else, for all that cannot be read as a photo; it says why.

    >>> dot = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
    >>> photo = read_photo(dot, name="dot.jpg")
    >>> photo.format, photo.original_size_px, photo.pixels.tolist()
    ('GIF', (1, 1), [[[255, 255, 255]]])
    >>> read_photo(b"Dear diary,", name="diary.jpg")
    Traceback (most recent call last):
        ...
    landmark.core.errors.PhotoError: diary.jpg: this is text, not a photo. Expected JPEG, PNG, WebP, AVIF, HEIC, TIFF, \
BMP or GIF.
    """
    with turn_of_file(source):
        return decode_photo(
            read_contents(source, name, limits),
            source,
            limits=limits,
            short_side_px=short_side_px,
            allow_truncated=allow_truncated,
        )


def decode_photo(
    found: PhotoContents,
    source: PhotoFile,
    *,
    limits: Limits = DEFAULT_LIMITS,
    short_side_px: int | None = None,
    allow_truncated: bool = True,
) -> Photo:
    """Decode a photo whose bytes were read already: the second half of `read_photo`. Raises `PhotoError`."""
    name, data = found.name, found.data
    if found.format and needs_extra(found):
        pixels, size_px = decode_with_extra(found, source, limits)
        return Photo(pixels, name, found.format, size_px)
    image, format_name = _open(data, name, limits)
    width, height = _original_size(image, found.preview)
    stored_px = image.size
    _draft(image, format_name, short_side_px)
    n_bytes = decoding_bytes(image, format_name, stored_px, is_shrunk=short_side_px is not None)
    check_memory(n_bytes, stored_px, name, limits)
    try:
        with GATE.reserve(n_bytes):
            decoded, orientation, share = _decode(data, image, format_name, short_side_px, found.default_orientation)
            shrink = min(decoded.size) // (2 * short_side_px) if short_side_px else 1
            upright = to_rgb(decoded, shrink=shrink)
            if orientation in TURNS:
                upright = upright.transpose(TURNS[orientation])
            pixels = np.asarray(upright)
            del decoded, upright  # whoever waits for their memory gets it
    except Exception as error:
        raise damage_error(name, data, format_name, error) from error
    readable = f"about {int(100 * share)} % of the photo could be read"
    if share < (MIN_READABLE if allow_truncated else 1.0):
        expected = f"at least {percent_text(MIN_READABLE, 0)}" if allow_truncated else "a whole photo"
        raise PhotoError(f"{name}: truncated, {readable}. Expected {expected}; copy or download it again.")
    return Photo(
        pixels,
        name,
        found.format or format_name,
        (height, width) if orientation >= 5 else (width, height),
        (f"truncated: {readable}",) if share < 1.0 else (),
    )


def open_photo(source: PhotoFile, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> ImageFile.ImageFile:
    """Open a photo with Pillow: size and metadata, nothing decoded. Raises `PhotoError` as `read_photo` does."""
    found = read_contents(source, name, limits)
    _refuse_extra(found)
    return _open(found.data, found.name, limits)[0]


def _refuse_extra(found: PhotoContents) -> None:
    """Raise `PhotoError` for what Pillow does not open."""
    if needs_extra(found):
        raise PhotoError(f"{found.name}: this is {describe_extra(found)}. Expected {FORMATS}.")


def _original_size(image: Image.Image, preview: Preview | None) -> tuple[int, int]:
    """Return width and height in px as stored: of a RAW file those of its own picture, where they are known."""
    raw = preview.raw_size_px if preview else None
    return raw if raw and raw[0] * raw[1] > image.width * image.height else image.size


def read_size(
    source: PhotoFile, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[int, int], str]:
    """Return width and height in px as `read_photo` gives them, and the format; nothing decoded.

    Raises `PhotoError` as `read_photo` does for what its header tells.
    """
    found = read_contents(source, name, limits)
    if size := size_of_extra(found, limits):
        return size, str(found.format)
    _refuse_extra(found)
    image, format_name = _open(found.data, found.name, limits)
    width, height = _original_size(image, found.preview)
    on_its_side = find_orientation(image, found.data, format_name, found.default_orientation) >= 5
    return (height, width) if on_its_side else (width, height), found.format or format_name


def _open(data: bytes, name: str, limits: Limits) -> tuple[ImageFile.ImageFile, str]:
    """Open without decoding, and hold the header against the limits."""
    head = data[:HEAD_BYTES]
    format_name = sniff_format(head)
    if format_name is None:
        raise PhotoError(f"{name}: this is {describe_file(head)}, not a photo. Expected {FORMATS}.")
    if size := size_before_opening(data, format_name):
        check_pixels(size, name, limits)
        check_memory(opening_bytes(format_name, size), size, name, limits)
    try:
        image = open_reader(data, format_name)
        for size in (image.size, tile_size(image)):
            check_pixels(size, name, limits)
        check_density(len(data), image.size, name, limits)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:  # of a WebP, by a limit of Pillow's that is global to the process
        raise PhotoError(
            f"{name}: too large for the decoder ({error}) Expected fewer pixels; save it smaller."
        ) from error
    except Exception as error:
        raise damage_error(name, data, format_name, error) from error
    check_aspect(image.size, name, limits)
    if "progressive" in image.info and count_passes(data, enough=MAX_PASSES) > MAX_PASSES:
        raise PhotoError(f"{name}: a JPEG of over {MAX_PASSES} passes, made to keep readers busy. Expected about 10.")
    check_payload(data, image, format_name, name, limits)
    return image, format_name


def _draft(image: ImageFile.ImageFile, format_name: str, short_side_px: int | None) -> None:
    """Set a JPEG to be decoded at a half, a quarter or an eighth, where that is enough."""
    if format_name == "JPEG" and short_side_px:
        image.draft(None, (2 * short_side_px, 2 * short_side_px))


def _decode(
    data: bytes, image: ImageFile.ImageFile, format_name: str, short_side_px: int | None, default: int
) -> tuple[Image.Image, int, float]:
    """Return what could be decoded, the orientation still to be applied (1: none), and the share that it is.

    `default` is the orientation where the picture's own EXIF tells none.
    """
    try:
        load(image)
        return image, find_orientation(image, data, format_name, default), 1.0
    except Exception as error:
        if isinstance(error, MemoryError) or format_name != "JPEG":
            raise
        orientation = find_orientation(image, data, format_name, default)
        image.close()  # what it has decoded so far may be large

    def open_part(part: bytes) -> ImageFile.ImageFile:
        opened = open_reader(part, format_name)
        _draft(opened, format_name, short_side_px if opened.width * opened.height > _WHOLE_PIXELS else None)
        return opened

    part, share, n_rows = read_part(data, open_part)
    if n_rows:
        part = to_rgb(part).crop((0, 0, part.width, n_rows))
    return part, orientation, share
