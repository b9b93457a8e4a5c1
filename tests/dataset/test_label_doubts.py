"""Labels that the other photos contradict: planted ones are found, sound ones left alone, and nobody judges itself."""

from pathlib import Path

import numpy as np

from landmark.dataset.inspection.duplicates import DuplicateGroup, MatchKind
from landmark.dataset.inspection.examination import examine_data
from landmark.dataset.inspection.label_doubts import assign_folds, find_label_doubts, group_numbers
from landmark.dataset.inspection.photo_headers import PhotoHeader

NAMES = ("Petra", "Rialto", "Taj Mahal")


def make_photos(n_each: int = 30, n_features: int = 20) -> tuple[list[PhotoHeader], np.ndarray]:
    """Photos of three landmarks, their features each around a direction of its own."""
    rng = np.random.default_rng(0)
    photos, rows = [], []
    for name in NAMES:
        centre = rng.normal(size=n_features)
        for number in range(n_each):
            photos.append(PhotoHeader("train", name, Path(f"{name}/{number}.jpg"), 1000, 64, 48, "JPEG"))
            rows.append(centre + 0.3 * rng.normal(size=n_features))
    features = np.array(rows, np.float32)
    return photos, features / np.linalg.norm(features, axis=1, keepdims=True)


def test_sound_labels_are_not_doubted() -> None:
    assert find_label_doubts(*make_photos()) == ()


def test_wrong_labels_come_first_and_name_the_right_one() -> None:
    photos, features = make_photos()
    features[3], features[40] = features[35:40].mean(axis=0), features[70:75].mean(axis=0)  # of the next landmark each
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    doubts = find_label_doubts(photos, features)
    assert {(doubt.photo.path.as_posix(), doubt.most_like) for doubt in doubts} == {
        ("Petra/3.jpg", "Rialto"), ("Rialto/10.jpg", "Taj Mahal"),
    }  # fmt: skip
    assert all(doubt.is_suspect and doubt.own_probability < 0.2 for doubt in doubts)
    assert doubts[0].belief <= doubts[1].belief
    assert doubts[0].to_dict(str)["suspect"] is True


def test_a_photo_of_nothing_known_is_unlike_its_landmark() -> None:
    photos, features = make_photos()
    features[5] = np.random.default_rng(7).normal(size=20)
    features[5] /= np.linalg.norm(features[5])
    [doubt] = find_label_doubts(photos, features)
    assert doubt.photo.path == Path("Petra/5.jpg") and doubt.is_suspect and doubt.similarity < 0.5


def test_a_wrong_photo_s_copies_do_not_vouch_for_it() -> None:
    photos, features = make_photos()
    strange = np.random.default_rng(7).normal(size=20)
    features[5:11] = strange / np.linalg.norm(strange)  # six copies of one file
    assert find_label_doubts(photos, features) == (), "otherwise this test shows nothing"
    group = DuplicateGroup(tuple(photos[5:11]), MatchKind.SAME_FILE)
    assert {doubt.photo.path.name for doubt in find_label_doubts(photos, features, [group])} == {
        f"{number}.jpg" for number in range(5, 11)
    }


def test_folds_are_stratified_and_keep_duplicates_together() -> None:
    photos, _ = make_photos()
    groups = group_numbers(
        photos, [DuplicateGroup((photos[0], photos[7], photos[31]), MatchKind.NEAR)]
    )  # over two landmarks
    labels = np.repeat(np.arange(3), 30)
    folds = assign_folds(labels, groups, seed=0)
    assert len({folds[0], folds[7], folds[31]}) == 1
    for label in range(3):
        counts = np.bincount(folds[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 2
    assert (folds == assign_folds(labels, groups, seed=0)).all() and (
        folds != assign_folds(labels, groups, seed=1)
    ).any()


def test_what_cannot_be_judged_is_not() -> None:
    photos, features = make_photos(n_each=4)
    assert find_label_doubts(photos, features) == (), "too few of each"
    photos, features = make_photos()
    features[3] = np.nan
    assert find_label_doubts(photos, features) == ()
    assert find_label_doubts(photos[:30], features[:30]) == (), "one landmark alone"


def test_real_photos_under_wrong_names_are_found(shared: Path, tmp_path: Path) -> None:
    folders = sorted((shared / "data" / "landmarks" / "test").iterdir())[::4]
    rng = np.random.default_rng(0)
    planted = set()
    for folder in folders:
        for photo in sorted(folder.iterdir())[:12]:
            wrong = rng.random() < 0.15
            place = folders[(folders.index(folder) + 1) % len(folders)] if wrong else folder
            (tmp_path / place.name).mkdir(exist_ok=True)
            (tmp_path / place.name / photo.name).symlink_to(photo)
            planted |= {photo.name} if wrong else set()
    doubts = examine_data(tmp_path, labels=True).doubts
    assert doubts is not None and len(planted) >= 8
    found = [doubt.photo.path.name for doubt in doubts]
    assert len(planted.intersection(found)) >= 0.9 * len(planted)
    assert len(planted.intersection(found[: 2 * len(planted)])) >= 0.8 * len(planted)  # some others are wrong as well
