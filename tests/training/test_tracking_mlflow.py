"""MLflow: what is written is read back with its own client, from a local database."""

import json
import os
import shutil
import socket
import warnings
from pathlib import Path
from typing import Any

import pytest
from factories.tracking import CONFIG, in_new_process, row, run_epochs, validation_report

from landmark.training.tracking import Guarded, MLflow


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without runs: making its tables takes seconds, so it is made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        for package in ("mlflow", "sqlalchemy", "alembic"):
            pytest.importorskip(package)
        from mlflow import MlflowClient

        file = tmp_path_factory.mktemp("store") / "mlflow.db"
        MlflowClient(tracking_uri=f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def folder(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "")  # what the tracker sets is taken back after the test
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "my run #1, 50% ß"  # characters that mean something in an address
    (folder / "mlruns").mkdir(parents=True)
    shutil.copy(empty_store, folder / "mlruns")
    return folder


def client_of(folder: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{os.path.relpath(folder / 'mlruns' / 'mlflow.db')}")


def runs(folder: Path) -> list[Any]:
    client = client_of(folder)
    experiment = client.get_experiment_by_name("landmark")
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]))


def test_a_whole_run(folder: Path) -> None:
    report = validation_report()
    checkpoint = folder / "checkpoint.pt"
    checkpoint.write_bytes(b"weights")
    tracker = MLflow(folder, run_name="first")
    run_epochs(tracker, range(1, 3), valid_acc=float("nan"))
    assert [run.info.status for run in runs(folder)] == ["RUNNING"]
    tracker.finish(report=report, model=checkpoint)

    (run,) = runs(folder)
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.params == {
        "recipe.epochs": "5",
        "recipe.weights": "a|b",
        "recipe.train_px": "[128, 192]",
        "device": "cpu",
    }
    history = client_of(folder).get_metric_history(run.info.run_id, "train_loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 2.0), (2, 1.0)]
    assert "valid_acc" not in run.data.metrics
    assert run.data.metrics["validation_accuracy"] == report.accuracy

    artifacts = folder / "mlruns" / "artifacts" / run.info.run_id / "artifacts"
    assert json.loads((artifacts / "confusion.json").read_text()) == {
        "landmarks": ["Petra", "Taj | Mahal", "Big Ben"],
        "photos": [[1, 0, 0], [1, 1, 0], [0, 0, 0]],
    }
    assert json.loads((artifacts / "validation.json").read_text()) == json.loads(json.dumps(report.to_dict()))
    assert (artifacts / "model" / "checkpoint.pt").read_bytes() == b"weights"


def test_a_bundle_is_taken_along_with_all_its_files(folder: Path) -> None:
    (folder / "bundle" / "inner").mkdir(parents=True)
    (folder / "bundle" / "inner" / "model.onnx").write_bytes(b"graph")
    tracker = MLflow(folder, run_name="first")
    run_epochs(tracker, range(1, 2))
    tracker.finish(report=None, model=folder / "bundle")
    (run,) = runs(folder)
    names = [file.path for file in client_of(folder).list_artifacts(run.info.run_id, "model/inner")]
    assert names == ["model/inner/model.onnx"]


def test_a_training_that_goes_on_does_so_in_the_same_run(folder: Path) -> None:
    run_epochs(MLflow(folder, run_name="first"), range(1, 6))
    later = MLflow(folder, run_name="first")
    later.start(CONFIG | {"device": "cuda"}, epochs_before=3)  # a parameter cannot be changed: no fault
    later.epoch(row(4, train_loss=7.0))
    assert [run.info.status for run in runs(folder)] == ["RUNNING"]
    later.finish(report=None, model=None)
    (run,) = runs(folder)
    history = client_of(folder).get_metric_history(run.info.run_id, "train_loss")
    assert sorted({metric.step for metric in history}) == [1, 2, 3, 4, 5]
    assert [metric.value for metric in history if metric.step == 4] == [0.5, 7.0]
    assert run.info.status == "FINISHED"


def test_a_new_training_is_a_new_run_beside_the_older_one(folder: Path) -> None:
    run_epochs(MLflow(folder, run_name="first"), range(1, 3))
    run_epochs(MLflow(folder, run_name="second"), range(1, 2))
    assert [run.info.run_name for run in runs(folder)] == ["first", "second"]


@pytest.mark.parametrize("run_id", [None, "0" * 32])
def test_where_the_store_knows_no_such_run_a_new_one_is_made(folder: Path, run_id: str | None) -> None:
    if run_id:
        (folder / "mlflow_run_id.txt").write_text(run_id)
    run_epochs(MLflow(folder, run_name="first"), range(4, 6))
    (run,) = runs(folder)
    assert run.data.metrics["train_loss"] == 2 / 5
    assert (folder / "mlflow_run_id.txt").read_text().strip() == run.info.run_id


def test_more_settings_than_one_call_takes(folder: Path) -> None:
    config = {f"setting_{number}": "x" * 100 for number in range(250)}
    MLflow(folder, run_name="first").start(config, epochs_before=0)
    (run,) = runs(folder)
    assert run.data.params == config


def test_another_store_is_used_where_the_environment_names_one(
    folder: Path, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(empty_store, tmp_path / "other.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    monkeypatch.chdir(tmp_path)  # where MLflow puts artifacts of a database that says nothing else
    run_epochs(MLflow(folder, run_name="first"), range(1, 2))
    assert client_of(folder).get_experiment_by_name("landmark") is None
    from mlflow import MlflowClient

    assert MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'other.db'}").get_experiment_by_name("landmark")


def test_a_server_that_is_away_is_one_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:  # a port that nobody listens at
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{closed.getsockname()[1]}")
        guarded = Guarded(MLflow(folder, run_name="first"))
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            run_epochs(guarded, range(1, 4))
            guarded.finish(report=None, model=None)
    ours = [str(warning.message) for warning in said if "records no more" in str(warning.message)]
    assert len(ours) == 1
    assert ours[0].startswith("MLflow records no more of this run (")


def test_nothing_is_told_to_its_makers(folder: Path, tmp_path: Path) -> None:
    """Every connection and name look-up of a whole run is caught where Python makes it."""
    code = f"""
import os, sys
calls = []
sys.addaudithook(lambda event, _: calls.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
from pathlib import Path
from landmark.training.tracking import MLflow
tracker = MLflow(Path({str(folder)!r}), run_name="first")
tracker.start({{"epochs": 1}}, epochs_before=0)
tracker.epoch({{"epoch": 1, "train_loss": 1.0}})
tracker.finish(report=None, model=None)
from mlflow.telemetry import get_telemetry_client
print(get_telemetry_client(), calls, *os.listdir(os.environ["HOME"]))
"""
    home = tmp_path / "home"
    home.mkdir()
    assert in_new_process(code, tmp_path, HOME=str(home), XDG_CONFIG_HOME=str(home)) == "None []\n"
    assert len(runs(folder)) == 1
