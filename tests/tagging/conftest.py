"""What tests of tagging share: a data folder of their own, a model in numpy, and a place for an album."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import album

from landmark.model.predictor import Predictor


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LANDMARK_DATA", str(tmp_path / "data"))
    yield tmp_path / "data"


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return album.make_predictor(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "album"
