"""TensorBoard: what is written is read back with its own reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.tracking import in_new_process, run_epochs, validation_report

from landmark.training.tracking import Guarded, TensorBoard
from landmark.training.tracking.tensorboard import confusion_picture


@pytest.fixture
def scalars() -> Callable[[Path, str], list[tuple[int, float]]]:
    accumulate = reader()
    return lambda folder, tag: [(event.step, event.value) for event in accumulate(folder).Scalars(tag)]


def reader() -> Any:
    pytest.importorskip("torch")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return lambda folder: EventAccumulator(str(folder), {"images": 0, "tensors": 0, "scalars": 0}).Reload()


def test_train_and_valid_share_their_charts(tmp_path: Path, scalars: Any) -> None:
    run_epochs(TensorBoard(tmp_path), range(1, 3), valid_acc=float("nan"))  # flushed, though nothing ends it
    train, valid = tmp_path / "tensorboard" / "train", tmp_path / "tensorboard" / "valid"
    assert scalars(train, "loss") == [(1, 2.0), (2, 1.0)]
    assert scalars(valid, "loss") == [(1, 3.0), (2, 1.5)]
    assert scalars(train, "photos_per_s") == [(1, 41.5), (2, 41.5)]
    tags = reader()(train).Tags()["scalars"]
    assert sorted(tags) == ["acc", "checkpoint", "learning_rate", "loss", "photos_per_s", "seconds"]
    assert reader()(valid).Tags()["scalars"] == ["loss"]  # a NaN is no point


def test_a_run_that_goes_on_takes_back_what_it_repeats(tmp_path: Path, scalars: Any) -> None:
    run_epochs(TensorBoard(tmp_path), range(1, 6))
    run_epochs(TensorBoard(tmp_path), range(4, 7), train_loss=7.0, valid_loss=8.0)
    train, valid = tmp_path / "tensorboard" / "train", tmp_path / "tensorboard" / "valid"
    assert scalars(train, "loss") == [(1, 2.0), (2, 1.0), (3, pytest.approx(2 / 3)), (4, 7.0), (5, 7.0), (6, 7.0)]
    assert scalars(valid, "loss") == [(1, 3.0), (2, 1.5), (3, 1.0), (4, 8.0), (5, 8.0), (6, 8.0)]


def test_a_new_run_keeps_an_older_one_aside(tmp_path: Path, scalars: Any) -> None:
    run_epochs(TensorBoard(tmp_path), range(1, 4))
    run_epochs(TensorBoard(tmp_path), range(1, 2))
    assert scalars(tmp_path / "tensorboard" / "train", "loss") == [(1, 2.0)]
    assert len(scalars(tmp_path / "tensorboard.1" / "train", "loss")) == 3


def test_settings_confusions_and_scores_are_shown(tmp_path: Path) -> None:
    report = validation_report()
    read = reader()
    board = TensorBoard(tmp_path)
    run_epochs(board, range(1, 3))
    board.finish(report=report, model=None)

    config = read(tmp_path / "tensorboard" / "train").Tensors("config/text_summary")[0]
    lines = config.tensor_proto.string_val[0].decode().splitlines()
    assert lines[:2] == ["| setting | value |", "| --- | --- |"]
    assert "| recipe.weights | a\\|b |" in lines
    assert "| recipe.train_px | [128, 192] |" in lines

    valid = read(tmp_path / "tensorboard" / "valid")
    (image,) = valid.Images("confusion")
    assert image.step == 2
    assert (image.width, image.height) == (639, 639)  # three squares a side
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (scores,) = valid.Tensors("landmarks/text_summary")
    assert scores.tensor_proto.string_val[0].decode().splitlines()[2:] == [
        "| Petra | 1 | 1 | 100.0 % |  |",
        "| Taj \\| Mahal | 2 | 1 | 50.0 % | Petra (1) |",
        "| Big Ben | 0 | 0 | - |  |",
    ]


def test_the_picture_shows_each_rows_shares() -> None:
    picture = confusion_picture(np.array([[4, 0, 0], [1, 1, 0], [0, 0, 0]]))
    assert picture.shape == (639, 639, 3)
    centres = picture[106::213, 106::213]
    half = [(255 + 52) / 2, (255 + 101) / 2, (255 + 164) / 2]
    assert centres[0].tolist() == [[52, 101, 164], [255] * 3, [255] * 3]
    assert np.abs(centres[1][:2] - half).max() <= 0.5
    assert (centres[2] == 255).all()  # a landmark without photos


def test_a_picture_of_many_landmarks_has_room_for_each() -> None:
    assert confusion_picture(np.eye(400, dtype=np.int64)).shape == (1600, 1600, 3)


def test_no_folder_is_a_warning(tmp_path: Path) -> None:
    reader()
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="TensorBoard records no more") as said:
        run_epochs(Guarded(TensorBoard(tmp_path / "run")), range(1, 3))
    assert len(said) == 1


def test_a_full_disk_is_a_warning_and_holds_nothing_up(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="only POSIX systems bound the size of a file")
    reader()
    code = """
import resource, warnings
from pathlib import Path
from landmark.training.tracking import Guarded, TensorBoard
board = Guarded(TensorBoard(Path(".")))
board.start({}, epochs_before=0)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for epoch in range(1, 100):
        board.epoch({"epoch": epoch, "train_loss": 1.0, "valid_loss": 1.0})
    board.finish(report=None, model=None)
print(len(said), said[0].message)
"""
    assert in_new_process(code, tmp_path).startswith("1 TensorBoard records no more of this run (OSError")
