"""Scoring a bundle on a folder of landmarks: matched by name, the test photos where they are told apart."""

from pathlib import Path

import pytest
from factories.bundle import CATEGORIES, make_bundle, make_photo

from landmark.core.errors import DataError
from landmark.model.predictor import Predictor
from landmark.scoring import score_bundle

FOLDERS = {
    "Taj Mahal": "02.taj_mahal",
    "Niagara Falls": "00.Niagara_Falls",
    "Grandmother's House": "01.GRANDMOTHERS_HOUSE",
}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(make_bundle(tmp_path_factory.mktemp("made") / "model"))


def make_folder(root: Path, n_photos: int = 2) -> Path:
    for name, folder in FOLDERS.items():
        for number in range(n_photos):
            make_photo(root / folder / f"{number}.png", name)
    return root


def test_right_answers_are_counted_and_landmarks_matched_by_name(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data")
    make_photo(root / FOLDERS["Taj Mahal"] / "wrong.png", "Niagara Falls")
    report = score_bundle(predictor, root).report
    assert (report.n_photos, report.n_correct) == (7, 6)
    assert [score.landmark for score in report.per_landmark] == CATEGORIES  # in the model's order
    assert [(score.n_photos, score.n_correct) for score in report.per_landmark] == [(3, 2), (2, 2), (2, 2)]
    assert [(found.landmark, found.taken_for) for found in report.confusions] == [("Taj Mahal", "Niagara Falls")]
    assert report.macro_accuracy == pytest.approx((2 / 3 + 1 + 1) / 3)


def test_a_test_folder_is_what_is_scored(tmp_path: Path, predictor: Predictor) -> None:
    make_folder(tmp_path / "data" / "train", n_photos=4)
    make_folder(tmp_path / "data" / "test", n_photos=1)
    assert score_bundle(predictor, str(tmp_path / "data")).report.n_photos == 3


def test_unreadable_photos_are_named_and_not_counted(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data")
    cut = root / FOLDERS["Taj Mahal"] / "0.png"
    cut.write_bytes(cut.read_bytes()[:40])  # still a PNG by its first bytes
    report = score_bundle(predictor, root).report
    assert (report.n_photos, report.n_correct) == (5, 5)
    assert len(report.unreadable) == 1
    assert str(cut) in report.unreadable[0]


def test_when_nothing_can_be_read_it_says_so(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data", n_photos=1)
    for path in root.rglob("*.png"):
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=r"None of 3 photos can be read; the first: .*0\.png"):
        score_bundle(predictor, root)


def test_other_landmarks_are_listed(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data")
    (root / FOLDERS["Taj Mahal"]).rename(root / "02.Petra")
    with pytest.raises(DataError) as caught:
        score_bundle(predictor, root)
    assert "does not know: Petra" in str(caught.value) and "without a folder yet: Taj Mahal" in str(caught.value)
    assert "colours" in str(caught.value)


def test_a_folder_may_lack_a_landmark(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data")
    (root / FOLDERS["Taj Mahal"]).rename(tmp_path / "elsewhere")
    report = score_bundle(predictor, root).report
    assert report.n_photos == 4 and report.macro_accuracy == 1.0


def test_two_spellings_of_one_landmark_are_scored_together(tmp_path: Path, predictor: Predictor) -> None:
    root = make_folder(tmp_path / "data")
    make_photo(root / "03.Tāj-Mahal" / "0.png", "Taj Mahal")
    assert [score.n_correct for score in score_bundle(predictor, root).report.per_landmark] == [3, 2, 2]
