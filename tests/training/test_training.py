"""The loop: what it writes, what it keeps, how it goes on after a stop."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
import torch
from torch import nn

from landmark.core.errors import ConfigurationError, DataError, TrainingError
from landmark.photo.preprocessing import Preprocessing
from landmark.training.checkpoint import fingerprint_of
from landmark.training.data import Augmentation, get_data_loaders
from landmark.training.evaluation import test as score
from landmark.training.loop import train
from landmark.training.meters import Metrics, Scores
from landmark.training.networks import NeuralNetworkScratch


class Killed(Exception):  # noqa: N818 - not an error
    """A run that is killed."""


@pytest.fixture
def loaders(landmarks: Path) -> Any:
    preprocessing = Preprocessing(resize_px=36, crop_px=32)
    return get_data_loaders(
        landmarks / "train",
        None,
        landmarks / "test",
        0.25,
        batch_size=6,
        workers=0,
        preprocessing=preprocessing,
        augmentation=Augmentation(32, preprocessing=preprocessing),
    )


def make_run(folder: Path, loaders: Any, n_epochs: int = 3, *, rate: float = 0.01, **options: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    model = NeuralNetworkScratch(3, image_px=32)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 9)
    arguments = (n_epochs, loaders, model, optimizer, nn.NLLLoss(), str(folder / "m.pt"), str(folder / "m.json"))
    said: list[str] = []
    given: dict[str, Any] = {"scheduler": scheduler, "log": said.append, "save_every_s": 0} | options
    return {"model": model, "said": said, "metrics": lambda: train(*arguments, **given)}


def stop_at(epoch: int) -> Callable[[str], None]:
    """A log that kills the run at the line of an epoch."""

    def log(line: str) -> None:
        if line.split()[:1] == [str(epoch)]:
            raise Killed

    return log


def test_it_learns_and_writes_a_bare_checkpoint_and_six_lists(tmp_path: Path, loaders: Any) -> None:
    run = make_run(tmp_path, loaders, 4)
    metrics = run["metrics"]()
    written = json.loads((tmp_path / "m.json").read_text())
    assert list(written) == ["epoch", "train_loss", "train_acc", "valid_loss", "valid_acc", "checkpoint"]
    assert written == metrics.to_dict()
    assert written["epoch"] == [1, 2, 3, 4]
    assert all(0 <= accuracy <= 1 for accuracy in written["train_acc"] + written["valid_acc"])
    marks, losses = written["checkpoint"], written["valid_loss"]
    assert marks == [int(loss < min(losses[:index], default=9e9)) for index, loss in enumerate(losses)]
    state = torch.load(tmp_path / "m.pt", weights_only=True)
    assert list(state) == list(run["model"].state_dict())
    assert all(torch.equal(state[key], value) for key, value in run["model"].state_dict().items())
    assert not list(tmp_path.glob("*resume*")), "nothing is left to go on with"
    report = score(run["model"], loaders, nn.NLLLoss())
    assert report.n_photos == 9 and report.accuracy > 0.6
    assert report.loss is not None and report.loss < 1.1


def test_a_stopped_run_goes_on_and_ends_as_if_it_had_not_been_stopped(tmp_path: Path, loaders: Any) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    expected = make_run(whole, loaders)
    expected["metrics"]()

    with pytest.raises(Killed):  # after the second epoch, before its end was saved
        make_run(parts, loaders, log=stop_at(2))["metrics"]()
    resumed = make_run(parts, loaders)
    resumed["metrics"]()
    assert any("Resuming at epoch 2, batch" in line for line in resumed["said"])
    assert (parts / "m.json").read_text() == (whole / "m.json").read_text()
    for key, value in expected["model"].state_dict().items():
        assert torch.equal(resumed["model"].state_dict()[key], value), key


def test_another_run_starts_afresh_says_so_and_keeps_the_old_files(tmp_path: Path, loaders: Any) -> None:
    make_run(tmp_path, loaders, 1)["metrics"]()
    before = (tmp_path / "m.pt").read_bytes()
    other = make_run(tmp_path, loaders, 1, rate=0.02)
    other["metrics"]()
    assert (tmp_path / "m.1.pt").read_bytes() == before
    assert (tmp_path / "m.1.json").is_file()
    assert any("Starting afresh" in line and "m.1.pt" in line for line in other["said"])


def test_an_unfinished_run_with_other_settings_is_not_gone_on_with(tmp_path: Path, loaders: Any) -> None:
    with pytest.raises(Killed):
        make_run(tmp_path, loaders, log=stop_at(2))["metrics"]()
    other = make_run(tmp_path, loaders, rate=0.02)
    assert len(other["metrics"]().epoch) == 3
    assert any("Starting afresh" in line for line in other["said"])
    assert (tmp_path / "m.resume.1.pt").is_file()


def test_frozen_features_stay_as_they_are(tmp_path: Path, loaders: Any) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
            self.classifier = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(1))

        def forward(self, photos: Any) -> Any:
            return self.classifier(self.features(photos))

    model = Model()
    for weight in model.features.parameters():
        weight.requires_grad = False
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.1)
    train(2, loaders, model, optimizer, nn.NLLLoss(), tmp_path / "m.pt", tmp_path / "m.json", log=lambda line: None)
    after = model.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before if key.startswith("features"))
    assert not torch.equal(before["classifier.0.weight"], after["classifier.0.weight"])


def test_a_model_of_another_number_of_landmarks_is_refused_before_the_first_batch(tmp_path: Path, loaders: Any) -> None:
    model = NeuralNetworkScratch(50, image_px=32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(DataError, match=r"50 landmarks.*holds 3.*n_classes=len"):
        train(1, loaders, model, optimizer, nn.NLLLoss(), tmp_path / "m.pt", tmp_path / "m.json")
    with pytest.raises(DataError, match=r"50 landmarks"):
        score(model, loaders, nn.NLLLoss())
    assert not list(tmp_path.glob("m*"))


def test_cuda_without_a_gpu_warns_and_uses_the_cpu(
    tmp_path: Path, loaders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.warns(UserWarning, match="no GPU"):
        make_run(tmp_path, loaders, 1, device="cuda")["metrics"]()
    assert all(value.device.type == "cpu" for value in torch.load(tmp_path / "m.pt").values())


def test_a_loss_that_is_no_number_stops_and_says_what_there_is(tmp_path: Path, loaders: Any) -> None:
    with pytest.raises(TrainingError, match=r"no good weights yet.*clip_norm"):
        make_run(tmp_path, loaders, rate=1e30)["metrics"]()

    class Spoils:
        """Puts NaN into a weight after the second epoch."""

        def start(self, config: Any, *, epochs_before: int) -> None:
            """Nothing yet."""

        def epoch(self, row: Any) -> None:
            if row["epoch"] == 2:
                with torch.no_grad():
                    run["model"].fc_2.weight[0, 0] = float("nan")

        def finish(self, **told: Any) -> None:
            """Nothing left."""

    run = make_run(tmp_path / "later", loaders, 4, trackers=[Spoils()])
    with pytest.raises(TrainingError, match=r"became nan.*last good weights are in .*m\.pt"):
        run["metrics"]()
    state = torch.load(tmp_path / "later" / "m.pt", weights_only=True)
    assert all(torch.isfinite(value).all() for value in state.values())


def test_mix_average_and_clipping_take_part(tmp_path: Path, loaders: Any) -> None:
    from timm.utils.model_ema import ModelEmaV3
    from torchvision.transforms import v2

    torch.manual_seed(0)
    model = NeuralNetworkScratch(3, image_px=32)
    average = ModelEmaV3(model, decay=0.9)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    metrics = train(
        2,
        loaders,
        model,
        optimizer,
        nn.CrossEntropyLoss(label_smoothing=0.1),
        tmp_path / "m.pt",
        tmp_path / "m.json",
        mix=v2.MixUp(alpha=0.5, num_classes=3),
        average=average,
        clip_norm=1.0,
        freeze_batch_norm=True,
        log=lambda line: None,
    )
    kept = torch.load(tmp_path / "m.pt", weights_only=True)
    if metrics.best_epoch == 2:
        assert all(torch.equal(kept[key], value) for key, value in average.module.state_dict().items())
    assert len(metrics.epoch) == 2


def test_the_kept_epoch_is_that_of_the_lowest_loss_or_of_the_highest_accuracy() -> None:
    epochs = [Scores(1.0, 0.5), Scores(1.2, 0.7), Scores(0.9, 0.6), Scores(1.1, 0.7), Scores(1.3, 0.7)]
    kept = {keep: Metrics() for keep in ("loss", "accuracy", "last")}
    for keep, metrics in kept.items():
        for valid in epochs:
            metrics.append(Scores(0.0, 1.0), valid, keep)
    assert kept["loss"].checkpoint == [1, 0, 1, 0, 0]
    assert kept["accuracy"].checkpoint == [1, 1, 0, 1, 0], "of equals the one with the lower loss"
    assert kept["last"].checkpoint == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"keep": "acuracy"}, "keep is 'acuracy'. Expected one of accuracy, loss, last"),
        ({"precision": "half"}, "precision is 'half'. Expected one of float32, bfloat16, float16"),
        ({"accumulate": 0}, "accumulate is 0. Expected 1 or more"),
        ({"views": -1}, "views is -1. Expected 0 or more"),
        ({"patience": -1}, "patience is -1. Expected 0 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    wrong: dict[str, Any], expected: str, tmp_path: Path, loaders: Any
) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        make_run(tmp_path, loaders, **wrong)["metrics"]()
    assert not list(tmp_path.glob("m.*"))


def test_a_folder_in_the_place_of_a_file_is_left_where_it_is(tmp_path: Path, loaders: Any) -> None:
    (tmp_path / "m.json").mkdir()
    with pytest.raises(ConfigurationError, match=r"m\.json: found a folder"):
        make_run(tmp_path, loaders)["metrics"]()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("m")] == ["m.json"]


def test_any_function_is_a_loss(tmp_path: Path, loaders: Any) -> None:
    model = NeuralNetworkScratch(3, image_px=32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    metrics = train(1, loaders, model, optimizer, nn.functional.nll_loss, tmp_path / "m.pt", tmp_path / "m.json",
                    log=lambda line: None)  # fmt: skip
    assert len(metrics.epoch) == 1
    assert score(model, loaders, nn.functional.nll_loss).n_photos == 9


def smooth_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(scores, labels, label_smoothing=0.1)


def test_the_name_the_repr_and_plain_settings_of_a_loss_or_a_transform_tell_runs_apart(loaders: Any) -> None:
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def fingerprint(criterion: Any, transform: Any = None) -> str:
        if transform is not None:
            loaders["train"].dataset.transform = transform
        return fingerprint_of(loaders, model, optimizer, criterion)

    losses = [
        nn.NLLLoss(),
        nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 3.0])),
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.functional.nll_loss,
        smooth_loss,
        partial(nn.functional.nll_loss, ignore_index=1),
        partial(nn.functional.nll_loss, ignore_index=2),
    ]
    assert len({fingerprint(loss) for loss in losses}) == len(losses)
    again = [nn.CrossEntropyLoss(label_smoothing=0.1).eval(), partial(nn.functional.nll_loss, ignore_index=2)]
    assert [fingerprint(loss) for loss in again] == [fingerprint(losses[3]), fingerprint(losses[8])]
    assert fingerprint(nn.NLLLoss(), Augmentation(32, blur=0.1)) != fingerprint(nn.NLLLoss(), Augmentation(32))


def test_a_run_that_shall_not_resume_starts_afresh_and_keeps_the_old_files(tmp_path: Path, loaders: Any) -> None:
    with pytest.raises(Killed):
        make_run(tmp_path, loaders, log=stop_at(2))["metrics"]()
    assert (tmp_path / "m.resume.pt").is_file()
    other = make_run(tmp_path, loaders, resume=False)
    assert len(other["metrics"]().epoch) == 3
    assert any("Starting afresh" in line for line in other["said"])
    assert not any("Resuming" in line for line in other["said"])
    assert (tmp_path / "m.resume.1.pt").is_file()


def test_photos_of_another_size_than_the_models_are_refused_with_the_remedy(tmp_path: Path, loaders: Any) -> None:
    model = NeuralNetworkScratch(3, image_px=64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with pytest.raises(DataError, match=r"cannot take photos of \(3, 32, 32\).*preprocessing=Preprocessing"):
        train(1, loaders, model, optimizer, nn.NLLLoss(), tmp_path / "m.pt", tmp_path / "m.json")


def test_classes_of_other_loaders_are_called_by_their_names(loaders: Any) -> None:
    class Plain(torch.utils.data.Dataset[Any]):
        classes = ("A", "B", "C")

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return torch.zeros(3, 32, 32), index

    loader = torch.utils.data.DataLoader(Plain(), batch_size=3)
    report = score(NeuralNetworkScratch(3, image_px=32), {"test": loader}, nn.NLLLoss())
    assert [one.landmark for one in report.per_landmark] == ["A", "B", "C"]
