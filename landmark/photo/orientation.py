"""How a photo is to be turned upright: by EXIF in JPEG, PNG, WebP, by the container in HEIC and AVIF, by a TIFF's tag.

XMP turns no photo: programs that turn the pixels leave its orientation as it was.
"""

import io

from PIL import Image

from landmark.metadata.blocks import without_signature
from landmark.metadata.containers import read_blocks
from landmark.metadata.exif import read_orientation

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF orientation: what makes it upright
_BY_EXIF = frozenset({"JPEG", "PNG", "WebP"})


def find_orientation(image: Image.Image, data: bytes, format_name: str, default: int = 1) -> int:
    """Return by which of `TURNS` the reader's picture of a file becomes upright; 1: it is.

    `default` is the answer where EXIF does not say. Readers have turned a TIFF and a HEIC when they are loaded, and by
    the tag or the container alone.
    """
    if format_name == "JPEG" and "exif" not in image.info:  # nor does any viewer find EXIF behind another head
        exif = None
    elif format_name in _BY_EXIF:
        try:
            exif = read_blocks(io.BytesIO(data))[1].exif
        except ValueError:  # broken metadata: the picture matters more
            return 1
    else:
        exif = image.info.get("exif") if format_name == "AVIF" else None  # where Pillow puts the container's turn
    found = read_orientation(without_signature(exif)) if exif else None
    return default if found is None else found
