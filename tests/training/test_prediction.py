"""One photo through a network in PyTorch: the same answer every time, by the names of the categories."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
import torch

pytest.importorskip("plotly")
import numpy as np
from PIL import Image

from landmark import (
    get_data_loaders,
    get_model_scratch,
    get_model_transfer,
    get_prediction_probs,
    get_top_k_categories,
    nn,
    plot_top_k_categories,
)
from landmark.core.errors import DataError, PhotoError
from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Augmentation

SMALL = Preprocessing(resize_px=40, crop_px=32)
CATEGORIES = {"0": "Taj Mahal", "1": "Petra", "2": "My Statue"}


class Colours(nn.Module):
    """Says red, green or blue, and how strongly, so that a test knows what should come out."""

    def forward(self, photos: "torch.Tensor") -> "torch.Tensor":
        return (photos.mean(dim=(2, 3)) * 3).log_softmax(dim=1)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.zeros((50, 70, 3), np.uint8)
    pixels[..., 1], pixels[..., 0] = 250, 120
    Image.fromarray(pixels).save(tmp_path / "green.png")
    return tmp_path / "green.png"


def test_the_best_categories_come_first(photo: Path) -> None:
    assert get_top_k_categories(Colours(), str(photo), CATEGORIES, 2) == ["Petra", "Taj Mahal"]
    named = get_top_k_categories(model=Colours(), img_path=photo, d_categories=CATEGORIES, k=9, device="cpu")
    assert named == ["Petra", "Taj Mahal", "My Statue"]


def test_a_missing_gpu_is_a_warning(photo: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.warns(UserWarning, match="no GPU"):
        assert get_top_k_categories(Colours(), photo, CATEGORIES, 1, "cuda") == ["Petra"]


def test_probabilities_of_a_photo_of_a_dataset(landmarks: Path) -> None:
    loaders = get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=0)
    probabilities = get_prediction_probs(Colours(), loaders["test"].dataset, 4)
    assert probabilities.shape == (1, 3) and probabilities.argmax() == 1
    assert probabilities.sum().item() == pytest.approx(1, abs=1e-5)


def test_a_dataset_that_is_prepared_otherwise_is_respected(landmarks: Path) -> None:
    loaders = get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=0, preprocessing=SMALL)
    dataset = loaders["test"].dataset
    model = get_model_scratch(3, image_px=32).eval()
    with torch.inference_mode():
        expected = model(dataset[2][0][None]).exp()
    assert torch.allclose(get_prediction_probs(model, dataset, 2), expected, atol=1e-6)


def test_predictions_are_the_same_every_time_also_of_training_photos(landmarks: Path) -> None:
    loaders = get_data_loaders(
        landmarks / "train", None, landmarks / "test", 0.25, workers=0, preprocessing=SMALL,
        augmentation=Augmentation(32, colour=0.9),
    )  # fmt: skip
    dataset: Any = loaders["train"].dataset
    assert not torch.equal(dataset[0][0], dataset[0][0]), "training augments"
    model = get_model_scratch(3, image_px=32).train()  # dropout would be at work
    first, second = (get_prediction_probs(model, dataset, 0) for _ in range(2))
    assert torch.equal(first, second)
    path = dataset.photos[0].path
    names = [get_top_k_categories(model, path, CATEGORIES) for _ in range(2)]
    assert names[0] == names[1] and CATEGORIES[str(int(first.argmax()))] == names[0][0]


def test_any_other_dataset_serves_too() -> None:
    dataset = torch.utils.data.TensorDataset(torch.ones(2, 3, 8, 8), torch.zeros(2))
    assert get_prediction_probs(Colours(), dataset, 1).shape == (1, 3)


def test_the_size_of_a_scratch_network_is_known(photo: Path) -> None:
    seen = []
    model = get_model_scratch(3, image_px=64)
    model.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape))
    get_top_k_categories(model, photo, CATEGORIES)
    assert seen == [(1, 3, 64, 64)]


def test_categories_that_do_not_fit_the_model_are_an_error(photo: Path) -> None:
    with pytest.raises(DataError, match=r"3 landmarks.*name 2.*\[2\]"):
        get_top_k_categories(Colours(), photo, {"0": "a", "1": "b"})
    with pytest.raises(DataError, match="k is 0"):
        get_top_k_categories(Colours(), photo, CATEGORIES, 0)


def test_what_is_no_photo_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("hello")
    with pytest.raises(PhotoError, match=r"a\.jpg: this is text"):
        get_top_k_categories(Colours(), tmp_path / "a.jpg", CATEGORIES)


def test_the_plot_shows_names_confidences_and_place(photo: Path) -> None:
    figure = plot_top_k_categories(Colours(), str(photo), CATEGORIES, 2, "cpu", show=False)
    assert list(figure.data[1].cells["values"][0]) == ["Petra?", "Taj Mahal?"]
    whole = plot_top_k_categories(Colours(), photo, CATEGORIES, show=False, confidences=True, place=True)
    assert whole.data[1].cells["values"][1][0].endswith("%")
    assert whole.data[3].text == ("Petra",)
    unplaced = plot_top_k_categories(Colours(), photo, {"0": "a", "1": "b", "2": "c"}, show=False, place=True)
    assert len(unplaced.data) == 2, "no place is known, no map is shown"


def test_transfer_models_answer_at_their_usual_size(photo: Path) -> None:
    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_efficientnet", weights=None)
    assert sorted(get_top_k_categories(model, photo, CATEGORIES, 3)) == sorted(CATEGORIES.values())
