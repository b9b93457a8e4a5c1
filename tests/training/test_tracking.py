"""Which trackers there are, the lines on disk, the table for people, and that no tracker stops a training."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.tracking import CONFIG, in_new_process, row, run_epochs, validation_report

from landmark.core.errors import ConfigurationError, MissingPackageError
from landmark.scoring.report import Report
from landmark.training.tracking import EpochTable, Guarded, JsonLines, TensorBoard, Tracker, make_trackers


def events(file: Path) -> list[dict[str, Any]]:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in file.read_text().splitlines()]


def test_the_lines_are_always_written(tmp_path: Path) -> None:
    assert [type(tracker) for tracker in make_trackers([], tmp_path, run_name="a")] == [JsonLines]


def test_those_asked_for_are_guarded_and_come_once(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorboard")
    lines, board = make_trackers(["tensorboard", "tensorboard"], tmp_path, run_name="a")
    assert isinstance(lines, JsonLines)
    assert isinstance(board, Guarded)
    assert isinstance(board.tracker, TensorBoard)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tensorbord", "'tensorbord'. Did you mean 'tensorboard'? Known: tensorboard, mlflow."),
        ("MLFlow", "'MLFlow'. Did you mean 'mlflow'?"),
        ("abc", "'abc'. Known: tensorboard, mlflow."),
    ],
)
def test_an_unknown_name_is_told_before_anything_is_written(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_trackers([name], tmp_path, run_name="a")
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("tensorboard", "tensorboard", "tensorboard"),
        ("mlflow", "mlflow", "mlflow"),
        ("mlflow", "sqlalchemy", "mlflow"),
        ("mlflow", "alembic", "mlflow"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, name: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package != name:
        pytest.importorskip(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")  # set here, it is taken back after the test
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    hide(package, monkeypatch)
    with pytest.raises(MissingPackageError, match=rf"'{package}'.*pip install '\.\[{extra}\]'"):
        make_trackers([name], tmp_path, run_name="a")


def hide(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an import of a package fail as it does where the package is not installed."""

    class Absent:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            if name.partition(".")[0] == package:
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)

    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])


def test_a_whole_run(tmp_path: Path) -> None:
    report = validation_report()
    lines = JsonLines(tmp_path / "run")
    run_epochs(lines, range(1, 3))
    lines.finish(report=report, model=tmp_path / "run" / "bundle")
    start, first, second, end = events(tmp_path / "run" / "train.jsonl")
    assert [start["event"], first["event"], second["event"], end["event"]] == ["start", "epoch", "epoch", "end"]
    assert start["config"] == json.loads(json.dumps(CONFIG))
    assert start["epochs_before"] == 0
    assert {key: second[key] for key in row(2)} == row(2)
    assert end["report"] == json.loads(json.dumps(report.to_dict()))
    assert end["model"] == str(tmp_path / "run" / "bundle")
    for event in (start, first, second, end):
        assert datetime.fromisoformat(event["time"]).utcoffset() == timedelta(0)


def test_a_line_is_there_as_soon_as_it_is_told(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path)
    calls: list[Callable[[], None]] = [
        lambda: lines.start({}, epochs_before=0),
        lambda: lines.epoch(row(1)),
        lambda: lines.finish(report=None, model=None),
    ]
    for n_lines, call in enumerate(calls, start=1):
        call()
        assert len(events(tmp_path / "train.jsonl")) == n_lines
    assert events(tmp_path / "train.jsonl")[-1].items() >= {"report": None, "model": None}.items()


def test_wherever_a_kill_breaks_the_last_line_the_next_start_mends_it(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    run_epochs(JsonLines(tmp_path), range(1, 3), note="Schloß")  # more than one byte a letter
    whole = file.read_bytes()
    last_line = whole.splitlines()[-1]
    for n_bytes in range(len(last_line) + 2):
        file.write_bytes(whole[: len(whole) - 1 - len(last_line) + n_bytes])
        JsonLines(tmp_path).start({}, epochs_before=2)
        found = [(event["event"], event.get("epoch")) for event in events(file)]
        is_whole = n_bytes >= len(last_line)  # with or without its line feed
        assert found == [("start", None), ("epoch", 1), *[("epoch", 2)] * is_whole, ("start", None)]


def test_epochs_after_the_resume_point_are_replaced(tmp_path: Path) -> None:
    run_epochs(JsonLines(tmp_path), range(1, 6))
    run_epochs(JsonLines(tmp_path), range(4, 7), train_loss=7.0)
    found = events(tmp_path / "train.jsonl")
    assert [event.get("epoch") for event in found] == [None, 1, 2, 3, None, 4, 5, 6]
    assert [event["train_loss"] for event in found if event.get("epoch", 0) > 3] == [7.0] * 3
    assert found[4]["epochs_before"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]


def test_a_new_run_keeps_the_epochs_of_an_older_one_aside(tmp_path: Path) -> None:
    run_epochs(JsonLines(tmp_path), range(1, 3))
    run_epochs(JsonLines(tmp_path), range(1, 2))
    assert [event.get("epoch") for event in events(tmp_path / "train.jsonl")] == [None, 1]
    assert [event.get("epoch") for event in events(tmp_path / "train.1.jsonl")] == [None, 1, 2]


def test_numbers_that_are_none_are_null_at_any_depth(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path)
    lines.start({"a": {"b": [float("inf"), np.float32("nan")]}}, epochs_before=0)
    lines.epoch(row(1, train_loss=float("nan"), valid_loss=np.float32(0.5), valid_acc=np.array([0.5, np.nan])))
    start, epoch = events(tmp_path / "train.jsonl")  # which refuses NaN
    assert start["config"] == {"a": {"b": [None, None]}}
    assert (epoch["train_loss"], epoch["valid_loss"], epoch["valid_acc"]) == (None, 0.5, [0.5, None])


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    lines = JsonLines(tmp_path / "run")
    with pytest.warns(UserWarning, match=r"train\.jsonl cannot be written .* The training continues"):
        lines.start({}, epochs_before=0)
    with pytest.warns(UserWarning, match="cannot be written"):
        lines.epoch(row(1))


def test_a_full_disk_breaks_no_line_and_the_next_is_tried_again(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="only POSIX systems bound the size of a file")
    code = """
import resource
from pathlib import Path
from landmark.training.tracking import JsonLines
lines = JsonLines(Path("."))
lines.start({}, epochs_before=0)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (Path("train.jsonl").stat().st_size + 200, most))
lines.epoch({"epoch": 1, "note": "x" * 1000})
lines.epoch({"epoch": 2})
"""
    in_new_process(code, tmp_path)
    assert [event.get("epoch") for event in events(tmp_path / "train.jsonl")] == [None, 2]


class Broken(Tracker):
    """Fails from the second epoch on."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        self.told.append("start")

    def epoch(self, row: Mapping[str, Any]) -> None:
        self.told.append(f"epoch {row['epoch']}")
        if row["epoch"] > 1:
            raise RuntimeError("the server is away")

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        self.told.append("finish")


def test_the_first_failure_is_a_warning_and_then_there_is_silence() -> None:
    broken = Broken()
    guarded = Guarded(broken)
    run_epochs(guarded, range(1, 2))
    with pytest.warns(UserWarning) as said:
        for epoch in (2, 3):
            guarded.epoch(row(epoch))
        guarded.finish(report=None, model=None)
    assert broken.told == ["start", "epoch 1", "epoch 2"]
    assert [str(warning.message) for warning in said] == [
        "Broken records no more of this run (RuntimeError: the server is away). The training continues."
    ]
    assert Path(said[0].filename).name == "test_tracking.py"


def test_what_does_not_fail_is_told_everything() -> None:
    sound = Broken()
    guarded = Guarded(sound)
    run_epochs(guarded, range(1, 2))
    guarded.finish(report=None, model=None)
    assert sound.told == ["start", "epoch 1", "finish"]


def test_a_stop_by_the_user_passes() -> None:
    class Stopped(Broken):
        def epoch(self, row: Mapping[str, Any]) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Guarded(Stopped()).epoch(row(1))


def test_columns_stand_under_their_headings() -> None:
    said: list[str] = []
    table = EpochTable(said.append)
    table.start(CONFIG, epochs_before=0)
    table.epoch(row(1))
    table.epoch(row(100, checkpoint=0, learning_rate=3.3333e-05, photos_per_s=12345.67, seconds=45296))
    table.finish(report=None, model=None)
    assert said == [
        "epoch  train loss  train acc  valid loss  valid acc      rate  photos/s     time  kept",
        "    1      2.0000    10.00 %      3.0000    15.00 %     0.001      41.5     1:23   yes",
        "  100      0.0200  1000.00 %      0.0300  1500.00 %  3.33e-05   12345.7  12:34:56",
    ]


def test_what_is_not_told_is_a_dash() -> None:
    said: list[str] = []
    EpochTable(said.append).epoch({"epoch": 1, "train_loss": float("nan")})
    assert said[0].split() == ["1", *["-"] * 8]
