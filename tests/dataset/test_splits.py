"""Folders of landmarks and their splits: what is found, what is left out, what never stands on both sides."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

from landmark.core.errors import DataError
from landmark.dataset.folders import LandmarkFolder, leave_out_unreadable, read_folder, usable_photos
from landmark.dataset.splits import split_data, split_photos


def _photos_per_landmark(folder: LandmarkFolder) -> list[int]:
    return [n for _, n in sorted(Counter(photo.label for photo in folder.photos).items())]


def test_photos_are_found_by_content_and_the_rest_is_counted(landmarks: Path) -> None:
    train = landmarks / "train"
    (train / "0.Taj_Mahal" / "0.jpg").rename(train / "0.Taj_Mahal" / "a.img")
    (train / "0.Taj_Mahal" / "notes.jpg").write_text("not a photo")
    folder = read_folder(train)
    assert folder.categories.names == ("Taj Mahal", "Petra", "My Statue")
    assert _photos_per_landmark(folder) == [8, 8, 8]
    assert folder.n_skipped == 1


def test_unreadable_and_truncated_photos_are_left_out_and_named(landmarks: Path) -> None:
    broken = landmarks / "train" / "1.Petra" / "3.jpg"
    broken.write_bytes(broken.read_bytes()[:-200])
    folder = leave_out_unreadable(read_folder(landmarks / "train"))
    assert _photos_per_landmark(folder) == [8, 7, 8]
    [(path, reason)] = folder.left_out
    assert path == broken
    assert "3.jpg" in reason and "truncated" in reason


def test_misnamed_files_are_listed_too(landmarks: Path) -> None:
    copied, note = landmarks / "train/1.Petra/copied.jpg", landmarks / "train/1.Petra/note.txt"
    copied.touch()
    note.write_text("mostly sand")
    folder = leave_out_unreadable(read_folder(landmarks / "train"))
    assert [path for path, _ in folder.left_out] == [copied] and folder.n_skipped == 2
    assert "empty" in folder.left_out[0][1]


def test_a_landmark_without_any_readable_photo_is_an_error_that_names_it(landmarks: Path) -> None:
    for photo in (landmarks / "train" / "1.Petra").iterdir():
        photo.write_bytes(photo.read_bytes()[:150])
    with pytest.raises(DataError, match="Petra"):
        leave_out_unreadable(read_folder(landmarks / "train"))


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_a_missing_or_empty_folder_says_what_was_expected(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="one folder per landmark"):
        read_folder(tmp_path / missing)


def test_a_split_is_stratified_complete_and_the_same_for_the_same_seed(landmarks: Path) -> None:
    photos = read_folder(landmarks / "train").photos
    train, valid = split_photos(photos, (0.75, 0.25), seed=3)
    assert Counter(photo.label for photo in valid) == {0: 2, 1: 2, 2: 2}
    assert sorted(train + valid, key=photos.index) == list(photos)
    assert split_photos(photos, (0.75, 0.25), seed=3) == (train, valid)
    assert split_photos(photos, (0.75, 0.25), seed=4) != (train, valid)


def test_identical_photos_never_stand_on_both_sides_even_under_two_landmarks(landmarks: Path) -> None:
    train = landmarks / "train"
    for number in range(4):  # half of one landmark is the same file, and so is one of another landmark
        shutil.copy(train / "0.Taj_Mahal/0.jpg", train / f"0.Taj_Mahal/copy{number}.jpg")
    shutil.copy(train / "0.Taj_Mahal/0.jpg", train / "2.My_Statue/copy.jpg")
    photos = read_folder(train).photos
    for seed in range(20):
        sides = [
            {photo.path.read_bytes() for photo in split} for split in split_photos(photos, (0.5, 0.25, 0.25), seed=seed)
        ]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_every_landmark_is_in_every_part_when_it_has_enough_photos(tmp_path: Path) -> None:
    make_landmarks(tmp_path, n_photos=3)
    for split in split_photos(read_folder(tmp_path).photos, (0.6, 0.2, 0.2)):
        assert {photo.label for photo in split} == {0, 1, 2}


def test_a_flat_folder_is_split_60_20_20_and_recorded(tmp_path: Path) -> None:
    make_landmarks(tmp_path / "flat", n_photos=10)
    split = split_data(tmp_path / "flat")
    assert split.counts() == {"train": 18, "valid": 6, "test": 6}
    recorded = split.to_dict()
    assert len({*recorded["train"], *recorded["valid"], *recorded["test"]}) == 30
    assert all((tmp_path / "flat" / name).is_file() for name in recorded["test"])


def test_different_landmarks_in_train_and_test_are_listed(landmarks: Path) -> None:
    (landmarks / "test" / "2.My_Statue").rename(landmarks / "test" / "2.Rialto_Bridge")
    with pytest.raises(DataError, match=r"My Statue.*Rialto Bridge"):
        split_data(landmarks)


def test_valid_has_a_folder_of_its_own_where_there_is_one(landmarks: Path) -> None:
    make_landmarks(landmarks / "valid", n_photos=2, seed=5)
    assert split_data(landmarks).counts() == {"train": 24, "valid": 6, "test": 9}


def test_photos_without_landmarks_are_found_at_any_depth(landmarks: Path) -> None:
    assert len(usable_photos(landmarks)) == 33


def test_on_the_real_photos_nothing_is_left_out(shared: Path) -> None:
    folder = read_folder(shared / "data/landmarks/test")
    assert len(folder.photos) == 885 and len(folder.categories) == 29
