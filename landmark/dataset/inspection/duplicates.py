"""Photos that are there more than once: the same file or pixels, or the same photo saved, cropped or marked again.

Inside a landmark they weigh double; under two landmarks one label is wrong; between the splits they are leaks: what a
model is tested on, it has been trained on.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.cpu import available_cpus
from landmark.core.errors import PhotoError
from landmark.core.progress import track
from landmark.dataset.inspection.image_hashes import near_pairs
from landmark.dataset.inspection.overlap import is_same_photo
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.dataset.inspection.photo_scans import PhotoScan
from landmark.model.describer import nearest_pairs
from landmark.photo import read_photo

MAX_BITS = 12  # of 64; a stock photo with its seller's bar below is 12 bits from the one without
_PAIRS_AT_ONCE = 64


class MatchKind(IntEnum):
    """How two files show the same; the larger, the looser."""

    SAME_FILE = 1  # byte for byte
    SAME_PIXELS = 2  # another file: its metadata or format differ
    NEAR = 3  # the same photo scaled, compressed, cropped, brightened or marked

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class DuplicateGroup:
    """Photos that are one, the best of them first; `match` is the loosest tie that the group needs."""

    photos: tuple[PhotoHeader, ...]
    match: MatchKind

    @property
    def splits(self) -> tuple[str, ...]:
        """Return the splits in which it stands, in the order of its photos."""
        return tuple(dict.fromkeys(photo.split for photo in self.photos))

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Return the landmarks under which it stands."""
        return tuple(dict.fromkeys(photo.landmark for photo in self.photos))

    @property
    def is_leak(self) -> bool:
        """Return whether it stands in several splits."""
        return len(self.splits) > 1

    @property
    def is_conflict(self) -> bool:
        """Return whether it stands under several landmarks, of which at most one is right."""
        return len(self.landmarks) > 1

    def to_dict(self, name_of: Any) -> dict[str, Any]:
        """Return plain JSON values; `name_of` turns a path into what it is called."""
        return {
            "kinship": str(self.match),
            "leak": self.is_leak,
            "conflicting_labels": self.is_conflict,
            "photos": [name_of(photo.path) for photo in self.photos],
        }


def find_duplicates(
    photos: Sequence[PhotoHeader], scans: Sequence[PhotoScan], features: NDArray[np.float32] | None = None
) -> tuple[DuplicateGroup, ...]:
    """Find groups of two photos or more, those with the most photos first; `scans` belong to the photos, one each.

    Two photos are taken for one when their hashes differ in at most `MAX_BITS` bits, or, with `features` (N, D; rows of
    NaN for photos without), when one is the other's nearest neighbour; and when then their edges lie over each other.

    Example: `find_duplicates(inspection.photos, list(scan_photos([photo.path for photo in inspection.photos])))`.
    """
    groups = _Groups(len(photos))
    first_of: dict[str, int] = {}
    for index, scan in enumerate(scans):
        if scan.sha256 and not scan.error:
            groups.join(first_of.setdefault(scan.sha256, index), index, MatchKind.SAME_FILE)
    different = np.array(sorted(first_of.values()), dtype=np.int64)
    candidates = candidate_pairs(different, scans, features)
    _join_matches(photos, candidates, groups)
    found = [
        DuplicateGroup(tuple(sorted((photos[index] for index in members), key=_best_first)), groups.match[first])
        for first, members in groups.members.items()
        if len(members) > 1
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.photos), str(group.photos[0].path))))


def _best_first(photo: PhotoHeader) -> tuple[int, int, str]:
    """Return the key that puts the largest picture first, then the one that was compressed least."""
    return -photo.width_px * photo.height_px, -photo.n_bytes, str(photo.path)


def candidate_pairs(
    different: NDArray[np.int64], scans: Sequence[PhotoScan], features: NDArray[np.float32] | None = None
) -> Iterator[tuple[int, int]]:
    """Yield pairs of indices of files that may show one photo, the smaller first; `different` are those to pair.

    Example: `candidate_pairs(np.arange(len(scans)), scans)`.
    """
    hash_of = {index: value for index in different.tolist() if (value := scans[index].perceptual_hash) is not None}
    seen, hashes = np.array([*hash_of], dtype=np.int64), np.array([*hash_of.values()], dtype=np.uint64)
    pieces = near_pairs(hashes, max_bits=MAX_BITS)
    if features is not None:
        pieces = chain(pieces, [nearest_pairs(features[seen])])
    for first, second in pieces:
        yield from zip(seen[first].tolist(), seen[second].tolist(), strict=True)


def _join_matches(photos: Sequence[PhotoHeader], candidates: Iterable[tuple[int, int]], groups: "_Groups") -> None:
    """Join those pairs that are one photo. What is in one group already is not compared again."""

    def compare(pair: tuple[int, int]) -> MatchKind | None:
        first, second = photos[pair[0]], photos[pair[1]]
        try:
            if not is_same_photo(first.path, second.path):
                return None
            same_size = (first.width_px, first.height_px) == (second.width_px, second.height_px)
            if same_size and np.array_equal(read_photo(first.path).pixels, read_photo(second.path).pixels):
                return MatchKind.SAME_PIXELS
            return MatchKind.NEAR
        except PhotoError:  # it has gone since it was scanned
            return None

    rest = track(iter(candidates), "Comparing photos", unit="pairs")
    with ThreadPoolExecutor(available_cpus()) as pool:
        while batch := list(islice((pair for pair in rest if not groups.joined(*pair)), _PAIRS_AT_ONCE)):
            for pair, match in zip(batch, pool.map(compare, batch), strict=True):
                if match is not None:
                    groups.join(*pair, match)


class _Groups:
    """Groups of indices that grow together, each with the loosest tie in it; a group is known by its first member."""

    def __init__(self, size: int) -> None:
        self.members = {index: [index] for index in range(size)}
        self.match = [MatchKind.SAME_FILE] * size
        self._group_of = list(range(size))

    def joined(self, first: int, second: int) -> bool:
        return self._group_of[first] == self._group_of[second]

    def join(self, first: int, second: int, match: MatchKind) -> None:
        kept, gone = sorted((self._group_of[first], self._group_of[second]), key=lambda one: -len(self.members[one]))
        if kept != gone:
            for index in self.members[gone]:
                self._group_of[index] = kept
            self.members[kept] += self.members.pop(gone)
            self.match[kept] = max(self.match[kept], self.match[gone], match)
