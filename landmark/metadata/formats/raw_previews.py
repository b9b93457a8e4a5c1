"""The JPEGs that cameras put into RAW files: which is the largest, where it lies, and how it has to be turned.

A sensor's own picture may be a lossless JPEG too, which no viewer shows: told by its frame, and passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.formats.boxes import Box, file_boxes, file_size, find_file_box, read_body, uuid_of
from landmark.metadata.formats.raw import (
    JPEG_OF_RW2,
    canon_boxes,
    directories,
    jpeg_of_raf,
    read_cmt,
)
from landmark.metadata.formats.tiff import EXIF_IFD, MAKER_NOTE, ORIENTATION, Directory, FileBytes, Tiff, TiffError

_WIDTH, _LENGTH, _COMPRESSION, _STRIPS_AT, _STRIP_BYTES = 0x0100, 0x0101, 0x0103, 0x0111, 0x0117
_JPEG_AT, _JPEG_BYTES = 0x0201, 0x0202
_JPEG_COMPRESSIONS = (6.0, 7.0)
_VIEWABLE = frozenset({0xC0, 0xC1, 0xC2})  # frames of baseline, extended and progressive JPEGs
_MAX_SEGMENTS = 200
_PREVIEW_UUID = bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16")
_OLYMPUS = {b"OLYMPUS\0": 12, b"OM SYSTEM\0": 16}  # how their maker notes begin -> where the directory in them does
_CAMERA_SETTINGS, _PREVIEW_AT, _PREVIEW_BYTES = 0x2020, 0x0101, 0x0102
_MAX_TRACKS = 8


@dataclass(frozen=True)
class Preview:
    """A JPEG in a RAW file: position, length, its size (width, height) in px as stored.

    `orientation` is that of the RAW (1 to 8; None: it says none), `raw_size_px` the size of the RAW's largest picture.
    """

    at: int
    n_bytes: int
    size_px: tuple[int, int]
    orientation: int | None = None
    raw_size_px: tuple[int, int] | None = None


def find_preview(file: BinaryIO, format_name: str) -> Preview | None:
    """Return the largest JPEG in a RAW file that viewers can show; None where there is none. Raises nothing."""
    data = FileBytes(file)
    orientation, raw_size, candidates = None, None, list[tuple[int, int]]()
    try:
        if format_name == "RAF":
            candidates = [jpeg_of_raf(file)]
        elif format_name == "CR3":
            candidates = list(_in_cr3(file))
            first = read_cmt(file, canon_boxes(file), b"CMT1")
            orientation, raw_size = _facts(first, [first.first]) if first else (None, None)
        else:
            tiff = Tiff(data)
            listed = list(directories(tiff))
            candidates = [*_in_directories(tiff, listed), *_in_olympus_notes(tiff)]
            orientation, raw_size = _facts(tiff, listed)
    except TiffError:
        pass  # what was found before the break
    found = [
        Preview(at, n_bytes, size, orientation, raw_size)
        for at, n_bytes in dict.fromkeys(candidates)
        if (size := jpeg_size(data, at, n_bytes))
    ]
    return max(found, key=lambda one: one.size_px[0] * one.size_px[1], default=None)


def jpeg_size(data: FileBytes, at: int, n_bytes: int) -> tuple[int, int] | None:
    """Return the (width, height) in px of a JPEG within a file; None for what is none, or none that viewers show."""
    if n_bytes < 4 or at + n_bytes > len(data) or data[at : at + 2] != b"\xff\xd8":
        return None
    end = at + n_bytes
    at += 2
    for _ in range(_MAX_SEGMENTS):
        head = data[at : min(at + 9, end)]
        if len(head) < 9 or head[0] != 0xFF:
            return None
        if head[1] == 0xFF:  # a byte that fills up
            at += 1
        elif head[1] in _VIEWABLE:
            return int.from_bytes(head[7:9], "big"), int.from_bytes(head[5:7], "big")
        elif (0xC3 <= head[1] <= 0xCF and head[1] not in (0xC4, 0xC8, 0xCC)) or head[1] in (0xD9, 0xDA):
            return None
        else:
            at += 2 + int.from_bytes(head[2:4], "big")
    return None


def _facts(tiff: Tiff, listed: list[Directory]) -> tuple[int | None, tuple[int, int] | None]:
    turn = tiff.numbers(tiff.first.find(ORIENTATION))
    sizes = []
    for one in listed:
        width, length = tiff.numbers(one.find(_WIDTH)), tiff.numbers(one.find(_LENGTH))
        if width and length and 0 < width[0] < 1e6 and 0 < length[0] < 1e6:
            sizes.append((int(width[0]), int(length[0])))
    largest = max(sizes, key=lambda size: size[0] * size[1], default=None)
    return int(turn[0]) if turn and turn[0] in range(1, 9) else None, largest


def _in_directories(tiff: Tiff, listed: list[Directory]) -> Iterator[tuple[int, int]]:
    for one in listed:
        if whole := one.find(JPEG_OF_RW2):
            yield whole.value_at, whole.n_bytes
        pairs = [(_JPEG_AT, _JPEG_BYTES)]
        if tiff.numbers(one.find(_COMPRESSION))[:1] in [(kind,) for kind in _JPEG_COMPRESSIONS]:
            pairs.append((_STRIPS_AT, _STRIP_BYTES))
        for at_tag, bytes_tag in pairs:
            at, n_bytes = tiff.numbers(one.find(at_tag)), tiff.numbers(one.find(bytes_tag))
            if len(at) == len(n_bytes) == 1 and at[0] >= 0 and n_bytes[0] >= 0:
                yield int(at[0]), int(n_bytes[0])


def _in_olympus_notes(tiff: Tiff) -> Iterator[tuple[int, int]]:
    """Yield the preview of an ORF, which stands in the maker's notes: positions in them count from their beginning."""
    camera = tiff.below(tiff.first, EXIF_IFD)
    notes = camera.find(MAKER_NOTE) if camera else None
    if notes is None:
        return
    base, start = notes.value_at, bytes(tiff.data[notes.value_at : notes.value_at + 16])
    for signature, at in _OLYMPUS.items():
        if start.startswith(signature) and (entry := tiff.directory(base + at).find(_CAMERA_SETTINGS)):
            settings = tiff.directory(base + _long(tiff, entry.raw))
            where, n_bytes = settings.find(_PREVIEW_AT), settings.find(_PREVIEW_BYTES)
            if where and n_bytes:
                yield base + _long(tiff, where.raw), _long(tiff, n_bytes.raw)


def _long(tiff: Tiff, entry: bytes) -> int:
    return int.from_bytes(entry[8:12], "little" if tiff.order == "<" else "big")


def _in_cr3(file: BinaryIO) -> Iterator[tuple[int, int]]:
    for box in file_boxes(file, 0, file_size(file)):
        if box.kind == b"uuid" and uuid_of(file, box) == _PREVIEW_UUID:
            for one in file_boxes(file, box.body_at + 24, box.end):  # after eight bytes of unknown use
                yield from _after_head(file, one)
        elif box.kind == b"moov":
            tracks = (one for one in file_boxes(file, box.body_at, box.end) if one.kind == b"trak")
            for track, _ in zip(tracks, range(_MAX_TRACKS), strict=False):
                yield from _first_sample(file, track)
    if thumbnail := canon_boxes(file).get(b"THMB"):
        yield from _after_head(file, thumbnail)


def _after_head(file: BinaryIO, box: Box) -> Iterator[tuple[int, int]]:
    """Yield the JPEG of a box, before which stand its size and some flags."""
    file.seek(box.body_at)
    at = file.read(64).find(b"\xff\xd8\xff")
    if at >= 0:
        yield box.body_at + at, box.end - box.body_at - at


def _first_sample(file: BinaryIO, track: Box) -> Iterator[tuple[int, int]]:
    """Yield position and length of the first sample of a track: of a CR3's first track a JPEG of full size."""
    table: Box | None = track
    for kind in (b"mdia", b"minf", b"stbl"):
        table = find_file_box(file, kind, table.body_at, table.end) if table else None
    if table is None:
        return
    found = {box.kind: read_body(file, box, 10_000_000) for box in file_boxes(file, table.body_at, table.end)}
    sizes, far, near = found.get(b"stsz", b""), found.get(b"co64", b""), found.get(b"stco", b"")
    n_bytes = int.from_bytes(sizes[4:8], "big") or int.from_bytes(sizes[12:16], "big")
    at = int.from_bytes(far[8:16], "big") or int.from_bytes(near[8:12], "big")
    if at and n_bytes:
        yield at, n_bytes
