"""What is amiss with the paths of a command is told before PyTorch is imported."""

import subprocess
import sys
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

from landmark.core.errors import BundleError, ConfigurationError, DataError
from landmark.photo.ignore_rules import IgnoreRules
from landmark.training.pipeline.preflight import check_paths


@pytest.mark.parametrize("command", ["train", "tune"])
def test_a_folder_without_landmarks_is_told_without_pytorch(command: str, tmp_path: Path) -> None:
    """The import of PyTorch is made to fail: whoever gets as far is told so in place of the folder."""
    (tmp_path / "torch.py").write_text("raise ImportError('too early')")
    (tmp_path / "empty").mkdir()
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from landmark.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, command, "empty"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("landmark: empty: no landmarks found")


def test_paths_that_can_be_used_pass(landmarks: Path, tmp_path: Path) -> None:
    check_paths(landmarks, tmp_path / "new/run", landmarks / "test")
    check_paths(landmarks / "train", tmp_path)


def test_folders_without_landmarks_are_refused(landmarks: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no landmarks found"):
        check_paths(tmp_path / "empty", tmp_path / "run")
    with pytest.raises(DataError, match="others: no such folder"):
        check_paths(landmarks, tmp_path / "run", tmp_path / "others")


def test_a_place_where_nothing_may_be_written_is_refused(landmarks: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="file is a file"):
        check_paths(landmarks, tmp_path / "file/run")
    (tmp_path / "run/bundle").mkdir(parents=True)
    (tmp_path / "run/bundle/holiday.jpg").touch()
    with pytest.raises(BundleError, match=r"holiday\.jpg"):
        check_paths(landmarks, tmp_path / "run")


@pytest.mark.parametrize("split", ["", "train", "Train"])
def test_one_landmark_alone_is_refused_before_any_work(split: str, tmp_path: Path) -> None:
    data = make_landmarks(tmp_path / "data" / split, n_photos=1)
    for path in (data / "1.Petra" / "0.jpg", data / "2.My_Statue" / "0.jpg"):
        path.unlink()
    with pytest.raises(
        DataError, match=r"one landmark, Taj Mahal \(no photos in: 1.Petra, 2.My_Statue\).* 2 landmarks"
    ):
        check_paths(tmp_path / "data", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_landmark_that_only_validation_has_is_named(tmp_path: Path) -> None:
    for name in ("train", "Validation"):
        make_landmarks(tmp_path / name, n_photos=1)
    (tmp_path / "Validation" / "1.Petra").rename(tmp_path / "Validation" / "1.Grey_Gate")
    with pytest.raises(DataError, match="Grey Gate"):
        check_paths(tmp_path, tmp_path / "run")
    check_paths(tmp_path, tmp_path / "run", rules=IgnoreRules(exclude=("1.*",)))
