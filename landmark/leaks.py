"""Test photos that a model may have been trained on: what it says of them shows memory, not skill."""

from collections.abc import Iterable
from pathlib import Path

from landmark.folders import LabelledPhoto
from landmark.photo_folder import find_photos
from landmark.splits import group_identical


def find_leaks(photos: Iterable[Path], training_folders: Iterable[Path]) -> frozenset[Path]:
    """Those of the photos that are byte for byte a photo under one of the training folders, under whatever landmark.

    Only files of equal size are read. Photos that were scaled or compressed again are not found; whoever knows of such
    hands them to `score_bundle` beside these.
    """
    tested, trained = 0, 1
    pool = [LabelledPhoto(path, tested) for path in photos]
    for folder in training_folders:
        pool += [LabelledPhoto(path, trained) for path in find_photos(folder).photos]
    return frozenset(
        photo.path
        for group in group_identical(pool)
        if len({photo.label for photo in group}) > 1
        for photo in group
        if photo.label == tested
    )
