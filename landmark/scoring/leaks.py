"""Test photos that a model may have been trained on: their answers show memory, not skill."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from landmark.core.errors import PhotoError
from landmark.dataset.inspection.duplicates import candidate_pairs
from landmark.dataset.inspection.overlap import is_same_photo
from landmark.dataset.inspection.photo_scans import scan_photos
from landmark.photo.discovery import find_photos
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules


def find_leaks(
    photos: Iterable[Path], training_folders: Iterable[Path], rules: IgnoreRules = DEFAULT_RULES
) -> frozenset[Path]:
    """Return those of the photos that are also under one of the training folders, under whatever landmark.

    The same file, or the same photo scaled, compressed, cropped or marked again: its hash is near, and then its edges
    lie over the other's. The hashes are cached on disk, so that the second time takes a moment.

    Example: `find_leaks(Path("data/test").rglob("*.jpg"), [Path("data/train")])`.
    """
    tested = list(photos)
    trained = [path for folder in training_folders for path in find_photos(folder, rules).photos]
    scans = list(scan_photos([*tested, *trained]))
    trained_files = {scan.sha256 for scan in scans[len(tested) :] if scan.sha256}
    leaks = {path for path, scan in zip(tested, scans, strict=False) if scan.sha256 in trained_files}
    for first, second in candidate_pairs(np.arange(len(scans)), scans):
        crosses = first < len(tested) <= second
        if crosses and tested[first] not in leaks and _is_same(tested[first], trained[second - len(tested)]):
            leaks.add(tested[first])
    return frozenset(leaks)


def _is_same(first: Path, second: Path) -> bool:
    try:
        return is_same_photo(first, second)
    except PhotoError:  # it has gone since it was scanned
        return False
