"""Tell the format of a file by its first bytes, whatever its extension says."""

import re
import struct

from landmark.metadata.formats.gif import read_frames

FORMATS = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP or GIF"  # as an error names them
SUFFIXES = {  # what a file of each format is named like
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WebP": (".webp",),
    "AVIF": (".avif", ".avifs"),
    "HEIC": (".heic", ".heif", ".hif"),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "JPEG XL": (".jxl",),
}
PHOTO_SUFFIXES = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
# fmt: off
RAW_SUFFIXES = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef", ".mos", ".mrw",
    ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})
# fmt: on
MOVIE_FORMATS = ("MOV", "MP4")
MOVIE_SUFFIXES = frozenset({".mov", ".qt", ".mp4", ".m4v", ".3gp", ".3g2", ".insv", ".lrv"})  # what is made like these
OTHER_VIDEO_SUFFIXES = frozenset({".avi", ".mts", ".m2ts", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg"})  # not read
HEAD_BYTES = 256  # enough of a file for `sniff_format`: the longest is the brand list of a HEIC file

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",  # BigTIFF
    b"MM\0+": "TIFF",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JPEG XL",
    b"IIRO": "ORF",
    b"IIRS": "ORF",
    b"MMOR": "ORF",
    b"IIU\0": "RW2",
    b"FUJIFILMCCD-RAW ": "RAF",
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_AUDIO_AND_IMAGE_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"jp2 ", b"jpx ", b"jpm ", b"jxl ", b"miaf", b"F4A ", b"F4B "}
_FIRST_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # of a film that has no list of brands
_BMP_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}

# What people most often take for a photo, so that the error can name it.
_OTHER_FILES = {
    rb"%PDF": "a PDF",
    rb"PK\x03\x04": "a ZIP archive or an office document",
    rb"\s*<(!doctype html|html)": "a web page",
    rb"\s*<(\?xml|svg)": "an XML or SVG file",
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": "a JPEG 2000 file",
    rb"\0\0\0\x0cJXL |\xff\x0a": "a JPEG XL file",
    rb"8BPS": "a Photoshop file",
    rb"RIFF....AVI ": "a video (AVI)",
    rb"....ftyp|\x1aE\xdf\xa3": "a video or an image of a kind that is not supported",
}


def sniff_format(head: bytes) -> str | None:
    """Return the format of a photo by the first `HEAD_BYTES` of its file, or None for what is not a photo.

    >>> sniff_format(bytes.fromhex("ffd8ffe000104a464946"))
    'JPEG'
    >>> sniff_format(b"RIFF....WEBPVP8 ")
    'WebP'
    >>> sniff_format(b"Dear diary, ") is None
    True
    """
    for signature, name in _SIGNATURES.items():
        if head.startswith(signature):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        return _sniff_brand(head)
    # two letters are too little to go by: a note that begins with "BMW" is no picture
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    return None


def sniff_movie(head: bytes) -> str | None:
    """Return MOV or MP4 for a film by the first `HEAD_BYTES` of its file, or None.

    >>> sniff_movie(bytes.fromhex("00000014") + b"ftypqt  "), sniff_movie(b"The free world")
    ('MOV', None)
    """
    kind, brand = head[4:8], head[8:12]
    if kind == b"ftyp":
        if _sniff_brand(head) or brand in _AUDIO_AND_IMAGE_BRANDS:
            return None
        return "MOV" if brand == b"qt  " else "MP4"
    # a text may hold such a word; it does not begin with a number of up to half a gigabyte
    return "MOV" if kind in _FIRST_BOXES and head[0] < 0x20 else None


def _sniff_brand(head: bytes) -> str | None:
    """Distinguish AVIF, HEIC and CR3 by the brands in the first box: the major one, else the others."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, length - 3, 4)}
    if major in (b"avif", b"avis") or (major in (b"mif1", b"msf1") and others & {b"avif", b"avis"}):
        return "AVIF"
    if major == b"crx ":
        return "CR3"
    return "HEIC" if major in _HEIC_BRANDS else None


def describe_file(head: bytes) -> str:
    """Return what a file that is not a photo seems to be, in words for an error.

    >>> describe_file(b"%PDF-1.7"), describe_file(b"Dear diary,")
    ('a PDF', 'text')
    """
    for pattern, name in _OTHER_FILES.items():
        if re.match(pattern, head, re.IGNORECASE | re.DOTALL):
            return name
    text = head.decode("utf-8", "ignore")
    if text and b"\0" not in head and len(text.encode()) > len(head) - 4:  # its last letter may be cut in two
        return "text"
    return f"a file that begins with the bytes {head[:8].hex(' ')}"


def size_before_opening(data: bytes, format_name: str) -> tuple[int, int] | None:
    """Return width and height in px of the formats whose readers set memory aside on opening; None for all others.

    >>> size_before_opening(b"GIF89a" + struct.pack("<HHxxx", 60_000, 50_000), "GIF")
    (60000, 50000)
    """
    try:
        if format_name == "WebP":
            return _webp_size(data)
        if format_name == "GIF":
            return _gif_size(data)
    except (struct.error, IndexError):
        pass  # too short to tell: the reader will say so
    return None


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _gif_size(data: bytes) -> tuple[int, int]:
    """Return the canvas, or the first frame where that reaches beyond it: readers enlarge the canvas then."""
    width, height = struct.unpack_from("<HH", data, 6)
    left, top, frame_width, frame_height = next(read_frames(data), (0, 0, 0, 0))
    return max(width, left + frame_width), max(height, top + frame_height)
