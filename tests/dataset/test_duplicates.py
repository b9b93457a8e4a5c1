"""Duplicates: what is one photo is one group, with the loosest tie it needs; what is not stays apart."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.scenes import add_bar, crop, draw_scene, save, scale
from PIL import Image

from landmark.dataset.inspection import inspect_data
from landmark.dataset.inspection.duplicates import DuplicateGroup, MatchKind, find_duplicates
from landmark.dataset.inspection.photo_scans import scan_photos


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two landmarks in train and test, 4 different scenes each."""
    seed = 0
    for split in ("train", "test"):
        for folder in ("0.Petra", "1.Rialto"):
            for number in range(4):
                save(draw_scene(seed), tmp_path / "data" / split / folder / f"{number}.png")
                seed += 1
    return tmp_path / "data"


def groups_of(data: Path, features: np.ndarray | None = None) -> tuple[DuplicateGroup, ...]:
    photos = inspect_data(data).photos
    return find_duplicates(photos, list(scan_photos([photo.path for photo in photos])), features)


def names(data: Path, group: DuplicateGroup) -> set[str]:
    return {photo.path.relative_to(data).as_posix() for photo in group.photos}


def test_different_photos_are_no_duplicates(data: Path) -> None:
    assert groups_of(data) == ()


def test_same_file_same_pixels_and_near_are_distinguished(data: Path) -> None:
    petra = data / "train" / "0.Petra"
    (petra / "file.jpg").write_bytes((petra / "0.png").read_bytes())
    save(Image.open(petra / "1.png"), petra / "pixels.bmp")
    save(scale(Image.open(petra / "2.png"), 0.5), petra / "near.jpg", quality=70)
    save(add_bar(Image.open(petra / "3.png")), petra / "marked.jpg")
    found: dict[str, set[Any]] = {str(group.match): set() for group in groups_of(data)}
    for group in groups_of(data):
        found[str(group.match)] |= {frozenset(photo.path.name for photo in group.photos)}
        assert not group.is_leak and not group.is_conflict
    assert found == {
        "same file": {frozenset({"0.png", "file.jpg"})},
        "same pixels": {frozenset({"1.png", "pixels.bmp"})},
        "near": {frozenset({"2.png", "near.jpg"}), frozenset({"3.png", "marked.jpg"})},
    }


def test_leaks_and_conflicts_are_groups_over_parts_and_landmarks(data: Path) -> None:
    photo = data / "train" / "0.Petra" / "0.png"
    (data / "test" / "0.Petra" / "copy.png").write_bytes(photo.read_bytes())
    save(Image.open(data / "train" / "1.Rialto" / "1.png"), data / "train" / "0.Petra" / "wrong.jpg", quality=50)
    leak, conflict = sorted(groups_of(data), key=lambda group: group.is_conflict)
    assert leak.is_leak and not leak.is_conflict and leak.match == MatchKind.SAME_FILE
    assert names(data, leak) == {"train/0.Petra/0.png", "test/0.Petra/copy.png"}
    assert conflict.is_conflict and not conflict.is_leak and conflict.match == MatchKind.NEAR
    assert set(conflict.landmarks) == {"Petra", "Rialto"}


def test_a_group_grows_together_and_the_best_comes_first(data: Path) -> None:
    petra = data / "train" / "0.Petra"
    original = Image.open(petra / "0.png")
    for number, factor in enumerate((0.8, 0.6, 0.4)):
        save(scale(original, factor), petra / f"small{number}.jpg")
    (petra / "small3.jpg").write_bytes((petra / "small2.jpg").read_bytes())
    [group] = groups_of(data)
    ordered = [photo.path.name for photo in group.photos]
    assert ordered == ["0.png", "small0.jpg", "small1.jpg", "small2.jpg", "small3.jpg"]
    assert group.match == MatchKind.NEAR


def test_features_find_what_hashes_do_not(data: Path) -> None:
    petra = data / "train" / "0.Petra"
    save(crop(Image.open(petra / "0.png"), 0.8), petra / "cropped.png")
    assert groups_of(data) == (), "otherwise this test shows nothing"
    photos = inspect_data(data).photos
    features = np.eye(len(photos), dtype=np.float32)
    first, second = (index for index, photo in enumerate(photos) if photo.path.name in ("0.png", "cropped.png")
                     and photo.path.parent == petra)  # fmt: skip
    features[second] = features[first]
    features[3] = np.nan  # could not be read
    features[5] = features[6]  # alike, and not the same photo
    [group] = groups_of(data, features)
    assert names(data, group) == {"train/0.Petra/0.png", "train/0.Petra/cropped.png"}


def test_broken_and_blank_photos_are_not_taken_for_one_another(data: Path) -> None:
    petra = data / "train" / "0.Petra"
    for colour in ("black", "white"):
        save(Image.new("RGB", (400, 300), colour), petra / f"{colour}.png")
    file = io.BytesIO()
    draw_scene(50).save(file, "JPEG")
    for length in (900, 901):
        (petra / f"{length}.jpg").write_bytes(file.getvalue()[:length])
    assert groups_of(data) == ()
