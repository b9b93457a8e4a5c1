"""The structure that EXIF and TIFF files share: directories (IFDs) of entries, each a tag with its values.

After "TIFF Revision 6.0" (1992) and Exif 2.32. Only the structure is here; what the tags mean is `exif`'s. Nothing in a
file is trusted: what points outside of it has no value, and no directory is read twice.
"""

import math
import struct
from dataclasses import dataclass
from typing import BinaryIO

from landmark.metadata.blocks import UnsupportedError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes of a value, by type
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_MAX_ENTRIES = 1000  # of a directory; cameras write some dozens
_MAX_VALUE_BYTES = 64_000_000  # of an entry: the largest are whole pictures
_MAX_TEXT_BYTES = 65_536
_MAX_NUMBERS = 64  # of an entry that is read as numbers
# Olympus and Panasonic begin their RAW files with letters of their own.
_ORDERS = {b"II*\0": "<", b"MM\0*": ">", b"IIRO": "<", b"IIRS": "<", b"MMOR": ">", b"IIU\0": "<"}

BIG_TIFF = (b"II+\0", b"MM\0+")  # how one begins
EXIF_IFD, GPS_IFD = 0x8769, 0x8825  # tags that point at directories
MAKE, ORIENTATION, XMP_TAG, MAKER_NOTE = 0x010F, 0x0112, 0x02BC, 0x927C  # that several modules look for
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7


class TiffError(ValueError):
    """Bytes that are no TIFF structure, or a broken one."""


class BigTiffError(TiffError, UnsupportedError):
    """A TIFF of 64-bit positions."""


@dataclass(frozen=True)
class Entry:
    """One tag of a directory: where its values are, and its 12 bytes as they stand."""

    tag: int
    type: int
    count: int
    value_at: int
    n_bytes: int
    raw: bytes


@dataclass(frozen=True)
class Directory:
    """The entries of a directory, where it begins, and where the next one does (0: it is the last)."""

    at: int
    entries: tuple[Entry, ...]
    next_at: int

    def find(self, tag: int) -> Entry | None:
        """Return the entry of a tag, or None."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


class FileBytes:
    """The bytes of an open file, read where they are asked for: so a file of any size costs what is looked at.

    >>> import io
    >>> FileBytes(io.BytesIO(b"abcdef"))[2:4]
    b'cd'
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, file.seek(0, 2)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self._size)
        self._file.seek(start)
        return self._file.read(max(0, end - start))


class Tiff:
    """A TIFF structure, in memory or in a file. Raises `TiffError` where there is none.

    >>> tiff = Tiff(bytes.fromhex("49492a0008000000 0100 0001 0300 01000000 60000000 00000000".replace(" ", "")))
    >>> tiff.first.entries[0].tag, tiff.numbers(tiff.first.entries[0])
    (256, (96.0,))
    """

    def __init__(self, data: bytes | FileBytes) -> None:
        self.data = data
        self.order = _ORDERS.get(bytes(data[:4]), "")
        if data[:4] in BIG_TIFF:
            raise BigTiffError("BigTIFF")
        if not self.order:
            raise TiffError(f"begins with {bytes(data[:4]).hex(' ') or 'nothing'}")
        (self.first_at,) = self._unpack("I", 4)
        self.first = self.directory(self.first_at)
        if not self.first.entries:
            raise TiffError(f"a first directory without entries at {self.first_at}")

    def directory(self, at: int) -> Directory:
        """Return the directory at a position. Drones and redactors write empty ones."""
        (n_entries,) = self._unpack("H", at)
        if n_entries > _MAX_ENTRIES:
            raise TiffError(f"a directory of {n_entries} entries at {at}")
        end = at + 2 + 12 * n_entries
        if end > len(self.data):
            raise TiffError(f"a directory at {at} that is cut short")
        # some writers leave out the position of the next directory at the very end
        next_at = self._unpack("I", end)[0] if end + 4 <= len(self.data) else 0
        return Directory(at, tuple(self._entry(at + 2 + 12 * index) for index in range(n_entries)), next_at)

    def below(self, directory: Directory, tag: int) -> Directory | None:
        """Return the directory that a tag of another points at; None without such a tag."""
        entry = directory.find(tag)
        if entry is None or (value := self.bytes(entry)) is None or len(value) < 4:
            return None
        (at,) = struct.unpack(self.order + "I", value[:4])
        return self.directory(at) if at else None

    def bytes(self, entry: Entry) -> bytes | None:
        """Return the values of an entry as they stand; None where they lie outside of the file."""
        end = entry.value_at + entry.n_bytes
        if end > len(self.data) or entry.n_bytes > _MAX_VALUE_BYTES:
            return None
        return bytes(self.data[entry.value_at : end])

    def text(self, entry: Entry | None) -> str:
        """Return the text of an entry up to its first zero; empty where there is none, or one of more than 64 kB."""
        if entry is None or entry.type not in (BYTE, ASCII, UNDEFINED) or entry.n_bytes > _MAX_TEXT_BYTES:
            return ""
        return (self.bytes(entry) or b"").split(b"\0")[0].decode("utf-8", "replace").strip()

    def numbers(self, entry: Entry | None) -> tuple[float, ...]:
        """Return the values of an entry as numbers, a fraction over zero being nan; empty where there are none."""
        if entry is None or entry.count > _MAX_NUMBERS or (value := self.bytes(entry)) is None:
            return ()
        if entry.type in (5, 10):
            parts = struct.unpack(f"{self.order}{2 * entry.count}{'I' if entry.type == 5 else 'i'}", value)
            pairs = zip(parts[::2], parts[1::2], strict=True)
            return tuple(above / below if below else math.nan for above, below in pairs)
        if entry.type in _NUMBERS:
            return tuple(map(float, struct.unpack(f"{self.order}{entry.count}{_NUMBERS[entry.type]}", value)))
        return ()

    def _entry(self, at: int) -> Entry:
        tag, kind, count = self._unpack("HHI", at)
        n_bytes = _SIZES.get(kind, 1) * count
        value_at = at + 8 if n_bytes <= 4 else self._unpack("I", at + 8)[0]
        return Entry(tag, kind, count, value_at, n_bytes, bytes(self.data[at : at + 12]))

    def _unpack(self, layout: str, at: int) -> tuple[int, ...]:
        layout = self.order + layout
        try:
            return struct.unpack(layout, self.data[at : at + struct.calcsize(layout)])
        except struct.error:
            raise TiffError(f"cut short before {at}") from None
