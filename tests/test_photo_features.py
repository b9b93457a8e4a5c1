"""Kept features: computed once for each photo's bytes, found again whatever happens to names, never stale."""

import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from bundle_made import COLOURS, make_bundle, make_photo

from landmark import photo_features
from landmark.errors import LandmarkError
from landmark.inference import Predictor
from landmark.photo_features import PhotoFeatures


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(make_bundle(tmp_path_factory.mktemp("model") / "colours"))


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [make_photo(tmp_path / "photos" / f"{number}.png", shows) for number, shows in enumerate(COLOURS)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "features.sqlite"


def look_up(predictor: Predictor, file: Path, photos: list[Path]) -> tuple[list[Path], np.ndarray, int]:
    """All at once: the photos, their vectors, and how many the network had to look at."""
    with PhotoFeatures(predictor, file) as kept:
        batches = list(kept.look_up(photos))
        vectors = [rows for paths, rows in batches if paths]
        return [path for paths, _ in batches for path in paths], np.concatenate(vectors), kept.n_computed


def test_they_are_the_networks_as_unit_vectors(predictor: Predictor, photos: list[Path], file: Path) -> None:
    paths, vectors, n_computed = look_up(predictor, file, photos)
    expected = predictor.scores(photos).features
    assert paths == photos and n_computed == len(photos)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)
    assert vectors == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-3)


def test_the_second_time_nothing_is_computed_nor_read(
    predictor: Predictor, photos: list[Path], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = look_up(predictor, file, photos)
    monkeypatch.setattr(photo_features.hashlib, "file_digest", None)
    monkeypatch.setattr(predictor, "scores", None)
    again = look_up(predictor, file, photos[::-1])
    assert again[2] == 0 and (again[1] == first[1][::-1]).all()


def test_a_photo_is_known_by_its_bytes_and_not_by_its_name(
    predictor: Predictor, photos: list[Path], file: Path
) -> None:
    first = look_up(predictor, file, photos)
    moved = [shutil.copy(photo, photo.with_name(f"moved-{photo.name}")) for photo in photos]
    again = look_up(predictor, file, moved)
    assert again[2] == 0 and (again[1] == first[1]).all()


def test_a_photo_that_has_changed_is_looked_at_again(predictor: Predictor, photos: list[Path], file: Path) -> None:
    red = look_up(predictor, file, photos)[1][0]
    before = photos[0].stat()
    shutil.copy(photos[1], photos[0])
    os.utime(photos[0], ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    _, vectors, n_computed = look_up(predictor, file, photos)
    assert n_computed == 0, "its bytes are those of another"
    assert (vectors[0] == vectors[1]).all() and not (vectors[0] == red).all()


def test_what_cannot_be_read_is_left_out_and_not_tried_again(
    predictor: Predictor, photos: list[Path], file: Path, tmp_path: Path
) -> None:
    broken, gone = tmp_path / "broken.jpg", tmp_path / "gone.jpg"
    broken.write_bytes(b"\xff\xd8\xff broken")
    mixed = [photos[0], broken, gone, photos[1]]
    paths, vectors, n_computed = look_up(predictor, file, mixed)
    assert paths == photos[:2] and len(vectors) == 2 and n_computed == 3
    assert look_up(predictor, file, mixed)[2] == 0


def test_a_kill_loses_no_more_than_a_batch(
    predictor: Predictor, photos: list[Path], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_features, "_BATCH_PHOTOS", 2)
    with PhotoFeatures(predictor, file) as kept:
        next(kept.look_up(photos))  # and no further
    assert look_up(predictor, file, photos)[2] == len(photos) - 2


def test_another_network_or_preprocessing_has_a_file_of_its_own(predictor: Predictor, tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other", preprocessing=predictor.bundle.preprocessing.to_dict() | {"resize_px": 40})
    with PhotoFeatures.of(predictor) as kept, PhotoFeatures.of(Predictor(other)) as others:
        assert kept.file != others.file and kept.file.parent == others.file.parent


def test_two_at_a_time_do_not_disturb_each_other(predictor: Predictor, photos: list[Path], file: Path) -> None:
    with PhotoFeatures(predictor, file) as one, PhotoFeatures(predictor, file) as other:
        for (paths, first), (_, second) in zip(one.look_up(photos), other.look_up(photos), strict=True):
            assert paths == photos and (first == second).all()


def test_a_file_that_is_no_database_is_refused_and_left_alone(predictor: Predictor, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary, " * 100)
    with pytest.raises(LandmarkError, match=r"diary\.txt.*LANDMARK_CACHE"):
        PhotoFeatures(predictor, diary)
    assert diary.read_text() == "Dear diary, " * 100


def test_the_file_is_whole_for_sqlite_itself(predictor: Predictor, photos: list[Path], file: Path) -> None:
    look_up(predictor, file, photos)
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM features").fetchone() == (len(photos),)
