"""Loaders: what a batch looks like, what shuffles, what is always the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.landmarks import make_landmarks

pytest.importorskip("torch")
import torch

from landmark.core.errors import DataError
from landmark.dataset.splits import split_data
from landmark.training.data import Augmentation, get_data_loaders, make_loaders
from landmark.training.sampling import EpochSampler


def test_loaders_have_the_shape_that_the_course_project_expects(landmarks: Path) -> None:
    loaders: Any = get_data_loaders(str(landmarks / "train"), None, str(landmarks / "test"), 0.25, workers=0)
    assert list(loaders) == ["train", "valid", "test"]
    assert all(loader.batch_size == 64 for loader in loaders.values())
    assert [len(loaders[part].dataset) for part in loaders] == [18, 6, 9]
    photos, labels = next(iter(loaders["train"]))
    assert photos.shape == (18, 3, 224, 224) and photos.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert loaders["train"].dataset.classes == ["0.Taj_Mahal", "1.Petra", "2.My_Statue"]


def test_photos_are_normalised_with_imagenets_mean_and_deviation(landmarks: Path) -> None:
    loaders = get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=0)
    photo, label = loaders["test"].dataset[0]
    assert label == 0
    red = (200 / 255 - 0.485) / 0.229
    assert photo[0].mean().item() == pytest.approx(red, abs=0.05)


def test_train_is_shuffled_and_augmented_and_the_others_are_not(landmarks: Path) -> None:
    loaders = get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=0)
    train, valid = loaders["train"].dataset, loaders["valid"].dataset
    assert not torch.equal(train[0][0], train[0][0])
    assert torch.equal(valid[0][0], valid[0][0])
    orders = {tuple(labels.tolist()) for _ in range(3) for _, labels in loaders["train"]}
    assert len(orders) > 1
    assert [labels.tolist() for _, labels in loaders["test"]] == [[0] * 3 + [1] * 3 + [2] * 3]


def test_a_folder_for_validation_is_used_when_given(landmarks: Path) -> None:
    make_landmarks(landmarks / "valid", n_photos=2, seed=7)
    loaders: Any = get_data_loaders(landmarks / "train", landmarks / "valid", landmarks / "test", workers=0)
    assert len(loaders["train"].dataset) == 24 and len(loaders["valid"].dataset) == 6


def test_left_out_photos_are_counted_and_named_in_a_warning(landmarks: Path) -> None:
    (landmarks / "train" / "0.Taj_Mahal" / "5.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.warns(UserWarning, match=r"(?s)Left out 1 photo.*5\.jpg"):
        loaders: Any = get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=0)
    assert len(loaders["train"].dataset) + len(loaders["valid"].dataset) == 23


@pytest.mark.parametrize("ratio", [0.0, 1.0, -1, 25])
def test_a_ratio_that_is_no_share_is_refused(landmarks: Path, ratio: float) -> None:
    with pytest.raises(DataError, match="ratio"):
        get_data_loaders(landmarks / "train", None, landmarks / "test", ratio, workers=0)


def test_worker_processes_give_what_the_main_process_gives(landmarks: Path) -> None:
    alone, several = (
        get_data_loaders(landmarks / "train", None, landmarks / "test", 0.25, workers=n)["test"] for n in (0, 2)
    )
    for (photos, labels), (others, other_labels) in zip(alone, several, strict=True):
        assert torch.equal(photos, others) and torch.equal(labels, other_labels)


def test_balance_draws_rare_landmarks_as_often_as_frequent_ones(tmp_path: Path) -> None:
    make_landmarks(tmp_path, n_photos=30)
    for number in range(3, 30):
        (tmp_path / "1.Petra" / f"{number}.jpg").unlink()
    split = split_data(tmp_path)
    loader = make_loaders(split.photos, split.categories, workers=0, balance=1.0)["train"]
    torch.manual_seed(0)
    drawn = np.bincount([split.photos["train"][draw.photo].label for _ in range(40) for draw in loader.sampler])
    assert drawn.min() / drawn.max() > 0.8


def batches(loader: Any, *, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """One epoch of a loader, as `train` begins it."""
    torch.manual_seed(seed)
    if isinstance(loader.sampler, EpochSampler):
        loader.sampler.begin(epoch=seed)
    return list(loader)


def same(some: list[tuple[torch.Tensor, torch.Tensor]], others: list[tuple[torch.Tensor, torch.Tensor]]) -> bool:
    return all(
        torch.equal(photos, other_photos) and torch.equal(labels, other_labels)
        for (photos, labels), (other_photos, other_labels) in zip(some, others, strict=True)
    )


def test_workers_hear_of_each_epoch_and_of_its_seed(landmarks: Path) -> None:
    split = split_data(landmarks)

    def loader_of() -> Any:
        settings: dict[str, Any] = {"workers": 2, "augmentation": Augmentation([32, 48])}
        return make_loaders(split.photos, split.categories, batch_size=8, **settings)["train"]

    def epoch(loader: Any, number: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        loader.dataset.set_epoch(number, 2)
        return batches(loader, seed=number)

    whole, resumed = loader_of(), loader_of()
    first, second = epoch(whole, 1), epoch(whole, 2)
    assert first[0][0].shape[-1] == 32 and second[0][0].shape[-1] == 48
    assert same(second, epoch(resumed, 2)), "a run that goes on after a stop must see what it would have seen"


def test_progressive_sizes_share_the_epochs() -> None:
    augmentation = Augmentation([32, 48, 64])
    pixels = np.zeros((80, 80, 3), np.uint8)
    described, sizes = repr(augmentation), []
    for epoch in range(1, 7):
        augmentation.set_epoch(epoch, 6)
        sizes.append(augmentation(pixels).shape[-1])
    assert sizes == [32, 32, 48, 48, 64, 64]
    assert repr(augmentation) == described, "the description tells runs apart and must not change within one"


def test_every_augmentation_can_be_switched_on() -> None:
    augmentation = Augmentation(64, colour=0.3, randaugment=9, blur=1.0, erasing=1.0)
    photo = augmentation(np.full((80, 100, 3), 128, np.uint8))
    assert photo.shape == (3, 64, 64) and torch.isfinite(photo).all()


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize(("cores", "processes", "expected"), [(16, 1, 15), (16, 2, 7), (2, 4, 1), (128, 1, 24)])
def test_a_machine_with_a_gpu_loads_with_nearly_all_its_cores(
    landmarks: Path, monkeypatch: pytest.MonkeyPatch, cores: int, processes: int, expected: int
) -> None:
    monkeypatch.setattr("landmark.training.data.available_cpus", lambda: cores)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    split = split_data(landmarks, valid_ratio=0.25)
    assert make_loaders(split.photos, split.categories)["train"].num_workers == min(4, cores)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert make_loaders(split.photos, split.categories)["train"].num_workers == expected
