"""What many tests share: real photos where there are some, and a folder of landmarks made on the spot."""

import os
from pathlib import Path

import pytest
from landmarks_made import make_landmarks

# Small networks on few cores: threads that wait for one another cost more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `../shared` with real photos and pretrained backbones; tests that need it skip where it is absent."""
    if not (SHARED / "data" / "landmarks").is_dir():
        pytest.skip("needs the real photos in ../shared, which are not part of the project")
    return SHARED


@pytest.fixture
def landmarks(tmp_path: Path) -> Path:
    """A data set with train and test of three landmarks that differ in colour."""
    make_landmarks(tmp_path / "data" / "train", n_photos=8)
    make_landmarks(tmp_path / "data" / "test", n_photos=3, seed=1)
    return tmp_path / "data"


@pytest.fixture(scope="session", autouse=True)
def _no_traces(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests compute is not kept among the user's own things."""
    os.environ["LANDMARK_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["LANDMARK_DATA"] = str(tmp_path_factory.mktemp("data"))
