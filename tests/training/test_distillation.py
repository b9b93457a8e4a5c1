"""Teachers: whole networks out of bundles, and the targets that they make."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import onnxruntime  # noqa: E402

from landmark.core.errors import ConfigurationError  # noqa: E402
from landmark.model.bundle import load_bundle  # noqa: E402
from landmark.photo import read_photo  # noqa: E402
from landmark.training.distillation import Distillation, load_teacher  # noqa: E402
from landmark.training.networks import LandmarkNetwork  # noqa: E402

POSTCARDS = Path(__file__).parents[2] / "examples" / "postcards"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def teacher() -> LandmarkNetwork:
    bundle = load_bundle()
    return load_teacher(bundle.path, bundle.categories, CPU)


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    paths = sorted(POSTCARDS.glob("*.jpg"))
    return np.stack([load_bundle().preprocessing(read_photo(path).pixels) for path in paths])


def test_a_teacher_says_what_its_bundle_says(teacher: LandmarkNetwork, photos: np.ndarray) -> None:
    session = onnxruntime.InferenceSession(str(load_bundle().path / "model.onnx"))
    expected = session.run(["logits"], {"photos": photos})[0]
    with torch.inference_mode():
        found = teacher.score(torch.from_numpy(photos)).numpy()
    assert np.abs(found - expected).max() < 0.02
    assert not any(weight.requires_grad for weight in teacher.parameters())
    assert not teacher.training


def test_targets_are_shared_between_labels_and_teachers(teacher: LandmarkNetwork, photos: np.ndarray) -> None:
    batch, labels = torch.from_numpy(photos), torch.arange(len(photos))
    distillation = Distillation([teacher, teacher], 0.25, teacher.n_classes)
    seen, targets = distillation(batch, labels)
    assert torch.equal(seen, batch)
    one_hot = torch.nn.functional.one_hot(labels, teacher.n_classes)
    assert torch.allclose(targets, 0.75 * one_hot + 0.25 * distillation.answers(batch), atol=1e-6)
    assert torch.allclose(targets.sum(dim=1), torch.ones(len(photos)), atol=1e-5)
    targets.requires_grad_(True)  # a tensor that inference mode made could not


def test_what_was_mixed_is_what_the_teacher_sees(teacher: LandmarkNetwork, photos: np.ndarray) -> None:
    batch, labels = torch.from_numpy(photos), torch.arange(len(photos))

    def turn(some: torch.Tensor, which: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return some.flip(0), which.flip(0)

    _, targets = Distillation([teacher], 1.0, teacher.n_classes, turn)(batch, labels)
    assert torch.allclose(targets, Distillation([teacher], 1.0, teacher.n_classes).answers(batch.flip(0)), atol=1e-5)


def test_a_teacher_of_other_landmarks_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="knows 29 landmarks, which are not the 2"):
        load_teacher(load_bundle().path, ["Petra", "Taj Mahal"], CPU)
