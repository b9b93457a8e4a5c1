"""What many tests share: real photos where there are some, and a folder of landmarks made on the spot."""

import contextlib
import os
import sys
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

# Small networks on few cores: threads that wait for one another cost more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Made-up examples are the same in every run, however busy the machine is: chance must not decide what passes.
# LANDMARK_FUZZ=5000 tries so many new ones.
FUZZ = int(os.environ.get("LANDMARK_FUZZ", "0"))
with contextlib.suppress(ImportError):
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "landmark",
        max_examples=FUZZ or 150,
        derandomize=not FUZZ,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    settings.load_profile("landmark")

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


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    """PyTorch's random numbers do not depend on which tests ran before in the same process."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
