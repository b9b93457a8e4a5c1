"""Photos of every kind, made on the spot: for tests that need a file, a broken file or a whole folder of them."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from landmark.photo import Photo

# Corners of `scene`, in the order top left, top right, bottom left, bottom right: an orientation shows at once.
RED, GREEN, BLUE, YELLOW = (210, 40, 40), (40, 170, 60), (50, 60, 200), (220, 200, 60)
QUARTERS = (RED, GREEN, BLUE, YELLOW)


def scene(width: int = 96, height: int = 64, *, grain: int = 6, seed: int = 0) -> np.ndarray:
    """Four quarters of four colours with some grain, so that files do not shrink to nothing: uint8 (H, W, 3)."""
    pixels = np.empty((height, width, 3), np.int16)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:], pixels[top:, :left], pixels[top:, left:] = QUARTERS
    pixels += np.random.default_rng(seed).integers(-grain, grain + 1, pixels.shape, dtype=np.int16)
    return pixels.clip(0, 255).astype(np.uint8)


def quarters(pixels: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """The mean colour of each quarter of a picture, away from its borders, in the order of `QUARTERS`."""
    height, width = pixels.shape[:2]
    rows = (slice(height // 8, height * 3 // 8), slice(height * 5 // 8, height * 7 // 8))
    columns = (slice(width // 8, width * 3 // 8), slice(width * 5 // 8, width * 7 // 8))
    means = [pixels[row, column].reshape(-1, 3).mean(axis=0) for row in rows for column in columns]
    return tuple(tuple(round(value) for value in mean) for mean in means)


def assert_scene(photo: Photo, *, within: int = 4) -> None:
    """The photo shows `scene`, upright, in its colours."""
    assert photo.pixels.dtype == np.uint8 and photo.pixels.ndim == 3 and photo.pixels.shape[2] == 3
    assert np.abs(np.subtract(quarters(photo.pixels), QUARTERS)).max() <= within


def encode(image: Image.Image | np.ndarray, format_name: str, **options: Any) -> bytes:
    """A picture as the bytes of a file; `format_name` is Pillow's, or HEIC."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    file = io.BytesIO()
    if format_name == "HEIC":
        import pillow_heif

        # libheif's writer turns what it is told to be rotated; a phone's file holds pixels as they are and a note
        pillow_heif.from_pillow(image).save(file, quality=options.pop("quality", 90), **options)
    else:
        image.save(file, format_name, **options)
    return file.getvalue()


def exif(orientation: int | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    """EXIF with an orientation, a position (tags of the GPS directory), both or none."""
    data = Image.Exif()
    if orientation is not None:
        data[0x0112] = orientation
    if gps is not None:
        data.get_ifd(0x8825).update(gps)
    written = Image.Exif()  # as if from a file: Pillow's TIFF and AVIF writers drop the position of one that never was
    written.load(data.tobytes())
    return written


def gps(latitude: float, longitude: float) -> dict[int, Any]:
    """The GPS directory as cameras write it: degrees, minutes and seconds with a letter for the half of the globe."""

    def degrees(value: float) -> tuple[float, float, float]:
        minutes, seconds = divmod(abs(value) * 3600, 60)
        return minutes // 60, minutes % 60, round(seconds, 4)

    return {
        1: "N" if latitude >= 0 else "S",
        2: degrees(latitude),
        3: "E" if longitude >= 0 else "W",
        4: degrees(longitude),
    }


def stored_turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """A picture as a camera with this EXIF orientation stores it, so that turning it upright gives `pixels` back."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(pixels, -1),
    }[orientation]


def cmyk_jpeg(*, adobe: bool = True, size: tuple[int, int] = (96, 64), **options: Any) -> bytes:
    """A JPEG of four inks: inverted with Adobe's marker as Photoshop writes them, or plain without the marker."""
    inks = Image.fromarray(scene(*size)).convert("CMYK")
    if adobe:
        return encode(inks, "JPEG", **options)
    # Pillow inverts in any case, so inverted once more they are plain; then take the marker out
    data = encode(Image.fromarray(255 - np.asarray(inks), "CMYK"), "JPEG", **options)
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]


def mpo(**options: Any) -> bytes:
    """A phone's JPEG with a second picture (a grey one) behind the first."""
    second = Image.fromarray(scene(48, 32)).convert("L").convert("RGB")
    return encode(scene(), "MPO", save_all=True, append_images=[second], **options)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    pixels: np.ndarray, colour_type: int, *, interlaced: bool = False, chunks: bytes = b"", level: int = 6
) -> bytes:
    """A PNG of kinds that Pillow does not write: uint8 or uint16 (H, W) or (H, W, C), interlaced, with extra chunks."""
    height, width = pixels.shape[:2]
    depth = 8 * pixels.dtype.itemsize
    big_endian = pixels.astype(pixels.dtype.newbyteorder(">"))
    turns = [(0, 0, 1, 1)]
    if interlaced:
        turns = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    lines = b"".join(b"\0" + row.tobytes() for y, x, dy, dx in turns for row in big_endian[y::dy, x::dx] if row.size)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced)
    body = png_chunk(b"IDAT", zlib.compress(lines, level))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + chunks + body + png_chunk(b"IEND", b"")


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small file that declares, and holds, very many black pixels."""
    rows = zlib.compressobj(9)
    lines = b"".join(rows.compress(bytes(1 + width // 8)) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", lines) + png_chunk(b"IEND", b"")


def tiled_tiff(tile_width: int, tile_height: int) -> bytes:
    """A grey TIFF of 16 x 16 px in one tile of any declared size."""
    tags = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 277: 1, 322: tile_width, 323: tile_height, 324: 8, 325: 256}
    start = 8 + 256
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", start) + bytes(256) + struct.pack("<H", len(tags)) + entries + bytes(4)


def profile(description: str = "Display P3", *, gamma: float = 2.2) -> bytes:
    """A colour profile (ICC, version 2) with the primaries of Display P3, under any name."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    primaries = {
        b"rXYZ": (0.5151, 0.2412, -0.0011),
        b"gXYZ": (0.2920, 0.6922, 0.0419),
        b"bXYZ": (0.1571, 0.0666, 0.7841),
    }
    text = description.encode()
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(79)}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)
    tags |= {name: b"XYZ " + bytes(4) + fixed(*values) for name, values in primaries.items()}
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags |= {name: curve for name in (b"rTRC", b"gTRC", b"bTRC")}
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = bytes(4) + bytes(4) + bytes.fromhex("02100000") + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += fixed(0.9642, 1.0, 0.8249) + bytes(48)
    whole = header + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def animation(format_name: str, **options: Any) -> bytes:
    """Three frames; the first is `scene`."""
    frames = [Image.fromarray(pixels) for pixels in (scene(), 255 - scene(), scene(seed=1))]
    return encode(frames[0], format_name, save_all=True, append_images=frames[1:], duration=100, **options)


# Every format in its plain form, showing `scene`: name of a file, how to make it.
PLAIN: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: encode(scene(), "JPEG", quality=95, subsampling=0),
    "progressive.jpg": lambda: encode(scene(), "JPEG", quality=95, subsampling=0, progressive=True),
    "two-pictures.jpg": lambda: mpo(quality=95, subsampling=0),
    "plain.png": lambda: encode(scene(), "PNG"),
    "interlaced.png": lambda: png(scene(), 2, interlaced=True),
    "deep.png": lambda: png(scene().astype(np.uint16) * 257, 2),
    "lossless.webp": lambda: encode(scene(), "WEBP", lossless=True),
    "plain.webp": lambda: encode(scene(), "WEBP", quality=90),
    "plain.avif": lambda: encode(scene(), "AVIF", quality=90),
    "plain.heic": lambda: encode(scene(), "HEIC"),
    "plain.tif": lambda: encode(scene(), "TIFF"),
    "packed.tif": lambda: encode(scene(), "TIFF", compression="tiff_lzw"),
    "plain.bmp": lambda: encode(scene(), "BMP"),
    "plain.gif": lambda: encode(scene(), "GIF"),
    "animated.gif": lambda: animation("GIF"),
    "animated.webp": lambda: animation("WEBP", lossless=True),
    "animated.png": lambda: animation("PNG"),
    "animated.avif": lambda: animation("AVIF", quality=90),
}


def make_folder(folder: Path) -> Path:
    """Write one photo of each format into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PLAIN.items():
        (folder / name).write_bytes(make())
    return folder
