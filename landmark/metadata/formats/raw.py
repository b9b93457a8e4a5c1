"""RAW files of cameras: what kind a file is, and its EXIF and XMP, read without the picture.

DNG, NEF, CR2, ARW and most others are TIFF structures, where a picture for previews may come first. ORF and RW2 begin
with other letters, RAF holds a JPEG with EXIF, and CR3 is made of boxes.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.formats.boxes import Box, file_boxes, file_size, find_xmp, read_body, uuid_of
from landmark.metadata.formats.jpeg import read_jpeg
from landmark.metadata.formats.tiff import EXIF_IFD, GPS_IFD, MAKE, XMP_TAG, Directory, FileBytes, Tiff, TiffError
from landmark.metadata.formats.tiff_packing import collect_values, pack_tiff

RAW_FORMATS = frozenset({"DNG", "NEF", "CR2", "CR3", "ARW", "ORF", "RAF", "RW2", "PEF", "SRW", "RAW"})
JPEG_OF_RW2 = 0x002E
RAF_JPEG_AT = 84  # where a RAF tells position and length of its JPEG
_DNG_VERSION = 0xC612
_SUBFILE_TYPE, _COMPRESSION, _PHOTOMETRIC, _SUB_IFDS = 0x00FE, 0x0103, 0x0106, 0x014A
_PICTURE_AT, _JPEG_AT = (0x0111, 0x0144), 0x0201  # strips or tiles; a JPEG apart from them
_SENSOR = frozenset({32803, 34892})  # colour filter array, linear raw: no TIFF for viewers says so
_PACKED = frozenset({32767, 32769, 32770, 34713, 65000, 65535})  # Sony, Epson, Samsung, Nikon, Kodak, Pentax
_BY_MAKER = {"NIKON": "NEF", "SONY": "ARW", "CANON": "CR2", "PENTAX": "PEF", "RICOH": "PEF", "SAMSUNG": "SRW"}
_MAX_DIRECTORIES = 32
_JPEG_HEAD_BYTES = 1_000_000  # of an embedded JPEG: more than enough for its metadata
_CR3_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_MAX_BYTES = 16_000_000


def tiff_format(file: BinaryIO) -> str:
    """Return DNG, NEF, CR2, ARW, PEF, SRW or RAW for a TIFF structure that holds a sensor's picture, TIFF for others.

    So does one whose first picture says that it is a smaller version of another.
    """
    try:
        tiff = Tiff(FileBytes(file))
        if tiff.first.find(_DNG_VERSION):
            return "DNG"
        if bytes(tiff.data[8:10]) == b"CR":
            return "CR2"
        if not any(_is_of_sensor(tiff, one) for one in directories(tiff)) and not _is_preview(tiff):
            return "TIFF"
        make = tiff.text(tiff.first.find(MAKE)).upper()
    except TiffError:
        return "TIFF"
    return next((name for maker, name in _BY_MAKER.items() if make.startswith(maker)), "RAW")


def directories(tiff: Tiff) -> Iterator[Directory]:
    """Yield the directories of pictures: those of the chain, and after each the ones below it. Broken ones end it."""
    seen, waiting = set[int](), [tiff.first_at]
    while waiting and len(seen) < _MAX_DIRECTORIES:
        at = waiting.pop(0)
        if not at or at in seen:
            continue
        seen.add(at)
        try:
            directory = tiff.directory(at)
        except TiffError:
            continue
        yield directory
        waiting = [*map(int, tiff.numbers(directory.find(_SUB_IFDS))), directory.next_at, *waiting]


def read_raw(file: BinaryIO, format_name: str) -> MetadataBlocks:
    """Return the EXIF and XMP of a RAW file, by the name of its format. Raises `ValueError` for a broken one."""
    if format_name == "RAF":
        return _jpeg_blocks(*jpeg_of_raf(file), file)
    if format_name == "CR3":
        return _read_cr3(file)
    tiff = Tiff(FileBytes(file))
    below = {tag: _below(tiff, tag) for tag in (EXIF_IFD, GPS_IFD)}
    packed = _pack([(tiff, tiff.first)], {tag: (tiff, one) for tag, one in below.items()})
    entry = tiff.first.find(XMP_TAG)
    xmp = tiff.bytes(entry) if entry and entry.n_bytes <= _MAX_BYTES else None
    if format_name == "RW2" and (jpeg := tiff.first.find(JPEG_OF_RW2)):
        inner = _jpeg_blocks(jpeg.value_at, jpeg.n_bytes, file)
        return MetadataBlocks(packed if below[GPS_IFD] else inner.exif or packed, xmp or inner.xmp)
    return MetadataBlocks(packed, xmp)


def jpeg_of_raf(file: BinaryIO) -> tuple[int, int]:
    """Return where the JPEG of a RAF begins, and its length."""
    file.seek(RAF_JPEG_AT)
    head = file.read(8)
    return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")


def canon_boxes(file: BinaryIO) -> dict[bytes, Box]:
    """Return the boxes in which a CR3 keeps its metadata (CMT1 to CMT4) and its smallest preview, by their kinds."""
    size = file_size(file)
    for moov in file_boxes(file, 0, size):
        if moov.kind == b"moov":
            for box in file_boxes(file, moov.body_at, moov.end):
                if box.kind == b"uuid" and uuid_of(file, box) == _CR3_UUID:
                    return {one.kind: one for one in file_boxes(file, box.body_at + 16, box.end)}
    return {}


def read_cmt(file: BinaryIO, found: dict[bytes, Box], kind: bytes) -> Tiff | None:
    """Return one of the TIFF structures of a CR3; None where it is missing or broken."""
    try:
        return Tiff(read_body(file, found[kind], _MAX_BYTES)) if kind in found else None
    except TiffError:
        return None


def _read_cr3(file: BinaryIO) -> MetadataBlocks:
    found = canon_boxes(file)
    first, camera, gps = (read_cmt(file, found, kind) for kind in (b"CMT1", b"CMT2", b"CMT4"))
    packed = _pack(
        [(tiff, tiff.first) for tiff in (first,) if tiff],
        {tag: (tiff, tiff.first) for tag, tiff in ((EXIF_IFD, camera), (GPS_IFD, gps)) if tiff},
    )
    return MetadataBlocks(packed, find_xmp(file, file_boxes(file, 0, file_size(file)), _MAX_BYTES))


def _pack(first: list[tuple[Tiff, Directory]], below: dict[int, tuple[Tiff, Directory | None]]) -> bytes | None:
    """Return EXIF of the small values of these directories, in the byte order of the first of them; None of none."""
    order = next((tiff.order for tiff, _ in [*first, *below.values()]), "<")
    values = collect_values(*first[0], order) if first else {}
    values_below = {tag: collect_values(*one, order) for tag, one in below.items()}
    return pack_tiff(order, values, values_below) if values or any(values_below.values()) else None


def _below(tiff: Tiff, tag: int) -> Directory | None:
    try:
        return tiff.below(tiff.first, tag)
    except TiffError:
        return None


def _is_of_sensor(tiff: Tiff, directory: Directory) -> bool:
    photometric = tiff.numbers(directory.find(_PHOTOMETRIC))
    compression = tiff.numbers(directory.find(_COMPRESSION))
    return bool(_SENSOR.intersection(photometric) or _PACKED.intersection(compression))


def _is_preview(tiff: Tiff) -> bool:
    """Return whether the first directory is of a smaller version, or of no picture but a JPEG or directories below."""
    kind = tiff.numbers(tiff.first.find(_SUBFILE_TYPE))
    if kind and int(kind[0]) & 1 and tiff.first.find(_SUB_IFDS):
        return True
    has_picture = any(tiff.first.find(tag) for tag in _PICTURE_AT)
    return not has_picture and any(tiff.first.find(tag) for tag in (_SUB_IFDS, _JPEG_AT))


def _jpeg_blocks(at: int, n_bytes: int, file: BinaryIO) -> MetadataBlocks:
    file.seek(at)
    return read_jpeg(io.BytesIO(file.read(min(n_bytes, _JPEG_HEAD_BYTES))))
