"""The splits of a data set by the names that people give them; what only looks like splits is told."""

from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

from landmark.core.errors import DataError
from landmark.dataset.inspection import inspect_data
from landmark.dataset.split_folders import find_splits
from landmark.dataset.splits import read_labelled, split_data
from landmark.photo.ignore_rules import IgnoreRules


def make_data(root: Path, *names: str) -> Path:
    for seed, name in enumerate(names):
        make_landmarks(root / name, n_photos=3, seed=seed)
    return root


@pytest.mark.parametrize(
    "names",
    [
        ("train", "valid", "test"),
        ("train", "val", "test"),
        ("training", "validation", "testing"),
        ("train", "dev", "test"),
        ("Train", "Val", "Test"),
        ("TRAIN", "VALID", "TEST"),
    ],
)
def test_splits_have_the_names_that_people_give_them(tmp_path: Path, names: tuple[str, ...]) -> None:
    data = make_data(tmp_path, *names)
    expected = {split: tmp_path / name for split, name in zip(("train", "valid", "test"), names, strict=True)}
    assert find_splits(data).splits == expected
    assert split_data(data).counts() == {"train": 9, "valid": 9, "test": 9}
    inspection = inspect_data(data)
    assert inspection.photos_per_split() == {"train": 9, "valid": 9, "test": 9} and inspection.findings == ()


@pytest.mark.parametrize("names", [("train", "val", "valid"), ("train", "Train"), ("Train", "test", "Test")])
def test_two_folders_for_one_split_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    data = make_data(tmp_path, *names)
    if len(list(data.iterdir())) < len(names):
        pytest.skip("this file system knows no capitals")
    for function in (split_data, inspect_data, find_splits):
        with pytest.raises(DataError, match="two folders for one split"):
            function(data)


def test_a_leak_into_val_is_found(tmp_path: Path) -> None:
    data = make_data(tmp_path, "train", "val")
    (data / "val" / "1.Petra" / "copy.jpg").write_bytes((data / "train" / "1.Petra" / "0.jpg").read_bytes())
    assert len(inspect_data(data).leaks) == 1


def test_a_landmark_that_is_in_val_alone_is_named_before_a_photo_is_decoded(tmp_path: Path) -> None:
    data = make_data(tmp_path, "train", "val")
    (data / "val" / "1.Petra").rename(data / "val" / "1.Grey_Gate")
    with pytest.raises(DataError, match="Grey Gate"):
        read_labelled(data)


def test_without_train_a_flat_folder_keeps_its_landmarks_whatever_they_are_called(tmp_path: Path) -> None:
    data = make_landmarks(tmp_path, n_photos=3)
    (data / "0.Taj_Mahal").rename(data / "Val")
    found = find_splits(data)
    assert found.is_flat and found.splits == {} and found.training == data and not found.doubt()
    assert inspect_data(data).splits == ("all",) and "Val" in split_data(data).categories


def test_test_alone_is_a_split(tmp_path: Path) -> None:
    data = make_data(tmp_path, "Test")
    assert inspect_data(data).photos_per_split() == {"test": 9}
    with pytest.raises(DataError, match="Test looks like a split"):
        split_data(data)


@pytest.mark.parametrize("names", [("train2017", "val2017"), ("seg_train", "seg_test"), ("training_set", "eval")])
def test_folders_that_look_like_splits_are_not_trained_on_as_landmarks(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        make_landmarks(tmp_path / name, n_photos=1)
    [finding] = inspect_data(tmp_path).findings
    assert all(name in finding for name in names) and "look like splits" in finding
    with pytest.raises(DataError, match="look like splits"):
        split_data(tmp_path)


def test_folders_of_the_system_are_no_landmarks_and_their_photos_no_photos(tmp_path: Path) -> None:
    data = make_data(tmp_path, "train", "valid")
    photo = (data / "train" / "1.Petra" / "0.jpg").read_bytes()
    for name in ("@eaDir/a.jpg", "train/@eaDir/a.jpg", "train/1.Petra/.ipynb_checkpoints/0-checkpoint.jpg",
                 "valid/1.Petra/@eaDir/0.jpg/THUMB.jpg", "train/1.Petra/.0.jpg", "train/lost+found/0.jpg"):  # fmt: skip
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(photo)
    split, inspection = split_data(data), inspect_data(data)
    assert split.counts() == {"train": 9, "valid": 9}
    assert len(inspection.photos) == 18 and inspection.findings == () and inspection.leaks == ()
    for found in (split, inspection):
        assert (found.ignored.n_folders, found.ignored.n_files) == (4, 1)
    assert inspection.to_dict()["ignored"]["n_folders"] == 4 and inspection.ignored.note() in str(inspection)
    assert len(inspect_data(data, rules=IgnoreRules(include_hidden=True)).leaks) == 1


def test_what_is_excluded_is_neither_trained_on_nor_inspected(tmp_path: Path) -> None:
    data = make_data(tmp_path, "train", "valid")
    rules = IgnoreRules(exclude=("train/1.Petra/0.jpg", "2.My_Statue"))
    split = split_data(data, rules=rules)
    assert split.counts() == {"train": 5, "valid": 6} and split.categories.names == ("Taj Mahal", "Petra")
    assert split.ignored.n_excluded == 3 and split.rules == rules
    assert len(inspect_data(data, rules=rules).photos) == 11
